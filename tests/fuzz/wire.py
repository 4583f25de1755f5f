"""Bytes for a connection: HTTP requests as no well-behaved client writes them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.fuzz import wrong_framing as framing
from tests.fuzz import wrong_head as head
from tests.fuzz.draft import Draft, plain_headers
from tests.fuzz.marks import CANARY, RIGHT, reveal, reveal_encoded
from tests.fuzz.wrong_framing import STRANGER

SESSION = "TheSessionOfDory"
"""Stands for a token: its session is used, and never ended."""
_CHANGES: tuple[Callable[[Random, Draft], None], ...] = (
    *(framing.chunked, framing.broken_chunks, framing.strange_length, framing.length_twice),
    *(framing.both_framings, framing.strange_encoding, framing.cut_off, framing.pipelined),
    *(head.other_version, head.strange_target, head.strange_method, head.strange_headers),
    head.bare_line_ends,
)
_RIGHT = RIGHT.encode()
_LOG_INS = (b"uname=doryfish&password=" + _RIGHT, STRANGER, b"uname=a&uname=b", b"\0\xff" * 99)
_WITH_SESSION = (
    f"Authorization: Bearer {SESSION}",
    f"Cookie: a=b; kms-login-session={SESSION}; __Host-session={SESSION}",
)
_WITHOUT = (
    *("Authorization: Bearer", f"Authorization: Basic {SESSION}", f"Cookie: {SESSION}", "Cookie: "),
    *(f"Authorization: Bearer {SESSION}x", f"X-Authorization: Bearer {SESSION}", f"X-A: {SESSION}"),
    "Authorization: Bearer " + "p" * 22 + "." + "q" * 43,
)
_TARGETS = (
    *(("POST", "/login", _LOG_INS, ()), ("POST", "/login", _LOG_INS, _WITHOUT)),
    *(("GET", "/session", (b"",), _WITH_SESSION), ("GET", "/account", (b"",), _WITH_SESSION)),
    ("POST", "/logout", (b"", b"everywhere=1", b"everywhere=2"), _WITHOUT),
    ("POST", "/password", (b"current=%b&new=%b" % (_RIGHT, CANARY.encode()),), _WITHOUT),
    # However much of it arrives: no new password that is good, and no current one that is wrong.
    ("POST", "/password", (b"new=a&current=", b"current=%b&new=a" % _RIGHT), _WITH_SESSION),
    ("POST", "/account/delete", (b"password=" + _RIGHT, b"password=a"), _WITHOUT),
)


@dataclass(frozen=True)
class Wire:
    """What is sent on one connection. Seed and number bring it back; its printout has no secret."""

    number: int
    kind: str
    path: str
    pieces: tuple[bytes, ...] = field(repr=False)
    ends: bool
    """Whether the server may wait for more that does not come."""
    hurries: bool
    """Whether it is closed before there is an answer."""


def wires(seed: int, count: int, stem: str) -> list[Wire]:
    """So many connections, the same for a seed; every fourth is nearly right."""
    random = Random(seed)  # noqa: S311, to be repeated
    return [_wire(random, number, stem) for number in range(count)]


def _wire(random: Random, number: int, stem: str) -> Wire:
    sign_ups = (
        b"uname=fuzz%d&password=%b" % (number, CANARY.encode()),
        b"uname=fuzz%d&password=password12345678" % number,
        b"uname=doryfish&password=" + CANARY.encode(),
    )
    hurries = random.random() < 0.05
    targets = (*_TARGETS, ("POST", "/signup", sign_ups, ()), ("POST", "/signup", sign_ups, ()))
    method, path, bodies, sessions = _TARGETS[0] if hurries else random.choice(targets)
    draft = Draft(
        stem + path, reveal_encoded(random.choice(bodies)), method, headers=plain_headers()
    )
    if sessions:
        draft.headers.append(reveal(random.choice(sessions)).encode())
    draft.length = b"%d" % len(draft.body)
    changes = random.sample(_CHANGES, random.choice((0, 1, 1, 1, 2, 3)))
    for change in changes:
        change(random, draft)
    kind = "+".join(change.__name__ for change in changes) or "nothing"
    return Wire(number, kind, path, _pieces(random, draft), draft.ends, hurries)


def _pieces(random: Random, draft: Draft) -> tuple[bytes, ...]:
    data = draft.head() + draft.content() + draft.after
    cut = random.randint(0, len(data)) if random.random() < 0.2 else len(data)
    return data[:cut], data[cut:]
