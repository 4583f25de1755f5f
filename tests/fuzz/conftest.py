"""What the fuzz tests share, and the table of what came back."""

import pytest

from tests.fuzz.fuzzed_service import FuzzedService
from tests.fuzz.tally import tally
from tests.unit.conftest import Aws
from tests.unit.conftest import aws as aws
from tests.unit.conftest import service as service
from tests.unit.service import Service


@pytest.fixture(autouse=True)
def _room_for_sign_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    # Before the app is made: all cases come from a few addresses.
    monkeypatch.setenv("SIGNUP_LIMIT", "999999 per 24 hours")


@pytest.fixture
def fuzzed(_room_for_sign_ups: None, service: Service, aws: Aws) -> FuzzedService:
    return FuzzedService(service, aws)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if lines := list(tally.lines()):
        terminalreporter.section("fuzz")
        terminalreporter.write_line("\n".join(lines))
