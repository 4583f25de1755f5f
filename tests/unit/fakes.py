"""Stand-ins for what the use cases are handed: they note every call, and fail on request."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import ParamSpec, TypeVar

import argon2

from chalicelib.accounts import Accounts
from chalicelib.errors import Unavailable, UsernameTaken
from chalicelib.limiters import LoginLimiter, SignUpLimiter
from chalicelib.limits import Limit, LoginCount
from chalicelib.passwords import PasswordHasher, PasswordPolicy
from chalicelib.sealed_hash import SealedHash
from chalicelib.settings import LOGIN_LIMIT_DEFAULT
from tests.cheap_hash import CHEAP
from tests.secret_guard import secret

P = ParamSpec("P")
T = TypeVar("T")
DECOY = secret("a password that nobody knows")
CALL_SECONDS = 7.0
SOURCE = "203.0.113.7"


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Inline(Executor):
    """Does at once, and in the same thread, what it is given to do."""

    def submit(self, call: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> "Future[T]":
        future: Future[T] = Future()
        try:
            future.set_result(call(*args, **named))
        except Exception as error:
            future.set_exception(error)
        return future


class FakeAws:
    """A store, a cipher and counts in memory."""

    def __init__(self, clock: Clock) -> None:
        self.rows: dict[str, SealedHash] = {}
        self.counts: dict[str, LoginCount] = {}
        self.sign_ups: dict[str, tuple[int, int]] = {}
        self.calls: list[str] = []
        self.given: list[object] = []
        self.fail: set[str] = set()
        self.before_replace: Callable[[], None] = lambda: None
        self.slow: dict[str, float] = {}
        self._clock = clock

    def _note(self, call: str, *given: object) -> None:
        self.calls.append(call)
        self.given.extend(given)
        self._clock.now += self.slow.get(call, 0.0)
        if call in self.fail:
            raise Unavailable(f"{call} failed")

    def get(self, userid: str) -> SealedHash | None:
        self._note("get", userid)
        return self.rows.get(userid)

    def add(self, userid: str, account: str, new: SealedHash) -> None:
        self._note("add", userid, account, new)
        if userid in self.rows:
            raise UsernameTaken
        self.rows[userid] = new
        self.counts.pop(account, None)

    def replace(self, userid: str, old: SealedHash, new: SealedHash) -> bool:
        self.before_replace()
        self._note("replace", userid, old, new)
        if self.rows.get(userid) != old:
            return False
        self.rows[userid] = new
        return True

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        self._note("seal", plaintext, context)
        return json.dumps([plaintext.hex(), dict(context)]).encode()

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        self._note("open", sealed, context)
        plaintext, sealed_context = json.loads(sealed)
        if sealed_context != dict(context):
            raise Unavailable("another context")
        return bytes.fromhex(plaintext)

    def take(
        self, account: str, tries: int, now: float, expires_at: int
    ) -> tuple[bool, LoginCount | None]:
        self._note("take", account)
        before = self.counts.get(account)
        count = before or LoginCount(0, tries, 0, now)
        if count.tries_left <= 0 or count.is_locked() or count.has_expired(now):
            return False, before
        self.counts[account] = LoginCount(
            count.failures + 1, count.tries_left - 1, count.in_flight + 1, now, expires_at
        )
        return True, before

    def restart(self, account: str, seen: LoginCount, new: LoginCount) -> bool:
        self._note("restart", account)
        if self.counts.get(account) != seen:
            return False
        self.counts[account] = new
        return True

    def clear(self, account: str, ended: int, tries: int, expires_at: int) -> None:
        self._note("clear", account)
        count = self.counts[account]
        others = count.in_flight - ended
        self.counts[account] = LoginCount(others, tries - others, others, count.last_at, expires_at)

    def confirm(self, account: str, ended: int, *, keep: bool) -> None:
        self._note("confirm", account)
        count = self.counts[account]
        expires_at = None if keep else count.expires_at
        self.counts[account] = replace(
            count, in_flight=count.in_flight - ended, expires_at=expires_at
        )

    def give_back(self, account: str, ended: int) -> None:
        self._note("give_back", account)
        count = self.counts[account]
        self.counts[account] = replace(
            count,
            failures=count.failures - 1,
            tries_left=count.tries_left + 1,
            in_flight=count.in_flight - ended,
        )

    def count_sign_up(self, source: str, limit: int, now: float, expires_at: int) -> int | None:
        self._note("count_sign_up", source)
        used, until = self.sign_ups.get(source, (0, 0))
        if until <= now:
            used, until = 0, expires_at
        if used >= limit:
            return until
        self.sign_ups[source] = (used + 1, until)
        return None


class CountingHasher(PasswordHasher):
    """Counts what costs time."""

    def __init__(self, parameters: argon2.Parameters = CHEAP) -> None:
        super().__init__(parameters)
        self.calls: list[str] = []

    def hash(self, password: str) -> str:
        self.calls.append("hash")
        return super().hash(password)

    def verify(self, phc: str, password: str) -> bool:
        self.calls.append("verify")
        return super().verify(phc, password)


class World:
    """An `Accounts` with everything it was handed."""

    def __init__(self, limit: Limit = LOGIN_LIMIT_DEFAULT) -> None:
        self.clock = Clock()
        self.aws = FakeAws(self.clock)
        self.hasher = CountingHasher()
        self.limit = limit
        self.accounts = self.with_hasher(self.hasher)

    def with_hasher(self, hasher: PasswordHasher, word: str = DECOY) -> Accounts:
        return Accounts(
            store=self.aws,
            cipher=self.aws,
            hasher=hasher,
            policy=PasswordPolicy(15, "Coral Reef"),
            logins=LoginLimiter(self.aws, self.limit, self.clock, self.clock.sleep, lambda: 1.0),
            sign_ups=SignUpLimiter(self.aws, self.limit, self.clock),
            executor=Inline(),
            longest_call=CALL_SECONDS,
            clock=self.clock,
            random_word=lambda: word,
        )

    def with_risen_parameters(self) -> Accounts:
        risen = replace(CHEAP, time_cost=CHEAP.time_cost + 1)
        return self.with_hasher(PasswordHasher(risen))

    def sign_up(self, userid: str, password: str) -> None:
        self.accounts.sign_up(userid, password, SOURCE)
