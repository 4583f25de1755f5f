"""Who may try now. The counts are in DynamoDB, so that every process sees the same ones."""

import secrets
import time
from collections.abc import Callable
from typing import Protocol

from chalicelib.errors import AccountLocked, TooManyAttempts, Unavailable
from chalicelib.limits import MAX_FAILURES, NEVER, Limit, LoginCount, network, seconds_until

IN_FLIGHT_SECONDS = 28
"""The Lambda timeout: a log-in that began longer ago is not in flight any more, but cut off."""
PATIENCE = 5.0
"""Seconds that a log-in waits at most for others of the same user that may give their try back."""
_random = secrets.SystemRandom()
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 0.8
_REMEMBER = 90 * 86_400
"""Seconds that a name is remembered which has no account, or no failures."""


class LoginCounts(Protocol):
    """Keeps a `LoginCount` for each account: `attempt_store.AttemptStore`."""

    def take(
        self, account: str, tries: int, now: float, expires_at: int
    ) -> tuple[bool, LoginCount | None]: ...
    def restart(self, account: str, seen: LoginCount, new: LoginCount) -> bool: ...
    def clear(self, account: str, ended: int, tries: int, expires_at: int) -> None: ...
    def confirm(self, account: str, ended: int, expires_at: int) -> None: ...
    def give_back(self, account: str, ended: int) -> None: ...


class SignUpCounts(Protocol):
    """Counts sign-ups for each source: `attempt_store.AttemptStore`."""

    def count_sign_up(self, source: str, limit: int, now: float, expires_at: int) -> int | None: ...


class LoginAttempt:
    """One try that has been counted as a failure. End it with exactly one of its methods.

    One that is never ended, because the process died, stays a failure.

    Attributes:
        locks: whether nobody may try any more if this one fails, until an operator unlocks it.
    """

    def __init__(
        self,
        counts: LoginCounts,
        limit: Limit,
        account: str,
        now: float,
        *,
        failures: int,
        ended: int,
    ) -> None:
        self.locks = failures >= MAX_FAILURES
        self._counts = counts
        self._limit = limit
        self._account = account
        self._now = now
        self._ended = ended

    def succeed(self) -> None:
        """It was the right password: nothing that failed before counts any more."""
        expires_at = int(self._now) + _REMEMBER
        self._counts.clear(self._account, self._ended, self._limit.count, expires_at)

    def fail(self, *, exists: bool) -> None:
        """It was a wrong password.

        Args:
            exists: whether there is such an account. Only for one that exists are failures
                remembered for ever: the names that guessers make up would fill the table.
        """
        expires_at = NEVER if exists else int(self._now) + _REMEMBER
        self._counts.confirm(self._account, self._ended, expires_at)

    def give_back(self) -> None:
        """No password was compared: the try does not count."""
        self._counts.give_back(self._account, self._ended)


class LoginLimiter:
    """Limits the tries on one user name, whether or not there is such an account.

    A try is counted before its password is looked at, so that not one more than the limit can be
    looked at, however many arrive at once.

    Args:
        counts: where the counts are.
        limit: tries before the first wait, and how long that wait is.
        clock: Unix time.
        sleep: waits for so many seconds.
        jitter: a random number from 0 to 1.
    """

    def __init__(
        self,
        counts: LoginCounts,
        limit: Limit,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = _random.random,
    ) -> None:
        self._counts = counts
        self._limit = limit
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter

    def begin(self, account: str) -> LoginAttempt:
        """Count a try on `account`.

        Where none is left but some are in flight, it waits a little: if theirs is the right
        password, they give their tries back, so that many at once by the user all come through.

        Raises:
            TooManyAttempts: none is left for now.
            AccountLocked: none is left until an operator unlocks the account.
            Unavailable: the counts cannot be kept. No password may be looked at then.
        """
        give_up_at = self._clock() + PATIENCE
        pause = _FIRST_PAUSE
        while True:
            now = self._clock()
            outcome = self._take(account, now, give_up_at)
            if isinstance(outcome, LoginAttempt):
                return outcome
            if not self._some_in_flight(outcome, now) or now + pause > give_up_at:
                raise self._refusal(outcome, now)
            self._sleep(pause * (0.5 + self._jitter() / 2))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _take(self, account: str, now: float, give_up_at: float) -> LoginAttempt | LoginCount:
        """A try, or the count that left none."""
        expires_at = int(now) + _REMEMBER
        tries = self._limit.count
        # Where the count was to start over, somebody else may have been faster.
        for turn in range(3):
            # A turn takes two calls: a slow one more, and there is no time left for an answer.
            if turn and self._clock() > give_up_at:
                break
            taken, before = self._counts.take(account, tries, now, expires_at)
            before = before or LoginCount(0, tries, 0, now)
            if taken:
                cut_off = 0 if self._some_in_flight(before, now) else before.in_flight
                return self._attempt(account, now, before.failures + 1, 1 + cut_off)
            if before.has_expired(now):
                new = LoginCount(1, tries - 1, 1, now, expires_at)
            elif before.is_locked() or now < before.next_at(self._limit):
                return before
            else:
                new = LoginCount(before.failures + 1, tries - 1, 1, now, before.expires_at)
            if self._counts.restart(account, before, new):
                return self._attempt(account, now, new.failures, 1)
        raise Unavailable("log-in count changes too fast")

    def _attempt(self, account: str, now: float, failures: int, ended: int) -> LoginAttempt:
        return LoginAttempt(self._counts, self._limit, account, now, failures=failures, ended=ended)

    def _some_in_flight(self, count: LoginCount, now: float) -> bool:
        return count.in_flight > 0 and now - count.last_at <= IN_FLIGHT_SECONDS

    def _refusal(self, count: LoginCount, now: float) -> TooManyAttempts | AccountLocked:
        if count.is_locked():
            return AccountLocked()
        return TooManyAttempts(seconds_until(count.next_at(self._limit), now))


class SignUpLimiter:
    """Limits the sign-ups from one source address, since each tells whether a name is taken.

    The period begins with a source's first sign-up.

    Args:
        counts: where the counts are.
        limit: sign-ups in a period.
        clock: Unix time.
    """

    def __init__(
        self, counts: SignUpCounts, limit: Limit, clock: Callable[[], float] = time.time
    ) -> None:
        self._counts = counts
        self._limit = limit
        self._clock = clock

    def count(self, address: str) -> None:
        """Count a sign-up from `address`, good or bad.

        Raises:
            TooManyAttempts: there were as many as may be.
            Unavailable: the counts cannot be kept.
        """
        now = self._clock()
        expires_at = int(now) + self._limit.period + 1
        full_until = self._counts.count_sign_up(
            network(address), self._limit.count, now, expires_at
        )
        if full_until is not None:
            raise TooManyAttempts(seconds_until(full_until, now))
