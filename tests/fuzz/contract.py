"""What every answer of the app has to be, whatever was asked. Nothing here prints an answer."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from chalicelib.answers import COMMON_HEADERS, CSS_TYPE, HTML_TYPE, JSON_TYPE
from chalicelib.pages import STATIC, PageName, Pages
from tests.secret_guard import leaks

_PAGES: tuple[PageName, ...] = ("index", "signup", "login", "message")
_INSIDE = re.compile(
    r"Traceback|\b[A-Za-z_]+(Error|Exception|Warning)\b|<class |<object |\.py\b"
    r"|boto|chalice|dynamodb|kms:|/var/task|site-packages|NoneType|bytes object",
    re.IGNORECASE,
)
"""What an answer shows when it shows the program's inside."""
_KEPT_NAME = re.compile(r'(name="uname" value=")[^"]*"')
_LOCATION = re.compile(r"\.\./(login|signup|style\.css)|[a-z]+/")
_STATUS_WORDS = {
    *("Signup Success", "Signup Failed", "Login Success", "Login Failed", "Unavailable", "Error"),
}
_FIELDS = {"uname", "password"}


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
        self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(("/", tag))


_SKELETONS = [_Skeleton(Pages("a", 15).render(name)).tags for name in _PAGES]
_STYLESHEET = (STATIC / "style.css").read_text("utf-8")


def problems(seen: Seen) -> list[str]:
    """In words, what is wrong with an answer of the app; of no answer more than its status."""
    return [f"{problem} ({seen.status})" for problem in _problems(seen)]


def _problems(seen: Seen) -> Iterator[str]:
    yield from _header_problems(seen.headers)
    # A browser that typed a name is shown that name again, and nothing else of what it sent.
    body = _KEPT_NAME.sub(r'\1"', seen.body)
    if leaks(body):
        yield "a secret in the body"
    if seen.status >= 500:
        yield "a fault"
    kind = seen.headers.get("Content-Type")
    if kind == JSON_TYPE:
        yield from _json_problems(seen.status, seen.body)
    elif kind == HTML_TYPE:
        if seen.status != 308 and _Skeleton(seen.body).tags not in _SKELETONS:
            yield "a page with other elements than ours"
    elif kind != CSS_TYPE or seen.body != _STYLESHEET:
        yield "an unknown kind of body"
    if kind != CSS_TYPE and _INSIDE.search(body):
        yield "something from inside in the body"


def _header_problems(headers: Mapping[str, str]) -> Iterator[str]:
    if not headers.items() >= COMMON_HEADERS.items():
        yield "a missing security header"
    if not headers.get("X-Request-Id"):
        yield "no request id"
    for name, value in headers.items():
        if not (name + value).isprintable() or not (name + value).isascii():
            yield "a strange character in a header"
    if leaks(repr(headers)):
        yield "a secret in a header"
    location = headers.get("Location")
    if location is not None and not _LOCATION.fullmatch(location):
        yield "a redirect to somewhere else"


def _json_problems(status: int, text: str) -> Iterator[str]:
    try:
        body: dict[str, Any] = json.loads(text)
    except ValueError:
        yield "a body that is no JSON"
        return
    if body.keys() - {"status", "error", "field", "suggestions"}:
        yield "an unknown member"
    if body.get("status") not in _STATUS_WORDS:
        yield "an unknown status word"
    if body.get("field", "uname") not in _FIELDS:
        yield "an unknown field"
    if ("error" in body) == (status in (200, 401)):
        yield "an error text too many or too few"


_RECORD = {
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "level": r"info|warning",
    "event": r"signup|login",
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
