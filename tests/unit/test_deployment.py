"""Who holds the key; what deploying does is in `tests/e2e/test_deploy.py`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.deploy import limits_from_environment, session_from_environment
from tools.deployment import Deployment
from tools.errors import ToolError
from tools.stage import Stage

ACCOUNT = "123456789012"
PROJECT = Path(__file__).parent.parent.parent


class FakeStack:
    """A stack that is there or not."""

    def __init__(self, there: bool) -> None:
        self._there = there

    def exists(self) -> bool:
        return self._there


Holders = Callable[[str, bool], dict[str, str]]


@pytest.fixture
def holders(monkeypatch: pytest.MonkeyPatch) -> Holders:
    monkeypatch.delenv("KEY_ADMIN", raising=False)
    monkeypatch.delenv("KEY_USER", raising=False)
    deployment = Deployment(Stage("dev", PROJECT), boto3.Session(), PROJECT)

    def of(caller: str, stack_exists: bool) -> dict[str, str]:
        stack: Any = FakeStack(stack_exists)
        return deployment._key_holders(stack, caller)

    return of


def test_a_user_who_deploys_first_manages_the_key(holders: Holders) -> None:
    caller = f"arn:aws:iam::{ACCOUNT}:user/dory"
    assert holders(caller, False) == {"KeyAdmin": caller}


def test_so_does_a_role_by_its_full_arn(holders: Holders) -> None:
    with mock_aws():
        role = boto3.client("iam").create_role(
            RoleName="Admin", Path="/reserved/", AssumeRolePolicyDocument="{}"
        )["Role"]
        caller = f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/session"
        assert holders(caller, False) == {"KeyAdmin": role["Arn"]}
        assert role["Arn"].endswith(":role/reserved/Admin")


@pytest.mark.parametrize("caller", ["iam::123456789012:root", "sts::123456789012:federated-user/x"])
def test_roots_credentials_have_to_name_somebody(holders: Holders, caller: str) -> None:
    with pytest.raises(ToolError, match="KEY_ADMIN=arn"):
        holders(f"arn:aws:{caller}", False)


def test_later_deploys_change_nobody(holders: Holders) -> None:
    assert holders(f"arn:aws:iam::{ACCOUNT}:user/marlin", True) == {}


def test_whoever_is_named_is_taken(holders: Holders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_ADMIN", f"arn:aws:iam::{ACCOUNT}:role/admin")
    monkeypatch.setenv("KEY_USER", f"arn:aws:iam::{ACCOUNT}:role/operator")
    assert holders(f"arn:aws:iam::{ACCOUNT}:root", True) == {
        "KeyAdmin": f"arn:aws:iam::{ACCOUNT}:role/admin",
        "KeyUser": f"arn:aws:iam::{ACCOUNT}:role/operator",
    }


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
