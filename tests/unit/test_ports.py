import socket

import pytest

from tools.errors import ToolError
from tools.ports import check_port_is_free, port_from_environment


def test_a_default_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    assert port_from_environment("PORT", 8000) == 8000


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "80.5", "²"])
def test_no_port_number_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(ToolError, match=r"^PORT is wrong"):
        port_from_environment("PORT", 8000)


def test_a_taken_port_is_told_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ToolError, match=f"port {port} is taken: .* with AWS_PORT="):
            check_port_is_free("AWS_PORT", port)
    check_port_is_free("AWS_PORT", port)
