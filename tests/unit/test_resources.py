"""The CloudFormation extra, read as text: what a stack of it makes can never lose a user."""

import json
import re
from typing import Any

import pytest

from tools.service_settings import OUTPUTS
from tools.stack import TEMPLATE

template: dict[str, Any] = json.loads(TEMPLATE.read_text("utf-8"))
resources: dict[str, Any] = template["Resources"]


@pytest.mark.parametrize("name", ["PasswordKey", "UserTable", "AttemptTable", "SessionTable"])
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


def test_sessions_lie_together_by_what_ends_them() -> None:
    table = resources["SessionTable"]["Properties"]
    assert table["KeySchema"] == [
        {"AttributeName": "session_family", "KeyType": "HASH"},
        {"AttributeName": "token_sha256", "KeyType": "RANGE"},
    ]


@pytest.mark.parametrize("name", ["AttemptTable", "SessionTable"])
def test_every_other_table_is_protected_and_encrypted_too(name: str) -> None:
    table = resources[name]["Properties"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"] is True
    assert table["SSESpecification"]["SSEEnabled"] is True


def test_cloudformation_names_everything_so_that_copies_can_live_side_by_side() -> None:
    for name in ("UserTable", "AttemptTable", "SessionTable"):
        assert "TableName" not in resources[name]["Properties"]
    alias = resources["PasswordKeyAlias"]["Properties"]["AliasName"]
    assert alias == {"Fn::Sub": "alias/${AWS::StackName}"}


def test_the_outputs_are_what_the_settings_ask_for() -> None:
    assert template["Outputs"].keys() >= set(OUTPUTS.values())


def test_counts_and_sessions_expire_by_their_own_clock_and_users_never_do() -> None:
    for name in ("AttemptTable", "SessionTable"):
        expiry = resources[name]["Properties"]["TimeToLiveSpecification"]
        assert expiry == {"AttributeName": "expires_at", "Enabled": True}
    assert "TimeToLiveSpecification" not in resources["UserTable"]["Properties"]


class TestTheKeyPolicy:
    def rules(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for rule in resources["PasswordKey"]["Properties"]["KeyPolicy"]["Statement"]:
            plain = rule["Fn::If"][1] if "Fn::If" in rule else rule
            found[plain["Sid"]] = plain
        return found

    def test_the_administrator_may_manage_and_is_denied_to_use(self) -> None:
        admin = {"AWS": {"Ref": "KeyAdmin"}}
        allowed, denied = (
            self.rules()["TheAdministratorManages"],
            self.rules()["TheAdministratorDoesNotUse"],
        )
        assert allowed["Principal"] == denied["Principal"] == admin
        assert {"kms:PutKeyPolicy", "kms:DisableKey", "kms:ScheduleKeyDeletion"} <= set(
            allowed["Action"]
        )
        assert denied["Effect"] == "Deny"
        assert {"kms:Decrypt", "kms:Encrypt", "kms:CreateGrant"} <= set(denied["Action"])
        assert not set(allowed["Action"]) & set(denied["Action"])
        assert not any("*" in action for action in allowed["Action"])

    def test_the_user_may_use_and_is_denied_all_else(self) -> None:
        allowed, denied = self.rules()["TheUserUses"], self.rules()["TheUserDoesNotManage"]
        assert allowed["Principal"] == denied["Principal"] == {"AWS": {"Ref": "KeyUser"}}
        assert denied["Effect"] == "Deny"
        assert set(denied["NotAction"]) == set(allowed["Action"])
        assert {"kms:Decrypt", "kms:Encrypt"} <= set(allowed["Action"])

    def test_without_a_user_there_is_no_rule_for_one(self) -> None:
        assert template["Parameters"]["KeyUser"]["Default"] == ""
        conditional = [
            rule["Fn::If"]
            for rule in resources["PasswordKey"]["Properties"]["KeyPolicy"]["Statement"]
            if "Fn::If" in rule
        ]
        assert [(c[0], c[2]) for c in conditional] == [("HasKeyUser", {"Ref": "AWS::NoValue"})] * 2

    @pytest.mark.parametrize("name", ["KeyAdmin", "KeyUser"])
    def test_the_accounts_root_can_be_neither_since_a_denial_would_meet_everybody(
        self, name: str
    ) -> None:
        pattern = template["Parameters"][name]["AllowedPattern"]
        assert not re.fullmatch(pattern, "arn:aws:iam::123456789012:root")
        for kind in ("role/admin", "role/path/admin", "user/dory"):
            assert re.fullmatch(pattern, f"arn:aws:iam::123456789012:{kind}")
