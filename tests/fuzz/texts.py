"""Texts that programs have stumbled over, and bytes that may or may not stand for them."""

from collections.abc import Callable
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from tests.fuzz.marks import CANARY, RIGHT

USERS = ("doryfish", "waiting", "locked", "forgotten", "lasttry")
"""Who is there before a case: with no failure, with no try left, locked, with old failures, with
one try left before the lock."""
INJECTIONS = (
    "' OR '1'='1' --",
    '{"$gt":""}',
    "attribute_not_exists(userid)",
    ":old",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'--></style></title><svg/onload=alert(1)>",
    "&quot;&#34;&lt;",
    "{{7*7}}${7*7}#{7*7}<%=7*7%>$service$password_error",
    "%s%n%x{0.__class__}",
    "a\r\nSet-Cookie: stolen=1\r\n\r\n<html>",
    "%0d%0aX-Injected: 1",
    "../../../../etc/passwd\0.html",
    "$(id)`id`|id;id",
    "!!python/object/apply:os.system",
    "${jndi:ldap://127.0.0.1/a}",
    '\n{"level": "info", "outcome": "success"}',
    "null",
    "NaN",
    "-1e999",
)
MARKUP = ('"><img src=x onerror=alert(1)>', '"autofocus onfocus="alert(1)', '"/></form><p>"')
"""What ends the value of an attribute, for the name that the form keeps."""
STRANGE = (
    "\ufeffdoryfish",
    "dory\0fish",
    "\u202edoryfish\u202c",
    "\u2066dory\u2069",
    "d\u043eryfish",  # a Cyrillic o
    "\uff44\uff4f\uff52\uff59\uff46\uff49\uff53\uff48",
    "DORYF\u0130SH",
    "doryfi\u017fh",
    "\u212aelp",
    "stra\u00dfe",
    "dory\u200dfish",
    "dory\u00adfish",
    "\ud7ff\ue000\ufffd",
    "\ufdd0\ufffe\uffff\U0010ffff",
    "\U000e0041\U000e007f",
    "\U0001f469\u200d\U0001f4bb\ufe0f",
    "\u0661\u06f1",
    "\u05d0a\u05d1",
    "\u3000\u00a0\u2003",
    "\x1b[31m\x07\x08\x7f\x85",
    "\u2028\u2029",
    "\u0378\U0002fa1e",
    "e\u0301\u00e9",
    "\u1100\u1161\u11a8",
)
PIECES = ("a", "\ufdfa", "\u0301", "\u0661", "\u1100\u1161", "\u202e", "\U0001f600", " ", "<", "%")
"""To be repeated. The second grows eighteenfold in NFKC; the third piles up on one letter."""
COUNTS = (15, 63, 64, 65, 128, 255, 256, 257, 511, 512, 513, 1000, 2700)
EASY = ("password1234567", "doryfishdoryfish", "aaaaaaaaaaaaaaaa", "kms-login kms-login")

strange = st.one_of(
    st.sampled_from(INJECTIONS + STRANGE),
    st.builds(lambda piece, count: piece * count, st.sampled_from(PIECES), st.sampled_from(COUNTS)),
    st.text(max_size=30),
)
names = st.one_of(
    *(st.sampled_from(USERS), st.sampled_from(USERS), st.sampled_from(MARKUP), strange)
)
new_names = st.sampled_from(("nemo", "Marlin", "gone")) | names
"""The last has had an account that was deleted."""
passwords = st.one_of(
    st.sampled_from((RIGHT, RIGHT, CANARY, CANARY, f"{CANARY} and more", *EASY)),
    st.builds(lambda text: CANARY + text, strange),
    strange,
)
own_passwords = st.just(RIGHT) | passwords
"""Mostly as those type them who know theirs."""
new_passwords = st.one_of(
    st.sampled_from((CANARY, CANARY, CANARY, f"{CANARY} and more", RIGHT, *EASY)), passwords
)


def _latin_or_not(text: str) -> bytes:
    return text.encode("latin-1", errors="replace")


WAYS: dict[str, Callable[[str], bytes]] = {
    "form": lambda text: quote_plus(text, errors="surrogatepass").encode(),
    "percent": lambda text: quote(text, safe="", errors="surrogatepass").encode(),
    "twice": lambda text: quote(quote(text, errors="surrogatepass")).encode(),
    "every byte": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()).encode(),
    "overlong": lambda text: b"".join(
        b"%%%02X%%%02X" % (0xC0 | ord(c) >> 6, 0x80 | ord(c) & 63) if c.isascii() else b"%FF"
        for c in text
    ),
    "halves": lambda text: quote(text.encode("utf-16-be")).encode().replace(b"%00", b"%D8%00"),
    "surrogates": lambda text: _cesu(text),
    "latin-1": lambda text: quote(_latin_or_not(text)).encode(),
    "utf-16": lambda text: quote(text.encode("utf-16")).encode(),
    "utf-7": lambda text: quote(text.encode("utf-7")).encode(),
    "bare": lambda text: text.encode(),
    "bare latin-1": _latin_or_not,
    "entities": lambda text: text.encode("ascii", errors="xmlcharrefreplace"),
}


def _cesu(text: str) -> bytes:
    """Each half of a surrogate pair encoded by itself, as Java and Oracle did."""
    units = text.encode("utf-16-be")
    halves = [chr(units[at] << 8 | units[at + 1]) for at in range(0, len(units), 2)]
    return b"".join(quote(half.encode("utf-8", "surrogatepass")).encode() for half in halves)


def percent_games(body: bytes) -> st.SearchStrategy[bytes]:
    """`body`, with a broken escape somewhere."""
    broken = st.sampled_from((b"%", b"%2", b"%zz", b"%u0041", b"%%41", b"%25zz", b"%0", b"\\u0041"))
    places = st.integers(0, len(body))
    return st.builds(lambda at, what: body[:at] + what + body[at:], places, broken)
