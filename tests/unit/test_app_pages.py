"""The contract of the pages: what a browser is shown, and where it is led."""

import re

import pytest

from tests.unit.service import HTML, OTHER, PASSWORD, Service
from tests.unit.test_app_sessions import browser, cookie_of


def log_in(service: Service, **more: str) -> tuple[int, str]:
    """Log in as a browser does; the status, and where to it is led."""
    fields = {"uname": "doryfish", "password": PASSWORD, **more}
    response = service.post("/login", fields, **browser())
    cookie_of(response)
    return response.status_code, str(response.headers["Location"])


@pytest.fixture
def cookie(service: Service) -> str:
    service.sign_up()
    fields = {"uname": "doryfish", "password": PASSWORD}
    return cookie_of(service.post("/login", fields, **browser()))


class TestWhatPagesAreDressedWith:
    @pytest.mark.parametrize(
        ("path", "content_type"),
        [
            ("/page.js", "text/javascript; charset=utf-8"),
            ("/style.css", "text/css; charset=utf-8"),
            ("/favicon.svg", "image/svg+xml; charset=utf-8"),
        ],
    )
    def test_it_has_its_type(self, service: Service, path: str, content_type: str) -> None:
        response = service.get(path)
        assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)

    def test_the_policy_lets_nothing_inline_run_and_nothing_from_elsewhere(
        self, service: Service
    ) -> None:
        policy = str(service.get("/login").headers["Content-Security-Policy"])
        directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert directives == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }


class TestTheFormsOfTheAccount:
    @pytest.mark.parametrize("path", ["/password", "/account/delete"])
    def test_they_hold_the_name_for_password_managers(
        self, service: Service, cookie: str, path: str
    ) -> None:
        page = service.get(path, **browser(cookie))
        assert page.status_code == 200
        assert b'name="uname" value="doryfish" autocomplete="username"' in page.body
        assert b"<p>Signed in as doryfish.</p>" in page.body

    @pytest.mark.parametrize(
        ("path", "location"),
        [
            ("/account", "login"),
            ("/password", "login?next=password"),
            ("/account/delete", "../login?next=account/delete"),
        ],
    )
    def test_who_is_not_signed_in_is_led_to_the_log_in(
        self, service: Service, path: str, location: str
    ) -> None:
        page = service.get(path, **browser())
        assert (page.status_code, page.headers["Location"]) == (303, location)

    def test_so_is_whose_session_ends_before_the_form_is_sent(
        self, service: Service, cookie: str
    ) -> None:
        service.post("/logout", {"everywhere": "1"}, **browser(cookie))
        fields = {"current": PASSWORD, "new": OTHER}
        response = service.post("/password", fields, **browser(cookie))
        assert response.status_code == 303
        assert response.headers["Location"] == "login?next=password"

    @pytest.mark.parametrize(
        ("path", "at"), [("/password", b"current"), ("/account/delete", b"password")]
    )
    def test_the_form_comes_back_with_the_name_of_the_session(
        self, service: Service, cookie: str, path: str, at: bytes
    ) -> None:
        passwords = {"current": OTHER, "new": "seven grey pelicans waltz", "password": OTHER}
        page = service.post(path, {"uname": "nemo", **passwords}, **browser(cookie))
        assert page.status_code == 403
        assert b'name="uname" value="doryfish"' in page.body
        assert b"<p>Signed in as doryfish.</p>" in page.body
        assert b'id="%b-error" role="alert">The password is wrong.' % at in page.body


class TestTheWayBack:
    def test_the_log_in_page_keeps_it(self, service: Service) -> None:
        page = service.get("/login?next=password", accept=HTML)
        assert b'name="next" value="password"' in page.body
        assert b"Log in to go on." in page.body

    def test_a_failed_log_in_keeps_it(self, service: Service) -> None:
        fields = {"uname": "doryfish", "password": OTHER, "next": "account/delete"}
        page = service.post("/login", fields, **browser())
        assert page.status_code == 401
        assert b'name="next" value="account/delete"' in page.body

    @pytest.mark.parametrize("next_page", ["password", "account/delete", "account"])
    def test_a_good_one_follows_it(self, service: Service, next_page: str) -> None:
        service.sign_up()
        assert log_in(service, next=next_page) == (303, next_page)

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "",
            "//evil.example",
            "https://evil.example/password",
            "https:evil.example",
            "\\\\evil.example",
            "/password",
            "../password",
            "password?x=1",
            "Password",
            "logout",
            "javascript:alert(1)",
        ],
    )
    def test_it_leads_to_no_other_page(self, service: Service, elsewhere: str) -> None:
        service.sign_up()
        assert log_in(service, next=elsewhere) == (303, "account")
        page = service.request("GET", f"/login?next={elsewhere}", accept=HTML)
        assert b'name="next" value=""' in page.body

    def test_it_cannot_split_a_header(self, service: Service) -> None:
        service.sign_up()
        assert log_in(service, next="password\r\nX-Evil: 1") == (303, "account")


class TestWellKnown:
    def test_password_managers_find_the_form(self, service: Service) -> None:
        response = service.get("/.well-known/change-password", accept=HTML)
        assert (response.status_code, response.headers["Location"]) == (303, "../password")


class TestRefusals:
    def test_too_many_attempts_are_counted_down_from_no_less_than_the_header_says(
        self, service: Service
    ) -> None:
        fields = {"uname": "doryfish", "password": OTHER}
        for _ in range(11):
            page = service.post("/login", fields, **browser())
        assert page.status_code == 429
        assert b"Try again in 10 minutes." in page.body
        found = re.search(r'data-wait="(\d+)"', page.body.decode())
        assert found
        assert int(page.headers["Retry-After"]) <= int(found[1]) <= 600

    def test_after_a_wrong_password_typing_goes_on_there(self, service: Service) -> None:
        fields = {"uname": "doryfish", "password": OTHER}
        page = service.post("/login", fields, **browser()).body.decode()
        assert re.search(r'<input id="password" [^>]* autofocus', page)
        assert 'value="doryfish"' in page

    def test_after_a_sign_up_the_log_in_has_the_name(self, service: Service) -> None:
        fields = {"uname": "DoryFish", "password": PASSWORD}
        page = service.post("/signup", fields, **browser())
        assert page.status_code == 200
        assert b'action="login"' in page.body
        assert b'name="uname" value="doryfish"' in page.body

    @pytest.mark.parametrize(
        "uname", ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "'--><b>x"]
    )
    @pytest.mark.parametrize("path", ["/signup", "/login"])
    def test_a_hostile_name_is_shown_as_it_was_typed(
        self, service: Service, path: str, uname: str
    ) -> None:
        page = service.post(path, {"uname": uname, "password": "x"}, **browser()).body
        assert b"<img src=x" not in page
        assert b"<b>" not in page
        assert page.count(b"<script") == 1
