"""Rows that the service cannot have written: a fault, never a log-in and never a wrong password."""

import base64
from typing import Any

import pytest

from chalicelib.password_check import user_digest
from tests.unit.conftest import Aws
from tests.unit.service import OTHER, PASSWORD, Service

ROW = "dynamodb row without a sealed password"
SOON = 10**10
LOGIN = {"failures": "0", "tries_left": "5", "in_flight": "0", "last_at": "1", "expires_at": SOON}


def write(aws: Aws, **attributes: Any) -> None:
    """Change attributes of doryfish's row; None removes one."""
    row = aws.row("doryfish") | attributes
    item = {name: value for name, value in row.items() if value is not None}
    aws.dynamodb.put_item(TableName=aws.table, Item=item)


def is_a_fault(service: Service, cause: str) -> None:
    """Whatever the password: 503, and one line that says what is wrong."""
    service.log()
    for password in (PASSWORD, OTHER):
        assert service.log_in(password=password).status_code == 503
        (record,) = service.log()
        assert (record["outcome"], record["level"]) == ("unavailable", "error")
        assert record["cause"] == cause


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("password", None, id="no password"),
        pytest.param("password", {"NULL": True}, id="a null password"),
        pytest.param("password", {"N": "7"}, id="a number of a password"),
        pytest.param("password", {"L": []}, id="a list of a password"),
        pytest.param("password", {"B": b"sealed"}, id="bytes of a password"),
        pytest.param("password", {"S": "not base64!"}, id="not base64"),
        pytest.param("password", {"S": "c2VhbGVk\n"}, id="a line end"),
        pytest.param("password", {"S": "c2VhbGV"}, id="cut base64"),
        pytest.param("password", {"S": "päss"}, id="not ASCII"),
        pytest.param("version", None, id="no version"),
        pytest.param("version", {"N": "1"}, id="a number of a version"),
        pytest.param("version", {"NULL": True}, id="a null version"),
        pytest.param("session_family", None, id="no family"),
        pytest.param("session_family", {"N": "1"}, id="a number of a family"),
    ],
)
def test_a_row_without_a_sealed_password_is_a_fault(
    service: Service, aws: Aws, name: str, value: Any
) -> None:
    service.sign_up()
    write(aws, **{name: value})
    is_a_fault(service, ROW)


def test_an_empty_password_is_a_fault(service: Service, aws: Aws) -> None:
    service.sign_up()
    write(aws, password={"S": ""})
    is_a_fault(service, "kms Decrypt InvalidCiphertextException")


@pytest.mark.parametrize("version", ["", "another", "x" * 9000])
def test_another_version_is_a_fault(service: Service, aws: Aws, version: str) -> None:
    service.sign_up()
    write(aws, version={"S": version})
    is_a_fault(service, "kms Decrypt InvalidCiphertextException")


@pytest.mark.parametrize("opened", [b"\xff\xfe", b"x", b"null", b"\0", b"\xf0\x9f\x90\xa0"])
def test_what_opens_to_no_hash_is_a_fault(service: Service, aws: Aws, opened: bytes) -> None:
    service.sign_up()
    context = {
        "userid_sha256": user_digest("doryfish"),
        "version": aws.row("doryfish")["version"]["S"],
    }
    sealed = service.module.service.logins._sealer._cipher.seal(opened, context)
    write(aws, password={"S": base64.b64encode(sealed).decode()})
    service.log()
    assert service.log_in().status_code == 503
    (record,) = service.log()
    assert record["cause"].startswith("stored hash is not ")


def test_the_name_of_a_damaged_row_stays_taken(service: Service, aws: Aws) -> None:
    service.sign_up()
    write(aws, password=None, version=None)
    assert service.sign_up(password=OTHER).status_code == 409
    assert "password" not in aws.row("doryfish")


def put_count(aws: Aws, subject: str, attributes: dict[str, Any]) -> None:
    item = {
        name: value if isinstance(value, dict) else {"N": str(value)}
        for name, value in attributes.items()
        if value is not None
    }
    aws.dynamodb.put_item(TableName=aws.attempt_table, Item={"subject": {"S": subject}} | item)


# What is compared is null here and not text: moto cannot compare text with a number, AWS can.
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("failures", None),
        ("failures", {"NULL": True}),
        ("tries_left", None),
        ("tries_left", {"NULL": True}),
        ("in_flight", {"NULL": True}),
        ("in_flight", {"S": "0"}),
    ],
)
def test_a_damaged_count_of_log_ins_is_a_fault(
    service: Service, aws: Aws, name: str, value: Any
) -> None:
    service.sign_up()
    put_count(aws, f"login#{user_digest('doryfish')}", LOGIN | {name: value})
    before = aws.counts()
    is_a_fault(
        service,
        "dynamodb UpdateItem ValidationException"
        if name == "in_flight"
        else f"dynamodb attempt row without {name}",
    )
    assert aws.counts() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("in_flight", None), ("last_at", None), ("last_at", {"S": "noon"}), ("last_at", {"L": []})],
)
def test_a_count_of_log_ins_that_a_try_repairs_is_a_fault_at_that_try(
    service: Service, aws: Aws, name: str, value: Any
) -> None:
    service.sign_up()
    put_count(aws, f"login#{user_digest('doryfish')}", LOGIN | {name: value})
    service.log()
    assert service.log_in().status_code == 503
    (record,) = service.log()
    assert record["cause"] == f"dynamodb attempt row without {name}"
    assert service.log_in(password=OTHER).status_code == 401
    assert service.log_in().status_code == 200


@pytest.mark.parametrize("name", ["sign_ups", "expires_at"])
@pytest.mark.parametrize("value", [None, {"NULL": True}])
def test_a_damaged_count_of_sign_ups_is_a_fault(
    service: Service, aws: Aws, name: str, value: Any
) -> None:
    service.sign_up()
    (row,) = aws.counts()
    put_count(aws, row["subject"]["S"], {"sign_ups": 1, "expires_at": SOON} | {name: value})
    service.log()
    assert service.sign_up("nemo").status_code == 503
    (record,) = service.log()
    assert record["cause"] == f"dynamodb attempt row without {name}"
    assert aws.row_count() == 1
