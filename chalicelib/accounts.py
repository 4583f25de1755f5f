"""Making, changing and deleting an account: plain Python, no HTTP, no AWS."""

from contextlib import suppress
from typing import Protocol

from chalicelib.credential import Credential
from chalicelib.deadline import Deadline
from chalicelib.errors import ChangedMeanwhile, NotSignedIn, Unavailable, WeakPassword
from chalicelib.limiters import SignUpLimiter
from chalicelib.password_check import PasswordCheck, user_digest
from chalicelib.passwords import PasswordPolicy
from chalicelib.sealer import Sealer
from chalicelib.sessions import Session, Sessions, Ticket, new_family


class Store(Protocol):
    """Keeps credentials by user id: `credential_store.CredentialStore`."""

    def get(self, userid: str) -> Credential | None: ...
    def add(self, userid: str, account: str, new: Credential) -> None: ...
    def replace(self, userid: str, old: Credential, new: Credential) -> bool: ...
    def remove(self, userid: str, old: Credential) -> bool: ...


class Accounts:
    """What a user does with an account once.

    Args:
        store: where the credentials are.
        sealer: what makes them.
        policy: what a new password must be.
        check_password: what tells a right password.
        sign_ups: who may sign up now.
        sessions: who is signed in.
    """

    def __init__(
        self,
        *,
        store: Store,
        sealer: Sealer,
        policy: PasswordPolicy,
        check_password: PasswordCheck,
        sign_ups: SignUpLimiter,
        sessions: Sessions,
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._policy = policy
        self._check_password = check_password
        self._sign_ups = sign_ups
        self._sessions = sessions

    def sign_up(self, userid: str, password: str, source: str, deadline: Deadline) -> None:
        """Make an account. Nothing is written unless all of it is.

        Args:
            source: the address that asks.

        Raises:
            TooManyAttempts: `source` has signed up too often.
            WeakPassword: the password breaks the policy.
            UsernameTaken: there is such an account; it is left as it is.
            Unavailable: a part of the service did not answer.
        """
        # First of all: it holds back who asks for names, and who keeps the CPU busy.
        self._sign_ups.count(source)
        self._policy.check(password, userid)
        account = user_digest(userid)
        credential = self._sealer.seal(account, password, new_family())
        deadline.allow(calls=1)
        self._store.add(userid, account, credential)

    def change_password(
        self, session: Session, current: str, new: str, deadline: Deadline
    ) -> Ticket:
        """Put a new password in the place of the current one, and end every other session.

        Returns:
            A new session for whoever asked.

        Raises:
            NotSignedIn: the session has ended.
            TooManyAttempts, AccountLocked: too many failed; `current` was not looked at.
            WrongCredentials: `current` is another password.
            WeakPassword: `new` breaks the policy, or is the current one.
            ChangedMeanwhile: another change was faster; this one was not made.
            Unavailable: a part of the service did not answer. Which password holds is not known
                where that was the last call.
        """
        userid = session.user
        checked = self._check_password(userid, current, deadline, session)
        checked.attempt.succeed()
        if new == current:
            raise WeakPassword("The new password is the current one.")
        self._policy.check(new, userid)
        family = new_family()
        deadline.allow(calls=3)
        credential = self._sealer.seal(user_digest(userid), new, family)
        # It counts from the moment on at which the account has its family.
        ticket = self._sessions.issue(userid, family)
        if not self._store.replace(userid, checked.credential, credential):
            self._sessions.clean_up(family, deadline)
            raise ChangedMeanwhile
        self._sessions.clean_up(session.family, deadline)
        return ticket

    def delete(self, session: Session, password: str, deadline: Deadline) -> None:
        """Remove the account and all its sessions. The name is free for anybody then.

        Doing it again by the same session is no error.

        Raises:
            NotSignedIn: the session has ended.
            TooManyAttempts, AccountLocked: too many failed; `password` was not looked at.
            WrongCredentials: it is another password.
            ChangedMeanwhile: the password was changed meanwhile; the account is still there.
            Unavailable: a part of the service did not answer. The account may be there or not.
        """
        if session.userid is None:
            return
        try:
            checked = self._check_password(session.userid, password, deadline, session)
        except NotSignedIn:
            deadline.allow(calls=1)
            if self._store.get(session.userid) is None:
                return
            raise
        checked.attempt.succeed()
        deadline.allow(calls=1)
        if not self._store.remove(session.userid, checked.credential):
            raise ChangedMeanwhile
        with suppress(Unavailable):
            deadline.allow(calls=1)
            self._sessions.leave_trace(session)
        self._sessions.clean_up(session.family, deadline, but=session)
