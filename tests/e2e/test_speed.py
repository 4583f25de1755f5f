"""What noise cannot touch of how fast the service is: calls, connections, imports, sizes.

On the contents of the zip, in a fresh process, with `make bench`'s stub in the place of AWS.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.secret_guard import secret
from tools.bench import counts
from tools.bench.item_size import WRITE_UNIT
from tools.bench.processes import Called, FunctionProcess
from tools.bench.scenario import LOG_IN, OTHER, PASSWORD, SIGN_UP, ask
from tools.bench.side_by_side import OURS, Bench, enrol, environment

secret(PASSWORD)
secret(OTHER)

CALLS = {
    "sign-up": (["UpdateItem", "Encrypt", "TransactWriteItems"], 3),
    "log-in": (["Decrypt", "GetItem", "PutItem", "UpdateItem", "UpdateItem"], 3),
    "wrong password": (["Decrypt", "GetItem", "UpdateItem", "UpdateItem"], 3),
    "unknown user": (["Decrypt", "GetItem", "UpdateItem", "UpdateItem"], 3),
    "locked": (["GetItem", "UpdateItem"], 1),
    "session check": (["GetItem", "GetItem"], 2),
}
"""What each request has AWS do, and in how many steps one after the other."""
IMPORTED = {
    "_argon2_cffi_bindings",
    "_cffi_backend",
    "app",
    "argon2",
    "botocore",
    "chalice",
    "chalicelib",
    "dateutil",
    "jmespath",
    "precis_i18n",
    "six",
    "urllib3",
}
"""All that a log-in needs beside Python's own modules. No boto3, no zxcvbn."""
OF_THE_MACHINE = {"__main__", "_distutils_hack", "_virtualenv", "certifi"}
"""What a virtual environment adds. AWS's boto3 has no certifi beside it."""
MODULES = 600
"""Python's own included: a few more or less from version to version."""
MEGABYTES_OF_MEMORY = 80
PYTHON_CALLS = {
    "service": 185,
    "chalice": 65,
    "argon2": 16,
    "precis_i18n": 410,
    "botocore": 4_600,
    "urllib3": 900,
    "python": 3_500,
}
"""How often a log-in calls Python functions at most, by where they are from: a tenth more than it
does. The same within one or two every time, however busy the machine is."""
LOG_INS = 40
KEPT = 3
"""Pieces of memory that a log-in may leave behind: caches fill. A token that is kept has more."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench.prepare(tmp_path_factory.mktemp("bench")) as bench:
        yield bench


@pytest.fixture(scope="module")
def called(bench: Bench) -> dict[str, Called]:
    return counts.calls(bench, OURS)


@pytest.fixture
def after_a_log_in(bench: Bench) -> Iterator[FunctionProcess]:
    with bench.function(OURS) as function:
        enrol(function)
    with bench.function(OURS) as function:
        ask(function, LOG_IN.event(0, ""), 200)
        yield function


@pytest.mark.parametrize("name", CALLS)
def test_a_request_makes_these_calls_in_so_many_steps(called: dict[str, Called], name: str) -> None:
    operations, steps = CALLS[name]
    assert sorted(called[name].operations) == sorted(operations)
    assert called[name].steps == steps


def test_every_kind_of_request_is_counted(called: dict[str, Called]) -> None:
    assert called.keys() == CALLS.keys()


def test_connections_are_kept(called: dict[str, Called]) -> None:
    assert {found.connections for found in called.values()} == {0}


def test_a_log_in_imports_this_and_no_more(after_a_log_in: FunctionProcess) -> None:
    modules = after_a_log_in.modules()
    tops = {name.partition(".")[0] for name in modules}
    assert tops - sys.stdlib_module_names - OF_THE_MACHINE <= IMPORTED
    assert len(modules) < MODULES


def test_a_log_in_fits_into_the_memory(after_a_log_in: FunctionProcess) -> None:
    assert after_a_log_in.memory() < MEGABYTES_OF_MEMORY


def test_a_log_in_calls_so_many_functions_and_no_more(bench: Bench) -> None:
    found = counts.python_calls(bench)
    too_many = {name: found[name] for name, most in PYTHON_CALLS.items() if found[name] > most}
    assert not too_many
    assert found["service"] > 50


def test_log_ins_leave_nothing_behind(after_a_log_in: FunctionProcess) -> None:
    def blocks_after(log_ins: int) -> int:
        for number in range(log_ins):
            ask(after_a_log_in, LOG_IN.event(number, ""), 200)
        return after_a_log_in.blocks()

    before = blocks_after(3 * LOG_INS)
    assert blocks_after(LOG_INS) - before < KEPT * LOG_INS


@pytest.mark.usefixtures("after_a_log_in")
def test_every_item_takes_one_unit_to_write(bench: Bench) -> None:
    sizes = bench.stub.sizes()
    assert sizes.keys() == {"sessions", "users"}
    assert max(sizes.values()) < WRITE_UNIT


def test_the_zip_is_small(bench: Bench) -> None:
    assert bench.size < 2_000_000


def test_what_an_unknown_authority_vouches_for_is_not_trusted(bench: Bench) -> None:
    bench.stub.called()
    trusting_others = {**environment(bench.stub)}
    del trusting_others["AWS_CA_BUNDLE"]
    with FunctionProcess(bench.ours, OURS, trusting_others) as function:
        assert function.handle(LOG_IN.event(0, ""))["status"] == 503
    assert bench.stub.called().operations == ()


def test_authorities_are_loaded_once(bench: Bench, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(Path(environment(bench.stub)["AWS_CA_BUNDLE"]).read_bytes())
    moved = {**environment(bench.stub), "AWS_CA_BUNDLE": str(bundle)}
    with FunctionProcess(bench.ours, OURS, moved) as function:
        ask(function, SIGN_UP.event(0, ""), 200)
        # Still there, or botocore refuses; and of no use any more.
        bundle.write_bytes(b"")
        ask(function, LOG_IN.event(0, ""), 200)
