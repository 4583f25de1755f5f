"""The contract: what a caller sees of every route."""

import base64
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from chalice.test import HTTPResponse

from chalicelib.answers import COMMON_HEADERS
from tests.secret_guard import secret
from tests.unit.service import FORM, HTML, OTHER, PASSWORD, Service, gateway_event


def seen(response: HTTPResponse) -> tuple[int, str, dict[str, str]]:
    """All that a caller sees but the id of the request."""
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-Id"}
    return response.status_code, response.body.decode(), headers


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
        assert response.status_code == 200
        body = response.json_body
        assert body.keys() == {"status", "token", "expires_in"}
        assert body["status"] == "Login Success"
        assert service.get("/session", body["token"]).json_body["user"] == "doryfish"

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

    def test_too_many_attempts(self, service: Service) -> None:
        service.sign_up()
        for _ in range(10):
            assert service.log_in(password=OTHER).status_code == 401
        response = service.log_in()
        assert response.status_code == 429
        assert response.json_body["status"] == "Login Failed"
        assert 590 < int(response.headers["Retry-After"]) <= 600

    @pytest.mark.parametrize("accept", ["*/*", HTML])
    def test_too_many_on_an_unknown_name_are_answered_alike(
        self, service: Service, accept: str
    ) -> None:
        service.sign_up("doryfish")
        both = []
        for uname in ("doryfish", "nobodyhr"):
            fields = {"uname": uname, "password": OTHER}
            answers = [service.post("/login", fields, accept=accept) for _ in range(11)]
            status, body, headers = seen(answers[-1])
            assert 590 < int(headers.pop("Retry-After")) <= 600
            both.append((status, body.replace(uname, "doryfish"), headers))
        assert both[0] == both[1]

    def test_too_many_sign_ups_from_one_source(self, service: Service) -> None:
        for number in range(20):
            assert service.sign_up(f"dory{number}").status_code == 200
        response = service.sign_up("nemo")
        assert response.status_code == 429
        assert response.json_body["status"] == "Signup Failed"
        assert 3500 < int(response.headers["Retry-After"]) <= 3601
        forged = service.post(
            "/signup", {"uname": "nemo", "password": PASSWORD}, x_forwarded_for="198.51.100.1"
        )
        assert forged.status_code == 429

    @pytest.mark.parametrize("path", ["/signup", "/login"])
    @pytest.mark.parametrize("accept", ["*/*", HTML])
    def test_a_form_from_another_site(self, service: Service, path: str, accept: str) -> None:
        service.sign_up()
        fields = {"uname": "doryfish" if path == "/login" else "nemo", "password": PASSWORD}
        response = service.post(path, fields, accept=accept, sec_fetch_site="cross-site")
        assert response.status_code == 403
        assert b"sent from another site" in response.body
        assert service.log_in("nemo").status_code == 401

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
            ("/account", "/api/account/", "../account"),
            ("/account/delete", "/api/account/delete/", "../delete"),
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
        response = service.post("/login", fields, accept=HTML)
        assert (response.status_code, response.headers["Location"]) == (303, "account")
        cookie = response.headers["Set-Cookie"].partition(";")[0]
        page = service.get("/account", accept=HTML, cookie=cookie)
        assert page.status_code == 200
        assert b"doryfish" in page.body

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
    def test_a_wrong_method_reads_like_the_rest(self, service: Service, method: str) -> None:
        response = service.request(method, "/signup")
        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, POST"
        assert response.json_body["status"] == "Error"


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
        for path in ("/", "/signup", "/login", "/password", "/page.js", "/style.css"):
            yield service.get(path)
        token = service.token()
        new = {"current": PASSWORD, "new": OTHER}
        for accept in ("*/*", HTML):
            for bearer in (None, token):
                yield service.get("/session", bearer, accept=accept)
                yield service.get("/account", bearer, accept=accept)
            yield service.post("/password", {"current": OTHER}, token, accept=accept)
            yield service.post("/logout", {"everywhere": "?"}, token, accept=accept)
            yield service.post("/account/delete", {"password": OTHER}, token, accept=accept)
        yield service.post("/login", {"uname": "doryfish", "password": PASSWORD}, accept=HTML)
        changed = service.post("/password", new, token)
        yield changed
        token = secret(changed.json_body["token"])
        yield service.post("/logout", {}, token)
        token = service.token(password=OTHER)
        yield service.post("/account/delete", {"password": OTHER}, token, accept=HTML)

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
