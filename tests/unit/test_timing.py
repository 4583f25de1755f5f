"""The arithmetic of `make timing`, and that both kinds of names are asked for alike."""

import threading
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

import pytest

from tools.errors import ToolError
from tools.timing import requests_from_environment
from tools.timing_report import (
    KINDS,
    LOCKED,
    LOCKED_UNKNOWN,
    UNKNOWN,
    WRONG,
    Ratio,
    Times,
    report,
    told_apart,
)
from tools.timing_requests import Timing


def times(**slower: float) -> Times:
    """As if the machine were slow now and then; the kinds differ by the factors in `slower`."""
    moments = [0.02 + number * 37 % 200 / 1000 for number in range(200)]
    factors = {WRONG: slower.get("wrong", 1.0), LOCKED: slower.get("locked", 1.0)}
    return {kind: [factors.get(kind, 1.0) * moment for moment in moments] for kind in KINDS}


class TestTheReport:
    def test_a_ratio_is_the_median_of_what_was_at_the_same_moment(self) -> None:
        ratio = Ratio.of([2.0, 40.0, 9.0, 8.0, 5.0], [1.0, 20.0, 3.0, 8.0, 2.5])
        assert ratio == Ratio(2.0, 1.0, 3.0)

    def test_its_range_narrows_with_the_number_of_times(self) -> None:
        noise = [1 + number / 1000 for number in range(-200, 201)]
        ratio = Ratio.of(noise, [1.0] * 401)
        assert ratio.value == 1.0
        assert (ratio.low, ratio.high) == pytest.approx((0.98, 1.02), abs=0.001)

    @pytest.mark.parametrize(("factor", "same"), [(0.96, False), (0.975, True), (1.025, True)])
    def test_three_hundredths_are_no_difference(self, factor: float, same: bool) -> None:
        assert Ratio.of([factor] * 9, [1.0] * 9).is_same() is same

    def test_it_says_what_is_told_apart(self) -> None:
        assert told_apart(times()) == []
        assert told_apart(times(wrong=1.04)) == [f"{WRONG} / {UNKNOWN}"]
        assert told_apart(times(locked=0.95)) == [f"{LOCKED} / {LOCKED_UNKNOWN}"]

    def test_the_table_has_every_kind_and_every_ratio(self) -> None:
        lines = report(times(wrong=1.02)).splitlines()
        for kind, line in zip(KINDS, lines[1:6], strict=True):
            assert line.startswith(f"{kind} ")
        assert lines[7].startswith(f"{WRONG} / {UNKNOWN}           1.020 (1.020 to 1.020) ")
        assert lines[8].startswith(f"{LOCKED} / {LOCKED_UNKNOWN} 1.000 (1.000 to 1.000) ")
        assert lines[9].startswith(f"{LOCKED} / {WRONG}     0.980 ")

    def test_times_are_shown_in_milliseconds(self) -> None:
        (row,) = [
            line
            for line in report({kind: [0.010, 0.020, 0.030] for kind in KINDS}).splitlines()
            if line.startswith(f"{UNKNOWN} ")
        ]
        assert row.split() == ["unknown", "user", "3", "20.00", "ms", "20.00", "ms"]


class Service:
    """Stands in for the app: counts, and answers as it does."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        self.failures: Counter[str] = Counter()
        self.asked: list[str] = []

    def __call__(self, event: dict[str, Any], _: None) -> dict[str, Any]:
        fields = parse_qs(event["body"])
        (uname,), (password,) = fields["uname"], fields["password"]
        return {"statusCode": self.answer(event["requestContext"]["path"], uname, password)}

    def answer(self, path: str, uname: str, password: str) -> int:
        if path == "/api/signup":
            self.passwords[uname] = password
            return 200
        self.asked.append(uname)
        if self.failures[uname] == 10:
            return 429
        if self.passwords.get(uname) == password:
            return 200
        self.failures[uname] += 1
        return 401


class TestTheRequests:
    def test_users_and_unknown_names_are_asked_for_alike(self) -> None:
        service = Service()
        timing = Timing(service, 440, threading.Event())
        timing.prepare()
        service.asked.clear()
        measured = timing.measure()
        assert {kind: len(measured[kind]) for kind in KINDS} == dict(
            zip(KINDS, [40, 40, 40, 160, 160], strict=True)
        )
        asked = {
            kind: [uname[2:] for uname in service.asked if uname.startswith(f"{number}-")]
            for number, kind in enumerate(KINDS)
        }
        assert asked[WRONG] == asked[UNKNOWN]
        assert asked[LOCKED] == asked[LOCKED_UNKNOWN]
        assert len({len(uname) for uname in service.asked}) == 1

    def test_another_answer_than_expected_is_one_clear_line(self) -> None:
        service = Service()
        timing = Timing(service, 110, threading.Event())
        timing.prepare()
        service.failures.clear()
        with pytest.raises(ToolError, match=r"^/login answered 401 and not 429$"):
            timing.measure()

    def test_it_ends_when_it_is_told_to(self) -> None:
        stopping = threading.Event()
        stopping.set()
        with pytest.raises(ToolError, match="stopped before the end"):
            Timing(Service(), 110, stopping).prepare()

    @pytest.mark.parametrize("text", ["0", "499", "50001", "many", "-500", "1e3"])
    def test_a_wrong_number_of_them_is_named(
        self, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        monkeypatch.setenv("TIMING_REQUESTS", text)
        with pytest.raises(ToolError, match=r"^TIMING_REQUESTS is wrong: .* from 500 to 50000$"):
            requests_from_environment()

    def test_their_number_has_a_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("TIMING_REQUESTS", raising=False)
        assert requests_from_environment() == 4000
