"""Sessions: an opaque token for the user, and its digest for the table."""

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from chalicelib.credential import Credential
from chalicelib.deadline import Deadline
from chalicelib.errors import NotSignedIn, Unavailable

_TOKEN = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")
_FRESHNESS = 20
"""An idle session is prolonged at most this often in the time it may be idle: a check of it is a
read, and seldom a write."""


class Session(NamedTuple):
    """What is stored of a session. All times are Unix times.

    Attributes:
        family: the sessions that end together: all that a user has since the password was last
            changed or all were logged out. Part of the token.
        digest: SHA-256 of the token's secret part, hex.
        userid: whose it is; None once the account was deleted by it.
        began_at: when the user logged in.
        idle_until: when it ends unless it is used.
        ends_at: when it ends however much it is used.
    """

    family: str
    digest: str
    userid: str | None
    began_at: int
    idle_until: int
    ends_at: int

    @property
    def user(self) -> str:
        """Whose it is. Raises `NotSignedIn` once it has deleted its account."""
        if self.userid is None:
            raise NotSignedIn
        return self.userid

    def check_family(self, credential: Credential | None) -> None:
        """Raise `NotSignedIn` unless it is of the family that `credential`, its user's, has."""
        if credential is None or credential.family != self.family:
            raise NotSignedIn


@dataclass(frozen=True, slots=True)
class Ticket:
    """A session as its user gets it.

    Attributes:
        token: who has it is signed in. Never logged, never stored.
        expires_in: seconds that it may be idle.
        ends_in: seconds after which it ends in any case.
    """

    token: str
    expires_in: int
    ends_in: int

    def __repr__(self) -> str:
        return "Ticket(...)"


class SessionRows(Protocol):
    """Keeps sessions by family and digest: `session_store.SessionStore`."""

    def add(self, session: Session) -> None: ...
    def get(self, family: str, digest: str) -> Session | None: ...
    def prolong(self, session: Session) -> None: ...
    def remove(self, family: str, digest: str) -> None: ...
    def remove_family(self, family: str, *, but: str) -> None: ...


def new_family() -> str:
    """128 bits from the system's generator."""
    return secrets.token_urlsafe(16)


class Sessions:
    """Makes, finds and ends sessions.

    Whether a session's family is still its user's is not known here, where nobody reads the users:
    see `Session.check_family`.

    Args:
        rows: where they are.
        idle: seconds that one may be unused (OWASP ASVS 5.0, 7.3.1).
        lifetime: seconds that one lasts at most (OWASP ASVS 5.0, 7.3.2; NIST SP 800-63B-4
            section 2.1.3).
        clock: Unix time.
        random_secret: 256 bits in 43 URL-safe characters (NIST SP 800-63B-4 section 5.1; OWASP
            ASVS 5.0, 7.2.3).
    """

    def __init__(
        self,
        rows: SessionRows,
        idle: int,
        lifetime: int,
        clock: Callable[[], float] = time.time,
        random_secret: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._rows = rows
        self._idle = idle
        self._lifetime = lifetime
        self._clock = clock
        self._random_secret = random_secret

    def issue(self, userid: str, family: str) -> Ticket:
        """Begin a session. It counts once `family` is its user's, and as long as it is.

        Raises:
            Unavailable: it cannot be kept.
        """
        now = int(self._clock())
        secret = self._random_secret()
        idle_until = now + min(self._idle, self._lifetime)
        session = Session(family, _digest(secret), userid, now, idle_until, now + self._lifetime)
        self._rows.add(session)
        return Ticket(f"{family}.{secret}", idle_until - now, self._lifetime)

    def find(self, token: str | None) -> Session:
        """The session of a token.

        Raises:
            NotSignedIn: there is none, or it has ended.
            Unavailable: sessions cannot be read.
        """
        family, digest = _parts(token)
        session = self._rows.get(family, digest)
        if session is None:
            raise NotSignedIn
        # A lifetime that has been shortened binds the sessions that are there.
        ends_at = min(session.ends_at, session.began_at + self._lifetime)
        session = session._replace(ends_at=ends_at, idle_until=min(session.idle_until, ends_at))
        if not self._clock() < session.idle_until:
            raise NotSignedIn
        return session

    def use(self, session: Session) -> tuple[int, int]:
        """Prolong a session that is used, if it is time to.

        Returns:
            Seconds that it may now be idle, and seconds after which it ends in any case.

        Raises:
            Unavailable: it cannot be kept.
        """
        now = int(self._clock())
        idle_until = min(now + self._idle, session.ends_at)
        if idle_until - session.idle_until > self._idle / _FRESHNESS:
            session = session._replace(idle_until=idle_until)
            self._rows.prolong(session)
        return session.idle_until - now, session.ends_at - now

    def end(self, token: str | None) -> None:
        """End the session of a token, if there is one.

        Raises:
            Unavailable: sessions cannot be written.
        """
        try:
            family, digest = _parts(token)
        except NotSignedIn:
            return
        self._rows.remove(family, digest)

    def leave_trace(self, session: Session) -> None:
        """Remember of a session, until it would have ended, that it has deleted its account.

        Raises:
            Unavailable: sessions cannot be written.
        """
        self._rows.add(session._replace(userid=None))

    def clean_up(self, family: str, deadline: Deadline, but: Session | None = None) -> None:
        """Remove what is stored of sessions that have ended, since their family is no user's any
        more. What cannot be removed in time expires.

        Args:
            but: a session of which it stays.
        """
        with suppress(Unavailable):
            deadline.allow(calls=2)
            self._rows.remove_family(family, but=but.digest if but else "")


def _parts(token: str | None) -> tuple[str, str]:
    found = _TOKEN.fullmatch(token or "")
    if not found:
        raise NotSignedIn
    return found[1], _digest(found[2])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
