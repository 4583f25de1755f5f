"""The DynamoDB credential store."""

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.attempt_store import login_subject
from chalicelib.aws_clients import failures_as_unavailable, make_client
from chalicelib.errors import Unavailable, UsernameTaken
from chalicelib.sealed_hash import SealedHash

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRIES_AT_CONFLICTS = 3
"""How often a transaction is tried that another write keeps crossing."""
_PATIENCE = 0.5
"""Seconds after which it is not tried again: it is the last of a sign-up's calls, and one more as
slow as can be must end before Lambda ends the function."""


class CredentialStore:
    """One row for each account: `userid`, `password`, `version`, `created_at`, `changed_at`.

    `password` is the base64 of a sealed hash. The times are RFC 3339 in UTC: when the row was
    first written, and when `password` last was.

    Args:
        client: a boto3 DynamoDB client.
        table: the table's name.
        attempt_table: the table of an `AttemptStore`, where a new account begins with no failures.
        now: the wall clock.
        sleep: waits for so many seconds.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        attempt_table: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._table = table
        self._attempt_table = attempt_table
        self._now = now
        self._sleep = sleep
        self._clock = clock

    @classmethod
    def connect(cls, table: str, attempt_table: str) -> "CredentialStore":
        """A store on the AWS account, region and endpoint of the environment."""
        return cls(make_client("dynamodb"), table, attempt_table)

    def get(self, userid: str) -> SealedHash | None:
        """What is stored of the account `userid`, or None when there is no such account.

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
            sealed = base64.b64decode(row["password"]["S"], validate=True)
            return SealedHash(sealed, row["version"]["S"])
        except (KeyError, ValueError):
            raise Unavailable("dynamodb row without a sealed password") from None

    def add(self, userid: str, account: str, new: SealedHash) -> None:
        """Write a new account, and forget the failed log-ins on its name; both or neither.

        An account that exists is never touched.

        Args:
            account: the digest of `userid`, by which its log-ins are counted.

        Raises:
            UsernameTaken: there is an account `userid`.
            Unavailable: DynamoDB did not answer. The account may or may not have been written.
        """
        now = self._timestamp()
        row = {
            "userid": userid,
            "password": _base64(new.sealed),
            "version": new.version,
            "created_at": now,
            "changed_at": now,
        }
        write = {
            "TableName": self._table,
            "Item": {name: {"S": value} for name, value in row.items()},
            "ConditionExpression": "attribute_not_exists(userid)",
        }
        forget = {
            "TableName": self._attempt_table,
            "Key": {"subject": {"S": login_subject(account)}},
        }
        self._transact([{"Put": write}, {"Delete": forget}])

    def replace(self, userid: str, old: SealedHash, new: SealedHash) -> bool:
        """Put `new` where `old` is.

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
                    UpdateExpression="SET password = :new, version = :version, changed_at = :now",
                    ConditionExpression="password = :old",
                    ExpressionAttributeValues={
                        ":new": {"S": _base64(new.sealed)},
                        ":version": {"S": new.version},
                        ":old": {"S": _base64(old.sealed)},
                        ":now": {"S": self._timestamp()},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if _code(error) != "ConditionalCheckFailedException":
                    raise
                # A try whose answer was lost may have written the row: then the retry meets itself.
                return _old_password(error) == _base64(new.sealed)
        return True

    def _transact(self, writes: list[Any]) -> None:
        tries_left, give_up_at = _TRIES_AT_CONFLICTS, self._clock() + _PATIENCE
        while reasons := self._cancellation_reasons(writes):
            if "ConditionalCheckFailed" in reasons:
                raise UsernameTaken("The user name is taken.")
            tries_left -= 1
            over = not tries_left or self._clock() > give_up_at
            if "TransactionConflict" not in reasons or over:
                raise Unavailable(f"dynamodb TransactWriteItems {' '.join(reasons)}")
            self._sleep(0.05 + secrets.randbelow(100) / 1000)

    def _cancellation_reasons(self, writes: list[Any]) -> list[str]:
        """Make all of the writes, or none and say why."""
        # botocore gives it a token, so that a retry of one that was carried out changes nothing.
        with failures_as_unavailable("dynamodb TransactWriteItems"):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except ClientError as error:
                if _code(error) != "TransactionCanceledException":
                    raise
                answer: Mapping[str, Any] = error.response
                reasons = answer.get("CancellationReasons") or [{}]
                return [reason.get("Code", "Unknown") for reason in reasons]
        return []

    def _timestamp(self) -> str:
        return self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _base64(sealed: bytes) -> str:
    return base64.b64encode(sealed).decode("ascii")


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _old_password(error: ClientError) -> str | None:
    """The `password` of the row that a condition failed on, as ReturnValues ALL_OLD gives it."""
    answer: Mapping[str, Any] = error.response
    password = answer.get("Item", {}).get("password", {}).get("S")
    return password if isinstance(password, str) else None
