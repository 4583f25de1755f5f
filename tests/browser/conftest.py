"""One browser and one service for all tests here. Without chromium they skip, but not in CI."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium, find_chromium
from tests.browser.other_site import OtherSite
from tests.e2e.local_run import LocalRun

SERVICE_NAME = "Coral Reef"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        message = "there is no chromium: install it, or say where it is with CHROMIUM="
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with chromium(path) as browser:
        yield browser


@pytest.fixture(scope="session")
def friend() -> Iterator[OtherSite]:
    """A site whose pages may send the forms."""
    with OtherSite() as site:
        yield site


@pytest.fixture(scope="session")
def url(
    browser: Browser,  # noqa: ARG001  (without one, nothing needs a service)
    friend: OtherSite,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("browser") / "aws"
    settings = {
        "ALLOWED_ORIGINS": friend.origin,
        "SERVICE_NAME": SERVICE_NAME,
        # All visitors come from one address.
        "SIGNUP_LIMIT": "10000 per hour",
    }
    with LocalRun(folder, **settings) as run:
        run.start()
        yield f"http://127.0.0.1:{run.port}"
