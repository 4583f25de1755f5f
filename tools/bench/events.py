"""Events as API Gateway hands them to a Lambda."""

from typing import Any
from urllib.parse import urlencode

Event = dict[str, Any]


def post(path: str, **fields: str) -> Event:
    """A form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return _event("POST", path, headers, urlencode(fields))


def get(path: str, token: str) -> Event:
    """A question by somebody who is signed in."""
    return _event("GET", path, {"Authorization": f"Bearer {token}"}, None)


def _event(method: str, path: str, headers: dict[str, str], body: str | None) -> Event:
    headers = {"Host": "api.example.com", "Accept": "*/*", "User-Agent": "bench", **headers}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": method,
            "path": f"/api{path}",
            "requestId": "00000000-0000-0000-0000-000000000000",
            "identity": {"sourceIp": "203.0.113.7"},
        },
        "body": body,
        "isBase64Encoded": False,
    }
