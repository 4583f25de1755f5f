"""Who is there before each case: accounts, counts and sessions, the bad ones included."""

import hashlib
import time
from dataclasses import dataclass

from chalicelib.attempt_store import login_subject
from chalicelib.limits import NEVER
from chalicelib.password_check import user_digest
from tests.fuzz.marks import stand_for
from tests.fuzz.texts import USERS
from tests.secret_guard import secret
from tests.unit.conftest import Aws
from tests.unit.service import PASSWORD, Service

_HOUR = 3600
_OWNERS = {
    "FirstOfDory": "doryfish",
    "SecondOfDory": "doryfish",
    "FirstOfForgotten": "forgotten",
    "FirstOfWaiting": "waiting",
    "FirstOfLocked": "locked",
    "FirstOfLasttry": "lasttry",
}


@dataclass(frozen=True)
class Known:
    """A session that has a row.

    Attributes:
        userid: whose it is; None where the row does not say.
        found: whether it has not run out.
        live: whether its user is signed in by it.
    """

    userid: str | None
    family: str
    digest: str
    found: bool = True
    live: bool = True

    @property
    def key(self) -> str:
        return f"{self.family} {self.digest}"


class People:
    """Makes all of them; the passwords are all the same.

    Attributes:
        sessions: by their tokens.
    """

    def __init__(self, service: Service, aws: Aws) -> None:
        self._service = service
        self._aws = aws
        self.sessions: dict[str, Known] = {}
        for user in (*USERS, "gone"):
            assert service.sign_up(user).status_code == 200
        self._begin_ended_ones()
        tokens = {mark: service.token(user) for mark, user in _OWNERS.items()}
        for mark, token in tokens.items():
            self._know(mark, token, _OWNERS[mark])
        now = int(time.time())
        # Due to be prolonged.
        self._write(tokens["SecondOfDory"], expires_at=now + 4 * _HOUR)
        for mark, end in (("IdleOfDory", "expires_at"), ("AgedOfDory", "ends_at")):
            token = service.token()
            self._write(token, **{end: 1})
            self._know(mark, token, "doryfish", found=False, live=False)
        _make_strange_ones(tokens["FirstOfDory"], tokens["FirstOfForgotten"])
        # The wait is longer than the run.
        self._count("waiting", failures=10, last_at=now + 24 * _HOUR)
        self._count("locked", failures=100, last_at=1)
        self._count("forgotten", failures=30, last_at=1, expires_at=2)
        self._count("lasttry", failures=99, tries_left=1, last_at=now)

    def _begin_ended_ones(self) -> None:
        ended, trace, orphan = (self._service.token(user) for user in ("doryfish", "gone", "gone"))
        rows = {row["token_sha256"]["S"]: row for row in self._aws.sessions()}
        everywhere = self._service.post("/logout", {"everywhere": "1"}, token=ended)
        deleted = self._service.post("/account/delete", {"password": PASSWORD}, token=trace)
        assert (everywhere.status_code, deleted.status_code) == (200, 200)
        for token in (ended, orphan):
            # As if there had been no time to remove them.
            self._aws.dynamodb.put_item(
                TableName=self._aws.session_table, Item=rows[sha256(_parts(token)[1])]
            )
        self._know("EndedOfDory", ended, "doryfish", live=False)
        self._know("OrphanOfGone", orphan, "gone", live=False)
        self._know("TraceOfGone", trace, None, live=False)

    def _know(
        self, mark: str, token: str, userid: str | None, *, found: bool = True, live: bool = True
    ) -> None:
        family, own = _parts(token)
        self.sessions[token] = Known(userid, family, secret(sha256(own)), found, live)
        secret(family)
        secret(own)
        stand_for(mark, token)

    def _write(self, token: str, **times: int) -> None:
        key = sha256(_parts(token)[1])
        (row,) = (row for row in self._aws.sessions() if row["token_sha256"]["S"] == key)
        changed = {name: {"N": str(value)} for name, value in times.items()}
        self._aws.dynamodb.put_item(TableName=self._aws.session_table, Item=row | changed)

    def _count(
        self,
        user: str,
        failures: int,
        last_at: int,
        expires_at: int = NEVER,
        tries_left: int = 0,
    ) -> None:
        numbers = {
            "failures": failures,
            "tries_left": tries_left,
            "in_flight": 0,
            "last_at": last_at,
            "expires_at": expires_at,
        }
        item = {name: {"N": str(number)} for name, number in numbers.items()}
        subject = {"subject": {"S": login_subject(user_digest(user))}}
        self._aws.dynamodb.put_item(TableName=self._aws.attempt_table, Item=item | subject)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _parts(token: str) -> tuple[str, str]:
    family, _, own = token.partition(".")
    return family, own


def _make_strange_ones(token: str, others: str) -> None:
    family, own = _parts(token)
    for mark, value in {
        "CutOfDory": token[:-1],
        "LongerOfDory": f"{token}A",
        "SwappedOfDory": token.swapcase(),
        "CrossedOfDory": f"{_parts(others)[0]}.{own}",
        "DigestOfDory": f"{family}.{sha256(own)}",
        "SecretOfDory": own,
        "FamilyOfDory": family,
        "SpacedOfDory": f"{family}. {own}",
        "EscapedOfDory": token.replace(".", "%2E"),
        "QuotedOfDory": f'"{token}"',
        "WideOfDory": f"{family}\u00b7{own}",
        "PlantedByHand": f"{'p' * 22}.{'q' * 43}",
    }.items():
        stand_for(mark, value)
