"""The DynamoDB credential store."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.aws_clients import failures_as_unavailable, make_client
from chalicelib.errors import Unavailable, UsernameTaken

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONDITION_FAILED = "ConditionalCheckFailedException"


class CredentialStore:
    """One row for each account: `userid`, `password`, `created_at`, `changed_at`.

    `password` is the base64 of a sealed hash. The times are RFC 3339 in UTC: when the row was
    first written, and when `password` last was.

    Args:
        client: a boto3 DynamoDB client.
        table: the table's name.
        now: the wall clock.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._table = table
        self._now = now

    @classmethod
    def connect(cls, table: str) -> "CredentialStore":
        """A store on the AWS account, region and endpoint of the environment."""
        return cls(make_client("dynamodb"), table)

    def get(self, userid: str) -> bytes | None:
        """The sealed hash of the account `userid`, or None when there is no such account.

        Reads consistently, so that a log-in right after the sign-up finds the account.

        Raises:
            Unavailable: DynamoDB did not answer, or the row is damaged.
        """
        with failures_as_unavailable("dynamodb GetItem"):
            answer = self._client.get_item(
                TableName=self._table, Key={"userid": {"S": userid}}, ConsistentRead=True
            )
        row = answer.get("Item")
        if row is None:
            return None
        try:
            return base64.b64decode(row["password"]["S"], validate=True)
        except (KeyError, ValueError):
            raise Unavailable("dynamodb row without a sealed password") from None

    def add(self, userid: str, sealed: bytes) -> None:
        """Write a new account. An account that exists is never touched.

        Raises:
            UsernameTaken: there is an account `userid`.
            Unavailable: DynamoDB did not answer. The account may or may not have been written.
        """
        password = _base64(sealed)
        now = self._timestamp()
        row = {"userid": userid, "password": password, "created_at": now, "changed_at": now}
        with failures_as_unavailable("dynamodb PutItem"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={name: {"S": value} for name, value in row.items()},
                    ConditionExpression="attribute_not_exists(userid)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if not _condition_failed(error):
                    raise
                # A try whose answer was lost may have written the row: then the retry meets itself.
                if _old_password(error) != password:
                    raise UsernameTaken("The user name is taken.") from None

    def replace(self, userid: str, old: bytes, new: bytes) -> bool:
        """Put the sealed hash `new` where `old` is.

        Returns:
            False when the row no longer holds `old`: somebody else changed or removed it, and it
            was left alone.

        Raises:
            Unavailable: DynamoDB did not answer. The row may hold either.
        """
        with failures_as_unavailable("dynamodb UpdateItem"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={"userid": {"S": userid}},
                    UpdateExpression="SET password = :new, changed_at = :now",
                    ConditionExpression="password = :old",
                    ExpressionAttributeValues={
                        ":new": {"S": _base64(new)},
                        ":old": {"S": _base64(old)},
                        ":now": {"S": self._timestamp()},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if not _condition_failed(error):
                    raise
                return _old_password(error) == _base64(new)
        return True

    def _timestamp(self) -> str:
        return self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _base64(sealed: bytes) -> str:
    return base64.b64encode(sealed).decode("ascii")


def _condition_failed(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == _CONDITION_FAILED


def _old_password(error: ClientError) -> str | None:
    """The `password` of the row that a condition failed on, as ReturnValues ALL_OLD gives it."""
    answer: Mapping[str, Any] = error.response
    password = answer.get("Item", {}).get("password", {}).get("S")
    return password if isinstance(password, str) else None
