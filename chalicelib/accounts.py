"""The use cases, in plain Python: no HTTP, no AWS."""

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol

from chalicelib.errors import Unavailable, WrongCredentials
from chalicelib.limiters import LoginAttempt, LoginLimiter, SignUpLimiter
from chalicelib.passwords import PasswordHasher, PasswordPolicy
from chalicelib.sealed_hash import SealedHash

TIME_LIMIT = 27.0
"""Seconds that AWS calls may take for one answer: one less than the Lambda timeout of 28, which is
one less than API Gateway waits."""


class Store(Protocol):
    """Keeps sealed hashes by user id: `credential_store.CredentialStore`."""

    def get(self, userid: str) -> SealedHash | None: ...
    def add(self, userid: str, account: str, new: SealedHash) -> None: ...
    def replace(self, userid: str, old: SealedHash, new: SealedHash) -> bool: ...


class Cipher(Protocol):
    """Seals bytes to a context: `kms_cipher.KmsCipher`."""

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes: ...
    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes: ...


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A right password, and what was done about a hash with other parameters than today's.

    Attributes:
        rehash: None when the hash was up to date; "postponed" leaves it to the next log-in.
        cause: why it was postponed, for the operator's log.
    """

    rehash: Literal["done", "postponed"] | None = None
    cause: str | None = None


def user_digest(userid: str) -> str:
    """What stands for a user where the name may not: in logs and in CloudTrail. SHA-256, hex."""
    return hashlib.sha256(userid.encode()).hexdigest()


class Accounts:
    """Sign-up and log-in.

    Args:
        store: where the sealed hashes are.
        cipher: what seals them.
        hasher: what makes and checks the hashes.
        policy: what a new password must be.
        logins: who may log in now.
        sign_ups: who may sign up now.
        executor: runs one thing beside another.
        longest_call: seconds that one call of `store`, `cipher` or a limiter's counts takes at
            most.
        clock: seconds that never go back.
        random_word: makes a word that nobody can guess.
    """

    def __init__(
        self,
        *,
        store: Store,
        cipher: Cipher,
        hasher: PasswordHasher,
        policy: PasswordPolicy,
        logins: LoginLimiter,
        sign_ups: SignUpLimiter,
        executor: Executor,
        longest_call: float,
        clock: Callable[[], float] = time.monotonic,
        random_word: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._store = store
        self._cipher = cipher
        self._hasher = hasher
        self._policy = policy
        self._logins = logins
        self._sign_ups = sign_ups
        self._executor = executor
        self._longest_call = longest_call
        self._clock = clock
        self._random_word = random_word
        self._decoy: SealedHash | None = None

    def warm_up(self) -> None:
        """Do now what the first log-in would do else. What fails is left to that."""
        with suppress(Unavailable):
            self._sealed_decoy()

    def sign_up(self, userid: str, password: str, source: str) -> None:
        """Make an account. Nothing is written unless all of it is.

        Args:
            source: the address that asks.

        Raises:
            TooManyAttempts: `source` has signed up too often.
            WeakPassword: the password breaks the policy.
            UsernameTaken: there is such an account; it is left as it is.
            Unavailable: a part of the service did not answer.
        """
        started = self._clock()
        # First of all: it holds back who asks for names, and who keeps the CPU busy.
        self._sign_ups.count(source)
        self._policy.check(password, userid)
        account = user_digest(userid)
        sealed = self._seal(account, password)
        self._check_time(started, calls=1)
        self._store.add(userid, account, sealed)

    def log_in(self, userid: str, password: str) -> LoggedIn:
        """Check a password. A user who does not exist costs exactly the work of one who does.

        Raises:
            TooManyAttempts, AccountLocked: too many failed; the password was not looked at.
            WrongCredentials: no such account, or another password.
            Unavailable: a part of the service did not answer, or what is stored is damaged.
        """
        started = self._clock()
        account = user_digest(userid)
        # Before the look-up, so that a process's first log-in takes as long whoever it is for.
        decoy = self._sealed_decoy()
        self._check_time(started, calls=3)
        looking_up = self._executor.submit(self._store.get, userid)
        attempt = self._logins.begin(account)
        try:
            stored = looking_up.result()
            self._check_time(started, calls=2)
            phc = self._open(_DECOY if stored is None else account, stored or decoy)
            right = self._hasher.verify(phc, password)
        except Unavailable:
            self._give_back(attempt, started)
            raise
        self._check_time(started, calls=1)
        if stored is None or not right:
            attempt.fail(exists=stored is not None)
            raise WrongCredentials("The user name or the password is wrong.")
        attempt.succeed()
        if not self._hasher.needs_rehash(phc):
            return LoggedIn()
        return self._rehash(userid, password, stored, started)

    def _give_back(self, attempt: LoginAttempt, started: float) -> None:
        # Failing at it is no new failure: the try stays counted.
        with suppress(Unavailable):
            self._check_time(started, calls=1)
            attempt.give_back()

    def _rehash(self, userid: str, password: str, old: SealedHash, started: float) -> LoggedIn:
        # The password was right: whatever fails from here on does not take the log-in back.
        try:
            self._check_time(started, calls=2)
            replaced = self._store.replace(userid, old, self._seal(user_digest(userid), password))
        except Unavailable as error:
            return LoggedIn("postponed", error.cause)
        return LoggedIn("done") if replaced else LoggedIn("postponed", "changed meanwhile")

    def _seal(self, account: str, password: str) -> SealedHash:
        version = self._random_word()
        phc = self._hasher.hash(password)
        return SealedHash(self._cipher.seal(phc.encode(), _context(account, version)), version)

    def _sealed_decoy(self) -> SealedHash:
        if self._decoy is None:
            self._decoy = self._seal(_DECOY, self._random_word())
        return self._decoy

    def _open(self, account: str, stored: SealedHash) -> str:
        opened = self._cipher.open(stored.sealed, _context(account, stored.version))
        try:
            return opened.decode("ascii")
        except UnicodeDecodeError:
            raise Unavailable("stored hash is not text") from None

    def _check_time(self, started: float, calls: int) -> None:
        """Raise `Unavailable` unless `calls` more slow calls fit into the time limit."""
        if self._clock() - started + calls * self._longest_call > TIME_LIMIT:
            raise Unavailable("out of time")


_DECOY = "decoy".ljust(len(user_digest("")), "-")
"""In the place of an account's digest, and as long, so that a request with it is, too. It is none:
those are hexadecimal."""


def _context(account: str, version: str) -> dict[str, str]:
    """Ties a sealed hash to its account and version: copied elsewhere, it does not open."""
    return {"userid_sha256": account, "version": version}
