"""The whole life of an account, by mouse and by keyboard, with and without JavaScript."""

from itertools import count

import pytest
from playwright.sync_api import Browser

from tests.browser.visitor import NARROW, WIDE, Hand, Scheme, Script, Visitor, visitor
from tests.e2e.local_run import OTHER, PASSWORD

names = (f"Marlin{number}" for number in count())


def check(somebody: Visitor) -> None:
    """Whatever page it is, anybody can use it."""
    assert somebody.accessibility() == []
    assert not somebody.is_too_wide()


def sign_up(somebody: Visitor, uname: str) -> None:
    somebody.open("/")
    check(somebody)
    somebody.follow("Sign up")
    check(somebody)
    somebody.type("User name", uname)
    somebody.type("Password", "too short")
    somebody.send("Sign up")
    assert somebody.sees("The password is too short")
    assert somebody.field("User name").input_value() == uname
    check(somebody)
    somebody.type("Password", PASSWORD)
    somebody.send("Sign up")
    assert somebody.sees("Your account is made")
    check(somebody)


def log_in(somebody: Visitor, password: str) -> None:
    somebody.type("Password", password)
    somebody.send("Log in")


def change_password(somebody: Visitor) -> None:
    somebody.follow("Change the password")
    check(somebody)
    somebody.type("Current password", OTHER)
    somebody.type("New password", "seven grey pelicans waltz")
    somebody.send("Change the password")
    assert somebody.sees("The password is wrong.")
    check(somebody)
    somebody.type("Current password", PASSWORD)
    somebody.type("New password", OTHER)
    somebody.send("Change the password")
    assert somebody.sees("Your password is changed.")
    check(somebody)
    somebody.follow("Back to your account")


def delete(somebody: Visitor) -> None:
    somebody.follow("Delete the account")
    check(somebody)
    somebody.type("Password", PASSWORD)
    somebody.send("Delete the account")
    assert somebody.sees("The password is wrong.")
    check(somebody)
    somebody.type("Password", OTHER)
    somebody.send("Delete the account")
    assert somebody.sees("Your account is deleted.")
    check(somebody)


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
@pytest.mark.parametrize("script", ["on", "off", "lost"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_from_sign_up_to_deletion(
    browser: Browser, url: str, hand: Hand, script: Script, size: tuple[int, int]
) -> None:
    uname = next(names)
    scheme: Scheme = "dark" if size == NARROW else "light"
    with visitor(browser, url, hand=hand, script=script, size=size, scheme=scheme) as somebody:
        sign_up(somebody, uname)
        log_in(somebody, OTHER)
        assert somebody.sees("The user name or the password is wrong.")
        check(somebody)
        log_in(somebody, PASSWORD)
        assert somebody.path() == "/account"
        assert somebody.sees(uname.lower())
        check(somebody)
        change_password(somebody)
        for button in ("Log out", "Log out everywhere"):
            somebody.send(button)
            assert somebody.path() == "/login"
            check(somebody)
            somebody.type("User name", uname)
            log_in(somebody, OTHER)
        delete(somebody)
        assert somebody.hosts == {url.removeprefix("http://")}


def test_an_ended_session_leads_to_the_log_in_and_back(browser: Browser, url: str) -> None:
    with visitor(browser, url) as somebody:
        sign_up(somebody, uname := next(names))
        log_in(somebody, PASSWORD)
        somebody.follow("Change the password")
        somebody.page.context.clear_cookies()
        somebody.type("Current password", PASSWORD)
        somebody.type("New password", OTHER)
        somebody.send("Change the password")
        assert somebody.path() == "/login?next=password"
        assert somebody.sees("Log in to go on.")
        somebody.type("User name", uname)
        log_in(somebody, PASSWORD)
        assert somebody.path() == "/password"
