"""What the stub answers: as much of DynamoDB and KMS as a sign-up, a log-in and a session need."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.limits import NEVER
from tools.bench.item_size import item_size

LOCKED = "locked"
"""The user name of an account that 100 wrong passwords have locked."""
KEYS = {
    "users": ("userid",),
    "attempts": ("subject",),
    "sessions": ("session_family", "token_sha256"),
    "tutorial": ("userid",),
}
"""The tables, and what names a row of each."""

_LOCKED_SUBJECT = "login#" + hashlib.sha256(LOCKED.encode()).hexdigest()
_LAST_AT = 1_700_000_000.123
_NO_FAILURES = {
    "failures": 0,
    "tries_left": 10,
    "in_flight": 0,
    "last_at": _LAST_AT,
    "expires_at": NEVER,
}
_ALL_FAILED = _NO_FAILURES | {"failures": 100, "tries_left": 0}
_HEADER = bytes(152)
"""A ciphertext of KMS is about so much longer than what it hides: 184 bytes for a key of 32, in the
example of GenerateDataKey."""
_REFUSED = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"

Row = dict[str, Any]


class Reply(NamedTuple):
    """What goes back to the caller."""

    status: int
    body: Mapping[str, object]


class Tables:
    """Keeps rows of users and sessions. Conditions hold, and attempts are not counted, but for the
    one account that is locked: the same requests can be made as often as one likes.

    What KMS seals is not secret here.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[str, ...], Row] = {}

    def fill(self, users: int) -> None:
        """Add so many accounts that nobody uses."""
        sealed = base64.b64encode(_HEADER + bytes(97)).decode()
        for number in range(users):
            row = {
                "userid": f"filler-{number}",
                "password": sealed,
                "version": "v" * 43,
                "session_family": "f" * 22,
                "created_at": "2026-01-01T00:00:00Z",
                "changed_at": "2026-01-01T00:00:00Z",
            }
            self._put("users", {name: {"S": value} for name, value in row.items()})

    def sizes(self) -> dict[str, int]:
        """The bytes of the largest row that was written of ours, by table."""
        sizes: dict[str, int] = {}
        for (table, *_), row in self._rows.items():
            if table != "tutorial":
                sizes[table] = max(sizes.get(table, 0), item_size(row))
        return sizes

    def answer(self, operation: str, sent: Mapping[str, Any]) -> Reply:
        """Carry one call out.

        Raises:
            LookupError: nothing here makes such a call.
        """
        match operation:
            case "Encrypt":
                return Reply(200, {"CiphertextBlob": _seal(sent["Plaintext"]), "KeyId": "key"})
            case "Decrypt":
                return Reply(200, {"Plaintext": _open(sent["CiphertextBlob"]), "KeyId": "key"})
            case "GetItem":
                row = self._rows.get(_name(sent["TableName"], sent["Key"]))
                return Reply(200, {"Item": row} if row else {})
            case "UpdateItem" if sent["TableName"] == "attempts":
                return _count(sent["Key"]["subject"]["S"])
        self._write(operation, sent)
        return Reply(200, {})

    def _write(self, operation: str, sent: Mapping[str, Any]) -> None:
        match operation:
            case "PutItem":
                self._put(sent["TableName"], sent["Item"])
            case "UpdateItem":
                self._update(sent)
            case "TransactWriteItems":
                puts = [write["Put"] for write in sent["TransactItems"] if "Put" in write]
                for put in puts:
                    self._put(put["TableName"], put["Item"])
            case _:
                raise LookupError(operation)

    def _put(self, table: str, row: Row) -> None:
        self._rows[_name(table, row)] = row

    def _update(self, sent: Mapping[str, Any]) -> None:
        row = self._rows.setdefault(_name(sent["TableName"], sent["Key"]), dict(sent["Key"]))
        # Plain assignments are all that is sent.
        for assignment in sent["UpdateExpression"].removeprefix("SET ").split(", "):
            name, _, value = assignment.partition(" = ")
            row[name] = sent["ExpressionAttributeValues"][value]


def _name(table: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    return table, *(row[name]["S"] for name in KEYS[table])


def _count(subject: str) -> Reply:
    if subject != _LOCKED_SUBJECT:
        return Reply(200, {"Attributes": _numbers(_NO_FAILURES)})
    return Reply(400, {"__type": _REFUSED, "Item": _numbers(_ALL_FAILED)})


def count_row() -> Row:
    """The row of a user name's log-ins."""
    return {"subject": {"S": _LOCKED_SUBJECT}, **_numbers(_NO_FAILURES)}


def _numbers(row: Mapping[str, float]) -> Row:
    return {name: {"N": str(value)} for name, value in row.items()}


def _seal(plaintext: str) -> str:
    return base64.b64encode(_HEADER + base64.b64decode(plaintext)).decode()


def _open(sealed: str) -> str:
    return base64.b64encode(base64.b64decode(sealed)[len(_HEADER) :]).decode()
