"""A stub of DynamoDB and KMS on 127.0.0.1: TLS with keep-alive, and a delay that plays the network.

Run as `python -m tools.bench.stub server.pem`; it prints its port, and ends with its input.
"""

import asyncio
import json
import ssl
import sys
import time
import zlib
from typing import Any

from tools.bench.stub_tables import Reply, Tables

CONTROL = "/stub"
"""Where a POST sets things, and is answered with what was called since the last one."""


class Stub:
    """What all connections share."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.delay = 0.0
        self._calls: list[tuple[str, float, float]] = []
        self._connections = 0

    def connected(self) -> None:
        """Somebody has finished a handshake."""
        self._connections += 1

    def called(self, operation: str, started: float) -> None:
        """A call is being answered now."""
        self._calls.append((operation, started, time.monotonic()))

    def control(self, sent: dict[str, Any]) -> Reply:
        """Tell what was called, forget it, and set what is to be set."""
        told = {"calls": self._calls, "connections": self._connections}
        self._calls, self._connections = [], 0
        self.delay = sent.get("delay", self.delay)
        self.tables.fill(sent.get("users", 0))
        return Reply(200, told)


class Connection(asyncio.Protocol):
    """One connection: requests of HTTP/1.1 one after the other, each with a Content-Length."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport
        self._stub.connected()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        request, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self._handle(request.split(" ")[1], headers, rest[:length])

    def _handle(self, path: str, headers: dict[str, str], body: bytes) -> None:
        if path == CONTROL:
            self._send(self._stub.control(json.loads(body)))
            return
        started = time.monotonic()
        operation = headers["x-amz-target"].rpartition(".")[2]
        reply = self._stub.tables.answer(operation, json.loads(body))

        def answer() -> None:
            self._stub.called(operation, started)
            self._send(reply)

        if self._stub.delay:
            asyncio.get_running_loop().call_later(self._stub.delay, answer)
        else:
            answer()

    def _send(self, reply: Reply) -> None:
        body = json.dumps(reply.body).encode()
        head = (
            f"HTTP/1.1 {reply.status} OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"Content-Length: {len(body)}\r\nx-amz-crc32: {zlib.crc32(body)}\r\n"
            "x-amzn-RequestId: 00000000-0000-0000-0000-000000000000\r\n\r\n"
        )
        self._transport.write(head.encode() + body)


async def serve(certificate: str) -> None:
    """Serve until the input ends."""
    stub = Stub()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(stub), "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
