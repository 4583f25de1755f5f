"""The app as Chalice serves it, on moto: what a caller sees of every route."""

import base64
import importlib
import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.answers import COMMON_HEADERS
from chalicelib.errors import Unavailable
from tests.secret_guard import leaks, secret
from tests.unit.conftest import Aws

FORM = "application/x-www-form-urlencoded"
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
PASSWORD = secret("kelp forests hum at midnight")
OTHER = secret("purple umbrellas on thursday")


class Service:
    """The app under test, and what came out of it."""

    def __init__(self, module: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
        self.module = module
        self._client = Client(module.app)
        self._capsys = capsys

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> HTTPResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.http.request(method, path, headers=named, body=body)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> HTTPResponse:
        headers = {"content_type": FORM} | headers
        return self.request("POST", path, urlencode(fields).encode(), **headers)

    def sign_up(self, uname: str = "doryfish", password: str = PASSWORD) -> HTTPResponse:
        return self.post("/signup", {"uname": uname, "password": password})

    def log_in(self, uname: str = "doryfish", password: str = PASSWORD) -> HTTPResponse:
        return self.post("/login", {"uname": uname, "password": password})

    def log(self) -> list[dict[str, Any]]:
        """The records written since the last call."""
        captured = self._capsys.readouterr()
        assert not leaks(captured.out + captured.err)
        assert captured.err == ""
        return [json.loads(line) for line in captured.out.splitlines()]


@pytest.fixture
def service(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Service]:
    monkeypatch.setenv("USER_TABLE", aws.table)
    monkeypatch.setenv("KEY_ID", aws.key_arn)
    sys.modules.pop("app", None)
    yield Service(importlib.import_module("app"), capsys)
    sys.modules.pop("app", None)


def seen(response: HTTPResponse) -> tuple[int, str, dict[str, str]]:
    """All that a caller sees but the id of the request."""
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-Id"}
    return response.status_code, response.body.decode(), headers


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


class TestTheContract:
    def test_a_good_sign_up(self, service: Service) -> None:
        response = service.sign_up()
        assert (response.status_code, response.body) == (200, b'{"status":"Signup Success"}')

    def test_a_taken_name(self, service: Service) -> None:
        service.sign_up()
        response = service.sign_up(uname="DoryFish", password=OTHER)
        assert response.status_code == 409
        assert response.json_body["status"] == "Signup Failed"
        assert response.json_body["error"]

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            pytest.param({"uname": "", "password": PASSWORD}, "uname", id="no name"),
            pytest.param({"uname": "dory fish", "password": PASSWORD}, "uname", id="bad name"),
            pytest.param({"uname": "doryfish"}, "password", id="no password"),
        ],
    )
    @pytest.mark.parametrize(
        ("path", "status"), [("/signup", "Signup Failed"), ("/login", "Login Failed")]
    )
    def test_refused_input(
        self, service: Service, path: str, status: str, fields: dict[str, str], field: str
    ) -> None:
        response = service.post(path, fields)
        assert response.status_code == 400
        assert response.json_body["status"] == status
        assert response.json_body["field"] == field

    def test_a_weak_password(self, service: Service) -> None:
        response = service.sign_up(password="doryfishdoryfish")
        assert response.status_code == 400
        assert response.json_body["field"] == "password"
        assert response.json_body["suggestions"]

    def test_a_good_log_in(self, service: Service) -> None:
        service.sign_up()
        response = service.log_in(uname="DoryFish")
        assert (response.status_code, response.body) == (200, b'{"status":"Login Success"}')

    def test_a_wrong_password(self, service: Service) -> None:
        service.sign_up()
        response = service.log_in(password=OTHER)
        assert (response.status_code, response.body) == (401, b'{"status":"Login Failed"}')

    @pytest.mark.parametrize("accept", ["*/*", HTML])
    def test_an_unknown_user_is_answered_as_a_wrong_password(
        self, service: Service, accept: str
    ) -> None:
        service.sign_up()
        fields = {"uname": "doryfish", "password": OTHER}
        wrong = seen(service.post("/login", fields, accept=accept))
        fields["uname"] = "nobodyhr"  # as long as the other, since the page keeps it
        status, body, headers = seen(service.post("/login", fields, accept=accept))
        assert (status, body.replace("nobodyhr", "doryfish"), headers) == wrong

    @pytest.mark.parametrize(
        "content_type",
        ["application/json", "text/plain", f"text/plain;{FORM}", "*/*", "multipart/form-data"],
    )
    def test_not_a_form(self, service: Service, content_type: str) -> None:
        response = service.request("POST", "/signup", b"{}", content_type=content_type)
        assert response.status_code == 415
        assert response.json_body["status"] == "Signup Failed"
        assert content_type not in response.json_body["error"]

    def test_no_content_type_is_not_a_form_either(self, service: Service) -> None:
        assert service.request("POST", "/login", b"uname=a&password=b").status_code == 415

    def test_a_large_body(self, service: Service) -> None:
        response = service.request("POST", "/signup", b"a" * 8193, content_type=FORM)
        assert response.status_code == 413
        assert response.json_body["status"] == "Signup Failed"

    def test_a_body_that_api_gateway_hands_over_as_base64(self, service: Service) -> None:
        fields = urlencode({"uname": "doryfish", "password": PASSWORD}).encode()
        event = gateway_event("POST", "/signup") | {
            "body": base64.b64encode(fields).decode(),
            "isBase64Encoded": True,
        }
        answer = service.module.app(event, None)
        assert answer["statusCode"] == 200
        assert answer["headers"]["X-Request-Id"] == "gateway-1"
        (record,) = service.log()
        assert (record["request_id"], record["source"]) == ("gateway-1", "203.0.113.7")

    @pytest.mark.parametrize("path", ["/", "/signup", "/login"])
    def test_the_pages(self, service: Service, path: str) -> None:
        response = service.request("GET", path)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert b"kms-login" in response.body

    @pytest.mark.parametrize(
        ("resource", "path", "location"),
        [
            ("/login", "/login/", "../login"),
            ("/login", "/api/login/", "../login"),
            ("/signup", "/api/signup/", "../signup"),
            ("/", "/api", "api/"),
        ],
    )
    def test_a_page_is_shown_where_its_relative_links_lead_right(
        self, service: Service, resource: str, path: str, location: str
    ) -> None:
        event = gateway_event("GET", resource, path=path)
        answer = service.module.app(event, None)
        assert (answer["statusCode"], answer["headers"]["Location"]) == (308, location)

    @pytest.mark.parametrize(
        ("resource", "path"), [("/login", "/api/login"), ("/", "/api/"), ("/", "/"), ("/", "")]
    )
    def test_and_only_there(self, service: Service, resource: str, path: str) -> None:
        answer = service.module.app(gateway_event("GET", resource, path=path), None)
        assert answer["statusCode"] == 200

    def test_the_stylesheet(self, service: Service) -> None:
        response = service.request("GET", "/style.css")
        assert response.headers["Content-Type"] == "text/css; charset=utf-8"

    def test_a_browser_is_shown_the_form_again(self, service: Service) -> None:
        fields = {"uname": "DoryFish", "password": "short"}
        response = service.post("/signup", fields, accept=HTML)
        assert response.status_code == 400
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert b'value="DoryFish"' in response.body
        assert b"short" not in response.body.replace(b"too short", b"")

    def test_a_browser_is_told_of_success_on_a_page(self, service: Service) -> None:
        fields = {"uname": "doryfish", "password": PASSWORD}
        assert b"Signup Success" in service.post("/signup", fields, accept=HTML).body
        assert b"Login Success" in service.post("/login", fields, accept=HTML).body

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
    def test_a_wrong_method_reads_like_the_rest(self, service: Service, method: str) -> None:
        response = service.request(method, "/signup")
        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, POST"
        assert response.json_body["status"] == "Error"


class TestFailures:
    @pytest.mark.parametrize("path", ["/signup", "/login"])
    @pytest.mark.parametrize("accept", ["*/*", HTML])
    def test_a_missing_table_is_503(
        self, service: Service, aws: Aws, path: str, accept: str
    ) -> None:
        aws.dynamodb.delete_table(TableName=aws.table)
        fields = {"uname": "doryfish", "password": PASSWORD}
        response = service.post(path, fields, accept=accept)
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert b"Table" not in response.body
        (record,) = service.log()
        assert record["outcome"] == "unavailable"
        assert record["level"] == "error"
        assert record["cause"].endswith("ResourceNotFoundException")

    def test_a_damaged_row_is_503(self, service: Service, aws: Aws) -> None:
        aws.dynamodb.put_item(TableName=aws.table, Item={"userid": {"S": "doryfish"}})
        assert service.log_in().status_code == 503

    @pytest.mark.parametrize("accept", ["*/*", HTML])
    def test_the_unforeseen_is_500_and_tells_nothing_from_inside(
        self, service: Service, monkeypatch: pytest.MonkeyPatch, accept: str
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError(secret("a message from inside with " + PASSWORD))

        monkeypatch.setattr(service.module.accounts._store, "add", fail)
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
        assert record["cause"].startswith("RuntimeError < test_app.py:")

    def test_a_failing_page_is_500_too(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service.module.answers, "page", lambda _: 1 / 0)
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
        self, service: Service, change: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = service.module.app(gateway_event("POST", "/login") | change, None)
        assert answer["statusCode"] == 500
        assert json.loads(answer["body"]) == {"status": "Error", "request_id": "gateway-1"}
        assert answer["headers"].items() >= COMMON_HEADERS.items()
        assert [record["outcome"] for record in service.log()] == ["error"]
        assert caplog.text == ""

    def test_an_event_without_an_address_is_served(self, service: Service) -> None:
        event = gateway_event("POST", "/login", identity=None)
        assert service.module.app(event, None)["statusCode"] == 400
        (record,) = service.log()
        assert record["source"] == "unknown"

    def test_an_event_that_is_no_request_is_500_in_our_form(self, service: Service) -> None:
        answer = service.module.app({"requestContext": {}}, None)
        assert answer["statusCode"] == 500
        assert json.loads(answer["body"]) == {"status": "Error", "request_id": "unknown"}


class TestEveryAnswer:
    def answers(self, service: Service) -> Iterator[HTTPResponse]:
        yield service.sign_up()
        yield service.sign_up()
        yield service.sign_up(password="short")
        yield service.log_in()
        yield service.log_in(password=OTHER)
        yield service.post("/login", {"uname": "a"}, accept=HTML)
        yield service.request("POST", "/login", b"{}", content_type="application/json")
        yield service.request("POST", "/login", b"a" * 9000, content_type=FORM)
        yield service.request("DELETE", "/login")
        for path in ("/", "/signup", "/login", "/style.css"):
            yield service.request("GET", path)

    def test_it_has_the_security_headers_and_no_cache_keeps_it(self, service: Service) -> None:
        for response in self.answers(service):
            assert response.headers.items() >= COMMON_HEADERS.items()
            assert response.headers["Content-Type"].endswith("charset=utf-8")

    def test_it_has_a_request_id_of_its_own(self, service: Service) -> None:
        ids = [response.headers["X-Request-Id"] for response in self.answers(service)]
        assert len(set(ids)) == len(ids)

    def test_no_header_can_be_split(self, service: Service) -> None:
        for response in self.answers(service):
            for name, value in response.headers.items():
                assert (name + value).isprintable()


class TestTheLog:
    def test_each_attempt_is_one_record(self, service: Service) -> None:
        service.sign_up()
        service.sign_up()
        service.log_in()
        service.log_in(password=OTHER)
        service.log_in(uname="nobody")
        service.log_in(uname="no body")
        outcomes = [(record["event"], record["outcome"]) for record in service.log()]
        assert outcomes == [
            ("signup", "success"),
            ("signup", "username_taken"),
            ("login", "success"),
            ("login", "wrong_credentials"),
            ("login", "wrong_credentials"),
            ("login", "refused_input"),
        ]

    def test_a_record_leads_from_the_answer_to_the_user_without_naming_them(
        self, service: Service
    ) -> None:
        response = service.sign_up()
        (record,) = service.log()
        assert record["request_id"] == response.headers["X-Request-Id"]
        assert record["source"] == "127.0.0.1"
        assert len(record["user"]) == 64
        assert "doryfish" not in json.dumps(record)

    def test_a_forged_address_is_not_believed(self, service: Service) -> None:
        fields = {"uname": "doryfish", "password": PASSWORD}
        service.post("/login", fields, x_forwarded_for="198.51.100.9", forwarded="for=198.51.100.9")
        (record,) = service.log()
        assert record["source"] == "127.0.0.1"

    def test_pages_are_no_attempts(self, service: Service) -> None:
        service.request("GET", "/login")
        assert service.log() == []

    def test_a_postponed_rehash_says_why(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise Unavailable("dynamodb UpdateItem AccessDeniedException")

        service.sign_up()
        service.log()
        monkeypatch.setattr(service.module.accounts._hasher, "needs_rehash", lambda _: True)
        monkeypatch.setattr(service.module.accounts._store, "replace", fail)
        assert service.log_in().status_code == 200
        (record,) = service.log()
        assert (record["outcome"], record["rehash"]) == ("success", "postponed")
        assert record["cause"] == "dynamodb UpdateItem AccessDeniedException"


class TestTheTutorialsMistakes:
    def test_sign_up_over_an_existing_user_leaves_the_old_password_working(
        self, service: Service, aws: Aws
    ) -> None:
        service.sign_up()
        before = aws.row("doryfish")
        assert service.sign_up(password=OTHER).status_code == 409
        assert aws.row("doryfish") == before
        assert service.log_in().status_code == 200
        assert service.log_in(password=OTHER).status_code == 401

    def test_a_ciphertext_copied_onto_another_row_does_not_log_in(
        self, service: Service, aws: Aws
    ) -> None:
        service.sign_up("doryfish", PASSWORD)
        service.sign_up("nemo", OTHER)
        stolen = aws.row("doryfish") | {"userid": {"S": "nemo"}}
        aws.dynamodb.put_item(TableName=aws.table, Item=stolen)
        assert service.log_in("nemo", PASSWORD).status_code == 503
        assert service.log_in("nemo", OTHER).status_code == 503

    def test_whoever_may_decrypt_finds_a_hash_and_no_password(
        self, service: Service, aws: Aws
    ) -> None:
        service.sign_up()
        row = aws.row("doryfish")
        assert row.keys() == {"userid", "password", "created_at", "changed_at"}
        context = {"userid_sha256": service.log()[0]["user"]}
        opened = aws.kms.decrypt(
            CiphertextBlob=base64.b64decode(row["password"]["S"]), EncryptionContext=context
        )["Plaintext"].decode()
        assert opened.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert PASSWORD not in opened

    def test_an_unknown_user_is_no_server_error(self, service: Service) -> None:
        assert service.log_in("nobody").status_code == 401

    def test_a_refused_request_changes_nothing(self, service: Service, aws: Aws) -> None:
        service.sign_up(password="short")
        service.sign_up(uname="dory fish")
        service.request("POST", "/signup", b"uname=a&uname=b&password=c", content_type=FORM)
        service.log_in("nobody")
        assert aws.row_count() == 0

    def test_the_body_is_not_logged_by_anyone(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level("INFO"):
            service.sign_up()
            service.log_in(password=OTHER)
        assert not leaks(caplog.text)
        service.log()
