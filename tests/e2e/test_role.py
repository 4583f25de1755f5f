"""What the deployed function's role may do, on a local AWS that enforces it."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher

from chalicelib.password_check import user_digest
from tests.cheap_hash import CHEAP
from tests.e2e.dev_stage import Dev
from tests.e2e.local_run import OTHER, PASSWORD


@pytest.fixture
def restored_policy(dev: Dev) -> Iterator[dict[str, Any]]:
    policy = dev.policy()
    yield json.loads(json.dumps(policy))
    dev.put_policy(policy)


def test_it_names_these_things_and_no_other(dev: Dev) -> None:
    resources = [rule["Resource"] for rule in dev.policy()["Statement"]]
    assert resources == [
        f"arn:aws:dynamodb:us-east-1:000000000000:table/{dev.table}",
        f"arn:aws:dynamodb:us-east-1:000000000000:table/{dev.session_table}",
        f"arn:aws:dynamodb:us-east-1:000000000000:table/{dev.attempt_table}",
        dev.key,
        "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/kms-login-dev:*",
    ]


@pytest.mark.parametrize(
    ("rule_name", "action", "request_name"),
    [
        ("Credentials", "dynamodb:GetItem", "log_in"),
        ("Credentials", "dynamodb:PutItem", "sign_up"),
        ("Attempts", "dynamodb:UpdateItem", "log_in"),
        ("Attempts", "dynamodb:UpdateItem", "sign_up"),
        ("Attempts", "dynamodb:DeleteItem", "sign_up"),
        ("SealAndOpen", "kms:Decrypt", "log_in"),
        ("SealAndOpen", "kms:Encrypt", "sign_up"),
        ("Sessions", "dynamodb:PutItem", "log_in"),
    ],
)
def test_without_an_action_its_request_is_503(
    dev: Dev,
    restored_policy: dict[str, Any],
    rule_name: str,
    action: str,
    request_name: str,
) -> None:
    dev.sign_up("before")
    for rule in restored_policy["Statement"]:
        if rule["Sid"] == rule_name:
            rule["Action"].remove(action)
    dev.put_policy(restored_policy)
    uname = "before" if request_name == "log_in" else f"not-{action.partition(':')[2]}"
    assert getattr(dev, request_name)(uname.lower()) == (503, "Unavailable")


@pytest.mark.parametrize(
    ("rule_name", "action", "method", "path", "fields"),
    [
        ("Sessions", "GetItem", "GET", "/session", {}),
        ("Credentials", "GetItem", "GET", "/session", {}),
        ("Sessions", "DeleteItem", "POST", "/logout", {}),
        ("Credentials", "UpdateItem", "POST", "/logout", {"everywhere": "1"}),
        ("Sessions", "PutItem", "POST", "/password", {"current": PASSWORD, "new": OTHER}),
        ("Credentials", "UpdateItem", "POST", "/password", {"current": PASSWORD, "new": OTHER}),
        ("Credentials", "DeleteItem", "POST", "/account/delete", {"password": PASSWORD}),
    ],
)
def test_without_an_action_a_session_gets_503_and_goes_on(
    dev: Dev,
    restored_policy: dict[str, Any],
    rule_name: str,
    action: str,
    method: str,
    path: str,
    fields: dict[str, str],
) -> None:
    allowed = json.loads(json.dumps(restored_policy))
    dev.sign_up("signed-in")
    token = dev.token("signed-in")
    for rule in restored_policy["Statement"]:
        if rule["Sid"] == rule_name:
            rule["Action"].remove(f"dynamodb:{action}")
    dev.put_policy(restored_policy)
    assert dev.with_token(method, path, token, **fields) == (503, "Unavailable")
    dev.put_policy(allowed)
    assert dev.with_token("GET", "/session", token) == (200, "Signed In")


@pytest.mark.parametrize("action", ["Query", "BatchWriteItem"])
def test_sessions_end_although_their_rows_cannot_be_removed(
    dev: Dev, restored_policy: dict[str, Any], action: str
) -> None:
    dev.sign_up("signed-in")
    token = dev.token("signed-in")
    for rule in restored_policy["Statement"]:
        if rule["Sid"] == "Sessions":
            rule["Action"].remove(f"dynamodb:{action}")
    dev.put_policy(restored_policy)
    everywhere = dev.with_token("POST", "/logout", token, everywhere="1")
    assert everywhere == (200, "Logged Out")
    assert dev.with_token("GET", "/session", token) == (401, "Not Signed In")


def test_without_update_item_a_rehash_waits_and_the_log_in_stands(
    dev: Dev, restored_policy: dict[str, Any]
) -> None:
    old_hash = PasswordHasher.from_parameters(CHEAP).hash(PASSWORD)
    sealed = dev.cloud.client("kms").encrypt(
        KeyId=dev.key,
        Plaintext=old_hash.encode(),
        EncryptionContext={"userid_sha256": user_digest("old-hash"), "version": "1"},
    )["CiphertextBlob"]
    row = {
        "userid": {"S": "old-hash"},
        "password": {"S": base64.b64encode(sealed).decode()},
        "version": {"S": "1"},
        "session_family": {"S": "f" * 22},
    }
    dev.cloud.client("dynamodb").put_item(TableName=dev.table, Item=row)
    allowed = json.loads(json.dumps(restored_policy))
    restored_policy["Statement"][0]["Action"].remove("dynamodb:UpdateItem")
    dev.put_policy(restored_policy)
    assert dev.log_in("old-hash") == (200, "Login Success")
    assert dev.row("old-hash") == row
    dev.put_policy(allowed)
    assert dev.log_in("old-hash") == (200, "Login Success")
    assert dev.row("old-hash") != row


def test_for_another_table_everything_is_503(dev: Dev, restored_policy: dict[str, Any]) -> None:
    table = restored_policy["Statement"][0]
    table["Resource"] = table["Resource"].replace(dev.table, "another-table")
    dev.put_policy(restored_policy)
    assert dev.sign_up("elsewhere") == (503, "Unavailable")
    assert dev.log_in("elsewhere") == (503, "Unavailable")
