"""The use cases of one process, on AWS in memory and a clock that stands still."""

from dataclasses import replace

from chalicelib.accounts import Accounts
from chalicelib.deadline import Deadline
from chalicelib.errors import NotSignedIn
from chalicelib.limiters import LoginLimiter, SignUpLimiter
from chalicelib.limits import Limit
from chalicelib.logins import LoggedIn, Logins, SignedIn
from chalicelib.password_check import Checked, PasswordCheck
from chalicelib.passwords import PasswordHasher, PasswordPolicy
from chalicelib.sealer import Sealer
from chalicelib.sessions import Sessions, Ticket
from chalicelib.settings import LOGIN_LIMIT_DEFAULT
from tests.cheap_hash import CHEAP
from tests.secret_guard import secret
from tests.unit.fake_aws import FakeAws
from tests.unit.fakes import Clock, CountingHasher, Inline

PASSWORD = secret("kelp forests hum at midnight")
OTHER = secret("purple umbrellas on thursday")
DECOY = secret("a password that nobody knows")
CALL_SECONDS = 7.0
SOURCE = "203.0.113.7"
IDLE = 3600
LIFETIME = 86_400


class World:
    """What a caller can do, and everything that stands behind it."""

    def __init__(self, limit: Limit = LOGIN_LIMIT_DEFAULT) -> None:
        self.clock = Clock()
        self.aws = FakeAws(self.clock)
        self.hasher = CountingHasher()
        self.limit = limit
        self.start(self.hasher)

    def start(self, hasher: PasswordHasher) -> None:
        """Begin another process on the same AWS."""
        aws, executor = self.aws, Inline()
        logins = LoginLimiter(aws, self.limit, self.clock, self.clock.sleep, lambda: 1.0)
        self.sealer = Sealer(aws, hasher, lambda: DECOY)
        self.check_password = PasswordCheck(aws, self.sealer, logins, executor)
        self.sessions = Sessions(aws.sessions, IDLE, LIFETIME, self.clock)
        self.accounts = Accounts(
            store=aws,
            sealer=self.sealer,
            policy=PasswordPolicy(15, "Coral Reef"),
            check_password=self.check_password,
            sign_ups=SignUpLimiter(aws, self.limit, self.clock),
            sessions=self.sessions,
        )
        self.logins = Logins(
            store=aws,
            sealer=self.sealer,
            check_password=self.check_password,
            sessions=self.sessions,
            executor=executor,
        )

    def start_with_risen_parameters(self) -> None:
        self.start(PasswordHasher(replace(CHEAP, time_cost=CHEAP.time_cost + 1)))

    def deadline(self) -> Deadline:
        """Of a request that begins now."""
        return Deadline(CALL_SECONDS, self.clock)

    def sign_up(self, userid: str = "doryfish", password: str = PASSWORD) -> None:
        self.accounts.sign_up(userid, password, SOURCE, self.deadline())

    def check(self, userid: str = "doryfish", password: str = PASSWORD) -> Checked:
        """Check a password, and end the try if it is right."""
        checked = self.check_password(userid, password, self.deadline())
        checked.attempt.succeed()
        return checked

    def log_in(
        self, userid: str = "doryfish", password: str = PASSWORD, replacing: str | None = None
    ) -> LoggedIn:
        return self.logins.log_in(userid, password, self.deadline(), replacing)

    def token(self, userid: str = "doryfish", password: str = PASSWORD) -> str:
        """Of a new session."""
        return secret(self.log_in(userid, password).ticket.token)

    def who(self, token: str) -> SignedIn:
        return self.logins.who(self.sessions.find(token))

    def is_alive(self, token: str) -> bool:
        try:
            self.who(token)
        except NotSignedIn:
            return False
        return True

    def log_out_everywhere(self, token: str) -> None:
        self.logins.log_out_everywhere(self.sessions.find(token), self.deadline())

    def change_password(self, token: str, current: str = PASSWORD, new: str = OTHER) -> Ticket:
        session = self.sessions.find(token)
        return self.accounts.change_password(session, current, new, self.deadline())

    def delete(self, token: str, password: str = PASSWORD) -> None:
        self.accounts.delete(self.sessions.find(token), password, self.deadline())
