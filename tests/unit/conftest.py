"""What unit tests share: AWS as moto plays it, with the tables of the real template on it."""

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler

from chalicelib.attempt_store import AttemptStore
from chalicelib.credential_store import CredentialStore
from chalicelib.kms_cipher import KmsCipher
from chalicelib.session_store import SessionStore
from tests.unit.service import Service
from tests.unit.wire import Wire, put_between
from tools.stack import TEMPLATE

Row = dict[str, dict[str, str]]
"""As DynamoDB gives it."""
KEYS = {
    "users": ["userid"],
    "attempts": ["subject"],
    "sessions": ["session_family", "token_sha256"],
}
"""The tables, and what names a row of each."""


Tables = dict[str, Any]


@dataclass
class Aws:
    """Clients of the mocked AWS, and the names of what the template made there."""

    dynamodb: Any
    kms: Any
    table: str
    attempt_table: str
    session_table: str
    key_arn: str

    def users(self) -> list[Row]:
        """Every row of the table of users."""
        return self._rows(self.table)

    def counts(self) -> list[Row]:
        """Every row of the table of attempts."""
        return self._rows(self.attempt_table)

    def sessions(self) -> list[Row]:
        """Every row of the table of sessions."""
        return self._rows(self.session_table)

    def copy(self) -> Tables:
        """What is in all tables, for `put_back`."""
        return {name: copy.deepcopy(self._moto(name).items) for name in KEYS}

    def put_back(self, tables: Tables) -> None:
        """Let all tables have what they had."""
        for name, items in tables.items():
            self._moto(name).items = copy.deepcopy(items)

    def _moto(self, name: str) -> Any:
        # Writing over HTTP would take longer than what is tested.
        return dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[name]

    def empty(self) -> None:
        """Remove every row."""
        for table, names in KEYS.items():
            for row in self._rows(table):
                self.dynamodb.delete_item(TableName=table, Key={name: row[name] for name in names})

    def row(self, userid: str) -> Row:
        """The stored row as DynamoDB gives it."""
        answer = self.dynamodb.get_item(TableName=self.table, Key={"userid": {"S": userid}})
        row: Row = answer["Item"]
        return row

    def row_count(self) -> int:
        """How many accounts there are."""
        return len(self.users())

    def _rows(self, table: str) -> list[Row]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table)
        return [row for page in pages for row in page["Items"]]


def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let moto's DynamoDB serve one call after the other.

    Its threads cross inside of an update, which is atomic on AWS.
    """
    lock, call_action = threading.RLock(), DynamoHandler.call_action

    def wait_and_call(handler: DynamoHandler) -> Any:
        with lock:
            return call_action(handler)

    monkeypatch.setattr(DynamoHandler, "call_action", wait_and_call)


@contextmanager
def mocked_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """AWS as moto plays it, and an environment in which the app finds it."""
    one_at_a_time(monkeypatch)
    resources = json.loads(TEMPLATE.read_text("utf-8"))["Resources"]
    names = {"UserTable": "users", "AttemptTable": "attempts", "SessionTable": "sessions"}
    with mock_aws():
        dynamodb, kms = boto3.client("dynamodb"), boto3.client("kms")
        for resource, name in names.items():
            table = resources[resource]["Properties"]
            dynamodb.create_table(
                TableName=name,
                AttributeDefinitions=table["AttributeDefinitions"],
                KeySchema=table["KeySchema"],
                BillingMode=table["BillingMode"],
            )
        key = kms.create_key()["KeyMetadata"]
        aws = Aws(dynamodb, kms, "users", "attempts", "sessions", key["Arn"])
        monkeypatch.setenv("USER_TABLE", aws.table)
        monkeypatch.setenv("ATTEMPT_TABLE", aws.attempt_table)
        monkeypatch.setenv("SESSION_TABLE", aws.session_table)
        monkeypatch.setenv("KEY_ID", aws.key_arn)
        yield aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mocked_aws(monkeypatch) as aws:
        yield aws


@pytest.fixture
def store(aws: Aws) -> CredentialStore:
    return CredentialStore(aws.dynamodb, aws.table, aws.attempt_table)


@pytest.fixture
def attempt_store(aws: Aws) -> AttemptStore:
    return AttemptStore(aws.dynamodb, aws.attempt_table)


@pytest.fixture
def session_store(aws: Aws) -> SessionStore:
    return SessionStore(aws.dynamodb, aws.session_table)


@pytest.fixture
def cipher(aws: Aws) -> KmsCipher:
    return KmsCipher(aws.kms, aws.key_arn)


@pytest.fixture
def service(aws: Aws, capsys: pytest.CaptureFixture[str]) -> Iterator[Service]:  # noqa: ARG001
    service = Service.start(capsys)
    yield service
    service.stop()


@pytest.fixture
def wire(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Wire:  # noqa: ARG001
    return put_between(monkeypatch)
