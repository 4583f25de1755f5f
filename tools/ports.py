"""Port numbers from the environment."""

import os
import socket

from tools.errors import ToolError

AWS_PORT = 4566
"""Where the local AWS listens unless told otherwise: the port that LocalStack made customary."""


def port_from_environment(name: str, default: int) -> int:
    """The port number in the variable `name`.

    Raises:
        ToolError: it is no port number.
    """
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ToolError(f"{name} is wrong: it must be a port number from 1 to 65535")
    return int(text)


def check_port_is_free(name: str, port: int) -> None:
    """Raise `ToolError` when nothing can listen on `port` of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise ToolError(
                f"port {port} is not allowed: choose one above 1023 with {name}="
            ) from None
        except OSError:
            raise ToolError(
                f"port {port} is taken: stop what uses it, or choose another with {name}="
            ) from None


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_open(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts connections on `port` of `host`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
