from collections.abc import Callable

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.errors import Unavailable
from chalicelib.session_store import SessionStore
from chalicelib.sessions import Session
from tests.unit.conftest import Aws

FAMILY = "f" * 22
SESSION = Session(FAMILY, "d" * 64, "doryfish", 1000, 2000, 9000)


def another(number: int, family: str = FAMILY) -> Session:
    return SESSION._replace(family=family, digest=f"{number:064}")


def test_the_row_has_these_attributes_and_no_other(aws: Aws, session_store: SessionStore) -> None:
    session_store.add(SESSION)
    assert aws.sessions() == [
        {
            "session_family": {"S": FAMILY},
            "token_sha256": {"S": "d" * 64},
            "userid": {"S": "doryfish"},
            "began_at": {"N": "1000"},
            "expires_at": {"N": "2000"},
            "ends_at": {"N": "9000"},
        }
    ]


def test_what_was_added_comes_back(session_store: SessionStore) -> None:
    session_store.add(SESSION)
    assert session_store.get(FAMILY, "d" * 64) == SESSION
    assert session_store.get(FAMILY, "e" * 64) is None
    assert session_store.get("g" * 22, "d" * 64) is None


def test_a_trace_has_no_user(session_store: SessionStore) -> None:
    session_store.add(SESSION)
    trace = SESSION._replace(userid=None)
    session_store.add(trace)
    assert session_store.get(FAMILY, "d" * 64) == trace


def test_it_reads_consistently() -> None:
    client = boto3.client("dynamodb")
    key = {"session_family": {"S": FAMILY}, "token_sha256": {"S": "d" * 64}}
    with Stubber(client) as stub:
        expected = {"TableName": "sessions", "Key": key, "ConsistentRead": True}
        stub.add_response("get_item", {}, expected)
        assert SessionStore(client, "sessions").get(FAMILY, "d" * 64) is None


def test_a_session_is_prolonged(session_store: SessionStore) -> None:
    session_store.add(SESSION)
    longer = SESSION._replace(idle_until=3000)
    session_store.prolong(longer)
    assert session_store.get(FAMILY, "d" * 64) == longer


def test_one_that_was_ended_is_not_brought_back(aws: Aws, session_store: SessionStore) -> None:
    session_store.prolong(SESSION)
    assert aws.sessions() == []


def test_a_removed_one_is_gone_and_can_be_removed_again(session_store: SessionStore) -> None:
    session_store.add(SESSION)
    for _ in range(2):
        session_store.remove(FAMILY, "d" * 64)
    assert session_store.get(FAMILY, "d" * 64) is None


@pytest.mark.parametrize("count", [0, 1, 25, 26, 80])
def test_a_family_is_removed_whole_and_no_other(
    aws: Aws, session_store: SessionStore, count: int
) -> None:
    for number in range(count):
        session_store.add(another(number))
    session_store.add(another(1, "g" * 22))
    session_store.remove_family(FAMILY)
    assert [row["session_family"]["S"] for row in aws.sessions()] == ["g" * 22]


@pytest.mark.parametrize("kept", [0, 13, 29])
def test_one_of_it_can_stay(aws: Aws, session_store: SessionStore, kept: int) -> None:
    for number in range(30):
        session_store.add(another(number))
    session_store.remove_family(FAMILY, but=f"{kept:064}")
    assert [row["token_sha256"]["S"] for row in aws.sessions()] == [f"{kept:064}"]


@pytest.mark.parametrize("name", ["began_at", "expires_at", "ends_at"])
@pytest.mark.parametrize("value", [None, {"S": "x"}, {"NULL": True}])
def test_a_damaged_row_is_a_fault_and_no_session(
    aws: Aws, session_store: SessionStore, name: str, value: dict[str, object] | None
) -> None:
    session_store.add(SESSION)
    (row,) = aws.sessions()
    damaged = {k: v for k, v in (row | {name: value}).items() if v is not None}
    aws.dynamodb.put_item(TableName=aws.session_table, Item=damaged)
    with pytest.raises(Unavailable, match="session row is damaged"):
        session_store.get(FAMILY, "d" * 64)


CALLS: dict[str, Callable[[SessionStore], object]] = {
    "put_item": lambda store: store.add(SESSION),
    "get_item": lambda store: store.get(FAMILY, "d" * 64),
    "update_item": lambda store: store.prolong(SESSION),
    "delete_item": lambda store: store.remove(FAMILY, "d" * 64),
    "query": lambda store: store.remove_family(FAMILY),
}


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ResourceNotFoundException", "ThrottlingException"]
)
@pytest.mark.parametrize("operation", CALLS)
def test_a_failure_of_dynamodb_is_unavailable(operation: str, code: str) -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error(operation, code)
        with pytest.raises(Unavailable, match=f"^dynamodb [A-Za-z]+ {code}$"):
            CALLS[operation](SessionStore(client, "sessions"))
        stub.assert_no_pending_responses()
