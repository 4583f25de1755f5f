"""What every answer of the app has to be, whatever was asked. Nothing here prints an answer."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, get_args

from chalicelib.answers import COMMON_HEADERS, HTML_TYPE, JSON_TYPE
from chalicelib.pages import ASSET_TYPES, STATIC, PageName, Pages
from tests.secret_guard import leaks

_INSIDE = re.compile(
    r"Traceback|\b[A-Za-z_]+(Error|Exception|Warning)\b|<class |<object |\.py\b"
    r"|boto|chalice|dynamodb|kms:|/var/task|site-packages|NoneType|bytes object",
    re.IGNORECASE,
)
"""What an answer shows when it shows the program's inside."""
_KEPT_NAME = re.compile(r'(name="uname" value=")[^"]*"')
_TOKEN = r"[\w-]{22}\.[\w-]{43}"
_NEW_TOKEN = re.compile(rf'("token":"){_TOKEN}"', re.ASCII)
_LOCATION = re.compile(
    # The one spelling of a page, then what follows a form.
    r"\.\./(login|signup|account|password|delete)|[a-z]+/"
    r"|login(\?next=(password|account))?|\.\./login(\?next=account/delete)?|account"
)
_COOKIE = re.compile(
    rf"(__Host-session=({_TOKEN}|); Path=/; Secure;|kms-login-session=({_TOKEN}|); Path=/;)"
    r" HttpOnly; SameSite=Lax; Max-Age=(2592000|0)",
    re.ASCII,
)
_SUCCESS: Mapping[str, set[str]] = {
    "Signup Success": set(),
    "Login Success": {"token", "expires_in"},
    "Signed In": {"user", "since", "expires_in", "ends_in"},
    "Logged Out": set(),
    "Password Changed": {"token", "expires_in"},
    "Account Deleted": set(),
}
"""The members beside the status."""
_FAILURE = {
    *("Signup Failed", "Login Failed", "Logout Failed", "Password Change Failed", "Unavailable"),
    *("Account Deletion Failed", "Not Signed In", "Error"),
}
_FORMS: Mapping[str, type] = {"user": str, "since": str, "expires_in": int, "ends_in": int}
_FIELDS = {"uname", "password", "current", "new"}


@dataclass(frozen=True)
class Seen:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: str


class _Skeleton(HTMLParser):
    """A page without its text and without the values of its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Where typing goes on depends on what was wrong.
        self.tags.append((tag, *(name for name, _ in attrs if name != "autofocus")))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(("/", tag))


_SKELETONS = [_Skeleton(Pages("a", 15).render(name)).tags for name in get_args(PageName)]
_ASSETS = {kind: (STATIC / name).read_text("utf-8") for name, kind in ASSET_TYPES.items()}


def problems(seen: Seen) -> list[str]:
    """In words, what is wrong with an answer of the app; of no answer more than its status."""
    return [f"{problem} ({seen.status})" for problem in _problems(seen)]


def _problems(seen: Seen) -> Iterator[str]:
    yield from _header_problems(seen.headers)
    # A browser that typed a name is shown that name again, and nothing else of what it sent.
    body = _KEPT_NAME.sub(r'\1"', seen.body)
    # It may read like anything.
    body = _NEW_TOKEN.sub(r'\1"', body) if seen.status == 200 else body
    if leaks(body):
        yield "a secret in the body"
    if seen.status >= 500:
        yield "a fault"
    kind = seen.headers.get("Content-Type")
    if kind == JSON_TYPE:
        yield from _json_problems(seen.status, seen.body)
    elif kind == HTML_TYPE:
        if seen.status not in (303, 308) and _Skeleton(seen.body).tags not in _SKELETONS:
            yield "a page with other elements than ours"
    elif seen.body != _ASSETS.get(str(kind)):
        yield "an unknown kind of body"
    if kind not in _ASSETS and _INSIDE.search(body):
        yield "something from inside in the body"


def _header_problems(headers: Mapping[str, str]) -> Iterator[str]:
    if not headers.items() >= COMMON_HEADERS.items():
        yield "a missing security header"
    if not headers.get("X-Request-Id"):
        yield "no request id"
    for name, value in headers.items():
        if not (name + value).isprintable() or not (name + value).isascii():
            yield "a strange character in a header"
    # The cookie has a secret of its own.
    if leaks(repr({name: value for name, value in headers.items() if name != "Set-Cookie"})):
        yield "a secret in a header"
    location = headers.get("Location")
    if location is not None and not _LOCATION.fullmatch(location):
        yield "a redirect to somewhere else"
    cookie = headers.get("Set-Cookie")
    if cookie is not None and not _COOKIE.fullmatch(cookie):
        yield "a strange cookie"


def _json_problems(status: int, text: str) -> Iterator[str]:
    try:
        body: dict[str, Any] = json.loads(text)
    except ValueError:
        yield "a body that is no JSON"
        return
    word, members = body.get("status"), body.keys() - {"status"}
    if status == 200:
        if members != _SUCCESS.get(str(word)):
            yield "a success with other members"
    elif word not in _FAILURE:
        yield "an unknown status word"
    elif members - {"error", "field", "suggestions"}:
        yield "an unknown member"
    # A log-in does not say what was wrong.
    elif ("error" in members) == (status == 401 and word == "Login Failed"):
        yield "an error text too many or too few"
    if body.get("field", "uname") not in _FIELDS:
        yield "an unknown field"
    if not re.fullmatch(_TOKEN, body.get("token", f"{'a' * 22}.{'a' * 43}"), re.ASCII):
        yield "a strange token"
    if not all(isinstance(body[name], _FORMS[name]) for name in _FORMS.keys() & members):
        yield "a member of another kind"


_RECORD = {
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "level": r"info|warning",
    "event": r"signup|login|logout|password(_page)?|delete(_page)?|session|account",
    "outcome": r"[a-z_]+",
    "user": r"[0-9a-f]{64}|None",
    "ms": r"\d+\.\d",
}


def record_problems(record: dict[str, Any], request_id: str, source: str) -> list[str]:
    """What is wrong with a line of the log. Its every value has a form that no input fits."""
    known = _RECORD | {"request_id": re.escape(request_id), "source": re.escape(source)}
    if record.keys() != known.keys():
        return ["other members in the log than there should be"]
    return [
        f"the log's {name} is strange"
        for name, pattern in known.items()
        if not re.fullmatch(pattern, str(record[name]))
    ]
