"""The DynamoDB credential store."""

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.attempt_store import login_subject
from chalicelib.aws_clients import AwsClients, failures_as_unavailable, make_client, write_if
from chalicelib.credential import Credential
from chalicelib.errors import Unavailable, UsernameTaken

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRIES_AT_CONFLICTS = 3
"""How often a transaction is tried that another write keeps crossing."""
_PATIENCE = 0.5
"""Seconds after which it is not tried again: it is the last of a sign-up's calls, and one more as
slow as can be must end before Lambda ends the function."""


_REPLACE = "SET password = :new, version = :version, session_family = :family, changed_at = :now"


class CredentialStore:
    """One row for each account: what a `Credential` has, `userid`, `created_at` and `changed_at`.

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
    def connect(
        cls, table: str, attempt_table: str, clients: AwsClients | None = None
    ) -> "CredentialStore":
        """A store on the AWS account, region and endpoint of the environment."""
        return cls(make_client("dynamodb", clients), table, attempt_table)

    def get(self, userid: str) -> Credential | None:
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
            return Credential(sealed, row["version"]["S"], row["session_family"]["S"])
        except (KeyError, ValueError):
            raise Unavailable("dynamodb row without a sealed password") from None

    def add(self, userid: str, account: str, new: Credential) -> None:
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
            "session_family": new.family,
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

    def replace(self, userid: str, old: Credential, new: Credential) -> bool:
        """Put `new` where `old` is.

        Returns:
            False when the row no longer holds `old`: somebody else changed or removed it, and it
            was left alone.

        Raises:
            Unavailable: DynamoDB did not answer. The row may hold either.
        """
        replaced, row = write_if(
            "dynamodb UpdateItem",
            lambda: self._client.update_item(
                TableName=self._table,
                Key={"userid": {"S": userid}},
                UpdateExpression=_REPLACE,
                ConditionExpression="password = :old AND session_family = :old_family",
                ExpressionAttributeValues={
                    ":new": {"S": _base64(new.sealed)},
                    ":version": {"S": new.version},
                    ":family": {"S": new.family},
                    ":old": {"S": _base64(old.sealed)},
                    ":old_family": {"S": old.family},
                    ":now": {"S": self._timestamp()},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            ),
        )
        # A try whose answer was lost may have written the row: then the retry meets itself.
        return replaced or row.get("password") == {"S": _base64(new.sealed)}

    def remove(self, userid: str, old: Credential) -> bool:
        """Remove the account.

        Returns:
            False when the row no longer holds `old`, and was left alone. That there is none any
            more is as good as removing it.

        Raises:
            Unavailable: DynamoDB did not answer. The row may be there or not.
        """
        removed, row = write_if(
            "dynamodb DeleteItem",
            lambda: self._client.delete_item(
                TableName=self._table,
                Key={"userid": {"S": userid}},
                ConditionExpression="password = :old AND session_family = :family",
                ExpressionAttributeValues={
                    ":old": {"S": _base64(old.sealed)},
                    ":family": {"S": old.family},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            ),
        )
        return removed or not row

    def end_sessions(self, userid: str, family: str) -> None:
        """Give the account, if there is one, a new family of sessions: all others have ended then.

        Raises:
            Unavailable: DynamoDB did not answer.
        """
        write_if(
            "dynamodb UpdateItem",
            lambda: self._client.update_item(
                TableName=self._table,
                Key={"userid": {"S": userid}},
                UpdateExpression="SET session_family = :family",
                ConditionExpression="attribute_exists(userid)",
                ExpressionAttributeValues={":family": {"S": family}},
            ),
        )

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
                if error.response.get("Error", {}).get("Code") != "TransactionCanceledException":
                    raise
                answer: Mapping[str, Any] = error.response
                reasons = answer.get("CancellationReasons") or [{}]
                return [reason.get("Code", "Unknown") for reason in reasons]
        return []

    def _timestamp(self) -> str:
        return self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _base64(sealed: bytes) -> str:
    return base64.b64encode(sealed).decode("ascii")
