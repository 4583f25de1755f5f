"""Of `make bench`: what makes figures of what was measured."""

import pytest

from chalicelib.forms import MAX_USERNAME_LENGTH
from tests.unit.conftest import Aws
from tests.unit.service import Service
from tools.bench import report
from tools.bench.endurance import Growth, Soak
from tools.bench.figures import Pair, compared, spread, table
from tools.bench.function import package_of
from tools.bench.item_size import WRITE_UNIT, item_size
from tools.bench.processes import steps_of
from tools.bench.runs import Cold, Warm
from tools.bench.scenario import LOG_IN
from tools.bench.stub_tables import count_row


def pair(ours: list[float], theirs: list[float]) -> Pair:
    return Pair(ours, theirs)


def test_a_ratio_is_of_the_medians() -> None:
    assert pair([1, 2, 90], [4, 4, 4]).ratio() == 0.5


def test_a_ratio_that_wanders_is_seen_to() -> None:
    ours = [1.0] * 8 + [3.0] * 2
    assert pair(ours, [2.0] * 10).ratios() == (0.5, 1.5)


def test_a_spread_is_the_median_and_the_quartiles() -> None:
    assert spread([1, 2, 3, 4, 5]) == "3.0 (1.5 to 4.5)"


def test_a_pair_is_a_row() -> None:
    row = compared("log-in", pair([1, 1, 1, 1, 1], [2, 2, 2, 2, 2]))
    assert row == ["log-in", "1.0 (1.0 to 1.0)", "2.0 (2.0 to 2.0)", "0.50", "0.50 to 0.50"]


def test_what_the_baseline_does_not_do_has_no_ratio() -> None:
    assert compared("locked", pair([1, 1, 1], []))[2:] == ["", "", ""]


def test_a_table_is_markdown() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


@pytest.mark.parametrize(
    ("spans", "steps"),
    [
        ([], 0),
        ([(1, 2)], 1),
        ([(1, 2), (2, 3)], 2),
        ([(1, 3), (2, 4)], 1),
        ([(1, 3), (2, 4), (4, 5)], 2),
        ([(1, 9), (2, 3), (4, 5)], 2),
    ],
)
def test_calls_that_cross_are_one_step(spans: list[tuple[float, float]], steps: int) -> None:
    assert steps_of(spans) == steps


@pytest.mark.parametrize(
    ("file", "package"),
    [
        ("/function/app.py", "service"),
        ("/function/chalicelib/logins.py", "service"),
        ("/function/chalice/app.py", "chalice"),
        ("/venv/lib/python3.13/site-packages/botocore/client.py", "botocore"),
        ("/usr/lib/python3.13/json/encoder.py", "python"),
        ("<string>", "python"),
    ],
)
def test_a_function_is_of_the_package_of_its_file(
    file: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", ["/function"])
    assert package_of(file) == package


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"userid": {"S": "dory"}}, 10),
        ({"userid": {"S": "\u00e9"}}, 8),
        ({"n": {"N": "1"}}, 3),
        ({"n": {"N": "1700000000"}}, 3),
        ({"n": {"N": "1764000123"}}, 7),
        ({"n": {"N": "-12.5"}}, 4),
        ({"n": {"N": "0"}}, 2),
    ],
)
def test_an_item_is_as_large_as_dynamodb_takes_it(
    item: dict[str, dict[str, str]], size: int
) -> None:
    assert item_size(item) == size


def test_the_stub_counts_as_the_service_does(service: Service, aws: Aws) -> None:
    service.sign_up()
    service.log_in()
    (count,) = [row for row in aws.counts() if row["subject"]["S"].startswith("login#")]
    assert count.keys() == count_row().keys()
    assert item_size(count) == pytest.approx(item_size(count_row()), abs=8)


def test_an_item_of_the_longest_user_name_takes_one_unit_to_write(
    service: Service, aws: Aws
) -> None:
    longest = "\U00010400" * MAX_USERNAME_LENGTH
    assert service.sign_up(longest).status_code == 200
    assert service.log_in(longest).status_code == 200
    rows = [*aws.users(), *aws.sessions(), *aws.counts()]
    sizes = [item_size(row) for row in rows]
    assert len(sizes) >= 3
    assert max(sizes) < WRITE_UNIT


def test_a_goal_is_met_or_missed() -> None:
    warm = Warm({LOG_IN.name: pair([4, 4], [10, 10])}, pair([5, 5], [10, 10]), [3.5, 3.5], (81, 50))
    cold = Cold(pair([1, 1], [2, 2]), pair([1, 1], [1, 1]), (60, 50))
    lines = report.goals(warm, cold, 1_990_000, 3).splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    assert len({row[0] for row in rows}) == len(rows)
    told = {row[0]: row[-1] for row in rows}
    assert told["warm log-in, ratio"] == "met"
    assert told["warm log-in, of the CPU"] == "missed"
    assert told["warm log-in beside Argon2, ms"] == "missed"
    assert told["cold start, ratio"] == "met"
    assert told["cold start, of the CPU"] == "missed"
    assert told["peak memory after sign-ups too, MB"] == "missed"
    assert told["zip, MB"] == "met"


@pytest.mark.parametrize(("clock", "is_busy"), [(12, False), (14, True)])
def test_a_busy_machine_is_told_of(clock: float, is_busy: bool) -> None:
    warm = Warm({LOG_IN.name: pair([4, 4], [clock] * 2)}, pair([4, 4], [10, 10]), [1, 1], (1, 1))
    cold = Cold(pair([1, 1], [2, 2]), pair([1, 1], [2, 2]), (1, 1))
    assert ("The machine was busy" in report.goals(warm, cold, 1, 3)) is is_busy


def test_growth_is_compared_with_the_fewest_users() -> None:
    told = report.growth({0: Growth([2, 2, 2], 5), 1_000: Growth([3, 3, 3], 5)})
    assert told.splitlines()[-1] == "| 1,000 | 3.0 (3.0 to 3.0) | 1.50 | 5 |"


def test_a_soak_tells_of_errors_connections_and_memory() -> None:
    told = report.soak(Soak(10_000, 99.6, 2, 1, [70.04, 71], [1_000, 1_001]))
    assert "10,000 requests to one process in 100 s: 2 wrong answers, 1 new connections." in told
    assert "70.0, 71.0" in told
    assert "1,000, 1,001" in told
