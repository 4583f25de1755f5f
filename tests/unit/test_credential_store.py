import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.credential_store import CredentialStore
from chalicelib.errors import Unavailable, UsernameTaken
from tests.unit.conftest import Aws

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SEALED = b"\x01\x02sealed"
IN_BASE64 = base64.b64encode(SEALED).decode()


@pytest.fixture
def scripted() -> Iterator[tuple[CredentialStore, Stubber]]:
    client = boto3.client("dynamodb")
    with Stubber(client) as stub:
        yield CredentialStore(client, "users", now=lambda: NOON), stub
        stub.assert_no_pending_responses()


class TestGet:
    def test_what_was_added_comes_back(self, store: CredentialStore) -> None:
        store.add("doryfish", SEALED)
        assert store.get("doryfish") == SEALED

    def test_nobody_is_none(self, store: CredentialStore) -> None:
        assert store.get("nobody") is None

    def test_it_reads_consistently(self, scripted: tuple[CredentialStore, Stubber]) -> None:
        store, stub = scripted
        stub.add_response(
            "get_item",
            {},
            {"TableName": "users", "Key": {"userid": {"S": "doryfish"}}, "ConsistentRead": True},
        )
        assert store.get("doryfish") is None

    @pytest.mark.parametrize(
        "row",
        [
            pytest.param({}, id="no password"),
            pytest.param({"password": {"N": "7"}}, id="a number"),
            pytest.param({"password": {"NULL": True}}, id="null"),
            pytest.param({"password": {"S": "not base64!"}}, id="not base64"),
            pytest.param({"password": {"S": "päss"}}, id="not ASCII"),
        ],
    )
    def test_a_damaged_row_is_a_fault_and_not_nobody(
        self, aws: Aws, store: CredentialStore, row: dict[str, dict[str, object]]
    ) -> None:
        aws.dynamodb.put_item(TableName=aws.table, Item={"userid": {"S": "doryfish"}} | row)
        with pytest.raises(Unavailable, match="row without a sealed password"):
            store.get("doryfish")


class TestAdd:
    def test_the_row_has_these_attributes_and_no_other(self, aws: Aws) -> None:
        summer_time = timezone(timedelta(hours=2))
        store = CredentialStore(aws.dynamodb, aws.table, now=lambda: NOON.astimezone(summer_time))
        store.add("doryfish", SEALED)
        assert aws.row("doryfish") == {
            "userid": {"S": "doryfish"},
            "password": {"S": IN_BASE64},
            "created_at": {"S": "2026-11-24T12:00:00Z"},
            "changed_at": {"S": "2026-11-24T12:00:00Z"},
        }

    def test_a_taken_name_is_refused_and_its_row_untouched(
        self, aws: Aws, store: CredentialStore
    ) -> None:
        store.add("doryfish", SEALED)
        before = aws.row("doryfish")
        with pytest.raises(UsernameTaken):
            store.add("doryfish", b"another")
        assert aws.row("doryfish") == before

    def test_of_many_at_once_one_wins(self, store: CredentialStore) -> None:
        def add(number: int) -> bool:
            try:
                store.add("doryfish", b"sealed %d" % number)
            except UsernameTaken:
                return False
            return True

        with ThreadPoolExecutor(20) as threads:
            won = list(threads.map(add, range(60)))
        assert won.count(True) == 1
        assert store.get("doryfish") == b"sealed %d" % won.index(True)

    def test_a_retry_that_meets_its_own_row_has_succeeded(
        self, scripted: tuple[CredentialStore, Stubber]
    ) -> None:
        store, stub = scripted
        stub.add_client_error(
            "put_item",
            "ConditionalCheckFailedException",
            modeled_fields={"Item": {"password": {"S": IN_BASE64}}},
        )
        store.add("doryfish", SEALED)

    @pytest.mark.parametrize("row", [{"password": {"S": "other"}}, {"password": {"N": "1"}}, {}])
    def test_one_that_meets_any_other_row_has_not(
        self, scripted: tuple[CredentialStore, Stubber], row: dict[str, dict[str, str]]
    ) -> None:
        store, stub = scripted
        stub.add_client_error(
            "put_item",
            "ConditionalCheckFailedException",
            modeled_fields={"Item": row},
        )
        with pytest.raises(UsernameTaken):
            store.add("doryfish", SEALED)


class TestReplace:
    def test_the_new_hash_takes_the_place_of_the_old(self, aws: Aws) -> None:
        CredentialStore(aws.dynamodb, aws.table, now=lambda: NOON).add("doryfish", SEALED)
        later = CredentialStore(aws.dynamodb, aws.table, now=lambda: NOON + timedelta(days=1))
        assert later.replace("doryfish", SEALED, b"new")
        assert later.get("doryfish") == b"new"
        row = aws.row("doryfish")
        assert row["created_at"] == {"S": "2026-11-24T12:00:00Z"}
        assert row["changed_at"] == {"S": "2026-11-25T12:00:00Z"}

    def test_what_somebody_else_changed_is_left_alone(self, store: CredentialStore) -> None:
        store.add("doryfish", SEALED)
        assert not store.replace("doryfish", b"older", b"new")
        assert store.get("doryfish") == SEALED

    def test_what_was_removed_is_not_brought_back(self, store: CredentialStore) -> None:
        assert not store.replace("nobody", SEALED, b"new")
        assert store.get("nobody") is None

    def test_a_retry_that_meets_its_own_row_has_succeeded(
        self, scripted: tuple[CredentialStore, Stubber]
    ) -> None:
        store, stub = scripted
        stub.add_client_error(
            "update_item",
            "ConditionalCheckFailedException",
            modeled_fields={"Item": {"password": {"S": IN_BASE64}}},
        )
        assert store.replace("doryfish", b"old", SEALED)


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "ResourceNotFoundException",
        "ThrottlingException",
    ],
)
@pytest.mark.parametrize("operation", ["get_item", "put_item", "update_item"])
def test_a_failure_of_dynamodb_is_unavailable(
    scripted: tuple[CredentialStore, Stubber], operation: str, code: str
) -> None:
    store, stub = scripted
    stub.add_client_error(operation, code)
    calls: dict[str, Callable[[], object]] = {
        "get_item": lambda: store.get("doryfish"),
        "put_item": lambda: store.add("doryfish", SEALED),
        "update_item": lambda: store.replace("doryfish", SEALED, b"new"),
    }
    with pytest.raises(Unavailable, match=f"^dynamodb .*Item {code}$"):
        calls[operation]()
