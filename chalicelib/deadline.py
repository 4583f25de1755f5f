"""Time that is left for one answer."""

import time
from collections.abc import Callable

from chalicelib.errors import Unavailable

TIME_LIMIT = 27.0
"""Seconds that AWS calls may take for one answer: one less than the Lambda timeout of 28, which is
one less than API Gateway waits."""


class Deadline:
    """Begins when it is made.

    Args:
        longest_call: seconds that one AWS call takes at most.
        clock: seconds that never go back.
    """

    def __init__(self, longest_call: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._longest_call = longest_call
        self._clock = clock
        self._started = clock()

    def allow(self, calls: int) -> None:
        """Raise `Unavailable` unless `calls` more slow calls, one after the other, fit in."""
        if self._clock() - self._started + calls * self._longest_call > TIME_LIMIT:
            raise Unavailable("out of time")
