"""The CloudFormation extra, read as text: what a stack of it makes can never lose a user."""

import json
from typing import Any

import pytest

from tools.stack import TEMPLATE

template: dict[str, Any] = json.loads(TEMPLATE.read_text("utf-8"))
resources: dict[str, Any] = template["Resources"]


@pytest.mark.parametrize("name", ["PasswordKey", "UserTable"])
def test_key_and_table_outlive_removal_and_replacement(name: str) -> None:
    assert resources[name]["DeletionPolicy"] == "Retain"
    assert resources[name]["UpdateReplacePolicy"] == "Retain"


def test_the_key_rotates_and_waits_longest_before_deletion() -> None:
    key = resources["PasswordKey"]["Properties"]
    assert key["EnableKeyRotation"] is True
    assert key["PendingWindowInDays"] == 30


def test_the_table_is_keyed_by_the_tutorials_userid() -> None:
    table = resources["UserTable"]["Properties"]
    assert table["KeySchema"] == [{"AttributeName": "userid", "KeyType": "HASH"}]
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_table_is_protected_backed_up_and_encrypted() -> None:
    table = resources["UserTable"]["Properties"]
    assert table["DeletionProtectionEnabled"] is True
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["SSEEnabled"] is True


def test_cloudformation_names_everything_so_that_copies_can_live_side_by_side() -> None:
    assert "TableName" not in resources["UserTable"]["Properties"]
    alias = resources["PasswordKeyAlias"]["Properties"]["AliasName"]
    assert alias == {"Fn::Sub": "alias/${AWS::StackName}"}


def test_the_outputs_are_what_the_settings_ask_for() -> None:
    assert template["Outputs"].keys() >= {"UserTable", "KeyArn", "KeyAlias"}
