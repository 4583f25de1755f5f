"""What unit tests share: AWS as moto plays it, with the table of the real template on it."""

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.credential_store import CredentialStore
from chalicelib.kms_cipher import KmsCipher
from tests.unit.service import Service
from tools.stack import TEMPLATE


@dataclass
class Aws:
    """Clients of the mocked AWS, and the names of what the template made there."""

    dynamodb: Any
    kms: Any
    table: str
    key_arn: str

    def row(self, userid: str) -> dict[str, dict[str, str]]:
        """The stored row as DynamoDB gives it."""
        answer = self.dynamodb.get_item(TableName=self.table, Key={"userid": {"S": userid}})
        row: dict[str, dict[str, str]] = answer["Item"]
        return row

    def row_count(self) -> int:
        """How many rows the table has."""
        return int(self.dynamodb.scan(TableName=self.table, Select="COUNT")["Count"])


@pytest.fixture
def aws() -> Iterator[Aws]:
    template = json.loads(TEMPLATE.read_text("utf-8"))
    table = template["Resources"]["UserTable"]["Properties"]
    with mock_aws():
        dynamodb, kms = boto3.client("dynamodb"), boto3.client("kms")
        dynamodb.create_table(
            TableName="users",
            AttributeDefinitions=table["AttributeDefinitions"],
            KeySchema=table["KeySchema"],
            BillingMode=table["BillingMode"],
        )
        key = kms.create_key()["KeyMetadata"]
        yield Aws(dynamodb=dynamodb, kms=kms, table="users", key_arn=key["Arn"])


@pytest.fixture
def store(aws: Aws) -> CredentialStore:
    return CredentialStore(aws.dynamodb, aws.table)


@pytest.fixture
def cipher(aws: Aws) -> KmsCipher:
    return KmsCipher(aws.kms, aws.key_arn)


@pytest.fixture
def service(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Service]:
    monkeypatch.setenv("USER_TABLE", aws.table)
    monkeypatch.setenv("KEY_ID", aws.key_arn)
    sys.modules.pop("app", None)
    yield Service(importlib.import_module("app"), capsys)
    sys.modules.pop("app", None)
