"""The DynamoDB table of sessions, in rows that expire."""

from typing import TYPE_CHECKING, Any

from chalicelib.aws_clients import AwsClients, failures_as_unavailable, make_client, write_if
from chalicelib.errors import Unavailable
from chalicelib.sessions import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 25
"""What BatchWriteItem takes at once."""
_BATCHES = 40
"""Batches of ended sessions removed at most; DynamoDB removes the others when they expire."""


class SessionStore:
    """One row for each session: `session_family` and `token_sha256`, `userid`, `began_at`, `ends_at`, and
    `expires_at`, which is when it has been idle for too long.

    DynamoDB removes a row some time after `expires_at`; whether a session has ended is told by
    `Sessions`.

    Args:
        client: a boto3 DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    @classmethod
    def connect(cls, table: str, clients: AwsClients | None = None) -> "SessionStore":
        """A store on the AWS account, region and endpoint of the environment."""
        return cls(make_client("dynamodb", clients), table)

    def add(self, session: Session) -> None:
        """Write a session, or another in its place.

        Raises:
            Unavailable: DynamoDB did not answer.
        """
        with failures_as_unavailable("dynamodb PutItem"):
            self._client.put_item(TableName=self._table, Item=_row(session))

    def get(self, family: str, digest: str) -> Session | None:
        """The session, or None. Reads consistently, so that one that was ended is gone.

        Raises:
            Unavailable: DynamoDB did not answer, or the row is damaged.
        """
        with failures_as_unavailable("dynamodb GetItem"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(family, digest), ConsistentRead=True
            )
        row: Any = answer.get("Item")
        if row is None:
            return None
        try:
            return Session(
                family=family,
                digest=digest,
                userid=row["userid"]["S"] if "userid" in row else None,
                began_at=int(row["began_at"]["N"]),
                idle_until=int(row["expires_at"]["N"]),
                ends_at=int(row["ends_at"]["N"]),
            )
        except (KeyError, TypeError, ValueError):
            raise Unavailable("dynamodb session row is damaged") from None

    def prolong(self, session: Session) -> None:
        """Write when the session ends unless it is used; one that was ended stays so.

        Raises:
            Unavailable: DynamoDB did not answer.
        """
        write_if(
            "dynamodb UpdateItem",
            lambda: self._client.update_item(
                TableName=self._table,
                Key=_key(session.family, session.digest),
                UpdateExpression="SET expires_at = :idle_until",
                ConditionExpression="attribute_exists(userid)",
                ExpressionAttributeValues={":idle_until": {"N": str(session.idle_until)}},
            ),
        )

    def remove(self, family: str, digest: str) -> None:
        """Remove the session, if it is there.

        Raises:
            Unavailable: DynamoDB did not answer.
        """
        with failures_as_unavailable("dynamodb DeleteItem"):
            self._client.delete_item(TableName=self._table, Key=_key(family, digest))

    def remove_family(self, family: str, *, but: str = "") -> None:
        """Remove the sessions of a family, 1,000 of them at most.

        Args:
            but: the digest of one that stays.

        Raises:
            Unavailable: DynamoDB did not answer.
        """
        for _ in range(_BATCHES):
            keys = [key for key in self._some_of(family) if key["token_sha256"]["S"] != but]
            if not keys:
                return
            with failures_as_unavailable("dynamodb BatchWriteItem"):
                self._client.batch_write_item(
                    RequestItems={self._table: [{"DeleteRequest": {"Key": key}} for key in keys]}
                )

    def _some_of(self, family: str) -> list[Any]:
        with failures_as_unavailable("dynamodb Query"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="session_family = :family",
                ExpressionAttributeValues={":family": {"S": family}},
                ProjectionExpression="session_family, token_sha256",
                ConsistentRead=True,
                Limit=_BATCH,
            )
        return list(answer["Items"])


def _key(family: str, digest: str) -> dict[str, Any]:
    return {"session_family": {"S": family}, "token_sha256": {"S": digest}}


def _row(session: Session) -> dict[str, Any]:
    row = _key(session.family, session.digest) | {
        "began_at": {"N": str(session.began_at)},
        "ends_at": {"N": str(session.ends_at)},
        "expires_at": {"N": str(session.idle_until)},
    }
    return row if session.userid is None else row | {"userid": {"S": session.userid}}
