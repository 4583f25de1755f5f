"""The role may do what the code does, and nothing else."""

import ast
import json
from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Literal

import pytest

from chalicelib.aws_clients import make_client

PROJECT = Path(__file__).parent.parent.parent
ROOMS: dict[str, Literal["dynamodb", "kms"]] = {
    "attempt_store.py": "dynamodb",
    "credential_store.py": "dynamodb",
    "kms_cipher.py": "kms",
    "session_store.py": "dynamodb",
}
ALL_CODE = (PROJECT / "app.py", *(PROJECT / "chalicelib").glob("*.py"))
OF_TRANSACTIONS = {"dynamodb:PutItem", "dynamodb:DeleteItem"}
"""What `TransactWriteItems` needs: it is no action itself, each of its items asks for its own."""
LOG = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
"""What Lambda itself does with the role, to write the function's log."""

template = (PROJECT / ".chalice" / "policy-template.json").read_text("utf-8")
statements = json.loads(template)["Statement"]


def called_actions(files: Iterable[Path] = ALL_CODE) -> set[str]:
    """Every AWS action that the code of the Lambda calls, read from its source."""
    actions = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Attribute)
                and node.func.value.attr == "_client"
            ):
                service = ROOMS[file.name]
                operations = make_client(service).meta.method_to_api_mapping
                actions.add(f"{service}:{operations[node.func.attr]}")
    if "dynamodb:TransactWriteItems" in actions:
        actions = actions - {"dynamodb:TransactWriteItems"} | OF_TRANSACTIONS
    return actions


def test_the_policy_allows_what_the_code_calls_and_no_more() -> None:
    allowed = {action for statement in statements for action in statement["Action"]}
    assert allowed - LOG == called_actions()
    assert len(called_actions()) == 8


@pytest.mark.parametrize(
    ("sid", "room", "more"),
    [
        ("Credentials", "credential_store.py", set[str]()),
        ("Sessions", "session_store.py", set[str]()),
        # A sign-up forgets the failed log-ins on its name, in one transaction with the account.
        ("Attempts", "attempt_store.py", {"dynamodb:DeleteItem"}),
        ("SealAndOpen", "kms_cipher.py", set[str]()),
    ],
)
def test_on_each_resource_it_allows_what_its_room_calls_and_no_more(
    sid: str, room: str, more: set[str]
) -> None:
    (allowed,) = [s["Action"] for s in statements if s["Sid"] == sid]
    assert set(allowed) == called_actions([PROJECT / "chalicelib" / room]) | more
    assert len(allowed) == len(set(allowed))


@pytest.mark.parametrize("room", ROOMS)
def test_aws_is_called_through_the_client_that_is_counted(room: str) -> None:
    tree = ast.parse((PROJECT / "chalicelib" / room).read_text("utf-8"))
    uses = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "_client"]
    calls = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.value in uses
    ]
    stores = [use for use in uses if isinstance(use.ctx, ast.Store)]
    assert len(uses) == len(calls) + len(stores)
    made = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "make_client"]
    assert len(made) == len(stores) == 1


def test_nothing_is_allowed_on_everything() -> None:
    for statement in statements:
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in statement["Action"])
        assert Template(statement["Resource"]).get_identifiers()
    (of_log,) = [s["Resource"] for s in statements if set(s["Action"]) == LOG]
    assert of_log == "${LogGroupArn}:*"
    assert all("*" not in s["Resource"] for s in statements if set(s["Action"]) != LOG)


def test_only_the_aws_rooms_and_their_doorway_import_an_aws_library() -> None:
    importing = set()
    for file in ALL_CODE:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] in {"boto3", "botocore"} for name in names):
                importing.add(file.name)
    assert importing <= {*ROOMS, "aws_clients.py"}
