"""From an outcome to an HTTP answer: JSON for scripts, a page for browsers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chalicelib.errors import (
    AccountError,
    AccountLocked,
    BodyTooLarge,
    CrossSite,
    NotAForm,
    RefusedInput,
    TooManyAttempts,
    UsernameTaken,
    WeakPassword,
    WrongCredentials,
)
from chalicelib.pages import PageName, Pages

Event = Literal["signup", "login"]

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

_SUCCESS: Mapping[Event, str] = {"signup": "Signup Success", "login": "Login Success"}
_FAILED: Mapping[Event, str] = {"signup": "Signup Failed", "login": "Login Failed"}
_DONE: Mapping[Event, str] = {
    "signup": "Your account is made, and you can log in.",
    "login": "The user name and the password are right.",
}
_HTTP_STATUS: Mapping[type[AccountError], int] = {
    RefusedInput: 400,
    WeakPassword: 400,
    WrongCredentials: 401,
    CrossSite: 403,
    UsernameTaken: 409,
    BodyTooLarge: 413,
    NotAForm: 415,
    TooManyAttempts: 429,
    AccountLocked: 429,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP, COMMON_HEADERS aside."""

    status: int
    body: str
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def wants_html(accept: str | None) -> bool:
    """Whether an `Accept` header names HTML and does not rank JSON above it (RFC 9110, 12.5.1).

    A wildcard does not count: curl sends `*/*` and is to get JSON.
    """
    weights: dict[str, float] = {}
    for part in (accept or "").lower().split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        weights[media_type] = _weight(parameters)
    html = weights.get("text/html", 0.0)
    return html > 0 and html >= weights.get("application/json", 0.0)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def _json(**body: object) -> str:
    return json.dumps(body, separators=(",", ":"))


class Answers:
    """Makes every answer of the service.

    Args:
        pages: what browsers are shown.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def page(self, name: PageName) -> Answer:
        """A page as it is before anything was typed."""
        return Answer(200, self._pages.render(name), HTML_TYPE)

    def stylesheet(self) -> Answer:
        """The one stylesheet."""
        return Answer(200, self._pages.stylesheet, CSS_TYPE)

    def redirect(self, location: str) -> Answer:
        """To another spelling of the same address, relative to this one."""
        return Answer(308, "", HTML_TYPE, {"Location": location})

    def success(self, event: Event, html: bool) -> Answer:
        """The use case did what was asked."""
        if html:
            return self._message(200, f"{_SUCCESS[event]}: {_DONE[event]}")
        return Answer(200, _json(status=_SUCCESS[event]))

    def refusal(self, event: Event, error: AccountError, html: bool, uname: str) -> Answer:
        """The caller has to do something else: the one place where errors become HTTP.

        Args:
            uname: the user name as it was typed, for the form to keep.
        """
        status = _HTTP_STATUS[type(error)]
        headers: dict[str, str] = {}
        if isinstance(error, TooManyAttempts):
            headers["Retry-After"] = str(error.retry_after)
        if html:
            return self._form_again(event, error, status, headers, uname)
        body: dict[str, object] = {"status": _FAILED[event]}
        if not isinstance(error, WrongCredentials):
            body["error"] = str(error)
        if isinstance(error, RefusedInput) and error.field:
            body["field"] = error.field
        if isinstance(error, WeakPassword):
            body["suggestions"] = error.suggestions
        return Answer(status, _json(**body), headers=headers)

    def unavailable(self, html: bool) -> Answer:
        """A part of the service does not answer: never a success, never a wrong password."""
        text = f"The service is not available now. Try again in {RETRY_AFTER} seconds."
        headers = {"Retry-After": str(RETRY_AFTER)}
        if html:
            return self._message(503, text, headers)
        return Answer(503, _json(status="Unavailable", error=text), headers=headers)

    def unforeseen(self, request_id: str, html: bool) -> Answer:
        """A fault of ours, named by nothing but the id under which the log has it."""
        if html:
            return self._message(500, f"Something went wrong. Request {request_id}.")
        return Answer(500, _json(status="Error", request_id=request_id))

    def wrong_method(self, allow: str, html: bool) -> Answer:
        """The path exists, the method does not."""
        headers = {"Allow": allow}
        text = f"This address takes {allow} only."
        if html:
            return self._message(405, text, headers)
        return Answer(405, _json(status="Error", error=text), headers=headers)

    def _form_again(
        self,
        event: Event,
        error: AccountError,
        status: int,
        headers: Mapping[str, str],
        uname: str,
    ) -> Answer:
        text = " ".join([str(error), *getattr(error, "suggestions", ())])
        if isinstance(error, UsernameTaken):
            slot = "uname_error"
        elif isinstance(error, RefusedInput) and error.field:
            slot = f"{error.field}_error"
        else:
            slot = "message"
        kept = uname if uname.isprintable() else ""
        page = self._pages.render(event, uname=kept, **{slot: text})
        return Answer(status, page, HTML_TYPE, headers)

    def _message(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
        return Answer(status, self._pages.render("message", message=text), HTML_TYPE, headers or {})
