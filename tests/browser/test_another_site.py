"""The forms on another site: they work from one that is allowed, and from no other."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import SERVICE_NAME
from tests.browser.other_site import OtherSite
from tests.browser.visitor import Visitor, visitor
from tests.e2e.local_run import PASSWORD
from tools.forms import write_forms
from tools.service_settings import check_settings


def write(url: str, folder: Path) -> None:
    write_forms(url, check_settings({"SERVICE_NAME": SERVICE_NAME}), folder)


def sign_up(somebody: Visitor, uname: str) -> None:
    somebody.type("User name", uname)
    somebody.type("Password", PASSWORD)
    somebody.send("Sign up")


def log_in(somebody: Visitor, uname: str) -> None:
    somebody.type("User name", uname)
    somebody.type("Password", PASSWORD)
    somebody.send("Log in")


def test_a_site_that_is_allowed_signs_up_and_in(
    browser: Browser, url: str, friend: OtherSite
) -> None:
    write(url, friend.folder)
    with visitor(browser, url) as somebody:
        somebody.page.goto(f"{friend.origin}/signup.html")
        assert somebody.accessibility() == []
        sign_up(somebody, "bruce")
        assert somebody.sees("Your account is made")
        somebody.page.goto(f"{friend.origin}/login.html")
        log_in(somebody, "bruce")
        assert somebody.path() == "/account"
        assert somebody.sees("bruce")


def test_what_is_refused_there_is_said_on_the_services_own_page(
    browser: Browser, url: str, friend: OtherSite
) -> None:
    write(url, friend.folder)
    with visitor(browser, url) as somebody:
        somebody.page.goto(f"{friend.origin}/login.html")
        log_in(somebody, "nobody-at-all")
        assert somebody.path() == "/login"
        assert somebody.sees("The user name or the password is wrong.")


@pytest.mark.parametrize("form", ["signup", "login"])
def test_any_other_site_does_not(browser: Browser, url: str, form: str) -> None:
    with OtherSite() as stranger, visitor(browser, url) as somebody:
        write(url, stranger.folder)
        somebody.page.goto(f"{stranger.origin}/{form}.html")
        {"signup": sign_up, "login": log_in}[form](somebody, "anchor")
        assert somebody.sees("The form was sent from another site.")
        assert somebody.page.context.cookies() == []


def test_nor_does_a_file_on_the_own_disk(browser: Browser, url: str, tmp_path: Path) -> None:
    write(url, tmp_path)
    with visitor(browser, url) as somebody:
        somebody.page.goto((tmp_path / "signup.html").as_uri())
        sign_up(somebody, "chum")
        assert somebody.sees("The form was sent from another site.")


def test_nobody_puts_a_page_into_a_frame(browser: Browser, url: str, friend: OtherSite) -> None:
    (friend.folder / "frame.html").write_text(f'<iframe src="{url}/login"></iframe>', "utf-8")
    with visitor(browser, url) as somebody:
        somebody.page.goto(f"{friend.origin}/frame.html")
        somebody.page.wait_for_load_state("networkidle")
        assert somebody.page.frames[1].get_by_label("Password").count() == 0
        assert any("frame" in trouble for trouble in somebody.troubles)
        somebody.troubles.clear()
