"""The pages of a deployed stage, whose addresses do not begin at the root of a host."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.test_life import log_in, sign_up
from tests.browser.visitor import Visitor, visitor
from tests.e2e.cloud import Cloud
from tests.e2e.dev_stage import Dev
from tests.e2e.local_run import OTHER, PASSWORD, ask


@pytest.fixture(scope="module")
def dev(
    browser: Browser,  # noqa: ARG001  (without one, nothing needs a stage)
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Dev]:
    with Cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        yield Dev(cloud)


@pytest.fixture
def somebody(browser: Browser, dev: Dev) -> Iterator[Visitor]:
    with visitor(browser, dev.url) as somebody:
        yield somebody


def test_from_sign_up_to_deletion(somebody: Visitor) -> None:
    sign_up(somebody, "Gurgle")
    log_in(somebody, PASSWORD)
    assert somebody.path() == "/account"
    somebody.follow("Change the password")
    somebody.type("Current password", PASSWORD)
    somebody.type("New password", OTHER)
    somebody.send("Change the password")
    assert somebody.sees("Your password is changed.")
    somebody.follow("Back to your account")
    somebody.follow("Delete the account")
    somebody.type("Password", OTHER)
    somebody.send("Delete the account")
    assert somebody.sees("Your account is deleted.")
    somebody.follow("Back to the start")
    assert somebody.path() == "/"


def test_the_way_back_is_below_the_stage_too(somebody: Visitor) -> None:
    somebody.open("/account/delete")
    assert somebody.path() == "/login?next=account/delete"
    somebody.follow("Sign up")
    assert somebody.path() == "/signup"


def test_password_managers_are_led_to_the_form(somebody: Visitor) -> None:
    somebody.open("/.well-known/change-password")
    assert somebody.path() == "/login?next=password"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml; charset=utf-8"),
    ],
)
def test_what_pages_are_dressed_with_has_its_type(dev: Dev, path: str, content_type: str) -> None:
    status, headers, body = ask("GET", f"{dev.url}{path}")
    assert (status, headers["Content-Type"]) == (200, content_type)
    assert body
