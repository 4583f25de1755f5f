"""The mistakes of the tutorial that this service started from, and that they are gone."""

import base64

import pytest

from tests.secret_guard import leaks
from tests.unit.conftest import Aws
from tests.unit.service import FORM, OTHER, PASSWORD, Service


def test_sign_up_over_an_existing_user_leaves_the_old_password_working(
    service: Service, aws: Aws
) -> None:
    service.sign_up()
    before = aws.row("doryfish")
    assert service.sign_up(password=OTHER).status_code == 409
    assert aws.row("doryfish") == before
    assert service.log_in().status_code == 200
    assert service.log_in(password=OTHER).status_code == 401


def test_a_ciphertext_copied_onto_another_row_does_not_log_in(service: Service, aws: Aws) -> None:
    service.sign_up("doryfish", PASSWORD)
    service.sign_up("nemo", OTHER)
    stolen = aws.row("doryfish") | {"userid": {"S": "nemo"}}
    aws.dynamodb.put_item(TableName=aws.table, Item=stolen)
    assert service.log_in("nemo", PASSWORD).status_code == 503
    assert service.log_in("nemo", OTHER).status_code == 503


def test_whoever_may_decrypt_finds_a_hash_and_no_password(service: Service, aws: Aws) -> None:
    service.sign_up()
    row = aws.row("doryfish")
    times = {"created_at", "changed_at"}
    assert row.keys() == {"userid", "password", "version", "session_family", *times}
    context = {"userid_sha256": service.log()[0]["user"], "version": row["version"]["S"]}
    opened = aws.kms.decrypt(
        CiphertextBlob=base64.b64decode(row["password"]["S"]), EncryptionContext=context
    )["Plaintext"].decode()
    assert opened.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in opened


def test_an_unknown_user_is_no_server_error(service: Service) -> None:
    assert service.log_in("nobody").status_code == 401


def test_a_refused_request_changes_nothing(service: Service, aws: Aws) -> None:
    service.sign_up(password="short")
    service.sign_up(uname="dory fish")
    service.request("POST", "/signup", b"uname=a&uname=b&password=c", content_type=FORM)
    service.log_in("nobody")
    assert aws.row_count() == 0


def test_the_body_is_not_logged_by_anyone(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        service.sign_up()
        service.log_in(password=OTHER)
    assert not leaks(caplog.text)
    service.log()
