"""The whole life of an account, over HTTP, on the real zip behind a role that is enforced."""

import json
from http.cookies import SimpleCookie

import pytest

from tests.e2e.dev_stage import Dev
from tests.e2e.local_run import OTHER, PASSWORD, ask
from tests.secret_guard import secret

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


class Program:
    """What a website's back end does: JSON, and the token in a header."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str, token: str = "") -> tuple[int, dict[str, str]]:
        return self._ask("GET", path, None, token)

    def post(self, path: str, token: str = "", **fields: str) -> tuple[int, dict[str, str]]:
        return self._ask("POST", path, fields, token)

    def _ask(
        self, method: str, path: str, fields: dict[str, str] | None, token: str
    ) -> tuple[int, dict[str, str]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        status, _, body = ask(method, f"{self._url}{path}", fields, headers)
        answer: dict[str, str] = json.loads(body)
        if "token" in answer:
            secret(answer["token"])
        return status, answer


class Browser:
    """Pages, redirects, and the cookie that it was given."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str, str]:
        return self._ask("GET", path, None)

    def post(self, path: str, **fields: str) -> tuple[int, str, str]:
        return self._ask("POST", path, fields)

    def _ask(self, method: str, path: str, fields: dict[str, str] | None) -> tuple[int, str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Accept": HTML, "Sec-Fetch-Site": "same-origin", "Cookie": cookies}
        status, answered, page = ask(method, f"{self._url}{path}", fields, headers)
        for name, morsel in SimpleCookie(answered.get("Set-Cookie", "")).items():
            self._cookies.pop(name, None)
            if morsel["max-age"] != "0":
                self._cookies[name] = secret(morsel.value)
        return status, answered.get("Location", ""), page


@pytest.fixture
def program(dev: Dev) -> Program:
    return Program(dev.url)


@pytest.fixture
def browser(dev: Dev) -> Browser:
    return Browser(dev.url)


def test_from_sign_up_to_deletion(dev: Dev, program: Program) -> None:
    assert program.post("/signup", uname="Marlin", password=PASSWORD)[0] == 200
    logged_in = [program.post("/login", uname="marlin", password=PASSWORD) for _ in range(2)]
    assert [status for status, _ in logged_in] == [200, 200]
    phone, desk = (answer["token"] for _, answer in logged_in)
    for token in (phone, desk):
        status, who = program.get("/session", token)
        assert (status, who["user"]) == (200, "marlin")

    status, changed = program.post("/password", desk, current=PASSWORD, new=OTHER)
    assert (status, changed["status"]) == (200, "Password Changed")
    assert program.get("/session", phone)[0] == 401
    assert program.get("/session", desk)[0] == 401
    assert program.get("/session", changed["token"])[0] == 200
    assert program.post("/login", uname="marlin", password=PASSWORD)[0] == 401

    assert program.post("/logout", changed["token"])[0] == 200
    assert program.get("/session", changed["token"])[0] == 401
    status, again = program.post("/login", uname="marlin", password=OTHER)
    assert status == 200

    for _ in range(2):
        status, deleted = program.post("/account/delete", again["token"], password=OTHER)
        assert (status, deleted["status"]) == (200, "Account Deleted")
    assert program.get("/session", again["token"])[0] == 401
    assert program.post("/login", uname="marlin", password=OTHER)[0] == 401
    left = dev.cloud.client("dynamodb").scan(TableName=dev.session_table)["Items"]
    assert "marlin" not in json.dumps(left)


def test_the_same_in_a_browser(browser: Browser) -> None:
    status, _, page = browser.post("/signup", uname="coral", password=PASSWORD)
    assert (status, "Your account is made" in page) == (200, True)
    assert browser.get("/account")[:2] == (303, "login")
    assert browser.post("/login", uname="coral", password=PASSWORD)[:2] == (303, "account")
    status, _, page = browser.get("/account")
    assert (status, "<strong>coral</strong>" in page) == (200, True)

    status, _, page = browser.post("/password", current=PASSWORD, new=OTHER)
    assert (status, "Your password is changed." in page) == (200, True)
    assert browser.get("/account")[0] == 200
    assert browser.post("/logout")[:2] == (303, "login")
    assert browser.get("/account")[:2] == (303, "login")

    assert browser.post("/login", uname="coral", password=OTHER)[:2] == (303, "account")
    assert browser.get("/account/delete")[0] == 200
    status, _, page = browser.post("/account/delete", password=OTHER)
    assert (status, "Your account is deleted." in page) == (200, True)
    assert browser.post("/login", uname="coral", password=OTHER)[0] == 401


def test_logging_out_everywhere(program: Program) -> None:
    program.post("/signup", uname="gill", password=PASSWORD)
    tokens = [program.post("/login", uname="gill", password=PASSWORD)[1]["token"] for _ in range(3)]
    assert program.post("/logout", tokens[0], everywhere="1")[0] == 200
    assert [program.get("/session", token)[0] for token in tokens] == [401, 401, 401]
