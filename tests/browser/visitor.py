"""Somebody at a browser: what they do, and everything that goes wrong meanwhile."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request

Hand = Literal["mouse", "keyboard"]
Scheme = Literal["light", "dark"]
Script = Literal["on", "off", "lost"]
"""Lost is a script that does not arrive, in a browser that would run it."""
WIDE, NARROW = (1000, 800), (320, 640)
MAX_TABS = 30
# What Chromium writes when the answer to a form is no 2xx.
_STATUS = re.compile("Failed to load resource: the server responded with a status of (4|503)")
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`violates ${event.violatedDirective}: ${event.blockedURI}`);
});
"""
_HAS_OUTLINE = "element => getComputedStyle(element).outlineStyle !== 'none'"


class Visitor:
    """One visitor on one page after the other.

    Args:
        page: of a browser context of their own.
        url: where the service's start page is.
        hand: what they use.
        script: whether the page's script runs.
    """

    def __init__(self, page: Page, url: str, hand: Hand, script: Script) -> None:
        self.page = page
        self.url = url
        self.hand = hand
        self.script = script
        self.troubles: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _STATUS.match(message.text):
            self.troubles.append(message.text)

    def _on_request(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).netloc)

    def open(self, path: str) -> None:
        """Go to a page by its address."""
        self.page.goto(f"{self.url}{path}")

    def field(self, label: str) -> Locator:
        """The field of a label."""
        return self.page.get_by_label(label, exact=True)

    def type(self, label: str, text: str) -> None:
        """Type into a field, in place of what is there."""
        self._reach(self.field(label))
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(text)

    def press(self, name: str) -> None:
        """Press a button, and stay on the page."""
        self._activate(self.page.get_by_role("button", name=name, exact=True))

    def send(self, button: str) -> None:
        """Press the button that sends a form, and wait for the answer."""
        with self.page.expect_navigation():
            self.press(button)

    def follow(self, link: str) -> None:
        """Follow a link."""
        with self.page.expect_navigation():
            self._activate(self.page.get_by_role("link", name=link, exact=True))

    def sees(self, text: str) -> bool:
        """Whether a text is on the page and can be seen."""
        return self.page.get_by_text(text).first.is_visible()

    def path(self) -> str:
        """The address of the page, below the start page's."""
        return self.page.url.removeprefix(self.url)

    def is_too_wide(self) -> bool:
        """Whether one has to scroll sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def accessibility(self) -> list[str]:
        """What axe-core finds wrong on the page. Nothing of it is fetched.

        It does not run where no script does: there, a lost script stands in for it.
        """
        if self.script == "off":
            return []
        options = {"resultTypes": ["violations"], "preload": False}
        results = Axe().run(self.page, options=options).response
        violations: list[dict[str, Any]] = results["violations"]
        return [
            f"{self.path()}: {violation['id']}: {node['html']}"
            for violation in violations
            for node in violation["nodes"]
        ]

    def _activate(self, target: Locator) -> None:
        self._reach(target)
        if self.hand == "keyboard":
            self.page.keyboard.press("Enter")

    def _reach(self, target: Locator) -> None:
        if self.hand == "mouse":
            target.click()
            return
        for _ in range(MAX_TABS):
            if target.evaluate("element => element === document.activeElement"):
                assert target.evaluate(_HAS_OUTLINE), "the focus cannot be seen"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached by the keyboard")


@contextmanager
def visitor(
    browser: Browser,
    url: str,
    *,
    hand: Hand = "mouse",
    script: Script = "on",
    size: tuple[int, int] = WIDE,
    scheme: Scheme = "light",
) -> Iterator[Visitor]:
    """A visitor with an empty browser; leaving it fails when the browser had a complaint."""
    context = browser.new_context(
        java_script_enabled=script != "off",
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        service_workers="block",
    )
    context.set_default_timeout(20_000)
    if script == "lost":
        context.route("**/page.js", lambda route: route.fulfill(body=""))
    if script != "off":
        context.add_init_script(_REPORT_VIOLATIONS)
    try:
        somebody = Visitor(context.new_page(), url, hand, script)
        yield somebody
        assert not somebody.troubles, somebody.troubles
    finally:
        context.close()
