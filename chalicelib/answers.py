"""From an outcome to an HTTP answer: JSON for scripts, a page for browsers."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib import refusals
from chalicelib.errors import (
    AccountError,
    NotSignedIn,
    TooManyAttempts,
    UsernameTaken,
    WeakPassword,
    WrongCredentials,
)
from chalicelib.pages import ASSET_TYPES, AssetName, PageName, Pages
from chalicelib.refusals import Event as Event

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"

COMMON_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # Not no-referrer, with which a page's own forms come with `Origin: null` (Fetch Standard).
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Vary": "Accept",
}
"""On every answer: OWASP ASVS 5.0, 3.4.1, 3.4.3 to 3.4.6 and 14.3.2."""

RETRY_AFTER = 10
"""Seconds to wait when a part of the service does not answer."""

_FORMS: Mapping[Event, PageName] = {
    "signup": "signup",
    "login": "login",
    "password": "password",
    "delete": "delete",
}
Way = tuple[str, str]
"""A link: the page's address, and the words."""
TO_THE_START: Way = ("./", "Back to the start")
TO_THE_ACCOUNT: Way = ("account", "Back to your account")
_WAY_BACK: Mapping[Event, str] = {
    "password": "password",
    "delete": "account/delete",
    "logout": "account",
}
"""The page to return to after the log-in that came in between, and that says so."""
NEXT_PAGES = frozenset(_WAY_BACK.values())
"""Where a log-in may lead: nowhere but to these, whatever a link or a form asks for."""


class Client(NamedTuple):
    """What an answer depends on of its request.

    Attributes:
        html: whether a browser asks, which gets pages.
        host: as the client calls this service.
        root: the way from the request's address to the start page's.
    """

    html: bool
    host: str = ""
    root: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP, COMMON_HEADERS aside. May hold a token."""

    status: int
    body: str = field(repr=False)
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def as_json(**body: object) -> str:
    """Compact JSON."""
    return json.dumps(body, separators=(",", ":"))


class Answers:
    """Makes the answers that have nothing to do with sessions.

    Args:
        pages: what browsers are shown.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def page(self, name: PageName, client: Client, **blanks: str) -> Answer:
        """A page as it is before anything was typed.

        Args:
            **blanks: what else it shows.
        """
        return Answer(200, self._pages.render(name, root=client.root, **blanks), HTML_TYPE)

    def log_in_page(self, next_page: str | None, client: Client) -> Answer:
        """The log-in, on the way to another page or for its own sake."""
        if next_page not in NEXT_PAGES:
            return self.page("login", client)
        return self.page("login", client, next=next_page, note="Log in to go on.")

    def asset(self, name: AssetName) -> Answer:
        """What a page is dressed with."""
        return Answer(200, self._pages.assets[name], ASSET_TYPES[name])

    def redirect(self, location: str) -> Answer:
        """To another spelling of the same address, relative to this one."""
        return Answer(308, "", HTML_TYPE, {"Location": location})

    def change_password(self, client: Client) -> Answer:
        """Where password managers ask for it, to where it is (W3C, change-password URL)."""
        return Answer(303, "", HTML_TYPE, {"Location": f"{client.root}password"})

    def signed_up(self, client: Client, userid: str = "") -> Answer:
        """There is a new account; a browser is shown the log-in, the name filled in."""
        if client.html:
            note = "Signup Success: Your account is made, and you can log in."
            return self.page("login", client, note=note, uname=userid)
        return Answer(200, as_json(status="Signup Success"))

    def refusal(
        self, event: Event, error: AccountError, client: Client, typed: Mapping[str, str]
    ) -> Answer:
        """The caller has to do something else: the one place where errors become HTTP.

        Args:
            typed: the fields as they came, of which the form keeps what is no password.
        """
        status = refusals.status(event, error)
        headers: dict[str, str] = {}
        if isinstance(error, TooManyAttempts):
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, NotSignedIn):
            if client.html:
                return _log_in_first(event, client)
            headers["WWW-Authenticate"] = "Bearer"
        if client.html:
            return self._form_again(event, error, client, status, headers, typed)
        body: dict[str, object] = {"status": refusals.FAILED[event]}
        if event != "login" or not isinstance(error, WrongCredentials):
            body["error"] = refusals.text(event, error)
        if at := refusals.field(event, error):
            body["field"] = at
        if isinstance(error, WeakPassword):
            body["suggestions"] = error.suggestions
        return Answer(status, as_json(**body), headers=headers)

    def unavailable(self, client: Client) -> Answer:
        """A part of the service does not answer: never a success, never a wrong password."""
        text = f"The service is not available now. Try again in {RETRY_AFTER} seconds."
        headers = {"Retry-After": str(RETRY_AFTER)}
        if client.html:
            return self.message(503, text, client, headers, heading="Back in a moment")
        return Answer(503, as_json(status="Unavailable", error=text), headers=headers)

    def unforeseen(self, request_id: str, client: Client) -> Answer:
        """A fault of ours, named by nothing but the id under which the log has it."""
        if client.html:
            text = f"It is our fault, and noted. Ask about request {request_id} if it stays."
            return self.message(500, text, client, heading="Something went wrong")
        return Answer(500, as_json(status="Error", request_id=request_id))

    def wrong_method(self, allow: str, client: Client) -> Answer:
        """The path exists, the method does not."""
        headers = {"Allow": allow}
        text = f"This address takes {allow} only."
        if client.html:
            return self.message(405, text, client, headers, heading="Not like this")
        return Answer(405, as_json(status="Error", error=text), headers=headers)

    def message(
        self,
        status: int,
        text: str,
        client: Client,
        headers: Mapping[str, str] | None = None,
        *,
        heading: str,
        way: Way = TO_THE_START,
    ) -> Answer:
        """A page that says one thing, and leads on."""
        headers = headers or {}
        blanks = {"heading": heading, "message": text, "wait": headers.get("Retry-After", "")}
        address, words = way
        page = self._pages.render(
            "message", root=client.root, way=address, way_words=words, **blanks
        )
        return Answer(status, page, HTML_TYPE, headers)

    def _form_again(
        self,
        event: Event,
        error: AccountError,
        client: Client,
        status: int,
        headers: Mapping[str, str],
        typed: Mapping[str, str],
    ) -> Answer:
        text = " ".join([refusals.text(event, error), *getattr(error, "suggestions", ())])
        if event not in _FORMS:
            return self.message(status, text, client, headers, heading=refusals.FAILED[event])
        at = "uname" if isinstance(error, UsernameTaken) else refusals.field(event, error)
        uname, next_page = typed.get("uname", ""), typed.get("next", "")
        blanks = {
            "root": client.root,
            "uname": uname if uname.isprintable() else "",
            "next": next_page if next_page in NEXT_PAGES else "",
            f"{at}_error" if at else "message": text,
        }
        if isinstance(error, TooManyAttempts):
            # Rounded up, as the text is: who comes back then is not too early.
            blanks["wait"] = str(math.ceil(error.retry_after / 10) * 10)
        if isinstance(error, WrongCredentials):
            blanks[f"{at or 'password'}_focus"] = "autofocus"
        return Answer(status, self._pages.render(_FORMS[event], **blanks), HTML_TYPE, headers)


def _log_in_first(event: Event, client: Client) -> Answer:
    way_back = f"?next={_WAY_BACK[event]}" if event in _WAY_BACK else ""
    return Answer(303, "", HTML_TYPE, {"Location": f"{client.root}login{way_back}"})
