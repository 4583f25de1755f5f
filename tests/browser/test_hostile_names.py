"""User names that would be markup, script or another direction are shown as what they are."""

import pytest
from playwright.sync_api import Browser

from tests.browser.visitor import NARROW, visitor
from tests.e2e.local_run import PASSWORD

ALLOWED = [
    "<img/src=x/onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "&lt;b&gt;${uname}",
    "javascript:alert(1)",
    "מרלין",
    "w" * 64,
]
"""PRECIS takes these: they are accounts like any other."""
REFUSED = ["<script>alert(1)</script> ", "dory\u202efish", "dory\tfish"]


@pytest.mark.parametrize("uname", ALLOWED)
def test_an_account_with_such_a_name_is_harmless(browser: Browser, url: str, uname: str) -> None:
    with visitor(browser, url, size=NARROW) as somebody:
        somebody.page.on("dialog", lambda dialog: somebody.troubles.append(dialog.message))
        somebody.open("/signup")
        somebody.type("User name", uname)
        somebody.type("Password", "short")
        somebody.send("Sign up")
        assert somebody.field("User name").input_value() == uname
        somebody.type("Password", PASSWORD)
        somebody.send("Sign up")
        assert somebody.field("User name").input_value() == uname
        somebody.type("Password", PASSWORD)
        somebody.send("Log in")
        assert somebody.page.locator("strong").text_content() == uname
        assert not somebody.is_too_wide()
        assert somebody.accessibility() == []
        assert somebody.page.locator("main img, main svg, main script").count() == 0


@pytest.mark.parametrize("uname", REFUSED)
def test_one_that_is_refused_is_harmless_too(browser: Browser, url: str, uname: str) -> None:
    with visitor(browser, url) as somebody:
        somebody.page.on("dialog", lambda dialog: somebody.troubles.append(dialog.message))
        somebody.open("/login")
        somebody.type("User name", uname)
        somebody.type("Password", PASSWORD)
        somebody.send("Log in")
        assert somebody.page.locator("main script").count() == 0
        assert somebody.sees("The user name has")
