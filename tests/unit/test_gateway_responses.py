import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.answers import COMMON_HEADERS
from tools.gateway_responses import RESPONSES, GatewayResponses

PACKAGED = Path(__file__).parent.parent.parent / ".chalice" / "app.json"
API = {"restApiId": "api-1"}
DEFAULTS = {"responseTemplates": {"application/json": '{"message":$context.error.messageString}'}}


class Script:
    """The answers of one API on scripted answers of API Gateway."""

    def __init__(self, stub: Stubber, responses: GatewayResponses) -> None:
        self.stub = stub
        self.responses = responses

    def there_are(self, responses: dict[str, dict[str, Any]]) -> None:
        items = [{"responseType": kind, **parts} for kind, parts in responses.items()]
        self.stub.add_response("get_gateway_responses", {"items": items}, API)

    def is_put(self, kind: str) -> None:
        request = {**API, "responseType": kind, **RESPONSES[kind]}
        self.stub.add_response("put_gateway_response", {}, request)

    def is_deployed(self) -> None:
        self.stub.add_response("create_deployment", {"id": "deployment-2"}, API)
        moved = {"op": "replace", "path": "/deploymentId", "value": "deployment-2"}
        request = {**API, "stageName": "api", "patchOperations": [moved]}
        self.stub.add_response("update_stage", {}, request)


@pytest.fixture
def script() -> Iterator[Script]:
    client = boto3.client("apigateway")
    with Stubber(client) as stub:
        yield Script(stub, GatewayResponses(client, "api-1", "api"))
        stub.assert_no_pending_responses()


def test_a_new_api_gets_them_all_and_then_shows_them(script: Script) -> None:
    script.there_are({kind: {**DEFAULTS, "defaultResponse": True} for kind in RESPONSES})
    for kind in RESPONSES:
        script.is_put(kind)
    script.is_deployed()
    script.responses.ensure()


def test_what_is_as_wanted_is_left_alone_and_nothing_is_deployed(script: Script) -> None:
    script.there_are({kind: {**RESPONSES[kind], "defaultResponse": False} for kind in RESPONSES})
    script.responses.ensure()


@pytest.mark.parametrize(
    "change",
    [{"statusCode": "403"}, {"responseParameters": {}}, DEFAULTS],
    ids=["status", "headers", "body"],
)
def test_only_what_differs_is_put_again(script: Script, change: dict[str, Any]) -> None:
    script.there_are({**RESPONSES, "THROTTLED": {**RESPONSES["THROTTLED"], **change}})
    script.is_put("THROTTLED")
    script.is_deployed()
    script.responses.ensure()


def test_what_is_on_a_later_page_is_seen(script: Script) -> None:
    items = [{"responseType": kind, **RESPONSES[kind]} for kind in RESPONSES]
    first = {"items": items[:1], "position": "2"}
    script.stub.add_response("get_gateway_responses", first, API)
    second = {**API, "position": "2"}
    script.stub.add_response("get_gateway_responses", {"items": items[1:]}, second)
    script.responses.ensure()


@pytest.mark.parametrize("kind", RESPONSES)
def test_each_has_the_headers_of_our_own_answers(kind: str) -> None:
    headers = RESPONSES[kind]["responseParameters"]
    for name, value in COMMON_HEADERS.items():
        assert headers[f"gatewayresponse.header.{name}"] == f"'{value}'"


@pytest.mark.parametrize("kind", RESPONSES)
def test_each_has_a_body_in_our_form_once_the_message_is_in_it(kind: str) -> None:
    (body,) = RESPONSES[kind]["responseTemplates"].values()
    answer = json.loads(body.replace("$context.error.messageString", '"Too \\"many\\""'))
    assert answer == {"status": "Error", "error": answer["error"]}


def test_only_the_throttle_says_when_to_come_back() -> None:
    name = "gatewayresponse.header.Retry-After"
    said = {kind: r["responseParameters"].get(name) for kind, r in RESPONSES.items()}
    assert {kind: value for kind, value in said.items() if value} == {"THROTTLED": "'1'"}


def test_a_packaged_api_gets_the_same() -> None:
    template = json.loads(PACKAGED.read_text("utf-8"))
    packaged = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    assert {kind: as_put(response) for kind, response in packaged.items()} == RESPONSES


def as_put(sam: dict[str, Any]) -> dict[str, Any]:
    headers = sam["ResponseParameters"]["Headers"]
    status = {"statusCode": sam["StatusCode"]} if "StatusCode" in sam else {}
    return {
        "responseParameters": {f"gatewayresponse.header.{n}": v for n, v in headers.items()},
        "responseTemplates": sam["ResponseTemplates"],
        **status,
    }
