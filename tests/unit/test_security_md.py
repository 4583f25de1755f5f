"""SECURITY.md names tests and files as proof: they exist."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
TEXT = (PROJECT / "SECURITY.md").read_text("utf-8")
TESTS = sorted(set(re.findall(r"`((?:unit|e2e|fuzz|browser)/[^`\s]+)`", TEXT)))
FILES = sorted(set(re.findall(r"`([\w./-]+\.(?:html|json|md|py|txt))`", TEXT)) - set(TESTS))
ROWS = [line for line in TEXT.splitlines() if line.startswith("|") and not line.startswith("|---")]


@pytest.mark.parametrize("name", TESTS)
def test_a_test_that_is_named_exists(name: str) -> None:
    file, _, function = name.partition("::")
    tree = ast.parse((PROJECT / "tests" / file).read_text("utf-8"))
    functions = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert not function or function in functions


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_named_exists(name: str) -> None:
    assert (PROJECT / name).exists()


def test_what_is_met_has_a_proof() -> None:
    met = [row for row in ROWS if re.search(r"\| (met|\*\*in part)", row)]
    assert len(met) > 40
    for row in met:
        assert "`" in row.rstrip("|").rpartition("|")[2], row
