"""Who may try, on counts in DynamoDB as moto plays it, at times that the tests choose."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.attempt_store import AttemptStore
from chalicelib.errors import AccountLocked, TooManyAttempts, Unavailable
from chalicelib.limiters import IN_FLIGHT_SECONDS, PATIENCE, LoginLimiter, SignUpLimiter
from chalicelib.limits import Limit, LoginCount
from tests.unit.conftest import Aws
from tests.unit.fakes import Clock

LIMIT = Limit(3, 60)
USER = "a" * 64


@pytest.fixture
def clock() -> Clock:
    return Clock(1_764_000_000.25)


@pytest.fixture
def limiter(attempt_store: AttemptStore, clock: Clock) -> LoginLimiter:
    return LoginLimiter(attempt_store, LIMIT, clock, clock.sleep, lambda: 1.0)


def fail(limiter: LoginLimiter, times: int = 1, *, exists: bool = True) -> None:
    for _ in range(times):
        limiter.begin(USER).fail(exists=exists)


def wait_of(limiter: LoginLimiter) -> int:
    """The Retry-After of a try that is refused."""
    with pytest.raises(TooManyAttempts) as caught:
        limiter.begin(USER)
    return caught.value.retry_after


class TestRounds:
    def test_there_are_as_many_tries_as_the_limit_says(self, limiter: LoginLimiter) -> None:
        fail(limiter, 3)
        assert wait_of(limiter) == 60

    def test_another_user_has_their_own(self, limiter: LoginLimiter) -> None:
        fail(limiter, 3)
        limiter.begin("b" * 64).fail(exists=True)

    def test_the_wait_is_right_to_the_second(self, limiter: LoginLimiter, clock: Clock) -> None:
        fail(limiter, 3)
        clock.now += 17.5
        wait = wait_of(limiter)
        assert wait == 43
        clock.now += wait - 1
        assert wait_of(limiter) == 1
        clock.now += 1
        fail(limiter)

    def test_each_further_round_waits_twice_as_long(
        self, limiter: LoginLimiter, clock: Clock
    ) -> None:
        waits = []
        for _ in range(8):
            fail(limiter, 3)
            waits.append(wait_of(limiter))
            clock.now += waits[-1]
        assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]

    def test_slow_failures_are_in_a_row_too(self, limiter: LoginLimiter, clock: Clock) -> None:
        for _ in range(3):
            clock.now += 3000 * 86_400
            fail(limiter)
        clock.now += 59
        assert wait_of(limiter) == 1

    def test_no_stretch_of_a_period_holds_more_than_the_limit(
        self, limiter: LoginLimiter, clock: Clock
    ) -> None:
        allowed: list[float] = []
        for _ in range(600):
            try:
                fail(limiter)
                allowed.append(clock.now)
            except TooManyAttempts:
                pass
            clock.now += 1
        for first in allowed:
            assert sum(first <= moment < first + 60 for moment in allowed) <= 3

    def test_success_clears_it(self, limiter: LoginLimiter) -> None:
        for _ in range(5):
            fail(limiter, 2)
            limiter.begin(USER).succeed()

    def test_a_try_that_is_given_back_was_none(self, limiter: LoginLimiter) -> None:
        for _ in range(5):
            limiter.begin(USER).give_back()
        fail(limiter, 3)
        assert wait_of(limiter) == 60

    def test_failures_on_a_name_without_an_account_are_forgotten_after_90_days(
        self, limiter: LoginLimiter, clock: Clock
    ) -> None:
        for _ in range(2):
            fail(limiter, 3, exists=False)
            clock.now += 60
        clock.now += 90 * 86_400
        fail(limiter, 3, exists=False)
        assert wait_of(limiter) == 60

    def test_a_success_leaves_nothing_for_longer_than_90_days(
        self, limiter: LoginLimiter, aws: Aws, clock: Clock
    ) -> None:
        fail(limiter)
        limiter.begin(USER).succeed()
        (row,) = aws.counts()
        assert int(row["expires_at"]["N"]) == int(clock.now) + 90 * 86_400


class TestTheLock:
    def lock(self, limiter: LoginLimiter, clock: Clock, *, exists: bool = True) -> int:
        """Fail until the account is locked; how often that was."""
        for failures in range(200):
            try:
                fail(limiter, exists=exists)
            except AccountLocked:
                return failures
            except TooManyAttempts as error:
                clock.now += error.retry_after
                fail(limiter, exists=exists)
        return -1

    @pytest.mark.parametrize("exists", [True, False])
    def test_nobody_is_guessed_at_more_than_a_hundred_times_in_a_row(
        self, attempt_store: AttemptStore, clock: Clock, exists: bool
    ) -> None:
        limiter = LoginLimiter(attempt_store, Limit(7, 30), clock, clock.sleep)
        self.lock(limiter, clock, exists=exists)
        (taken, count) = attempt_store.take(USER, 7, clock.now, 0)
        assert not taken
        assert count is not None
        assert count.failures == 100

    def test_no_waiting_opens_it(self, limiter: LoginLimiter, clock: Clock) -> None:
        self.lock(limiter, clock)
        for _ in range(3):
            clock.now += 1000 * 86_400
            with pytest.raises(AccountLocked):
                limiter.begin(USER)

    def test_the_one_right_password_at_the_hundredth_try_is_none_too_many(
        self, attempt_store: AttemptStore, clock: Clock
    ) -> None:
        limiter = LoginLimiter(attempt_store, Limit(100, 30), clock, clock.sleep)
        fail(limiter, 99)
        limiter.begin(USER).succeed()
        fail(limiter, 99)


class TestManyAtOnce:
    def test_of_many_wrong_ones_as_many_as_the_limit_are_looked_at(
        self, attempt_store: AttemptStore
    ) -> None:
        limiter = LoginLimiter(attempt_store, Limit(10, 600))

        def guess(_: int) -> bool:
            try:
                attempt = limiter.begin(USER)
            except TooManyAttempts:
                return False
            attempt.fail(exists=True)
            return True

        with ThreadPoolExecutor(50) as threads:
            assert sum(threads.map(guess, range(200))) == 10

    def test_of_many_right_ones_all_come_through(self, attempt_store: AttemptStore) -> None:
        limiter = LoginLimiter(attempt_store, Limit(2, 600))
        at_once, most_at_once, lock = 0, 0, threading.Lock()

        def log_in(_: int) -> None:
            nonlocal at_once, most_at_once
            attempt = limiter.begin(USER)
            with lock:
                at_once += 1
                most_at_once = max(most_at_once, at_once)
            with lock:
                at_once -= 1
            attempt.succeed()

        with ThreadPoolExecutor(10) as threads:
            list(threads.map(log_in, range(10)))
        assert 1 <= most_at_once <= 2

    def test_a_success_leaves_those_in_flight_counted(self, limiter: LoginLimiter) -> None:
        first, second = limiter.begin(USER), limiter.begin(USER)
        first.succeed()
        fail(limiter, 2)
        second.fail(exists=True)
        assert wait_of(limiter) == 60

    def test_it_waits_for_those_in_flight_and_no_longer(
        self, attempt_store: AttemptStore, clock: Clock
    ) -> None:
        def refuse_after(ending: Callable[[], None] | None) -> float:
            pauses: list[float] = []

            def sleep(seconds: float) -> None:
                pauses.append(seconds)
                clock.sleep(seconds)
                if len(pauses) == 3 and ending is not None:
                    ending()

            with pytest.raises(TooManyAttempts):
                LoginLimiter(attempt_store, LIMIT, clock, sleep, lambda: 1.0).begin(USER)
            return sum(pauses)

        limiter = LoginLimiter(attempt_store, LIMIT, clock, clock.sleep)
        fail(limiter, 2)
        last = limiter.begin(USER)
        assert 3.0 < refuse_after(None) <= PATIENCE
        assert refuse_after(lambda: last.fail(exists=True)) < 1.0
        assert refuse_after(None) == 0

    def test_a_try_that_was_cut_off_stays_a_failure_and_is_waited_for_no_more(
        self, clock: Clock, limiter: LoginLimiter
    ) -> None:
        for _ in range(3):
            limiter.begin(USER)
        clock.now += IN_FLIGHT_SECONDS + 1
        assert wait_of(limiter) == 60 - IN_FLIGHT_SECONDS - 1

    def test_what_was_cut_off_is_cleared_by_the_next_success(self, limiter: LoginLimiter) -> None:
        clock = limiter._clock
        assert isinstance(clock, Clock)
        for _ in range(6):
            limiter.begin(USER)
            clock.now += IN_FLIGHT_SECONDS + 1
            limiter.begin(USER).succeed()
            clock.now += IN_FLIGHT_SECONDS + 1
        fail(limiter, 3)

    def test_an_account_made_or_unlocked_meanwhile_stays_clear(
        self, limiter: LoginLimiter, aws: Aws
    ) -> None:
        attempts = [limiter.begin(USER) for _ in range(3)]
        aws.dynamodb.delete_item(
            TableName=aws.attempt_table, Key={"subject": {"S": f"login#{USER}"}}
        )
        attempts[0].fail(exists=True)
        attempts[1].succeed()
        attempts[2].give_back()
        assert aws.counts() == []


class Slippery:
    """Counts that somebody else always changes first."""

    def take(self, *_: object) -> tuple[bool, LoginCount | None]:
        return False, LoginCount(3, 0, 0, 0.0)

    def restart(self, *_: object) -> bool:
        return False

    def clear(self, *_: object) -> None: ...
    def confirm(self, *_: object) -> None: ...
    def give_back(self, *_: object) -> None: ...


def test_a_count_that_cannot_be_caught_lets_nobody_in(clock: Clock) -> None:
    with pytest.raises(Unavailable, match="changes too fast"):
        LoginLimiter(Slippery(), LIMIT, clock, clock.sleep).begin(USER)


class TestSignUps:
    @pytest.fixture
    def sign_ups(self, attempt_store: AttemptStore, clock: Clock) -> SignUpLimiter:
        return SignUpLimiter(attempt_store, LIMIT, clock)

    def test_a_source_has_as_many_as_the_limit_says(
        self, sign_ups: SignUpLimiter, clock: Clock
    ) -> None:
        for _ in range(3):
            sign_ups.count("203.0.113.7")
        clock.now += 10
        with pytest.raises(TooManyAttempts) as caught:
            sign_ups.count("203.0.113.7")
        clock.now += caught.value.retry_after - 1
        with pytest.raises(TooManyAttempts):
            sign_ups.count("203.0.113.7")
        clock.now += 1
        for _ in range(3):
            sign_ups.count("203.0.113.7")
        with pytest.raises(TooManyAttempts):
            sign_ups.count("203.0.113.7")

    def test_another_source_has_its_own(self, sign_ups: SignUpLimiter) -> None:
        for number in range(9):
            sign_ups.count(f"203.0.113.{number}")

    def test_the_addresses_of_one_ipv6_network_are_one_source(
        self, sign_ups: SignUpLimiter
    ) -> None:
        for number in range(3):
            sign_ups.count(f"2001:db8::{number}")
        with pytest.raises(TooManyAttempts):
            sign_ups.count("2001:db8::ffff")

    def test_many_at_once_are_counted_to_the_last(self, sign_ups: SignUpLimiter) -> None:
        def ask(_: int) -> bool:
            try:
                sign_ups.count("203.0.113.7")
            except TooManyAttempts:
                return False
            return True

        with ThreadPoolExecutor(20) as threads:
            assert sum(threads.map(ask, range(60))) == 3


def test_failures_on_an_account_outlive_a_try_that_was_cut_off(
    limiter: LoginLimiter, clock: Clock
) -> None:
    fail(limiter, 2)
    limiter.begin(USER)
    clock.now += 1000 * 86_400
    fail(limiter)
    for _ in range(2):
        limiter.begin(USER).give_back()
    clock.now += 1000 * 86_400
    fail(limiter, 2)
    assert wait_of(limiter) == 120
