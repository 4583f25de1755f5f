"""The rows and expressions. What follows from them is in `test_limiters.py`."""

from collections.abc import Callable

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.attempt_store import AttemptStore
from chalicelib.errors import Unavailable
from chalicelib.limits import LoginCount
from tests.unit.conftest import Aws

USER = "a" * 64
NOW = 1_764_000_000.25


def test_a_first_try_is_counted(attempt_store: AttemptStore, aws: Aws) -> None:
    assert attempt_store.take(USER, 10, NOW, 1_764_000_900) == (True, None)
    (row,) = aws.counts()
    assert row == {
        "subject": {"S": f"login#{USER}"},
        "failures": {"N": "1"},
        "tries_left": {"N": "9"},
        "in_flight": {"N": "1"},
        "last_at": {"N": "1764000000.250"},
        "expires_at": {"N": "1764000900"},
    }


def test_a_next_one_tells_what_was_before(attempt_store: AttemptStore) -> None:
    attempt_store.take(USER, 10, NOW, 1_764_000_900)
    before = LoginCount(1, 9, 1, NOW, 1_764_000_900)
    assert attempt_store.take(USER, 10, NOW + 1, 1_764_000_901) == (True, before)


def test_with_none_left_nothing_changes(attempt_store: AttemptStore, aws: Aws) -> None:
    attempt_store.take(USER, 1, NOW, 1_764_000_900)
    rows = aws.counts()
    count = LoginCount(1, 0, 1, NOW, 1_764_000_900)
    assert attempt_store.take(USER, 1, NOW + 1, 0) == (False, count)
    assert aws.counts() == rows


def test_an_expired_row_counts_for_nothing_but_is_told(attempt_store: AttemptStore) -> None:
    attempt_store.take(USER, 10, NOW, int(NOW) + 5)
    taken, count = attempt_store.take(USER, 10, NOW + 6, int(NOW) + 900)
    assert not taken
    assert count is not None
    assert count.has_expired(NOW + 6)


def test_it_starts_over_only_from_what_was_seen(attempt_store: AttemptStore) -> None:
    attempt_store.take(USER, 1, NOW, int(NOW) + 900)
    _, seen = attempt_store.take(USER, 1, NOW, 0)
    assert seen is not None
    new = LoginCount(2, 5, 1, NOW + 60, int(NOW) + 960)
    assert attempt_store.restart(USER, seen, new)
    assert not attempt_store.restart(USER, seen, new)
    assert attempt_store.take(USER, 1, NOW + 61, 0) == (True, new)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"failures": {"N": "1"}, "tries_left": {"N": "3"}},
        {"failures": {"S": "1"}, "in_flight": {"N": "0"}, "last_at": {"N": "1"}},
    ],
)
def test_a_damaged_row_is_a_fault_and_no_free_try(
    attempt_store: AttemptStore, aws: Aws, row: dict[str, dict[str, str]]
) -> None:
    aws.dynamodb.put_item(
        TableName=aws.attempt_table,
        Item={"subject": {"S": f"login#{USER}"}, "tries_left": {"N": "0"}} | row,
    )
    with pytest.raises(Unavailable, match="attempt row without"):
        attempt_store.take(USER, 10, NOW, 0)


def test_names_are_not_in_the_table_but_sources_are(attempt_store: AttemptStore, aws: Aws) -> None:
    attempt_store.count_sign_up("203.0.113.7", 5, NOW, int(NOW) + 3600)
    (row,) = aws.counts()
    assert row == {
        "subject": {"S": "signup#203.0.113.7"},
        "sign_ups": {"N": "1"},
        "expires_at": {"N": "1764003600"},
    }


def test_a_sign_up_too_many_tells_until_when(attempt_store: AttemptStore) -> None:
    assert attempt_store.count_sign_up("203.0.113.7", 1, NOW, int(NOW) + 3600) is None
    full_until = attempt_store.count_sign_up("203.0.113.7", 1, NOW + 9, int(NOW) + 3609)
    assert full_until == int(NOW) + 3600


CALLS: dict[str, Callable[[AttemptStore], object]] = {
    "take": lambda store: store.take(USER, 10, NOW, 0),
    "restart": lambda store: store.restart(
        USER, LoginCount(1, 1, 0, NOW), LoginCount(2, 1, 1, NOW)
    ),
    "clear": lambda store: store.clear(USER, 1, 10, 0),
    "confirm": lambda store: store.confirm(USER, 1, 9),
    "give_back": lambda store: store.give_back(USER, 1),
    "count_sign_up": lambda store: store.count_sign_up("203.0.113.7", 10, NOW, 0),
}


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "ResourceNotFoundException",
        "ThrottlingException",
        "TransactionConflictException",
    ],
)
@pytest.mark.parametrize("call", CALLS)
def test_a_failure_of_dynamodb_is_unavailable(call: str, code: str) -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error("update_item", code)
        with pytest.raises(Unavailable, match=f"^dynamodb UpdateItem {code}$"):
            CALLS[call](AttemptStore(client, "attempts"))
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("last_condition_holds", [True, False])
def test_a_new_period_of_sign_ups_is_begun_by_one(last_condition_holds: bool) -> None:
    client = boto3.client("dynamodb")
    expired = {"Item": {"expires_at": {"N": "5"}, "sign_ups": {"N": "9"}}}
    with Stubber(client) as stub:
        for number in range(6):
            if number == 5 and last_condition_holds:
                stub.add_response("update_item", {})
            else:
                stub.add_client_error(
                    "update_item", "ConditionalCheckFailedException", modeled_fields=expired
                )
        store = AttemptStore(client, "attempts", clock=lambda: NOW)
        if last_condition_holds:
            assert store.count_sign_up("203.0.113.7", 1, NOW, int(NOW) + 60) is None
        else:
            with pytest.raises(Unavailable, match="changes too fast"):
                store.count_sign_up("203.0.113.7", 1, NOW, int(NOW) + 60)
        stub.assert_no_pending_responses()
