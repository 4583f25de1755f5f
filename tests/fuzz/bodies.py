"""Request bodies: forms right and wrong, and what is no form at all."""

import gzip
import json
from urllib.parse import urlencode

from hypothesis import strategies as st

from tests.fuzz.marks import CANARY, RIGHT, reveal_encoded
from tests.fuzz.texts import (
    WAYS,
    names,
    new_names,
    new_passwords,
    own_passwords,
    passwords,
    percent_games,
    strange,
)
from tests.fuzz.tokens import tokens

FIELDS = (
    *("uname", "password", "uname[]", "uname[x][y]", "password[0]", "uname.x", "UNAME", "Password"),
    *("uname ", " password", "uname\0", "", "__proto__", "constructor[prototype][uname]", "[]"),
    *("current", "new", "new[]", "Current", "everywhere", "everywhere[]", "token", "session"),
    *("[[[[[[[[", "a[b][c][d][e][f][g][h]", "unam\u0435", "csrf", "submit", "userid"),
    *("\ufeffuname", "access_token", "session_family", "passwor\u0501"),
)
SEPARATORS = (b"&", b"&", b"&", b"&", b"&&", b";", b"&amp;", b"\r\n", b"\n", b",", b"?")
EQUALS = (b"=", b"=", b"=", b"=", b"", b"==", b"%3D", b" = ", b"[]=")
SIZES = (8191, 8192, 8193, 16_383, 16_384, 16_385, 65_536, 1_000_000)
EVERYWHERE = ("1", "1", "1", "0", "", "2", "yes", "true", "1 ", " 1", "\uff11", "01", "on", "1\0")

Form = tuple[tuple[str, st.SearchStrategy[str]], ...]
FORMS: dict[str, Form] = {
    "/signup": (("uname", new_names), ("password", new_passwords)),
    "/login": (("uname", names), ("password", passwords)),
    "/password": (("current", own_passwords), ("new", new_passwords)),
    "/account/delete": (("password", own_passwords),),
    "/logout": (("everywhere", st.sampled_from(EVERYWHERE)),),
}
"""The fields of each form, and what is typed into them."""

_ways = st.sampled_from(("form", "form", "form", "form", *WAYS))
_any_field = st.tuples(
    st.one_of(st.sampled_from(FIELDS), strange), st.one_of(passwords, strange, tokens), _ways
)


def _pair(name: str, value: str, way: str, equals: bytes = b"=") -> bytes:
    return WAYS["form"](name) + equals + WAYS[way](value)


def _pairs(draw: st.DrawFn, form: Form) -> list[bytes]:
    return [_pair(name, draw(values), "form") for name, values in form]


@st.composite
def good_forms(draw: st.DrawFn, form: Form) -> bytes:
    """Every field once, nothing wrong with the form as a form."""
    pairs = _pairs(draw, form)
    if draw(st.booleans()):
        pairs.insert(draw(st.integers(0, len(pairs))), b"submit=Go")
    return b"&".join(pairs)


@st.composite
def strange_forms(draw: st.DrawFn, form: Form) -> bytes:
    """Fields that are repeated, deep, missing or spelled strangely."""
    pairs = [_pair(name, draw(values), draw(_ways)) for name, values in form]
    if draw(st.integers(0, 3)) == 0:
        pairs += _pairs(draw, form[:1])
    for field in draw(st.lists(_any_field, max_size=4)):
        where = draw(st.integers(0, len(pairs)))
        pairs.insert(where, _pair(*field, equals=draw(st.sampled_from(EQUALS))))
    if draw(st.integers(0, 3)) == 0:
        del pairs[draw(st.integers(0, len(pairs) - 1))]
    return draw(st.sampled_from(SEPARATORS)).join(pairs)


@st.composite
def many_fields(draw: st.DrawFn, form: Form) -> bytes:
    """As many as are read, one more, and far more."""
    count = draw(st.sampled_from((17, 18, 19, 20, 500, 4000)))
    name = draw(st.sampled_from((b"a%d=1", b"uname=%d", b"uname[%d]=x", b"=%d", b"%d", b"&%d")))
    return b"&".join([*_pairs(draw, form), *(name % number for number in range(count))])


@st.composite
def damaged_forms(draw: st.DrawFn, form: Form) -> bytes:
    """A form with bytes cut out, put in, turned over or escaped wrongly."""
    body = draw(st.one_of(good_forms(form), strange_forms(form)))
    if draw(st.booleans()):
        return draw(percent_games(body))
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 12)))
    return body[:start] + draw(st.binary(max_size=8)) + body[end:]


@st.composite
def sized_forms(draw: st.DrawFn, form: Form) -> bytes:
    """Bodies around the largest that is read, and far beyond."""
    size = draw(st.sampled_from(SIZES))
    start = draw(good_forms(form)) + draw(st.sampled_from((b"&pad=", b"", b"&password=", b"&&")))
    return start + draw(st.sampled_from((b"a", b"&", b"%", b"\xff"))) * (
        size - len(reveal_encoded(start))
    )


def _no_form(name: str, password: str) -> list[bytes]:
    fields = {"uname": name, "password": password, "current": password, "new": CANARY}
    form = urlencode(fields, errors="surrogatepass").encode()
    boundary = "\r\n".join(
        f'--x\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}'
        for field, value in fields.items()
    )
    xml = f'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><uname>&b;{name}</uname>'
    return [
        json.dumps(fields).encode(),
        json.dumps({"uname": {"$ne": None}, "password": [password]}).encode(),
        b"[" * 4000,
        b'{"a":' * 1000,
        xml.encode(errors="replace"),
        f"{boundary}\r\n--x--".encode(errors="replace"),
        gzip.compress(form, mtime=0),
        form.decode().encode("utf-16"),
        form.decode().encode("utf-7"),
        b"\xef\xbb\xbf" + form,
        form + b"\0" * 16,
        f"{name}\t{password}".encode(errors="replace"),
        b"",
    ]


no_forms = st.builds(_no_form, names, st.sampled_from((RIGHT, CANARY))).flatmap(st.sampled_from)


def bodies(form: Form) -> st.SearchStrategy[bytes]:
    """What may come where `form` should."""
    return st.one_of(
        *(good_forms(form), good_forms(form), strange_forms(form), strange_forms(form)),
        *(damaged_forms(form), no_forms, many_fields(form), sized_forms(form)),
        *(st.binary(max_size=200), st.just(b"") if len(form) == 1 else good_forms(form)),
    )
