import pytest

from chalicelib.deadline import TIME_LIMIT, Deadline
from chalicelib.errors import Unavailable
from tests.unit.fakes import Clock


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_calls_that_fit_in_to_the_last_second_are_allowed(calls: int) -> None:
    clock = Clock()
    deadline = Deadline(7.0, clock)
    clock.now += TIME_LIMIT - 7.0 * calls
    deadline.allow(calls=calls)


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_one_that_would_end_too_late_is_unavailable(calls: int) -> None:
    clock = Clock()
    deadline = Deadline(7.0, clock)
    clock.now += TIME_LIMIT - 7.0 * calls + 0.1
    with pytest.raises(Unavailable) as caught:
        deadline.allow(calls=calls)
    assert caught.value.cause == "out of time"


def test_it_begins_when_it_is_made() -> None:
    clock = Clock()
    early = Deadline(7.0, clock)
    clock.now += TIME_LIMIT
    Deadline(7.0, clock).allow(calls=3)
    with pytest.raises(Unavailable):
        early.allow(calls=1)


def test_by_default_time_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: -1e9)
    Deadline(7.0).allow(calls=3)
