"""Requests whose body ends elsewhere than they say."""

from random import Random

from tests.fuzz.draft import Draft, plain_headers
from tests.fuzz.marks import CANARY, reveal_encoded

STRANGER = reveal_encoded(b"uname=stranger&password=" + CANARY.encode())
"""A log-in with a wrong password, as often as it likes."""


def _in_chunks(random: Random, body: bytes, extension: bytes = b"") -> bytes:
    cuts = sorted(random.randint(0, len(body)) for _ in range(random.randint(0, 5)))
    parts = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True) if a < b]
    lines = [b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts]
    return b"".join([*lines, b"0\r\n\r\n"])


def chunked(random: Random, draft: Draft) -> None:
    extension = random.choice((b"", b"", b";a=b", b' ;x="\r"', b";" + b"e" * 5000))
    draft.length, draft.chunks = None, _in_chunks(random, draft.body, extension)


def broken_chunks(random: Random, draft: Draft) -> None:
    chunked(random, draft)
    whole = draft.chunks or b""
    draft.ends = True
    draft.chunks = random.choice(
        (
            *(whole[:-5], whole[: len(whole) // 2], b"-5\r\n" + whole, b"zz\r\nab\r\n0\r\n\r\n"),
            *(
                b"ffffffffffffffff\r\nab",
                b"0x5\r\nuname\r\n0\r\n\r\n",
                whole.replace(b"\r\n", b"\n"),
            ),
            *(
                whole[:-2] + b"X-Trailer: 1\r\nContent-Length: 9\r\n\r\n",
                b"5\r\nunametoolong\r\n0\r\n\r\n",
            ),
        )
    )


def strange_length(random: Random, draft: Draft) -> None:
    size = len(draft.body)
    draft.ends = True
    draft.length = random.choice(
        (
            *(b"-1", b"abc", b"", b"1e3", b"0x10", b"\xb2", b"%d" % 10**18, b"%d" % 10**30, b"+5"),
            *(
                b"%d" % (size + 9),
                b"%d" % (size // 2),
                b"0",
                b"%d, %d" % (size, size),
                b"0%d" % size,
            ),
        )
    )


def length_twice(random: Random, draft: Draft) -> None:
    other = random.choice((len(draft.body), len(draft.body) // 2, 0))
    draft.headers.append(b"Content-Length: %d" % other)
    draft.ends = True


def both_framings(random: Random, draft: Draft) -> None:
    draft.chunks = random.choice(
        (_in_chunks(random, draft.body), draft.body, b"0\r\n\r\n" + draft.body)
    )
    draft.ends = True


def strange_encoding(random: Random, draft: Draft) -> None:
    what = (
        b"xchunked",
        b"identity",
        b"chunked, identity",
        b"gzip, chunked",
        b"\x0bchunked",
        b"chunked;q=1",
    )
    draft.headers.append(b"Transfer-Encoding: " + random.choice(what))
    draft.ends = True


def cut_off(random: Random, draft: Draft) -> None:
    draft.body = draft.body[: random.randint(0, len(draft.body))]
    draft.ends = True


def pipelined(random: Random, draft: Draft) -> None:
    draft.headers = [line for line in draft.headers if not line.startswith(b"Connection")]
    second = Draft(draft.target, STRANGER, headers=plain_headers())
    second.length = b"%d" % len(second.body)
    draft.after = random.choice(
        (second.head() + second.content(), b"\r\n\r\n", b"\0" * 50, b"GET / ")
    )
    draft.ends = True
