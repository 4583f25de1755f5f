"""From an outcome to an HTTP answer: JSON for scripts, a page for browsers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chalicelib.errors import (
    AccountError,
    AccountLocked,
    BodyTooLarge,
    ChangedMeanwhile,
    CrossSite,
    NotAForm,
    NotSignedIn,
    RefusedInput,
    TooManyAttempts,
    UsernameTaken,
    WeakPassword,
    WrongCredentials,
)
from chalicelib.pages import PageName, Pages

Event = Literal["signup", "login", "logout", "password", "delete", "session"]

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
CSS_TYPE = "text/css; charset=utf-8"

COMMON_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
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

_FAILED: Mapping[Event, str] = {
    "signup": "Signup Failed",
    "login": "Login Failed",
    "logout": "Logout Failed",
    "password": "Password Change Failed",
    "delete": "Account Deletion Failed",
    "session": "Not Signed In",
}
_HTTP_STATUS: Mapping[type[AccountError], int] = {
    RefusedInput: 400,
    WeakPassword: 400,
    NotSignedIn: 401,
    WrongCredentials: 401,
    CrossSite: 403,
    ChangedMeanwhile: 409,
    UsernameTaken: 409,
    BodyTooLarge: 413,
    NotAForm: 415,
    TooManyAttempts: 429,
    AccountLocked: 429,
}
_FORMS: Mapping[Event, PageName] = {
    "signup": "signup",
    "login": "login",
    "password": "password",
    "delete": "delete",
}
_CHECKED_FIELD: Mapping[Event, str] = {"password": "current", "delete": "password"}
"""The field with the password that somebody who is signed in has to know."""
_SIGNED_IN_WRONG_PASSWORD = 403
"""Not 401, on which a program would drop a session that is good."""


@dataclass(frozen=True, slots=True)
class Client:
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
    """What goes back over HTTP, COMMON_HEADERS aside."""

    status: int
    body: str
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


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

    def page(self, name: PageName, client: Client) -> Answer:
        """A page as it is before anything was typed."""
        return Answer(200, self._pages.render(name, root=client.root), HTML_TYPE)

    def stylesheet(self) -> Answer:
        """The one stylesheet."""
        return Answer(200, self._pages.stylesheet, CSS_TYPE)

    def redirect(self, location: str) -> Answer:
        """To another spelling of the same address, relative to this one."""
        return Answer(308, "", HTML_TYPE, {"Location": location})

    def signed_up(self, client: Client) -> Answer:
        """There is a new account."""
        if client.html:
            return self.message(
                200, "Signup Success: Your account is made, and you can log in.", client
            )
        return Answer(200, as_json(status="Signup Success"))

    def refusal(
        self, event: Event, error: AccountError, client: Client, typed: Mapping[str, str]
    ) -> Answer:
        """The caller has to do something else: the one place where errors become HTTP.

        Args:
            typed: the fields as they came, of which the form keeps the user name.
        """
        status = _HTTP_STATUS[type(error)]
        headers: dict[str, str] = {}
        if isinstance(error, TooManyAttempts):
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, NotSignedIn):
            if client.html:
                return Answer(303, "", HTML_TYPE, {"Location": f"{client.root}login"})
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, WrongCredentials) and event != "login":
            status = _SIGNED_IN_WRONG_PASSWORD
        if client.html:
            return self._form_again(event, error, client, status, headers, typed.get("uname", ""))
        body: dict[str, object] = {"status": _FAILED[event]}
        if event != "login" or not isinstance(error, WrongCredentials):
            body["error"] = _text(event, error)
        if at := _field(event, error):
            body["field"] = at
        if isinstance(error, WeakPassword):
            body["suggestions"] = error.suggestions
        return Answer(status, as_json(**body), headers=headers)

    def unavailable(self, client: Client) -> Answer:
        """A part of the service does not answer: never a success, never a wrong password."""
        text = f"The service is not available now. Try again in {RETRY_AFTER} seconds."
        headers = {"Retry-After": str(RETRY_AFTER)}
        if client.html:
            return self.message(503, text, client, headers)
        return Answer(503, as_json(status="Unavailable", error=text), headers=headers)

    def unforeseen(self, request_id: str, client: Client) -> Answer:
        """A fault of ours, named by nothing but the id under which the log has it."""
        if client.html:
            return self.message(500, f"Something went wrong. Request {request_id}.", client)
        return Answer(500, as_json(status="Error", request_id=request_id))

    def wrong_method(self, allow: str, client: Client) -> Answer:
        """The path exists, the method does not."""
        headers = {"Allow": allow}
        text = f"This address takes {allow} only."
        if client.html:
            return self.message(405, text, client, headers)
        return Answer(405, as_json(status="Error", error=text), headers=headers)

    def message(
        self, status: int, text: str, client: Client, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A page that says one thing."""
        page = self._pages.render("message", message=text, root=client.root)
        return Answer(status, page, HTML_TYPE, headers or {})

    def _form_again(
        self,
        event: Event,
        error: AccountError,
        client: Client,
        status: int,
        headers: Mapping[str, str],
        uname: str,
    ) -> Answer:
        text = " ".join([_text(event, error), *getattr(error, "suggestions", ())])
        if event not in _FORMS:
            return self.message(status, text, client, headers)
        at = "uname" if isinstance(error, UsernameTaken) else _field(event, error)
        blanks = {
            "root": client.root,
            "uname": uname if uname.isprintable() else "",
            f"{at}_error" if at else "message": text,
        }
        return Answer(status, self._pages.render(_FORMS[event], **blanks), HTML_TYPE, headers)


def _text(event: Event, error: AccountError) -> str:
    if isinstance(error, WrongCredentials) and event != "login":
        return "The password is wrong."
    return str(error)


def _field(event: Event, error: AccountError) -> str | None:
    """The form field that an error is about."""
    if isinstance(error, WeakPassword) and event == "password":
        return "new"
    if isinstance(error, RefusedInput):
        return error.field
    if isinstance(error, WrongCredentials):
        return _CHECKED_FIELD.get(event)
    return None
