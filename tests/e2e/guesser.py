"""One of the processes of a stampede on one user name: `python -m tests.e2e.guesser`.

It reads the user id, the password and the number of threads as one line of JSON, says that it is
ready, and at the next line all its threads log in at the same moment. Each is a Lambda of its own,
but that the threads of a process share their connections.
"""

import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from botocore.config import Config

from chalicelib import aws_clients
from chalicelib.attempt_store import AttemptStore
from chalicelib.credential_store import CredentialStore
from chalicelib.deadline import Deadline
from chalicelib.errors import AccountError, Unavailable
from chalicelib.kms_cipher import KmsCipher
from chalicelib.limiters import LoginLimiter
from chalicelib.logins import Logins
from chalicelib.password_check import PasswordCheck, user_digest
from chalicelib.passwords import PasswordHasher
from chalicelib.sealer import Sealer
from chalicelib.session_store import SessionStore
from chalicelib.sessions import Sessions, new_family
from chalicelib.settings import Settings
from tests.cheap_hash import CHEAP


class CountingHasher(PasswordHasher):
    """Counts the passwords that are looked at."""

    def __init__(self) -> None:
        super().__init__(CHEAP)
        self.verified = 0

    def verify(self, phc: str, password: str) -> bool:
        self.verified += 1
        return super().verify(phc, password)


@dataclass(frozen=True)
class Guess:
    """What became of one log-in.

    Attributes:
        outcome: the word for it in the log.
        verified: how many passwords it had Argon2 look at.
        seconds: how long it took.
        cause: of "unavailable".
    """

    outcome: str
    verified: int
    seconds: float
    cause: str = ""


class Guessers:
    """Threads with a `Logins` each, on the AWS of `settings`."""

    def __init__(self, settings: Settings, threads: int) -> None:
        self._settings = settings
        self._store = CredentialStore.connect(settings.user_table, settings.attempt_table)
        self._counts = AttemptStore.connect(settings.attempt_table)
        self._cipher = KmsCipher.connect(settings.key_id)
        self._executor = ThreadPoolExecutor(threads)
        self._hashers = [CountingHasher() for _ in range(threads)]
        self._sessions = SessionStore.connect(settings.session_table)
        self._logins = [self._with(hasher) for hasher in self._hashers]
        self._all_there = threading.Barrier(threads)

    def _with(self, hasher: PasswordHasher) -> Logins:
        settings = self._settings
        sealer = Sealer(self._cipher, hasher)
        limiter = LoginLimiter(self._counts, settings.login_limit)
        logins = Logins(
            store=self._store,
            sealer=sealer,
            check_password=PasswordCheck(self._store, sealer, limiter, self._executor),
            sessions=Sessions(self._sessions, settings.session_idle, settings.session_lifetime),
            executor=self._executor,
        )
        logins.warm_up()
        return logins

    def sign_up(self, userid: str, password: str) -> None:
        """Make the account."""
        account = user_digest(userid)
        sealer = Sealer(self._cipher, self._hashers[0])
        self._store.add(userid, account, sealer.seal(account, password, new_family()))

    def log_in(self, userid: str, password: str) -> list[Guess]:
        """Have every thread log in once, at once."""

        def one(number: int) -> Guess:
            outcome, cause = "success", ""
            self._all_there.wait()
            started = time.monotonic()
            try:
                deadline = Deadline(aws_clients.LONGEST_CALL)
                self._logins[number].log_in(userid, password, deadline)
            except AccountError as error:
                outcome = error.outcome
                cause = error.cause if isinstance(error, Unavailable) else ""
            seconds = time.monotonic() - started
            return Guess(outcome, self._hashers[number].verified, seconds, cause)

        with ThreadPoolExecutor(len(self._logins)) as threads:
            return list(threads.map(one, range(len(self._logins))))


def main() -> None:
    """Do what the module says."""
    order = json.loads(sys.stdin.readline())
    # One emulator does here what AWS spreads over many machines, and it is not what is tested.
    patient = Config(max_pool_connections=2 * order["threads"], connect_timeout=60, read_timeout=60)
    aws_clients._CONFIG = aws_clients._CONFIG.merge(patient)
    guessers = Guessers(Settings.from_environment(os.environ), order["threads"])
    print("ready", flush=True)
    sys.stdin.readline()
    guesses = guessers.log_in(order["userid"], order["password"])
    print(json.dumps([asdict(guess) for guess in guesses]), flush=True)


if __name__ == "__main__":
    main()
