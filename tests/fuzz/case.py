"""One request and all that came of it, for the rules that it is held against."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qs

from chalicelib.negotiation import wants_html
from tests.fuzz.contract import Seen
from tests.fuzz.people import Known
from tests.fuzz.requests import HostileRequest
from tests.fuzz.tables import State
from tests.unit.service import PASSWORD

EVENTS = {
    "/signup": "signup",
    "/login": "login",
    "/logout": "logout",
    "/password": "password",
    "/account/delete": "delete",
    "/session": "session",
    "/account": "session",
}
"""What is done at an address; one more than the log has words for: it says account, too."""


@dataclass(frozen=True)
class Case:
    """Attributes:
    known: the session whose token the request brings, if it is one that has a row.
    user: the digest that the log names.
    """

    sent: HostileRequest
    seen: Seen
    known: Known | None
    outcome: str
    user: str | None
    before: State
    after: State

    @property
    def event(self) -> str:
        return "session" if self.sent.method == "GET" else EVENTS[self.sent.resource]

    @property
    def succeeds(self) -> bool:
        return self.outcome == "success"

    @property
    def html(self) -> bool:
        return wants_html(self.sent.header("accept"))

    @property
    def live(self) -> Known | None:
        """The session, if its user is signed in by it."""
        return self.known if self.known and self.known.live else None

    @cached_property
    def everywhere(self) -> bool:
        return self._field("everywhere") == ["1"]

    def has_right_password(self) -> bool:
        """Whether the form has the password of everybody, once, in the field for it."""
        return self._field("current" if self.event == "password" else "password") == [PASSWORD]

    def has_session_problems(self) -> bool:
        """Whether a session did not count that should, or the other way round."""
        if self.outcome == "not_signed_in":
            return self.live is not None
        if self.event in ("signup", "login") or self.live is not None:
            return False
        if self.event == "logout":
            return self.everywhere and self.succeeds
        # Who has deleted an account may do so again.
        again = self.known and self.known.userid in (None, "gone") and self.event == "delete"
        return (self.succeeds and not again) or self.outcome in (
            *("wrong_credentials", "weak_password", "changed_meanwhile"),
        )

    def _field(self, name: str) -> list[str]:
        body = self.sent.received_body().decode("utf-8", errors="replace")
        return parse_qs(body, keep_blank_values=True).get(name, [])


def is_local(host: str) -> bool:
    """Whether cookies go without what needs HTTPS."""
    return bool(re.fullmatch(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?", host))


def cookie_name(host: str) -> str:
    return "kms-login-session" if is_local(host) else "__Host-session"


def token_of(sent: HostileRequest) -> str | None:
    """The token that a request brings, in other words than `session_token.read`'s."""
    authorization = sent.header("authorization")
    if authorization is not None:
        bearer = re.fullmatch(r"bearer (.*)", authorization, re.IGNORECASE | re.DOTALL)
        return bearer and bearer[1]
    name = re.escape(cookie_name(sent.header("host") or ""))
    values = re.findall(rf"(?:^|;)\s*{name}=([^;]*)", sent.header("cookie") or "")
    return values[0].strip() if len(values) == 1 else None
