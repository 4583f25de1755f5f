"""For every test: no real AWS within reach, no setting of the shell, no secret in any output."""

import os
from collections.abc import Generator

import pytest

from tests.secret_guard import leaks
from tools.service_settings import OPTIONAL, OUTPUTS

_OURS = {"STAGE", *OPTIONAL, *OUTPUTS}
for _name in list(os.environ):
    is_ours = _name in _OURS or _name.startswith(("KEY_", "THROTTLE_"))
    if is_ours or _name.startswith("AWS_") or _name.lower().endswith("_proxy"):
        del os.environ[_name]
os.environ.update(
    {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    captured = report.capstdout + report.capstderr + report.caplog
    if leaks(captured):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} put a secret into its output or a log"
        report.sections.clear()
    return report
