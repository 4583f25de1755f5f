"""What an answer has to be for its outcome: status, redirect, cookie and token."""

import json
import re
from collections.abc import Iterator

from chalicelib.answers import HTML_TYPE
from tests.fuzz.case import Case, cookie_name, is_local
from tests.fuzz.people import sha256
from tests.fuzz.tables import Difference

STATUS = {
    "success": 200,
    "refused_input": 400,
    "weak_password": 400,
    "not_signed_in": 401,
    "wrong_credentials": 401,
    "cross_site": 403,
    "username_taken": 409,
    "body_too_large": 413,
    "not_a_form": 415,
    "too_many_attempts": 429,
    "account_locked": 429,
}
_LIFETIME = 30 * 86_400
_LOCATIONS = {"login": "account", "logout": "login"}
"""Where browsers are led after a success."""
_WAY_BACK = {
    "/password": "?next=password",
    "/account/delete": "?next=account/delete",
    "/logout": "?next=account",
}


def reply_problems(case: Case) -> Iterator[str]:
    status, location = _expected(case)
    if case.seen.status != status:
        yield f"status {case.seen.status} for {case.outcome}"
    if case.seen.headers.get("Location") != location:
        yield "a redirect to elsewhere, or none"
    asks = case.outcome == "not_signed_in" and not case.html
    if case.seen.headers.get("WWW-Authenticate") != ("Bearer" if asks else None):
        yield "a wrong challenge"
    # What shows the account is a page for everybody.
    page = case.html and not (case.sent.resource == "/session" and case.succeeds)
    shows = case.event == "session" and case.sent.resource != "/session"
    page = page or (shows and case.succeeds)
    if page != (case.seen.headers.get("Content-Type") == HTML_TYPE):
        yield "a page for a program, or none for a browser"
    yield from _cookie_problems(case)
    yield from _token_problems(case)
    if case.event == "session" and case.succeeds:
        yield from _name_problems(case)


def _expected(case: Case) -> tuple[int, str | None]:
    """The status and the redirect."""
    root = "../" * (case.sent.resource.count("/") - 1)
    if case.html and case.outcome == "not_signed_in":
        return 303, f"{root}login{_WAY_BACK.get(case.sent.resource, '')}"
    if case.html and case.succeeds and case.event in _LOCATIONS:
        return 303, root + _LOCATIONS[case.event]
    if case.outcome == "wrong_credentials" and case.event != "login":
        return 403, None
    return STATUS.get(case.outcome, 0), None


def _cookie_problems(case: Case) -> Iterator[str]:
    found = case.seen.headers.get("Set-Cookie")
    gives, takes = case.event in ("login", "password"), case.event in ("logout", "delete")
    if not (case.html and case.succeeds and (gives or takes)):
        if found is not None:
            yield "a cookie that nobody asked for"
        return
    host = case.sent.header("host") or ""
    value, age = (r"[\w-]{22}\.[\w-]{43}", _LIFETIME) if gives else ("", 0)
    pattern = (
        f"{cookie_name(host)}={value}; Path=/;{'' if is_local(host) else ' Secure;'}"
        f" HttpOnly; SameSite=Lax; Max-Age={age}"
    )
    if not re.fullmatch(pattern, found or "", re.ASCII):
        yield "a cookie with other attributes, or none"


def new_token(case: Case) -> str | None:
    """The token that an answer brings."""
    if case.html:
        pair = case.seen.headers.get("Set-Cookie", "").partition(";")[0]
        return pair.partition("=")[2] or None
    try:
        found = json.loads(case.seen.body).get("token")
    except ValueError:
        return None
    return found if isinstance(found, str) else None


def _token_problems(case: Case) -> Iterator[str]:
    added = Difference.of(case.before.sessions, case.after.sessions).added
    token = new_token(case)
    if token is None:
        if added:
            yield "a session that nobody gets"
        return
    family, _, own = token.partition(".")
    if added != {f"{family} {sha256(own)}"}:
        yield "a token of another session than was begun"
    whole = case.seen.body + repr(sorted(case.seen.headers.items()))
    if whole.count(own) != 1 or sha256(own) in whole:
        yield "a token told twice, or its digest"
    if own in repr(case.after):
        yield "a token in a table"


def _name_problems(case: Case) -> Iterator[str]:
    name = (case.live.userid if case.live else None) or "nobody"
    shown = {"/session": f'"user":"{name}"', "/account": f"<strong>{name}</strong>"}
    if shown.get(case.sent.resource, f'name="uname" value="{name}"') not in case.seen.body:
        yield "another name than the session's"
