"""Addresses that do not answer, for real: no part of botocore is replaced."""

import socket
import time
from collections.abc import Iterator

import pytest

from chalicelib.deadline import TIME_LIMIT
from tests.unit.conftest import Aws
from tests.unit.service import PASSWORD, Service


@pytest.fixture
def closed_port() -> Iterator[socket.socket]:
    """Taken, so that nobody else listens there, and refusing until it listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken


@pytest.fixture
def cut_off(
    aws: Aws,  # noqa: ARG001
    closed_port: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Service]:
    host, port = closed_port.getsockname()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    service = Service.start(capsys)
    yield service
    service.stop()


@pytest.mark.parametrize(
    ("path", "call"), [("/signup", "dynamodb UpdateItem"), ("/login", "kms Encrypt")]
)
def test_a_refused_connection_is_503(cut_off: Service, path: str, call: str) -> None:
    response = cut_off.post(path, {"uname": "nemo", "password": PASSWORD})
    assert response.status_code == 503
    (record,) = cut_off.log()
    assert record["cause"] == f"{call} EndpointConnectionError"


def test_silence_is_503_before_the_function_is_ended(
    cut_off: Service, closed_port: socket.socket
) -> None:
    closed_port.listen()  # connects, and never answers
    started = time.monotonic()
    response = cut_off.post("/signup", {"uname": "nemo", "password": PASSWORD})
    assert time.monotonic() - started < TIME_LIMIT
    assert response.status_code == 503
    (record,) = cut_off.log()
    assert record["cause"] == "dynamodb UpdateItem ReadTimeoutError"
