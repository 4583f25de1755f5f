"""Logging in and out, and who is logged in: plain Python, no HTTP, no AWS."""

from concurrent.futures import Executor
from contextlib import suppress
from typing import Literal, NamedTuple, Protocol

from chalicelib.credential import Credential
from chalicelib.deadline import Deadline
from chalicelib.errors import Unavailable
from chalicelib.password_check import Checked, PasswordCheck, user_digest
from chalicelib.sealer import Sealer
from chalicelib.sessions import Session, Sessions, Ticket, new_family


class Store(Protocol):
    """Keeps credentials by user id: `credential_store.CredentialStore`."""

    def get(self, userid: str) -> Credential | None: ...
    def replace(self, userid: str, old: Credential, new: Credential) -> bool: ...
    def end_sessions(self, userid: str, family: str) -> bool: ...


class LoggedIn(NamedTuple):
    """A right password, and what was done about a hash with other parameters than today's.

    Attributes:
        ticket: the new session.
        rehash: None when the hash was up to date; "postponed" leaves it to the next log-in.
        cause: why it was postponed, for the operator's log.
    """

    ticket: Ticket
    rehash: Literal["done", "postponed"] | None = None
    cause: str | None = None


class SignedIn(NamedTuple):
    """Whose session it is, and until when.

    Attributes:
        userid: the user.
        since: when the user logged in; Unix time.
        expires_in: seconds that the session may be idle.
        ends_in: seconds after which it ends in any case.
    """

    userid: str
    since: int
    expires_in: int
    ends_in: int


class Logins:
    """What a user of an account does every day.

    Args:
        store: where the credentials are.
        sealer: what makes them.
        check_password: what tells a right password.
        sessions: who is signed in.
        executor: runs one thing beside another.
    """

    def __init__(
        self,
        *,
        store: Store,
        sealer: Sealer,
        check_password: PasswordCheck,
        sessions: Sessions,
        executor: Executor,
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._check_password = check_password
        self._sessions = sessions
        self._executor = executor

    def warm_up(self) -> None:
        """Do now what the first log-in would do else. What fails is left to that."""
        with suppress(Unavailable):
            self._sealer.decoy()

    def log_in(
        self, userid: str, password: str, deadline: Deadline, replacing: str | None = None
    ) -> LoggedIn:
        """Check a password and begin a session.

        Args:
            replacing: the token of a session that the new one takes the place of.

        Raises:
            TooManyAttempts, AccountLocked: too many failed; the password was not looked at.
            WrongCredentials: no such account, or another password.
            Unavailable: a part of the service did not answer, or what is stored is damaged.
        """
        checked = self._check_password(userid, password, deadline)
        issuing = self._executor.submit(self._sessions.issue, userid, checked.credential.family)
        checked.attempt.succeed()
        ticket = issuing.result()
        if replacing:
            # Not before there is a new one: a log-in that fails is no log-out.
            deadline.allow(calls=1)
            self._sessions.end(replacing)
        if not checked.outdated:
            return LoggedIn(ticket)
        rehash, cause = self._rehash(userid, password, checked, deadline)
        return LoggedIn(ticket, rehash, cause)

    def who(self, session: Session) -> SignedIn:
        """Whose session it is. Takes a read, and now and then a write.

        Raises:
            NotSignedIn: nobody's any more.
            Unavailable: a part of the service did not answer.
        """
        session.check_family(self._store.get(session.user))
        expires_in, ends_in = self._sessions.use(session)
        return SignedIn(session.user, session.began_at, expires_in, ends_in)

    def log_out_everywhere(self, session: Session, deadline: Deadline) -> None:
        """End all sessions of the user whose session it is.

        Raises:
            NotSignedIn: it is nobody's any more.
            Unavailable: a part of the service did not answer.
        """
        session.check_family(self._store.get(session.user))
        deadline.allow(calls=1)
        self._store.end_sessions(session.user, new_family())
        self._sessions.clean_up(session.family, deadline)

    def _rehash(
        self, userid: str, password: str, checked: Checked, deadline: Deadline
    ) -> tuple[Literal["done", "postponed"], str | None]:
        # The password was right: whatever fails from here on does not take the log-in back.
        old = checked.credential
        try:
            deadline.allow(calls=2)
            new = self._sealer.seal(user_digest(userid), password, old.family)
            replaced = self._store.replace(userid, old, new)
        except Unavailable as error:
            return "postponed", error.cause
        return ("done", None) if replaced else ("postponed", "changed meanwhile")
