from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.errors import ToolError
from tools.key_holders import key_holders

ACCOUNT = "123456789012"
DORY = f"arn:aws:iam::{ACCOUNT}:user/dory"


class FakeStack:
    """A stack that is there or not, with the holders it has."""

    def __init__(self, there: bool, holders: dict[str, str]) -> None:
        self._there = there
        self._holders = holders

    def parameters(self) -> dict[str, str]:
        return self._holders

    def exists(self) -> bool:
        return self._there


@pytest.fixture(autouse=True)
def _nobody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEY_ADMIN", raising=False)
    monkeypatch.delenv("KEY_USER", raising=False)


def holders(caller: str, stack_exists: bool, **now: str) -> dict[str, str]:
    stack: Any = FakeStack(stack_exists, now)
    return key_holders(boto3.Session(), stack, caller)


def test_a_user_who_deploys_first_manages_the_key() -> None:
    assert holders(DORY, False) == {"KeyAdmin": DORY}


def test_so_does_a_role_by_its_full_arn() -> None:
    with mock_aws():
        role = boto3.client("iam").create_role(
            RoleName="Admin", Path="/reserved/", AssumeRolePolicyDocument="{}"
        )["Role"]
        caller = f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/session"
        assert holders(caller, False) == {"KeyAdmin": role["Arn"]}
        assert role["Arn"].endswith(":role/reserved/Admin")


@pytest.mark.parametrize("caller", ["iam::123456789012:root", "sts::123456789012:federated-user/x"])
def test_roots_credentials_have_to_name_somebody(caller: str) -> None:
    with pytest.raises(ToolError, match="KEY_ADMIN=arn"):
        holders(f"arn:aws:{caller}", False)


def test_later_deploys_change_nobody() -> None:
    assert holders(f"arn:aws:iam::{ACCOUNT}:user/marlin", True) == {}


def test_whoever_is_named_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_ADMIN", f"arn:aws:iam::{ACCOUNT}:role/admin")
    monkeypatch.setenv("KEY_USER", f"arn:aws:iam::{ACCOUNT}:role/operator")
    assert holders(f"arn:aws:iam::{ACCOUNT}:root", True) == {
        "KeyAdmin": f"arn:aws:iam::{ACCOUNT}:role/admin",
        "KeyUser": f"arn:aws:iam::{ACCOUNT}:role/operator",
    }


def test_the_user_can_be_taken_off_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_ADMIN", "")
    monkeypatch.setenv("KEY_USER", "none")
    assert holders(DORY, True) == {"KeyUser": ""}


@pytest.mark.parametrize("admin", ["", DORY, f"arn:aws:iam::{ACCOUNT}:role/admin"])
def test_the_user_is_neither_who_deploys_nor_the_administrator(
    monkeypatch: pytest.MonkeyPatch, admin: str
) -> None:
    monkeypatch.setenv("KEY_ADMIN", admin)
    for user in (DORY, admin or DORY):
        monkeypatch.setenv("KEY_USER", user)
        with pytest.raises(ToolError, match="must be neither its administrator"):
            holders(DORY, False)


@pytest.mark.parametrize("variable", ["KEY_ADMIN", "KEY_USER"])
def test_nor_are_they_after_a_change_of_one_of_them(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    other = {"KEY_ADMIN": "KeyUser", "KEY_USER": "KeyAdmin"}[variable]
    somebody = f"arn:aws:iam::{ACCOUNT}:role/somebody"
    monkeypatch.setenv(variable, somebody)
    with pytest.raises(ToolError, match="must be neither its administrator"):
        holders(DORY, True, **{other: somebody})
