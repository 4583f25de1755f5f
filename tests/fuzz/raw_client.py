"""Sends bytes over a connection of its own and reads whatever comes back, to its end."""

import io
import select
import socket
import time
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import Any

from tests.fuzz.contract import Seen
from tests.fuzz.wire import Wire

PATIENCE = 15.0
"""Seconds. A server that has not closed by then is counted as one that hangs."""
GRACE = 1.0
"""Seconds after which a server that may be waiting for more is told that nothing comes."""


class _Bytes(io.BytesIO):
    """As `http.client` wants its socket; several answers can be read from it."""

    def makefile(self, *_: object) -> "_Bytes":
        return self

    def close(self) -> None:
        pass


def exchange(port: int, wire: Wire) -> list[Seen] | None:
    """The answers to `wire`, as far as they are HTTP; None when the server hangs."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        # The server may have said no and gone before all was sent.
        with suppress(ConnectionError):
            for piece in wire.pieces:
                connection.sendall(piece)
                time.sleep(0.002)
            if wire.hurries:
                return []
        received = _read_all(connection, wire.ends)
    return None if received is None else list(_answers(received))


def _read_all(connection: socket.socket, ends: bool) -> bytes | None:
    """All that comes until the server closes; None when it does not."""
    received = bytearray()
    still_sending = True
    while True:
        if still_sending and (ends or received) and not _has_come(connection, GRACE):
            # It may be waiting for the rest, or for another request.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            still_sending = False
        try:
            some = connection.recv(65_536)
        except ConnectionError:
            break
        except TimeoutError:
            return None
        if not some:
            break
        received += some
    return bytes(received)


def _has_come(connection: socket.socket, seconds: float) -> bool:
    return bool(select.select([connection], [], [], seconds)[0])


def _answers(received: bytes) -> list[Seen]:
    stream: Any = _Bytes(received)
    answers = []
    while stream.tell() < len(received):
        # Not told of HEAD: `chalice local` answers that with a body, too.
        response = HTTPResponse(stream)
        try:
            response.begin()
            body = response.read().decode("utf-8", errors="replace")
        except (HTTPException, ValueError):
            # HTTP/0.9 or HTTP/2: not the app's words.
            break
        headers = {name.title(): value for name, value in response.getheaders()}
        answers.append(Seen(response.status, headers, body))
    return answers
