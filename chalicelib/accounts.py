"""The use cases, in plain Python: no HTTP, no AWS."""

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from chalicelib.errors import Unavailable, WrongCredentials
from chalicelib.passwords import PasswordHasher, PasswordPolicy

TIME_LIMIT = 27.0
"""Seconds that AWS calls may take for one answer: one less than the Lambda timeout of 28, which is
one less than API Gateway waits."""


class Store(Protocol):
    """Keeps sealed hashes by user id: `credential_store.CredentialStore`."""

    def get(self, userid: str) -> bytes | None: ...
    def add(self, userid: str, sealed: bytes) -> None: ...
    def replace(self, userid: str, old: bytes, new: bytes) -> bool: ...


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
        longest_call: seconds that one call of `store` or `cipher` takes at most.
        clock: seconds that never go back.
        random_password: makes a password that nobody knows.
    """

    def __init__(
        self,
        *,
        store: Store,
        cipher: Cipher,
        hasher: PasswordHasher,
        policy: PasswordPolicy,
        longest_call: float,
        clock: Callable[[], float] = time.monotonic,
        random_password: Callable[[], str] = lambda: secrets.token_urlsafe(32),
    ) -> None:
        self._store = store
        self._cipher = cipher
        self._hasher = hasher
        self._policy = policy
        self._longest_call = longest_call
        self._clock = clock
        self._random_password = random_password
        self._decoy: bytes | None = None

    def sign_up(self, userid: str, password: str) -> None:
        """Make an account. Nothing is written unless all of it is.

        Raises:
            WeakPassword: the password breaks the policy.
            UsernameTaken: there is such an account; it is left as it is.
            Unavailable: a part of the service did not answer.
        """
        self._policy.check(password, userid)
        self._store.add(userid, self._sealed_hash(userid, password))

    def log_in(self, userid: str, password: str) -> LoggedIn:
        """Check a password. A user who does not exist costs exactly the work of one who does.

        Raises:
            WrongCredentials: no such account, or another password.
            Unavailable: a part of the service did not answer, or what is stored is damaged.
        """
        started = self._clock()
        # Before the look-up, so that a process's first log-in takes as long whoever it is for.
        decoy = self._sealed_decoy()
        self._check_time(started, calls=2)
        stored = self._store.get(userid)
        if stored is None:
            phc = self._open(decoy, _DECOY_CONTEXT)
        else:
            phc = self._open(stored, _context(userid))
        right = self._hasher.verify(phc, password)
        if stored is None or not right:
            raise WrongCredentials("The user name or the password is wrong.")
        if not self._hasher.needs_rehash(phc):
            return LoggedIn()
        return self._rehash(userid, password, stored, started)

    def _rehash(self, userid: str, password: str, old: bytes, started: float) -> LoggedIn:
        # The password was right: whatever fails from here on does not take the log-in back.
        try:
            self._check_time(started, calls=2)
            replaced = self._store.replace(userid, old, self._sealed_hash(userid, password))
        except Unavailable as error:
            return LoggedIn("postponed", error.cause)
        return LoggedIn("done") if replaced else LoggedIn("postponed", "changed meanwhile")

    def _sealed_hash(self, userid: str, password: str) -> bytes:
        return self._cipher.seal(self._hasher.hash(password).encode(), _context(userid))

    def _sealed_decoy(self) -> bytes:
        if self._decoy is None:
            phc = self._hasher.hash(self._random_password())
            self._decoy = self._cipher.seal(phc.encode(), _DECOY_CONTEXT)
        return self._decoy

    def _open(self, sealed: bytes, context: Mapping[str, str]) -> str:
        opened = self._cipher.open(sealed, context)
        try:
            return opened.decode("ascii")
        except UnicodeDecodeError:
            raise Unavailable("stored hash is not text") from None

    def _check_time(self, started: float, calls: int) -> None:
        """Raise `Unavailable` unless `calls` more slow calls fit into the time limit."""
        if self._clock() - started + calls * self._longest_call > TIME_LIMIT:
            raise Unavailable("out of time")


def _context(userid: str) -> dict[str, str]:
    """Ties a sealed hash to its account: copied to another row, it does not open."""
    return {"userid_sha256": user_digest(userid)}


_DECOY_CONTEXT = {"userid_sha256": "decoy"}
