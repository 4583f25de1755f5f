"""What is shown when the service cannot do its work: calm, and when to come back."""

from pathlib import Path

import boto3
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visitor import NARROW, WIDE, Scheme, visitor
from tests.e2e.local_run import PASSWORD, LocalRun


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_a_part_that_does_not_answer_is_a_calm_page(
    browser: Browser, tmp_path: Path, size: tuple[int, int], scheme: Scheme
) -> None:
    with LocalRun(tmp_path / "aws") as run:
        run.start()
        url = f"http://127.0.0.1:{run.port}"
        kms = boto3.client("kms", endpoint_url=f"http://127.0.0.1:{run.aws_port}")
        kms.disable_key(KeyId=kms.describe_key(KeyId="alias/kms-login")["KeyMetadata"]["KeyId"])
        with visitor(browser, url, size=size, scheme=scheme) as somebody:
            somebody.open("/login")
            somebody.type("User name", "coral")
            somebody.type("Password", PASSWORD)
            somebody.send("Log in")
            assert somebody.sees("Back in a moment")
            assert somebody.sees("The service is not available now. Try again in 10 seconds.")
            expect(somebody.page.get_by_role("timer")).to_contain_text("You can try again in 0:")
            assert somebody.accessibility() == []
            assert not somebody.is_too_wide()
