import json
import socket
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, NoRegionError

from chalicelib import aws_clients
from chalicelib.aws_clients import LONGEST_CALL, failures_as_unavailable, make_client
from chalicelib.deadline import TIME_LIMIT
from chalicelib.errors import Unavailable
from chalicelib.limiters import IN_FLIGHT_SECONDS, PATIENCE
from chalicelib.settings import SettingsError

PROJECT = Path(__file__).parent.parent.parent


def test_a_client_has_explicit_timeouts_and_retries() -> None:
    config = make_client("kms").meta.config
    assert config.connect_timeout == 1
    assert config.read_timeout == 2
    assert config.tcp_keepalive is True
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}


def test_a_log_in_of_slow_calls_ends_before_the_lambda_and_api_gateway_do() -> None:
    config = json.loads((PROJECT / ".chalice" / "config.json").read_text("utf-8"))
    steps = 3 * LONGEST_CALL + PATIENCE
    assert steps < TIME_LIMIT < config["lambda_timeout"] == IN_FLIGHT_SECONDS < 29


def test_an_aws_error_becomes_unavailable_by_its_code() -> None:
    answer: Any = {"Error": {"Code": "DisabledException", "Message": "arn:aws:kms:secret-ish"}}
    with pytest.raises(Unavailable) as caught, failures_as_unavailable("kms Decrypt"):
        raise ClientError(answer, "Decrypt")
    assert caught.value.cause == "kms Decrypt DisabledException"


def test_an_unreachable_aws_becomes_unavailable_by_its_type() -> None:
    with pytest.raises(Unavailable) as caught, failures_as_unavailable("kms Decrypt"):
        raise ConnectTimeoutError(endpoint_url="https://kms.example")
    assert caught.value.cause == "kms Decrypt ConnectTimeoutError"


def test_other_exceptions_pass() -> None:
    with pytest.raises(KeyError), failures_as_unavailable("kms Decrypt"):
        raise KeyError("x")


def test_a_refused_connection_is_tried_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", pauses.append)
    with socket.socket() as taken:  # bound and not listening: refuses
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        client = boto3.client("kms", config=aws_clients._CONFIG, endpoint_url=url)
        with pytest.raises(Unavailable) as caught, failures_as_unavailable("kms ListKeys"):
            client.list_keys()
    assert caught.value.cause == "kms ListKeys EndpointConnectionError"
    assert len(pauses) == 1
    assert sum(pauses) <= aws_clients.LONGEST_BACKOFF


def test_no_region_is_a_settings_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_region(*_: object, **__: object) -> None:
        raise NoRegionError

    monkeypatch.setattr("botocore.session.Session.create_client", no_region)
    with pytest.raises(SettingsError, match=r"^AWS_DEFAULT_REGION[^\n]+$"):
        make_client("kms")
