"""Whether somebody knows the password of an account: counted, and telling nothing else."""

import hashlib
from concurrent.futures import Executor
from contextlib import suppress
from typing import NamedTuple, Protocol

from chalicelib.credential import Credential
from chalicelib.deadline import Deadline
from chalicelib.errors import NotSignedIn, Unavailable, WrongCredentials
from chalicelib.limiters import LoginAttempt, LoginLimiter
from chalicelib.sealer import Sealer
from chalicelib.sessions import Session, new_family


class Credentials(Protocol):
    """What is read and written here of the users: `credential_store.CredentialStore`."""

    def get(self, userid: str) -> Credential | None: ...
    def end_sessions(self, userid: str, family: str) -> bool: ...


class Checked(NamedTuple):
    """A right password.

    Attributes:
        credential: what was stored of it.
        outdated: whether its hash has other parameters than today's.
        attempt: the try, which is still counted as a failure; it is to be ended.
    """

    credential: Credential
    outdated: bool
    attempt: LoginAttempt


def user_digest(userid: str) -> str:
    """What stands for a user where the name may not: in logs, in CloudTrail, in the table of
    attempts. SHA-256, hex."""
    return hashlib.sha256(userid.encode()).hexdigest()


class PasswordCheck:
    """Checks passwords within the limits.

    Args:
        store: where the credentials are.
        sealer: what opens them.
        logins: who may try now.
        executor: runs one thing beside another.
    """

    def __init__(
        self, store: Credentials, sealer: Sealer, logins: LoginLimiter, executor: Executor
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._logins = logins
        self._executor = executor

    def __call__(
        self, userid: str, password: str, deadline: Deadline, session: Session | None = None
    ) -> Checked:
        """Check a password. A user who does not exist costs exactly the work of one who does.

        Args:
            session: that asks, if one does.

        Raises:
            TooManyAttempts, AccountLocked: too many failed; the password was not looked at.
            NotSignedIn: the session has ended; the password was not looked at.
            WrongCredentials: no such account, or another password.
            Unavailable: a part of the service did not answer, or what is stored is damaged.
        """
        account = user_digest(userid)
        # Before the look-up, so that a process's first one takes as long whoever it is for.
        self._sealer.decoy()
        deadline.allow(calls=3)
        looking_up = self._executor.submit(self._store.get, userid)
        attempt = self._logins.begin(account)
        try:
            credential = looking_up.result()
            if session is not None:
                session.check_family(credential)
            if attempt.locks:
                credential = self._end_sessions(userid, credential, deadline)
            deadline.allow(calls=2)
            right, outdated = self._sealer.verify(account, credential, password)
        except (NotSignedIn, Unavailable):
            _give_back(attempt, deadline)
            raise
        deadline.allow(calls=1)
        if credential is None or not right:
            attempt.fail(exists=credential is not None)
            raise WrongCredentials("The user name or the password is wrong.")
        return Checked(credential, outdated, attempt)

    def _end_sessions(
        self, userid: str, credential: Credential | None, deadline: Deadline
    ) -> Credential | None:
        # Before the password is looked at: once the name is locked, nobody comes here any more. And
        # whether or not there is such an account, so that it takes as long.
        deadline.allow(calls=3)
        family = new_family()
        self._store.end_sessions(userid, family)
        return credential and credential._replace(family=family)


def _give_back(attempt: LoginAttempt, deadline: Deadline) -> None:
    # Failing at it is no new failure: the try stays counted.
    with suppress(Unavailable):
        deadline.allow(calls=1)
        attempt.give_back()
