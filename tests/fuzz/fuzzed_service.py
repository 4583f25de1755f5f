"""The service on moto, with the same users, counts and sessions before each request."""

from collections.abc import Iterator
from typing import Any

from chalicelib.forms import MAX_BODY_BYTES, MAX_BODY_BYTES_OF_TWO
from chalicelib.password_check import user_digest
from chalicelib.passwords import PasswordHasher
from tests.cheap_hash import CHEAP
from tests.fuzz.case import EVENTS, Case, token_of
from tests.fuzz.contract import Seen, problems, record_problems
from tests.fuzz.effects import attempt_problems, session_problems, user_problems
from tests.fuzz.people import Known, People
from tests.fuzz.replies import new_token, reply_problems
from tests.fuzz.requests import REQUEST_ID, SIGNED_IN, HostileRequest
from tests.fuzz.tables import State, Tables
from tests.fuzz.tally import tally
from tests.unit.conftest import Aws
from tests.unit.service import Service

_VIEWS = {
    "/session": "session",
    "/account": "account",
    "/password": "password_page",
    "/account/delete": "delete_page",
}
"""What the log calls a look at a session."""
_NEVER_READ = {"cross_site", "not_a_form", "body_too_large"}
_HELD_BACK = {
    user_digest("waiting"): "too_many_attempts",
    user_digest("locked"): "account_locked",
}
_UNCHECKED = {"not_signed_in", "refused_input", *_NEVER_READ}
"""Outcomes before a password is looked at, even of somebody who has to wait."""


class FuzzedService:
    """Sends a request and looks at all that came of it."""

    def __init__(self, service: Service, aws: Aws) -> None:
        self._service = service
        # The cost of a hash is not what is tested.
        service.module.service.logins._sealer._hasher = PasswordHasher(CHEAP)
        self._sessions = People(service, aws).sessions
        service.log()
        self._tables = Tables(aws)

    def send(self, request: HostileRequest) -> int:
        """Send it, hold all that happened against the contract; the status."""
        answer = self._service.module.app(request.event(), None)
        seen = Seen(answer["statusCode"], answer["headers"], answer["body"])
        after = self._tables.read()
        self._tables.put_back(after)
        records = self._service.log()
        found = problems(seen)
        if answer["multiValueHeaders"] or answer.get("isBase64Encoded"):
            found.append("an answer of a strange form")
        if seen.headers.get("X-Request-Id") != REQUEST_ID:
            found.append("another request's id")
        part = request.method if request.method in ("GET", "POST") else "others"
        if _is_attempt(request):
            found += self._attempt_problems(request, seen, records, after)
            part = f"{part} {request.resource}"
        else:
            found += self._visit_problems(request, seen, records, after)
        tally.add(f"app, {part}", records[0]["outcome"] if records else seen.status)
        # Here pytest shows no values by itself.
        assert not found, found
        return seen.status

    def _visit_problems(
        self, request: HostileRequest, seen: Seen, records: list[dict[str, Any]], after: State
    ) -> Iterator[str]:
        moved = request.resource in SIGNED_IN
        expected = {308} if moved else {200, 308}
        if seen.status not in (expected if request.method == "GET" else {405}):
            yield "a wrong status"
        if records:
            yield "a line in the log"
        if after != self._tables.before:
            yield "a changed table"
        if "Set-Cookie" in seen.headers or (seen.status == 308) != ("Location" in seen.headers):
            yield "a cookie, or a redirect too many or too few"

    def _attempt_problems(
        self, request: HostileRequest, seen: Seen, records: list[dict[str, Any]], after: State
    ) -> Iterator[str]:
        known = self._sessions.get(token_of(request) or "")
        # Success is not worth a line there.
        if request.method == "GET" and not records:
            records = [{"outcome": "success", "user": None}]
        elif len(records) == 1:
            yield from record_problems(records[0], REQUEST_ID, request.source)
            yield from _record_problems(request, known, records[0])
        else:
            yield f"{len(records)} lines in the log"
            return
        outcome, user = records[0]["outcome"], records[0]["user"]
        case = Case(request, seen, known, outcome, user, self._tables.before, after)
        if case.has_session_problems():
            yield f"{outcome} in spite of the session, or without one"
        if request.method == "POST":
            yield from _form_problems(case)
        for rule in (user_problems, session_problems, attempt_problems, reply_problems):
            yield from rule(case)
        if (token := new_token(case)) and token.partition(".")[2] in repr(records):
            yield "a token in the log"


def _is_attempt(request: HostileRequest) -> bool:
    if request.method == "GET":
        moves = request.resource != "/session" and request.path.endswith("/")
        return request.resource in SIGNED_IN and not moves
    return request.method == "POST" and request.resource in EVENTS


def _record_problems(
    request: HostileRequest, known: Known | None, record: dict[str, Any]
) -> Iterator[str]:
    views = _VIEWS if request.method == "GET" else EVENTS
    event = views[request.resource]
    if record["event"] != event:
        yield "another event in the log"
    if event not in ("signup", "login"):
        userid = known.userid if known and known.found else None
        if record["user"] not in (None, user_digest(userid) if userid else None):
            yield "another user in the log"
        elif record["outcome"] == "success" and userid and not record["user"]:
            yield "no user in the log"


def _form_problems(case: Case) -> Iterator[str]:
    if case.sent.is_from_another_site() and case.outcome != "cross_site":
        yield "a form of another site was read"
    limit = MAX_BODY_BYTES_OF_TWO if case.event == "password" else MAX_BODY_BYTES
    is_too_large = len(case.sent.received_body()) > limit
    if is_too_large and case.outcome not in _NEVER_READ:
        yield "a body that is too large was read"
    if case.outcome == "body_too_large" and not is_too_large:
        yield "a body that is not too large was not read"
    if case.event in ("login", "password", "delete"):
        held_back = _HELD_BACK.get(case.user or "", case.outcome)
        if case.outcome not in (held_back, *_UNCHECKED):
            yield f"{case.outcome} for a user who has to wait"
    needs_password = case.event == "login" or (case.event in ("password", "delete") and case.live)
    if case.succeeds and needs_password and not case.has_right_password():
        yield "success without the password"
