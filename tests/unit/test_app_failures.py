"""When the event or the code itself is not as it should be."""

import json
from typing import Any

import pytest

from chalicelib.answers import COMMON_HEADERS
from tests.secret_guard import leaks, secret
from tests.unit.service import HTML, PASSWORD, Service, gateway_event


@pytest.mark.parametrize("accept", ["*/*", HTML])
def test_the_unforeseen_is_500_and_tells_nothing_from_inside(
    service: Service, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(secret("a message from inside with " + PASSWORD))

    monkeypatch.setattr(service.module.service.accounts._store, "add", fail)
    fields = {"uname": "doryfish", "password": PASSWORD}
    response = service.post("/signup", fields, accept=accept)
    assert response.status_code == 500
    request_id = response.headers["X-Request-Id"]
    assert request_id.encode() in response.body
    assert not leaks(response.body.decode())
    assert b"RuntimeError" not in response.body
    (record,) = service.log()
    assert record["outcome"] == "error"
    assert record["request_id"] == request_id
    assert record["cause"].startswith("RuntimeError < test_app_failures.py:")


def test_a_failing_page_is_500_too(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.module.service.answers, "page", lambda *_: 1 / 0)
    response = service.request("GET", "/login")
    assert response.status_code == 500
    assert response.json_body["status"] == "Error"
    (record,) = service.log()
    assert record["event"] == "login_page"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"headers": {"Content-Type": None}}, id="null content type"),
        pytest.param({"body": "\udc80"}, id="lone surrogate"),
        pytest.param({"body": "aaaaa", "isBase64Encoded": True}, id="not base64"),
    ],
)
def test_an_event_that_api_gateway_never_sends_is_500_in_our_form(
    service: Service, change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    answer = service.module.app(gateway_event("POST", "/login") | change, None)
    assert answer["statusCode"] == 500
    assert json.loads(answer["body"]) == {"status": "Error", "request_id": "gateway-1"}
    assert answer["headers"].items() >= COMMON_HEADERS.items()
    assert [record["outcome"] for record in service.log()] == ["error"]
    assert caplog.text == ""


def test_an_event_without_an_address_is_served(service: Service) -> None:
    event = gateway_event("POST", "/login", identity=None)
    assert service.module.app(event, None)["statusCode"] == 400
    (record,) = service.log()
    assert record["source"] == "unknown"


def test_an_event_that_is_no_request_is_500_in_our_form(service: Service) -> None:
    answer = service.module.app({"requestContext": {}}, None)
    assert answer["statusCode"] == 500
    assert json.loads(answer["body"]) == {"status": "Error", "request_id": "unknown"}
