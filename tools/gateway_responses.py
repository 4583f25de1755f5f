"""What API Gateway answers by itself, before the app is asked: our headers, a body in our form."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.answers import COMMON_HEADERS, JSON_TYPE

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

# Not its own words, which may quote the request: a token sent to a wrong address, for one.
_REFUSED = '{"status":"Error","error":"The request was refused before it reached the service."}'
_NO_ANSWER = '{"status":"Error","error":"The service does not answer."}'
_THROTTLED = '{"status":"Error","error":"Too many requests. Try again in a second."}'
_NOTHING_HERE = (
    '{"status":"Error","error":"There is nothing at this address, or not with this method."}'
)


def _response(body: str, headers: Mapping[str, str] | None = None, **more: str) -> dict[str, Any]:
    texts = {**COMMON_HEADERS, "Content-Type": JSON_TYPE, **(headers or {})}
    # Whatever stands between the outermost quotes is taken as it is.
    values = {name: f"'{text}'" for name, text in texts.items()}
    values["X-Request-Id"] = "context.requestId"
    return {
        "responseParameters": {f"gatewayresponse.header.{n}": v for n, v in values.items()},
        "responseTemplates": {"application/json": body},
        **more,
    }


RESPONSES: Mapping[str, dict[str, Any]] = {
    "DEFAULT_4XX": _response(_REFUSED),
    "DEFAULT_5XX": _response(_NO_ANSWER),
    # What it says of an unknown address or method, with 403.
    "MISSING_AUTHENTICATION_TOKEN": _response(_NOTHING_HERE, statusCode="404"),
    # Of the whole stage: the throttle counts by the second.
    "THROTTLED": _response(_THROTTLED, {"Retry-After": "1"}, statusCode="429"),
}
"""By API Gateway's types of error; those that are not here are like their DEFAULT."""


class GatewayResponses:
    """Sets the answers of one API, and brings them to its stage; what is set is left alone.

    Args:
        client: a boto3 API Gateway client.
        api_id: the REST API.
        stage: the stage of API Gateway.
    """

    def __init__(self, client: "APIGatewayClient", api_id: str, stage: str) -> None:
        self._client = client
        self._api_id = api_id
        self._stage = stage

    def ensure(self) -> None:
        """Put what is missing or different, and deploy it: a stage shows nothing sooner."""
        now = self._now()
        stale = [kind for kind, wanted in RESPONSES.items() if now.get(kind) != wanted]
        for kind in stale:
            request: Any = {"restApiId": self._api_id, "responseType": kind, **RESPONSES[kind]}
            self._client.put_gateway_response(**request)
        if stale:
            self._deploy()

    def _now(self) -> dict[str, dict[str, Any]]:
        parts = ("statusCode", "responseParameters", "responseTemplates")
        pages = self._client.get_paginator("get_gateway_responses").paginate(restApiId=self._api_id)
        found: list[Any] = [response for page in pages for response in page.get("items", [])]
        return {
            response["responseType"]: {part: response[part] for part in parts if part in response}
            for response in found
        }

    def _deploy(self) -> None:
        deployment = self._client.create_deployment(restApiId=self._api_id)
        # Not by `stageName` above, so that no other setting of the stage is touched.
        self._client.update_stage(
            restApiId=self._api_id,
            stageName=self._stage,
            patchOperations=[{"op": "replace", "path": "/deploymentId", "value": deployment["id"]}],
        )
