"""A stub of DynamoDB and KMS on 127.0.0.1: TLS with keep-alive, and a delay that plays the network.

Run as `python -m tools.bench.stub server.pem`; it prints its port, and ends with its input.
"""

import json
import socket
import socketserver
import ssl
import sys
import threading
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
        told = {
            "calls": self._calls,
            "connections": self._connections,
            "sizes": self.tables.sizes() if sent.get("sizes") else {},
        }
        self._calls, self._connections = [], 0
        self.delay = sent.get("delay", self.delay)
        self.tables.fill(sent.get("users", 0))
        return Reply(200, told)


class Server(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1, and has a thread for each connection."""

    daemon_threads = True

    def __init__(self, stub: Stub, certificate: str) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.stub = stub
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(certificate)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The handshake is made by the connection's own thread.
        wrapped = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handler that ends, or does not trust us, is no error."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Connection(socketserver.StreamRequestHandler):
    """One connection: requests of HTTP/1.1 one after the other, each with a Content-Length."""

    server: Server

    def handle(self) -> None:
        """Answer until the other side hangs up."""
        self.server.stub.connected()
        while request := self.rfile.readline():
            lines = iter(self.rfile.readline, b"\r\n")
            pairs = (line.decode("latin-1").partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = self.rfile.read(int(headers["content-length"]))
            self.wfile.write(self._answer(request.split()[1].decode(), headers, json.loads(body)))

    def _answer(self, path: str, headers: dict[str, str], sent: dict[str, Any]) -> bytes:
        stub = self.server.stub
        if path == CONTROL:
            return _reply(stub.control(sent))
        started = time.monotonic()
        operation = headers["x-amz-target"].rpartition(".")[2]
        reply = _reply(stub.tables.answer(operation, sent))
        if stub.delay:
            time.sleep(stub.delay)
        stub.called(operation, started)
        return reply


def _reply(reply: Reply) -> bytes:
    body = json.dumps(reply.body).encode()
    head = (
        f"HTTP/1.1 {reply.status} OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"Content-Length: {len(body)}\r\nx-amz-crc32: {zlib.crc32(body)}\r\n"
        "x-amzn-RequestId: 00000000-0000-0000-0000-000000000000\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    """Serve until the input ends."""
    with Server(Stub(), sys.argv[1]) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
