"""Requests with something wrong in their first line or their headers."""

from random import Random

from tests.fuzz.draft import Draft
from tests.fuzz.marks import CANARY, reveal
from tests.unit.service import FORM, HTML


def other_version(random: Random, draft: Draft) -> None:
    versions = (
        "HTTP/1.0",
        "HTTP/1.0",
        "HTTP/0.9",
        "HTTP/2.0",
        "HTTP/1.10",
        "http/1.1",
        "HTTP/1.1x",
        "",
    )
    draft.version = random.choice(versions)
    draft.ends = True


def strange_target(random: Random, draft: Draft) -> None:
    target = draft.target
    stem, _, last = target.rpartition("/")
    draft.target = random.choice(
        (
            *(
                f"http://127.0.0.1{target}",
                f"http://evil.example{target}",
                f"//evil.example{target}",
            ),
            *(
                f"{stem}/x/../{last}",
                f"{stem}/./{last}",
                f"{stem}//{last}",
                f"{target}/",
                f"{target}//",
            ),
            *(f"{stem}/%2e%2e/{last}", f"{stem}/..%2f{last}", f"/../../..{target}", f"{target}%00"),
            *(
                f"{stem}/" + "".join(f"%{ord(c):02x}" for c in last),
                f"{target}%ff",
                f"{target};a=b",
            ),
            *(
                f"{target}?uname=a&uname=b&a[b][c]=d&&=%zz",
                f"{target}?" + "a=b&" * 1500,
                f"{target}#top",
            ),
            *(
                "*",
                "",
                "127.0.0.1:443",
                f"{target}\\..\\x",
                f"{stem}/{last.upper()}",
                f"{target} x",
            ),
            *(
                f"{target}\xe9",
                f"{target}/" + "a" * 7000,
                "/" + "a/" * 3000,
                f"{target}\x7f",
                f"{stem}/.env",
            ),
        )
    )


def strange_method(random: Random, draft: Draft) -> None:
    methods = (
        "GET",
        "HEAD",
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "PROPFIND",
        "PRI",
    )
    draft.method = random.choice(
        (*methods, "post", "", "POST\t", "A" * 3000, "G@T", " POST", "POST\xe9")
    )


def strange_headers(random: Random, draft: Draft) -> None:
    form = FORM.encode()
    added = random.choice(
        (
            *(
                [b"Content-Type: application/json"],
                [b"Content-Type: %b" % form] * 2,
                [b"content-type: " + form],
            ),
            *(
                [b"X-Folded: a", b" b", b"\tc"],
                [b"Content-Type: text/plain;", b" " + form],
                [b"X-A : b"],
            ),
            *(
                [b"no colon here"],
                [b": no name"],
                [b"X-Nul: a\0b"],
                [b"X-Bytes: \xff\xfe\xe9"],
                [b"X-Cr: a\rb"],
            ),
            *(
                [b"X-%d: a" % n for n in range(150)],
                [b"X-Huge: " + b"a" * 70_000],
                [b"Host: evil.example"],
            ),
            *(
                [b"Accept: " + HTML.encode()],
                [b"Expect: 100-continue"],
                [b"Content-Encoding: gzip"],
            ),
            *(
                [b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQ"],
                [b"Upgrade: websocket"],
                [b"Range: bytes=0-1"],
            ),
            *(
                [b"Authorization: Basic \xe9"],
                [b"Cookie: " + reveal(CANARY).encode()],
                [b"Sec-Fetch-Site: cross-site"],
            ),
            *(
                [b"Origin: https://evil.example"],
                [b"Origin: null"],
                [b"Connection: keep-alive, close, \xff"],
            ),
        )
    )
    for line in added:
        draft.headers.insert(random.randint(0, len(draft.headers)), line)


def bare_line_ends(random: Random, draft: Draft) -> None:
    draft.line_end = random.choice((b"\n", b"\r", b"\r\r\n", b"\n\r\n"))
    draft.ends = True
