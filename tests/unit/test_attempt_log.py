import json
from datetime import UTC, datetime

import pytest

from chalicelib.attempt_log import AttemptLog, where
from tests.secret_guard import secret

NOON = datetime(2026, 11, 24, 12, 0, 0, 250000, tzinfo=UTC)


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def log(lines: list[str]) -> AttemptLog:
    ticks = iter([10.0, 10.0214])
    return AttemptLog(write=lines.append, now=lambda: NOON, clock=lambda: next(ticks))


def test_an_attempt_is_one_line_of_json(log: AttemptLog, lines: list[str]) -> None:
    attempt = log.start("login", "request-1", "203.0.113.7")
    attempt.user = "d" * 64
    attempt.finish("success", rehash="done", cause=None)
    assert [json.loads(line) for line in lines] == [
        {
            "time": "2026-11-24T12:00:00.250Z",
            "level": "info",
            "event": "login",
            "outcome": "success",
            "user": "d" * 64,
            "request_id": "request-1",
            "source": "203.0.113.7",
            "ms": 21.4,
            "rehash": "done",
        }
    ]


def test_nothing_can_start_a_line_of_its_own(log: AttemptLog, lines: list[str]) -> None:
    nasty = 'x\n{"outcome": "success"}\r\u2028\u0085\x1b[2J"'
    log.start(nasty, nasty, nasty).finish(nasty, cause=nasty)
    (line,) = lines
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["source"] == nasty


def test_by_default_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    AttemptLog().start("login", "request-1", "203.0.113.7").finish("success")
    record = json.loads(capsys.readouterr().out)
    assert datetime.fromisoformat(record["time"]).utcoffset() == NOON.utcoffset()
    assert record["ms"] >= 0


def test_a_fault_is_told_by_type_and_place_without_its_message() -> None:
    message = secret("a password that was quoted")
    with pytest.raises(ValueError, match="a password") as caught:
        raise ValueError(message)
    told = where(caught.value)
    assert told.startswith("ValueError < test_attempt_log.py:")
    assert message not in told
