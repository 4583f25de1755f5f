"""The DynamoDB table of attempts: how often somebody tried, in rows that expire."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.aws_clients import AwsClients, make_client, write_if
from chalicelib.errors import Unavailable
from chalicelib.limits import MAX_FAILURES, LoginCount

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PATIENCE = 2.0
"""Seconds after which a period that others keep beginning is not tried again: a slow turn takes two
of the longest calls, and a sign-up has two more to make."""
_MAY_TRY = (
    "attribute_not_exists(subject) OR (tries_left > :zero AND failures < :max"
    " AND (attribute_not_exists(expires_at) OR expires_at > :now))"
)
_TAKE = (
    "SET failures = if_not_exists(failures, :zero) + :one,"
    " tries_left = if_not_exists(tries_left, :tries) - :one,"
    " in_flight = if_not_exists(in_flight, :zero) + :one,"
    " last_at = :now, expires_at = :expires"
)
_RESTART = (
    "SET failures = :failures, tries_left = :tries, in_flight = :in_flight,"
    " last_at = :now, expires_at = :expires"
)
# What is in flight stays counted: it may yet fail.
_CLEAR = (
    "SET failures = in_flight - :ended, tries_left = :tries - in_flight,"
    " in_flight = in_flight - :ended, expires_at = :expires"
)
_GIVE_BACK = (
    "SET failures = failures - :one, tries_left = tries_left + :one, in_flight = in_flight - :ended"
)
_MAY_SIGN_UP = "attribute_not_exists(subject) OR (sign_ups < :limit AND expires_at > :now)"


def login_subject(account: str) -> str:
    """The row of the log-ins on an account, which is named by its digest."""
    return f"login#{account}"


class AttemptStore:
    """One row for each thing that is counted, all with `subject` and nearly all with `expires_at`.

    DynamoDB removes a row some time after `expires_at`; until it does, the row counts for nothing.
    A retry of botocore whose first try was carried out counts twice: too strict for a while, and
    never too lax.

    Args:
        client: a boto3 DynamoDB client.
        table: the table's name.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    @classmethod
    def connect(cls, table: str, clients: AwsClients | None = None) -> "AttemptStore":
        """A store on the AWS account, region and endpoint of the environment."""
        return cls(make_client("dynamodb", clients), table)

    def take(
        self, account: str, tries: int, now: float, expires_at: int
    ) -> tuple[bool, LoginCount | None]:
        """Count one more log-in on `account`, if a try is left.

        Args:
            tries: how many there are for an account that is not counted yet.

        Returns:
            Whether it was counted, and the count before.

        Raises:
            Unavailable: DynamoDB did not answer, or the row is damaged.
        """
        values = {
            ":zero": 0,
            ":one": 1,
            ":max": MAX_FAILURES,
            ":tries": tries,
            ":now": now,
            ":expires": expires_at,
        }
        taken, row = self._update(login_subject(account), _TAKE, _MAY_TRY, values)
        return taken, _login_count(row)

    def restart(self, account: str, seen: LoginCount, new: LoginCount) -> bool:
        """Put the count `new` where `seen` is.

        Returns:
            False when the row has changed meanwhile, and was left alone.

        Raises:
            Unavailable: DynamoDB did not answer.
        """
        values = {
            ":failures": new.failures,
            ":tries": new.tries_left,
            ":in_flight": new.in_flight,
            ":now": new.last_at,
            ":expires": new.expires_at or 0,
            ":seen_failures": seen.failures,
            ":seen_tries": seen.tries_left,
            ":seen_last": seen.last_at,
        }
        condition = (
            "failures = :seen_failures AND tries_left = :seen_tries AND last_at = :seen_last"
        )
        return self._update(login_subject(account), _RESTART, condition, values)[0]

    def clear(self, account: str, ended: int, tries: int, expires_at: int) -> None:
        """Forget the failures of `account`, and take `ended` tries out of flight."""
        values = {":ended": ended, ":tries": tries + ended, ":expires": expires_at}
        self._end(account, _CLEAR, values)

    def confirm(self, account: str, ended: int, *, keep: bool) -> None:
        """Take `ended` tries out of flight as failures; with `keep`, never forget them."""
        update = "SET in_flight = in_flight - :ended"
        self._end(account, f"{update} REMOVE expires_at" if keep else update, {":ended": ended})

    def give_back(self, account: str, ended: int) -> None:
        """Take `ended` tries out of flight, of which one was no failure."""
        self._end(account, _GIVE_BACK, {":ended": ended, ":one": 1})

    def count_sign_up(self, source: str, limit: int, now: float, expires_at: int) -> int | None:
        """Count one more sign-up from `source`.

        Args:
            expires_at: when the period ends that begins with this one, if one begins.

        Returns:
            None when it was counted; else when the period ends in which there were `limit`.

        Raises:
            Unavailable: DynamoDB did not answer, or the row is damaged.
        """
        subject = f"signup#{source}"
        values = {":one": 1, ":limit": limit, ":now": now, ":expires": expires_at}
        add = "SET expires_at = if_not_exists(expires_at, :expires) ADD sign_ups :one"
        give_up_at = self._clock() + _PATIENCE
        # When a period has ended, somebody else may have been faster to begin the next.
        for turn in range(3):
            if turn and self._clock() > give_up_at:
                break
            counted, row = self._update(subject, add, _MAY_SIGN_UP, values)
            if counted:
                return None
            full_until = _number(row, "expires_at")
            if full_until > now:
                _number(row, "sign_ups")  # without it, not full but damaged
                return int(full_until)
            begin = "SET expires_at = :expires, sign_ups = :one"
            seen = {":seen": full_until, ":one": 1, ":expires": expires_at}
            if self._update(subject, begin, "expires_at = :seen", seen)[0]:
                return None
        raise Unavailable("sign-up count changes too fast")

    def _end(self, account: str, update: str, values: Mapping[str, float]) -> None:
        # Where it fails, the row was removed meanwhile: the account was unlocked, or made.
        self._update(login_subject(account), update, "in_flight >= :ended", values)

    def _update(
        self, subject: str, update: str, condition: str, values: Mapping[str, float]
    ) -> tuple[bool, Mapping[str, Any]]:
        """Whether the condition held and the update was made; and the row as it was before."""
        return write_if(
            "dynamodb UpdateItem",
            lambda: self._client.update_item(
                TableName=self._table,
                Key={"subject": {"S": subject}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues={
                    name: {"N": _decimal(value)} for name, value in values.items()
                },
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            ),
        )


def _decimal(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _login_count(row: Mapping[str, Any]) -> LoginCount | None:
    if not row:
        return None
    return LoginCount(
        failures=int(_number(row, "failures")),
        tries_left=int(_number(row, "tries_left")),
        in_flight=int(_number(row, "in_flight")),
        last_at=_number(row, "last_at"),
        expires_at=int(_number(row, "expires_at")) if "expires_at" in row else None,
    )


def _number(row: Mapping[str, Any], name: str) -> float:
    try:
        return float(row[name]["N"])
    except (KeyError, TypeError, ValueError):
        raise Unavailable(f"dynamodb attempt row without {name}") from None
