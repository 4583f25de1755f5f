import json
from pathlib import Path

import pytest

from tools.cost import (
    A_MONTH,
    KMS_REQUEST,
    LAMBDA_REQUEST,
    MILLION,
    READ,
    WRITE,
    Cost,
    cognito,
    cost_of,
    main,
    measured_costs,
    report,
)
from tools.errors import ToolError

CALLS = ["GetItem", "UpdateItem", "Decrypt", "PutItem", "UpdateItem"]
FREE = Cost(0, 0, 0, 0)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".local").mkdir()
    (tmp_path / ".chalice").mkdir()
    found: dict[str, object] = {name: {"ms": 20.0, "steps": 3, "calls": CALLS} for name in A_MONTH}
    found["run"] = "2026-11-24, Python 3.12.1"
    (tmp_path / ".local" / "bench.json").write_text(json.dumps(found))
    (tmp_path / ".chalice" / "config.json").write_text('{"lambda_memory_size": 1769}')
    return tmp_path


def test_each_call_is_paid_for() -> None:
    cost = cost_of(20, 3, CALLS, 1769)
    assert cost.dynamodb == pytest.approx(READ + 3 * WRITE)
    assert cost.kms == pytest.approx(KMS_REQUEST)


def test_a_write_in_a_transaction_counts_twice() -> None:
    assert cost_of(20, 1, ["TransactWriteItems"], 1769).dynamodb == pytest.approx(4 * WRITE)


def test_the_function_is_paid_for_while_it_waits() -> None:
    cost = cost_of(20, 3, CALLS, 1769)
    assert cost.function == pytest.approx(LAMBDA_REQUEST + 0.035 * 1769 / 1024 * 0.0000166667)


def test_a_millisecond_begun_is_paid_for() -> None:
    assert cost_of(19.1, 0, [], 1769) == cost_of(20, 0, [], 1769)


def test_a_sum_has_all_of_its_parts() -> None:
    assert Cost(1, 2, 4, 8).total == 15


@pytest.mark.parametrize(("users", "dollars"), [(9_000, 0), (10_000, 0), (100_000, 495)])
def test_cognito_is_free_up_to_ten_thousand_users(users: int, dollars: float) -> None:
    assert cognito(users, 0.0055) == pytest.approx(dollars)


def test_the_report_multiplies_by_what_users_do(project: Path) -> None:
    costs = measured_costs(project / ".local/bench.json", project / ".chalice/config.json")
    text = report(dict.fromkeys(A_MONTH, FREE) | {"log-in": costs["log-in"]}, 100_000)
    million_log_ins = costs["log-in"].total * MILLION
    assert f"| {1 + million_log_ins:,.2f} | 495.00 | 1,350.00 |" in text


def test_the_tool_prints_what_was_measured(
    project: Path,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("USERS", "20000")
    assert main() == 0
    told = capsys.readouterr().out
    assert "As measured: 2026-11-24, Python 3.12.1.\n" in told
    assert "A month of 20,000 users" in told


def test_without_a_measurement_it_says_how_to_make_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / ".local" / "bench.json").unlink()
    assert main() == 1
    assert capsys.readouterr().err == "kms-login: nothing is measured yet: make bench.\n"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"log-in": 3}'])
def test_a_damaged_measurement_is_one_clear_line(project: Path, content: str) -> None:
    file = project / ".local" / "bench.json"
    file.write_text(content)
    with pytest.raises(ToolError, match="cannot be read: make bench writes it anew"):
        measured_costs(file, project / ".chalice" / "config.json")


def test_users_have_to_be_a_number(
    project: Path,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("USERS", "many")
    assert main() == 1
    assert capsys.readouterr().err == "kms-login: USERS is wrong: it must be a number.\n"
