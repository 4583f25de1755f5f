"""`make screenshots`: the pages as they look, light and dark, on a phone and at a desk."""

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.browser.chromium import chromium, find_chromium
from tests.browser.visitor import Scheme, Visitor, visitor
from tests.e2e.local_run import OTHER, PASSWORD, PROJECT, LocalRun

FOLDER = PROJECT / "docs" / "screenshots"
SIZES = {"phone": (390, 700), "desk": (900, 760)}
COLOURS = 48
"""Enough for plain pages, and a fifth of the bytes."""
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


class Camera:
    """Takes the pictures of one visitor.

    Args:
        look: how they are told from those of others.
    """

    def __init__(self, somebody: Visitor, look: str) -> None:
        self._page = somebody.page
        self._look = look

    def take(self, name: str) -> None:
        """What is seen of the page now."""
        path = FOLDER / f"{name}-{self._look}.png"
        self._page.wait_for_load_state("networkidle")
        self._page.screenshot(path=path, caret="initial")
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(path, optimize=True)


def take_all(browser: Browser, url: str, scheme: Scheme, size: str) -> None:
    """One account's life in pictures."""
    with visitor(browser, url, scheme=scheme, size=SIZES[size]) as somebody:
        camera = Camera(somebody, f"{scheme}-{size}")
        somebody.open("/signup")
        somebody.type("User name", "doryfish")
        somebody.type("Password", PASSWORD)
        # What advice there is comes when typing pauses.
        somebody.page.locator(".advice.good").wait_for()
        camera.take("sign-up")
        somebody.send("Sign up")
        somebody.type("Password", OTHER)
        somebody.send("Log in")
        camera.take("log-in")
        somebody.type("Password", PASSWORD)
        somebody.send("Log in")
        camera.take("account")
        somebody.follow("Change the password")
        somebody.type("Current password", PASSWORD)
        somebody.type("New password", "doryfish doryfish")
        somebody.send("Change the password")
        camera.take("change-password")
        somebody.follow("Back to your account")
        somebody.follow("Delete the account")
        camera.take("delete")
        somebody.type("Password", PASSWORD)
        somebody.send("Delete the account")


def main() -> int:
    """Take all pictures anew."""
    path = find_chromium()
    if path is None:
        print("kms-login: there is no chromium: install it, or say where with CHROMIUM=.")
        return 1
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalRun(Path(folder) / "aws", SERVICE_NAME="Coral Reef") as run,
        chromium(path) as browser,
    ):
        run.start()
        for scheme in SCHEMES:
            for size in SIZES:
                take_all(browser, f"http://127.0.0.1:{run.port}", scheme, size)
    print(f"{FOLDER}: {sum(p.stat().st_size for p in FOLDER.iterdir()) / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
