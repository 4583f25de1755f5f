"""An HTTP request that is right, to be made wrong."""

from dataclasses import dataclass, field

from tests.unit.service import FORM


def plain_headers() -> list[bytes]:
    return [b"Host: 127.0.0.1", b"Content-Type: " + FORM.encode(), b"Connection: close"]


@dataclass
class Draft:
    """A request that is right, to be made wrong."""

    target: str
    body: bytes
    method: str = "POST"
    version: str = "HTTP/1.1"
    headers: list[bytes] = field(default_factory=list)
    length: bytes | None = None
    chunks: bytes | None = None
    after: bytes = b""
    line_end: bytes = b"\r\n"
    ends: bool = False

    def head(self) -> bytes:
        start = f"{self.method} {self.target} {self.version}".encode("latin-1")
        framing = [b"Transfer-Encoding: chunked"] if self.chunks is not None else []
        if self.length is not None:
            framing.append(b"Content-Length: " + self.length)
        return self.line_end.join([start, *self.headers, *framing, b"", b""])

    def content(self) -> bytes:
        return self.body if self.chunks is None else self.chunks
