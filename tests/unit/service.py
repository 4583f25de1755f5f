"""The app under test, as Chalice serves it on moto."""

import importlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import Client, HTTPResponse

from tests.secret_guard import leaks, secret

FORM = "application/x-www-form-urlencoded"
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
PASSWORD = secret("kelp forests hum at midnight")
OTHER = secret("purple umbrellas on thursday")


class Service:
    """The app under test, and what came out of it."""

    def __init__(self, module: ModuleType, capsys: pytest.CaptureFixture[str] | None) -> None:
        self.module = module
        self._client = Client(module.app)
        self.capsys = capsys

    @classmethod
    def start(cls, capsys: pytest.CaptureFixture[str] | None = None) -> "Service":
        """The app in a process that has served nothing yet."""
        sys.modules.pop("app", None)
        return cls(importlib.import_module("app"), capsys)

    def settle(self) -> None:
        """Wait for what an answer has left running."""
        wired = self.module.service
        wired.logins._executor.shutdown()
        wired.logins._executor = wired.logins._check_password._executor = ThreadPoolExecutor()

    def stop(self) -> None:
        """Nothing of this process is left running."""
        self.module.service.logins._executor.shutdown()
        sys.modules.pop("app", None)

    def restarted(self) -> "Service":
        """The same app in another process."""
        self.stop()
        return Service.start(self.capsys)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> HTTPResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.http.request(method, path, headers=named, body=body)

    def get(self, path: str, token: str | None = None, **headers: str) -> HTTPResponse:
        return self.request("GET", path, b"", **_bearer(token), **headers)

    def post(
        self, path: str, fields: dict[str, str], token: str | None = None, **headers: str
    ) -> HTTPResponse:
        headers = {"content_type": FORM, **_bearer(token), **headers}
        return self.request("POST", path, urlencode(fields).encode(), **headers)

    def sign_up(self, uname: str = "doryfish", password: str = PASSWORD) -> HTTPResponse:
        return self.post("/signup", {"uname": uname, "password": password})

    def log_in(self, uname: str = "doryfish", password: str = PASSWORD) -> HTTPResponse:
        return self.post("/login", {"uname": uname, "password": password})

    def token(self, uname: str = "doryfish", password: str = PASSWORD) -> str:
        """Log in. Returns the session's token, for which the guard watches from now on."""
        response = self.log_in(uname, password)
        assert response.status_code == 200
        return secret(response.json_body["token"])

    def log(self) -> list[dict[str, Any]]:
        """The records written since the last call."""
        assert self.capsys is not None
        captured = self.capsys.readouterr()
        assert not leaks(captured.out + captured.err)
        assert captured.err == ""
        return [json.loads(line) for line in captured.out.splitlines()]


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"authorization": f"Bearer {token}"}


def gateway_event(method: str, resource: str, **context: str | None) -> dict[str, Any]:
    """What API Gateway hands to the Lambda."""
    return {
        "requestContext": {
            "httpMethod": method,
            "resourcePath": resource,
            "path": f"/api{resource}",
            "identity": {"sourceIp": "203.0.113.7"},
            "requestId": "gateway-1",
            **context,
        },
        "headers": {"Content-Type": FORM},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
    }
