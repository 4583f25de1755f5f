import pytest

from chalicelib import session_token

HOST = "abc123.execute-api.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"authorization": "Bearer T"}, "T", id="header"),
        pytest.param({"authorization": "bearer T"}, "T", id="header in lower case"),
        pytest.param({"authorization": "Basic T"}, None, id="another scheme"),
        pytest.param({"authorization": "T"}, None, id="no scheme"),
        pytest.param({"authorization": ""}, None, id="empty header"),
        pytest.param({"cookie": "__Host-session=T"}, "T", id="cookie"),
        pytest.param({"cookie": "a=b; __Host-session=T; c=d"}, "T", id="cookie among others"),
        pytest.param({"cookie": "a=b;__Host-session=T;c"}, "T", id="cookie without spaces"),
        pytest.param({"cookie": "session=T"}, None, id="a name without the prefix"),
        pytest.param({"cookie": "__host-session=T"}, None, id="a name in other case"),
        pytest.param({"cookie": "x__Host-session=T"}, None, id="a longer name"),
        pytest.param({"cookie": "__Host-session=T; __Host-session=U"}, None, id="two cookies"),
        pytest.param(
            {"cookie": "__Host-session=T", "authorization": "Bearer U"}, "U", id="header first"
        ),
        pytest.param(
            {"cookie": "__Host-session=T", "authorization": "Basic U"}, None, id="and only it"
        ),
    ],
)
def test_a_request_brings_at_most_one_token(headers: dict[str, str], token: str | None) -> None:
    assert session_token.read({"host": HOST} | headers) == token


def test_a_browser_gets_a_cookie_that_only_this_host_and_no_script_sees() -> None:
    assert session_token.cookie("T", HOST, 60) == (
        "__Host-session=T; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60"
    )


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000"]
)
def test_on_the_own_machine_it_works_without_tls(host: str) -> None:
    cookie = session_token.cookie("T", host, 60)
    assert cookie == "kms-login-session=T; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"
    assert session_token.read({"host": host, "cookie": "kms-login-session=T"}) == "T"
    assert session_token.read({"host": host, "cookie": "__Host-session=T"}) is None


@pytest.mark.parametrize(
    "host",
    [HOST, "", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:evil", "x:localhost"],
)
def test_and_nowhere_else(host: str) -> None:
    assert session_token.cookie("T", host, 60).startswith("__Host-session=T; Path=/; Secure;")


def test_it_is_taken_back_by_the_same_name_at_the_same_place() -> None:
    assert session_token.no_cookie(HOST) == (
        "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
    )
