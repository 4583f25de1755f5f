"""The service on moto, with the same users and counts before each request."""

import copy
import json
import time
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.accounts import user_digest
from chalicelib.attempt_store import login_subject
from chalicelib.forms import MAX_BODY_BYTES
from chalicelib.passwords import PasswordHasher
from tests.cheap_hash import CHEAP
from tests.fuzz.contract import Seen, problems, record_problems
from tests.fuzz.requests import REQUEST_ID, HostileRequest
from tests.fuzz.tally import tally
from tests.fuzz.texts import USERS
from tests.secret_guard import leaks
from tests.unit.conftest import Aws
from tests.unit.service import Service

Rows = dict[str, str]
REFUSED_EARLY = {"refused_input", "cross_site", "not_a_form", "body_too_large"}
"""Outcomes of requests that were never looked at as attempts: they are not counted either."""
_NEVER_READ = {"cross_site", "not_a_form", "body_too_large"}
_HELD_BACK = {
    user_digest("waiting"): "too_many_attempts",
    user_digest("locked"): "account_locked",
}
_STATUS = {
    "success": 200,
    "refused_input": 400,
    "weak_password": 400,
    "wrong_credentials": 401,
    "cross_site": 403,
    "username_taken": 409,
    "body_too_large": 413,
    "not_a_form": 415,
    "too_many_attempts": 429,
    "account_locked": 429,
}


class FuzzedService:
    """Sends a request and looks at all that came of it."""

    def __init__(self, service: Service, aws: Aws) -> None:
        self._service = service
        self._aws = aws
        # The cost of a hash is not what is tested.
        service.module.accounts._hasher = PasswordHasher(CHEAP)
        for user in USERS:
            assert service.sign_up(user).status_code == 200
        # The wait is longer than the run.
        self._count("waiting", failures=10, last_at=int(time.time()) + 86_400)
        self._count("locked", failures=100, last_at=1)
        self._count("forgotten", failures=30, last_at=1, expires_at=2)
        service.log()
        self._items = {name: copy.deepcopy(self._table(name).items) for name in self._tables()}
        self._rows = {name: self._read(name) for name in self._tables()}

    def send(self, request: HostileRequest) -> int:
        """Send it, hold all that happened against the contract; the status."""
        answer = self._service.module.app(request.event(), None)
        seen = Seen(answer["statusCode"], answer["headers"], answer["body"])
        rows = {name: self._read(name) for name in self._tables()}
        self._put_back(rows)
        records = self._service.log()
        found = problems(seen)
        if answer["multiValueHeaders"] or answer.get("isBase64Encoded"):
            found.append("an answer of a strange form")
        if seen.headers.get("X-Request-Id") != REQUEST_ID:
            found.append("another request's id")
        if request.method == "POST" and request.resource in ("/login", "/signup"):
            found += self._attempt_problems(request, seen.status, records, rows)
        else:
            expected = {200, 308} if request.method == "GET" else {405}
            found += ["a wrong status"] * (seen.status not in expected)
            found += ["a line in the log"] * bool(records)
            found += ["a changed table"] * (rows != self._rows)
        tally.add(
            f"app, {request.method if request.method in ('GET', 'POST') else 'others'}", seen.status
        )
        # Here pytest shows no values by itself.
        assert not found, found
        return seen.status

    def _attempt_problems(
        self,
        request: HostileRequest,
        status: int,
        records: list[dict[str, Any]],
        rows: dict[str, Rows],
    ) -> list[str]:
        if len(records) != 1:
            return [f"{len(records)} lines in the log"]
        (record,) = records
        found = record_problems(record, REQUEST_ID, request.source)
        outcome = record["outcome"]
        if _STATUS.get(outcome) != status:
            found.append(f"status {status} for {outcome}")
        if record["event"] != request.resource.strip("/"):
            found.append("another event in the log")
        if request.is_from_another_site() and outcome != "cross_site":
            found.append("a form of another site was read")
        if len(request.received_body()) > MAX_BODY_BYTES and outcome not in _NEVER_READ:
            found.append("a body that is too large was read")
        if record["event"] == "login" and outcome != _HELD_BACK.get(record["user"], outcome):
            found.append(f"{outcome} for a user who has to wait")
        users, attempts = self._tables()
        signed_up = outcome == "success" and record["event"] == "signup"
        found += self._user_problems(rows[users], record["user"] if signed_up else None)
        # A refusal by the limits counts nothing either.
        unseen = outcome in REFUSED_EARLY or status == 429
        if unseen and rows[attempts] != self._rows[attempts]:
            found.append(f"{outcome} was counted")
        return found

    def _user_problems(self, rows: Rows, new: str | None) -> list[str]:
        added = {
            userid: row for userid, row in rows.items() if userid not in self._rows[self._aws.table]
        }
        found = []
        if {userid: row for userid, row in rows.items() if userid not in added} != self._rows[
            self._aws.table
        ]:
            found.append("an account that was there has changed")
        if [user_digest(userid) for userid in added] != ([new] if new else []):
            found.append("accounts were made that nobody signed up for, or none for a sign-up")
        if leaks("".join(added.values())):
            found.append("a secret in the table")
        return found

    def _tables(self) -> tuple[str, str]:
        return self._aws.table, self._aws.attempt_table

    def _table(self, name: str) -> Any:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[name]

    def _read(self, name: str) -> Rows:
        # Scanning over HTTP would take most of the time.
        return {
            key.value: json.dumps(item.to_json()) for key, item in self._table(name).items.items()
        }

    def _put_back(self, rows: dict[str, Rows]) -> None:
        for name in self._tables():
            if rows[name] != self._rows[name]:
                self._table(name).items = copy.deepcopy(self._items[name])

    def _count(self, user: str, failures: int, last_at: int, expires_at: int | None = None) -> None:
        numbers = {
            "failures": failures,
            "tries_left": 0,
            "in_flight": 0,
            "last_at": last_at,
            "expires_at": expires_at,
        }
        item = {name: {"N": str(number)} for name, number in numbers.items() if number is not None}
        subject = {"subject": {"S": login_subject(user_digest(user))}}
        self._aws.dynamodb.put_item(TableName=self._aws.attempt_table, Item=item | subject)
