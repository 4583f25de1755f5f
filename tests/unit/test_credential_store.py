import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.attempt_store import AttemptStore
from chalicelib.credential import Credential
from chalicelib.credential_store import CredentialStore
from chalicelib.errors import Unavailable, UsernameTaken
from tests.unit.conftest import Aws

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SEALED = Credential(b"\x01\x02sealed", "first", "family")
NEW = Credential(b"new", "second", "next family")
IN_BASE64 = base64.b64encode(SEALED.sealed).decode()
ACCOUNT = "a" * 64


@pytest.fixture
def scripted() -> Iterator[tuple[CredentialStore, Stubber]]:
    client = boto3.client("dynamodb")
    pauses: list[float] = []
    with Stubber(client) as stub:
        store = CredentialStore(
            client, "users", "attempts", lambda: NOON, pauses.append, lambda: 0.0
        )
        yield store, stub
        stub.assert_no_pending_responses()


def store_at(aws: Aws, moment: datetime) -> CredentialStore:
    return CredentialStore(aws.dynamodb, aws.table, aws.attempt_table, now=lambda: moment)


def is_cancelled(stub: Stubber, *codes: str) -> None:
    reasons = {"CancellationReasons": [{"Code": code} for code in codes]}
    stub.add_client_error(
        "transact_write_items", "TransactionCanceledException", modeled_fields=reasons
    )


class TestGet:
    def test_what_was_added_comes_back(self, store: CredentialStore) -> None:
        store.add("doryfish", ACCOUNT, SEALED)
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
            pytest.param({"password": {"S": IN_BASE64}}, id="no version"),
            pytest.param(
                {"password": {"S": IN_BASE64}, "version": {"N": "1"}}, id="a number of a version"
            ),
            pytest.param({"password": {"S": IN_BASE64}, "version": {"S": "first"}}, id="no family"),
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
        store = CredentialStore(
            aws.dynamodb, aws.table, aws.attempt_table, now=lambda: NOON.astimezone(summer_time)
        )
        store.add("doryfish", ACCOUNT, SEALED)
        assert aws.row("doryfish") == {
            "userid": {"S": "doryfish"},
            "password": {"S": IN_BASE64},
            "version": {"S": "first"},
            "session_family": {"S": "family"},
            "created_at": {"S": "2026-11-24T12:00:00Z"},
            "changed_at": {"S": "2026-11-24T12:00:00Z"},
        }

    def test_a_taken_name_is_refused_and_its_row_untouched(
        self, aws: Aws, store: CredentialStore
    ) -> None:
        store.add("doryfish", ACCOUNT, SEALED)
        before = aws.row("doryfish")
        with pytest.raises(UsernameTaken):
            store.add("doryfish", ACCOUNT, NEW)
        assert aws.row("doryfish") == before

    def test_of_many_at_once_one_wins(self, store: CredentialStore) -> None:
        def add(number: int) -> bool:
            try:
                store.add("doryfish", ACCOUNT, Credential(b"sealed", str(number), "family"))
            except UsernameTaken:
                return False
            return True

        with ThreadPoolExecutor(20) as threads:
            won = list(threads.map(add, range(60)))
        assert won.count(True) == 1
        assert store.get("doryfish") == Credential(b"sealed", str(won.index(True)), "family")

    def test_the_failed_log_ins_on_the_name_are_forgotten_with_it(
        self, aws: Aws, store: CredentialStore, attempt_store: AttemptStore
    ) -> None:
        attempt_store.take(ACCOUNT, 10, 1.0, 99)
        attempt_store.take("b" * 64, 10, 1.0, 99)
        store.add("doryfish", ACCOUNT, SEALED)
        assert [row["subject"]["S"] for row in aws.counts()] == [f"login#{'b' * 64}"]

    def test_those_on_a_taken_name_are_not(
        self, aws: Aws, store: CredentialStore, attempt_store: AttemptStore
    ) -> None:
        store.add("doryfish", ACCOUNT, SEALED)
        attempt_store.take(ACCOUNT, 10, 1.0, 99)
        with pytest.raises(UsernameTaken):
            store.add("doryfish", ACCOUNT, NEW)
        assert len(aws.counts()) == 1

    def test_a_retry_carries_the_token_of_its_first_try(self, aws: Aws) -> None:
        """DynamoDB carries a token out once, so that a lost answer is no taken name."""
        tokens: list[str] = []
        aws.dynamodb.meta.events.register(
            "before-send.dynamodb.TransactWriteItems",
            lambda request, **_: tokens.append(json.loads(request.body)["ClientRequestToken"]),
        )
        store_at(aws, NOON).add("doryfish", ACCOUNT, SEALED)
        assert len(tokens) == 1
        assert len(tokens[0]) == 36

    def test_a_transaction_that_crosses_another_is_tried_again(
        self, scripted: tuple[CredentialStore, Stubber]
    ) -> None:
        store, stub = scripted
        is_cancelled(stub, "TransactionConflict", "None")
        is_cancelled(stub, "None", "TransactionConflict")
        stub.add_response("transact_write_items", {})
        store.add("doryfish", ACCOUNT, SEALED)

    def test_but_not_for_ever(self, scripted: tuple[CredentialStore, Stubber]) -> None:
        store, stub = scripted
        for _ in range(3):
            is_cancelled(stub, "TransactionConflict", "None")
        with pytest.raises(Unavailable, match="TransactWriteItems TransactionConflict"):
            store.add("doryfish", ACCOUNT, SEALED)

    def test_one_that_is_cancelled_for_another_reason_is_no_taken_name(
        self, scripted: tuple[CredentialStore, Stubber]
    ) -> None:
        store, stub = scripted
        is_cancelled(stub, "ThrottlingError", "None")
        with pytest.raises(Unavailable, match="TransactWriteItems ThrottlingError"):
            store.add("doryfish", ACCOUNT, SEALED)


class TestReplace:
    def test_the_new_hash_takes_the_place_of_the_old(self, aws: Aws) -> None:
        store_at(aws, NOON).add("doryfish", ACCOUNT, SEALED)
        later = store_at(aws, NOON + timedelta(days=1))
        assert later.replace("doryfish", SEALED, NEW)
        assert later.get("doryfish") == NEW
        row = aws.row("doryfish")
        assert row["created_at"] == {"S": "2026-11-24T12:00:00Z"}
        assert row["changed_at"] == {"S": "2026-11-25T12:00:00Z"}

    def test_what_somebody_else_changed_is_left_alone(self, store: CredentialStore) -> None:
        store.add("doryfish", ACCOUNT, SEALED)
        assert not store.replace("doryfish", NEW, NEW)
        assert store.get("doryfish") == SEALED

    def test_what_was_removed_is_not_brought_back(self, store: CredentialStore) -> None:
        assert not store.replace("nobody", SEALED, NEW)
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
        assert store.replace("doryfish", NEW, SEALED)

    @pytest.mark.parametrize("changed", [{"sealed": b"x"}, {"family": "x"}])
    def test_a_change_of_any_kind_is_not_overwritten(
        self, store: CredentialStore, changed: dict[str, Any]
    ) -> None:
        store.add("doryfish", ACCOUNT, SEALED)
        assert not store.replace("doryfish", SEALED._replace(**changed), NEW)
        assert store.get("doryfish") == SEALED


class TestRemove:
    def test_the_account_is_gone(self, aws: Aws, store: CredentialStore) -> None:
        store.add("doryfish", ACCOUNT, SEALED)
        assert store.remove("doryfish", SEALED)
        assert aws.users() == []

    def test_one_that_is_gone_already_is_as_good(self, store: CredentialStore) -> None:
        assert store.remove("nobody", SEALED)

    @pytest.mark.parametrize("changed", [{"sealed": b"x"}, {"family": "x"}])
    def test_what_somebody_else_changed_is_left_alone(
        self, store: CredentialStore, changed: dict[str, Any]
    ) -> None:
        store.add("doryfish", ACCOUNT, SEALED)
        assert not store.remove("doryfish", SEALED._replace(**changed))
        assert store.get("doryfish") == SEALED


class TestEndSessions:
    def test_only_the_family_is_another(self, aws: Aws, store: CredentialStore) -> None:
        store.add("doryfish", ACCOUNT, SEALED)
        before = aws.row("doryfish")
        store.end_sessions("doryfish", "another")
        assert aws.row("doryfish") == before | {"session_family": {"S": "another"}}

    def test_nobody_does_not_become_an_account(self, aws: Aws, store: CredentialStore) -> None:
        store.end_sessions("nobody", "another")
        assert aws.users() == []


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
@pytest.mark.parametrize(
    "operation", ["get_item", "transact_write_items", "update_item", "delete_item"]
)
def test_a_failure_of_dynamodb_is_unavailable(
    scripted: tuple[CredentialStore, Stubber], operation: str, code: str
) -> None:
    store, stub = scripted
    stub.add_client_error(operation, code)
    calls: dict[str, Callable[[], object]] = {
        "get_item": lambda: store.get("doryfish"),
        "transact_write_items": lambda: store.add("doryfish", ACCOUNT, SEALED),
        "update_item": lambda: store.replace("doryfish", SEALED, NEW),
        "delete_item": lambda: store.remove("doryfish", SEALED),
    }
    with pytest.raises(Unavailable, match=f"^dynamodb .*Items? {code}$"):
        calls[operation]()
