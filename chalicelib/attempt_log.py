"""One line of JSON for each attempt, for CloudWatch Logs and whoever reads it."""

import json
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path


def _print_line(line: str) -> None:
    print(line, flush=True)


class AttemptLog:
    """Writes what happened, to whom, from where and how long it took; never what was sent.

    Args:
        write: takes one line without its end.
        now: the wall clock.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        write: Callable[[str], None] = _print_line,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._write = write
        self._now = now
        self._clock = clock

    def start(self, event: str, request_id: str, source: str) -> "Attempt":
        """Begin an attempt.

        Args:
            event: "signup", "login", ...
            request_id: the id that the answer carries.
            source: the caller's address as API Gateway saw it, not as a header claims.
        """
        return Attempt(self, event, request_id, source)

    def read_clock(self) -> float:
        """Seconds, for durations."""
        return self._clock()

    def write(self, record: dict[str, object]) -> None:
        """Write one record as one line: JSON escapes line ends and all that is not ASCII."""
        stamp = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        self._write(json.dumps({"time": stamp.replace("+00:00", "Z"), **record}))


class Attempt:
    """One request on its way. Set `user` as soon as it is known; end with `finish`.

    Attributes:
        user: the digest of the user id, or None when the request named no valid one.
        details: more for the line; what is None is left out.
    """

    def __init__(self, log: AttemptLog, event: str, request_id: str, source: str) -> None:
        self._log = log
        self._started = log.read_clock()
        self._event = event
        self._request_id = request_id
        self._source = source
        self.user: str | None = None
        self.details: dict[str, str | None] = {}

    def finish(self, outcome: str, *, level: str = "info", **details: str | None) -> None:
        """Write the line, with these details beside the others."""
        milliseconds = (self._log.read_clock() - self._started) * 1000
        self._log.write(
            {
                "level": level,
                "event": self._event,
                "outcome": outcome,
                "user": self.user,
                "request_id": self._request_id,
                "source": self._source,
                "ms": round(milliseconds, 1),
                **{k: v for k, v in (self.details | details).items() if v is not None},
            }
        )


def where(error: BaseException) -> str:
    """The type of an exception and the lines it came through, innermost first.

    Its message is left out: it may quote what a caller sent.
    """
    frames = reversed(traceback.extract_tb(error.__traceback__))
    lines = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return " < ".join([type(error).__name__, *lines])
