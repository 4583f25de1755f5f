"""The contract of sessions and of the account: what a caller sees of each route."""

import re
from http.cookies import SimpleCookie

import pytest
from chalice.test import HTTPResponse

from tests.secret_guard import secret
from tests.unit.conftest import Aws
from tests.unit.service import HTML, OTHER, PASSWORD, Service

HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
NOT_SIGNED_IN = "You are not signed in, or not any more."


def browser(cookie: str | None = None) -> dict[str, str]:
    """The headers that a browser sends from a page of the service."""
    headers = {"accept": HTML, "host": HOST, "sec_fetch_site": "same-origin"}
    return headers if cookie is None else headers | {"cookie": cookie}


def cookie_of(response: HTTPResponse) -> str:
    """What a browser sends back of a `Set-Cookie`."""
    pair = str(response.headers["Set-Cookie"]).partition(";")[0]
    secret(pair.partition("=")[2].partition(".")[2])
    return pair


@pytest.fixture
def signed_up(service: Service) -> Service:
    service.sign_up()
    service.log()
    return service


def is_signed_in(service: Service, token: str) -> bool:
    response = service.get("/session", token=token)
    assert response.status_code in (200, 401)
    return bool(response.status_code == 200)


class TestLogIn:
    def test_a_program_gets_a_token(self, signed_up: Service) -> None:
        response = signed_up.log_in()
        body = response.json_body
        secret(body["token"])
        assert response.status_code == 200
        assert body.keys() == {"status", "token", "expires_in"}
        assert (body["status"], body["expires_in"]) == ("Login Success", 12 * 3600)
        assert re.fullmatch(r"[\w-]{22}\.[\w-]{43}", body["token"])
        assert "Set-Cookie" not in response.headers

    def test_a_browser_gets_a_cookie_and_the_account_page(self, signed_up: Service) -> None:
        fields = {"uname": "doryfish", "password": PASSWORD}
        response = signed_up.post("/login", fields, **browser())
        assert (response.status_code, response.headers["Location"]) == (303, "account")
        cookie = SimpleCookie(str(response.headers["Set-Cookie"]))["__Host-session"]
        secret(cookie.value)
        assert (cookie["path"], cookie["samesite"], cookie["domain"]) == ("/", "Lax", "")
        assert cookie["secure"]
        assert cookie["httponly"]
        assert int(cookie["max-age"]) == 30 * 86_400
        assert cookie.value.encode() not in response.body

    def test_two_sessions_live_side_by_side(self, signed_up: Service) -> None:
        first, second = signed_up.token(), signed_up.token()
        assert is_signed_in(signed_up, first)
        assert is_signed_in(signed_up, second)

    def test_a_new_one_ends_the_one_it_replaces(self, signed_up: Service) -> None:
        other, old = signed_up.token(), signed_up.token()
        fields = {"uname": "doryfish", "password": PASSWORD}
        secret(signed_up.post("/login", fields, token=old).json_body["token"])
        assert not is_signed_in(signed_up, old)
        assert is_signed_in(signed_up, other)

    def test_a_failed_one_does_not(self, signed_up: Service) -> None:
        token = signed_up.token()
        fields = {"uname": "doryfish", "password": OTHER}
        assert signed_up.post("/login", fields, token=token).status_code == 401
        assert is_signed_in(signed_up, token)

    def test_a_token_that_somebody_planted_is_never_taken_on(self, signed_up: Service) -> None:
        planted = f"__Host-session={'p' * 22}.{'q' * 43}"
        fields = {"uname": "doryfish", "password": PASSWORD}
        response = signed_up.post("/login", fields, **browser(planted))
        assert cookie_of(response) != planted
        assert signed_up.get("/account", **browser(planted)).status_code == 303


class TestTheSession:
    def test_it_says_who_and_until_when(self, signed_up: Service) -> None:
        response = signed_up.get("/session", token=signed_up.token())
        body = response.json_body
        assert response.status_code == 200
        assert body.keys() == {"status", "user", "since", "expires_in", "ends_in"}
        assert (body["status"], body["user"]) == ("Signed In", "doryfish")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["since"])
        assert 0 < body["expires_in"] <= 12 * 3600 < body["ends_in"] <= 30 * 86_400

    def test_without_one_it_is_401(self, signed_up: Service) -> None:
        response = signed_up.get("/session")
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert response.json_body == {"status": "Not Signed In", "error": NOT_SIGNED_IN}

    def test_a_token_in_the_address_does_not_count(self, signed_up: Service) -> None:
        token = signed_up.token()
        for name in ("token", "session", "access_token", "__Host-session"):
            assert signed_up.get(f"/session?{name}={token}").status_code == 401

    def test_a_token_in_a_form_does_not_count(self, signed_up: Service) -> None:
        fields = {"token": signed_up.token(), "current": PASSWORD, "new": OTHER}
        assert signed_up.post("/password", fields).status_code == 401

    def test_checking_it_is_no_line_in_the_log_unless_it_fails(self, signed_up: Service) -> None:
        token = signed_up.token()
        signed_up.log()
        signed_up.get("/session", token=token)
        assert signed_up.log() == []
        signed_up.get("/session")
        assert [record["outcome"] for record in signed_up.log()] == ["not_signed_in"]

    def test_a_browser_sees_who_and_since_when(self, signed_up: Service) -> None:
        fields = {"uname": "doryfish", "password": PASSWORD}
        cookie = cookie_of(signed_up.post("/login", fields, **browser()))
        page = signed_up.get("/account", **browser(cookie))
        assert page.status_code == 200
        assert b"<strong>doryfish</strong>" in page.body

    def test_a_browser_without_one_is_led_to_the_log_in(self, signed_up: Service) -> None:
        page = signed_up.get("/account", **browser())
        assert (page.status_code, page.headers["Location"]) == (303, "login")


class TestLogOut:
    def test_it_ends_the_session_and_no_other(self, signed_up: Service, aws: Aws) -> None:
        token, other = signed_up.token(), signed_up.token()
        response = signed_up.post("/logout", {}, token=token)
        assert (response.status_code, response.body) == (200, b'{"status":"Logged Out"}')
        assert not is_signed_in(signed_up, token)
        assert is_signed_in(signed_up, other)
        assert len(aws.sessions()) == 1

    def test_it_needs_no_form(self, signed_up: Service) -> None:
        token = signed_up.token()
        headers = {"authorization": f"Bearer {token}"}
        assert signed_up.request("POST", "/logout", b"", **headers).status_code == 200
        assert not is_signed_in(signed_up, token)

    def test_doing_it_again_is_no_error(self, signed_up: Service) -> None:
        token = signed_up.token()
        for _ in range(2):
            assert signed_up.post("/logout", {}, token=token).status_code == 200
        assert signed_up.post("/logout", {}).status_code == 200

    def test_a_damaged_session_can_be_ended_too(self, signed_up: Service, aws: Aws) -> None:
        token = signed_up.token()
        (row,) = aws.sessions()
        row.pop("ends_at")
        aws.dynamodb.put_item(TableName=aws.session_table, Item=row)
        assert signed_up.get("/session", token=token).status_code == 503
        assert signed_up.post("/logout", {}, token=token).status_code == 200
        assert signed_up.get("/session", token=token).status_code == 401

    def test_everywhere_ends_all_of_the_user_and_nobody_elses(
        self, signed_up: Service, aws: Aws
    ) -> None:
        signed_up.sign_up("nemo", OTHER)
        tokens = [signed_up.token() for _ in range(3)]
        nemos = signed_up.token("nemo", OTHER)
        response = signed_up.post("/logout", {"everywhere": "1"}, token=tokens[0])
        assert response.status_code == 200
        assert not any(is_signed_in(signed_up, token) for token in tokens)
        assert is_signed_in(signed_up, nemos)
        assert len(aws.sessions()) == 1

    def test_everywhere_without_a_session_is_401(self, signed_up: Service) -> None:
        token = signed_up.token()
        assert signed_up.post("/logout", {"everywhere": "1"}).status_code == 401
        assert is_signed_in(signed_up, token)

    def test_everywhere_without_a_session_leads_a_browser_to_the_log_in_and_says_so(
        self, signed_up: Service
    ) -> None:
        response = signed_up.post("/logout", {"everywhere": "1"}, accept=HTML)
        assert (response.status_code, response.headers["Location"]) == (303, "login?next=account")
        page = signed_up.get("/login?next=account", accept=HTML)
        assert b"Log in to go on." in page.body

    @pytest.mark.parametrize("value", ["2", "yes", "true", "1 "])
    def test_an_unknown_everywhere_is_refused_and_ends_nothing(
        self, signed_up: Service, value: str
    ) -> None:
        token = signed_up.token()
        assert signed_up.post("/logout", {"everywhere": value}, token=token).status_code == 400
        assert is_signed_in(signed_up, token)

    def test_a_browser_loses_its_cookie_and_sees_the_log_in(self, signed_up: Service) -> None:
        fields = {"uname": "doryfish", "password": PASSWORD}
        cookie = cookie_of(signed_up.post("/login", fields, **browser()))
        response = signed_up.post("/logout", {}, **browser(cookie))
        assert (response.status_code, response.headers["Location"]) == (303, "login")
        assert str(response.headers["Set-Cookie"]).startswith("__Host-session=; ")
        assert "Max-Age=0" in str(response.headers["Set-Cookie"])
        assert signed_up.get("/account", **browser(cookie)).status_code == 303


class TestOtherSites:
    @pytest.mark.parametrize("path", ["/logout", "/password", "/account/delete"])
    @pytest.mark.parametrize(
        "headers",
        [
            {"sec_fetch_site": "cross-site", "origin": "https://evil.example"},
            {"sec_fetch_site": "same-site"},
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"referer": "https://evil.example/page"},
        ],
    )
    def test_a_post_with_the_cookie_from_elsewhere_is_refused(
        self, signed_up: Service, path: str, headers: dict[str, str]
    ) -> None:
        fields = {"uname": "doryfish", "password": PASSWORD}
        cookie = cookie_of(signed_up.post("/login", fields, **browser()))
        forged = {"everywhere": "1", "current": PASSWORD, "new": OTHER, "password": PASSWORD}
        sent = {"accept": HTML, "host": HOST, "cookie": cookie} | headers
        assert signed_up.post(path, forged, **sent).status_code == 403
        assert signed_up.get("/account", **browser(cookie)).status_code == 200
        assert signed_up.log_in(password=PASSWORD).status_code == 200
