"""What `make deploy` reads from the environment; what it does is in `tests/e2e/test_deploy.py`."""

import pytest

from tools.deploy import limits_from_environment, session_from_environment
from tools.errors import ToolError


def test_limits_are_the_tutorials_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = limits_from_environment()
    assert (limits.rate, limits.burst, limits.quota) == (50, 100, 500)
    monkeypatch.setenv("THROTTLE_BURST", "7")
    assert limits_from_environment().burst == 7


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "1000000"])
def test_a_wrong_limit_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("KEY_QUOTA", value)
    with pytest.raises(ToolError, match="KEY_QUOTA is wrong"):
        limits_from_environment()


def test_no_region_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(ToolError, match="no region"):
        session_from_environment()
