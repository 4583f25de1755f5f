"""What looks at raw input, asked directly: far more cases in the same time."""

import re
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from chalicelib import forms, same_origin, session_token
from chalicelib.errors import AccountError, CrossSite
from chalicelib.negotiation import wants_html
from tests.fuzz.bodies import FORMS, bodies
from tests.fuzz.case import cookie_name, is_local, token_of
from tests.fuzz.effort import share
from tests.fuzz.headers import (
    ACCEPTS,
    HOST,
    HOSTS,
    ORIGINS,
    SITES,
    TYPES,
    header_values,
    token_headers,
)
from tests.fuzz.marks import CANARY, RIGHT, reveal, reveal_encoded
from tests.fuzz.requests import HostileRequest
from tests.fuzz.tally import tally
from tests.fuzz.texts import names, passwords
from tests.fuzz.tokens import Headers
from tests.unit.service import FORM

PARTNER = "https://www.reef.example"
_piece = st.sampled_from(
    (
        *(
            "",
            HOST,
            "https://",
            "http:",
            "//",
            "/",
            "\\",
            "@",
            ":",
            ":443",
            "#",
            "?",
            ";",
            ".",
            "[",
        ),
        *("evil.example", "]", "%", "%2f", "\t", " ", "\u00ff", "null", PARTNER),
    )
)
_near = st.builds(
    "".join, st.tuples(_piece, st.just(f"https://{HOST[:9]}"), _piece, st.just(HOST[9:]), _piece)
)
_origins = st.sampled_from((*ORIGINS, PARTNER)) | st.lists(_piece, max_size=4).map("".join) | _near


def _maybe(values: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | values


def _body_of(resource: str) -> st.SearchStrategy[tuple[str, bytes]]:
    return st.tuples(st.just(resource), bodies(FORMS[resource]))


@share(0.3)
@given(
    _maybe(_origins),
    _maybe(st.sampled_from(SITES) | header_values),
    _maybe(_origins),
    st.sampled_from((*(9 * [HOST]), *HOSTS, None)),
)
def test_no_browsers_foreign_form_passes(
    origin: str | None, site: str | None, referer: str | None, host: str | None
) -> None:
    named = {"origin": origin, "sec-fetch-site": site, "referer": referer, "host": host}
    headers = {name: value for name, value in named.items() if value is not None}
    try:
        same_origin.check(headers, frozenset({PARTNER}))
    except CrossSite:
        tally.add("same_origin", "refused")
        return
    tally.add("same_origin", "passes")
    if origin == PARTNER or (site is None and origin is None and referer is None):
        return
    if site is not None:
        assert site in ("same-origin", "none")
        return
    claimed = origin if origin is not None else referer
    # As a browser writes an origin, or an address: nothing before the host, nothing odd after it.
    assert host
    assert re.fullmatch(rf"https?://{re.escape(host.lower())}([/?#].*)?", claimed or "", re.DOTALL)


@share(0.3)
@given(st.sampled_from((*(3 * len(TYPES) * [FORM]), *TYPES, None)), bodies(FORMS["/login"]))
def test_a_form_is_read_or_clearly_refused(content_type: str | None, body: bytes) -> None:
    try:
        fields = forms.parse(content_type, body)
        assert not re.search(rb"%(?![0-9A-Fa-f]{2})", body)
        # What was read means the same when it is sent again.
        if len(again := urlencode(fields).encode()) <= forms.MAX_BODY_BYTES:
            assert forms.parse(FORM, again) == fields
        read = forms.credentials(fields)
    except AccountError as error:
        assert_tells_nothing(error)
        tally.add("forms, body", error.outcome)
        return
    assert_well_formed(read)
    tally.add("forms, body", "read")


@share(0.2)
@given(token_headers)
def test_one_token_counts_or_none(headers: Headers) -> None:
    sent = HostileRequest("GET", "/session", "/", headers, None, b"", False, "")
    read = session_token.read({name.lower(): reveal(value) for name, value in headers})
    assert read == token_of(sent)
    tally.add("session_token", "none" if read is None else "some")


@share(0.2)
@given(st.sampled_from(HOSTS) | header_values, st.booleans())
def test_a_cookie_is_secure_but_on_the_own_machine(host: str, gone: bool) -> None:
    host = reveal(host)
    sent = session_token.no_cookie(host) if gone else session_token.cookie("a.b", host, 9)
    tally.add("session_token, cookie", "local" if is_local(host) else "secure")
    name, _, attributes = sent.partition("=" if gone else "=a.b")
    assert name == cookie_name(host)
    secure = "" if is_local(host) else " Secure;"
    age = 0 if gone else 9
    assert attributes == f"; Path=/;{secure} HttpOnly; SameSite=Lax; Max-Age={age}"


@share(0.3)
@given(st.sampled_from(("/password", "/account/delete", "/logout")).flatmap(_body_of))
def test_a_form_of_somebody_who_is_signed_in_is_read_or_clearly_refused(
    sent: tuple[str, bytes],
) -> None:
    resource, body = sent
    body = reveal_encoded(body)
    try:
        fields = forms.parse(FORM, body, forms.MAX_BODY_BYTES_OF_TWO)
        assert len(body) <= forms.MAX_BODY_BYTES_OF_TWO
        passwords = _read(resource, fields)
    except AccountError as error:
        assert_tells_nothing(error)
        tally.add(f"forms, {resource}", error.outcome)
        return
    assert all(1 <= len(text) <= forms.MAX_PASSWORD_LENGTH for text in passwords)
    tally.add(f"forms, {resource}", "read")


def _read(resource: str, fields: dict[str, str]) -> list[str]:
    if resource == "/logout":
        assert forms.everywhere(fields) == (fields.get("everywhere") == "1")
        return []
    if resource == "/account/delete":
        return [forms.password(fields)]
    change = forms.password_change(fields)
    return [change.current, change.new]


@share(0.4)
@given(names, passwords)
def test_a_name_and_a_password_are_read_or_clearly_refused(uname: str, password: str) -> None:
    try:
        read = forms.credentials({"uname": uname, "password": password})
    except AccountError as error:
        assert_tells_nothing(error)
        tally.add("forms, fields", error.outcome)
        return
    assert_well_formed(read)
    tally.add("forms, fields", "read")


@share(0.2)
@given(st.lists(st.sampled_from(ACCEPTS) | header_values, max_size=3).map(",".join))
def test_any_accept_header_asks_for_a_page_or_not(accept: str) -> None:
    html = wants_html(accept)
    tally.add("wants_html", html)
    assert not html or "text/html" in accept.lower()


def assert_tells_nothing(error: AccountError) -> None:
    """Its message is not made of what was sent."""
    message = str(error)
    assert CANARY not in message
    assert RIGHT not in message
    assert message.isprintable()
    assert message.isascii()


def assert_well_formed(read: forms.Credentials) -> None:
    """Small, printable, UTF-8, and the same when it is typed once more."""
    assert 1 <= len(read.userid) <= forms.MAX_USERNAME_LENGTH
    assert 1 <= len(read.password) <= forms.MAX_PASSWORD_LENGTH
    for text in (read.userid, read.password):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ufffd]", text)
        text.encode()
    typed = {"uname": read.userid, "password": read.password}
    assert forms.credentials(typed) == read
