"""`make run` for real: the service over HTTP on the local AWS, started and stopped."""

import base64
import json
import os
import pty
import signal
import sys
from pathlib import Path

import boto3
import pytest

from tests.e2e.cloud import status_word
from tests.e2e.local_run import COMMAND, OTHER, PASSWORD, LocalRun, wait_until
from tools.ports import port_is_open


def test_the_main_job_and_yesterdays_users_log_in(run: LocalRun) -> None:
    run.start()
    assert run.post("/signup", "DoryFish", PASSWORD) == (200, '{"status":"Signup Success"}')
    status, body = run.post("/signup", "doryfish", OTHER)
    assert (status, json.loads(body)["status"]) == (409, "Signup Failed")
    assert status_word(run.post("/login", "doryfish", PASSWORD)) == (200, "Login Success")
    wrong = run.post("/login", "doryfish", OTHER)
    assert wrong == (401, '{"status":"Login Failed"}')
    assert run.post("/login", "nobody", OTHER) == wrong
    assert run.stop() == 0
    assert run.has_stopped()

    run.start()
    assert status_word(run.post("/login", "doryfish", PASSWORD)) == (200, "Login Success")
    assert run.post("/login", "doryfish", OTHER)[0] == 401
    assert run.post("/signup", "doryfish", OTHER)[0] == 409


def test_any_dynamodb_client_sees_only_sealed_data(run: LocalRun) -> None:
    run.start()
    run.post("/signup", "doryfish", PASSWORD)
    (row,) = run.table()
    times = {"created_at", "changed_at"}
    assert row.keys() == {"userid", "password", "version", "session_family", *times}
    assert row["userid"] == {"S": "doryfish"}
    sealed = base64.b64decode(row["password"]["S"], validate=True)
    for plain in (b"$argon2", PASSWORD.encode()):
        assert plain not in sealed


def test_key_alias_and_tables_are_of_the_template(run: LocalRun) -> None:
    run.start()
    endpoint = f"http://127.0.0.1:{run.aws_port}"
    kms = boto3.client("kms", endpoint_url=endpoint)
    (alias,) = [a for a in kms.list_aliases()["Aliases"] if a["AliasName"] == "alias/kms-login"]
    rotation = kms.get_key_rotation_status(KeyId=alias["TargetKeyId"])
    assert rotation["KeyRotationEnabled"] is True
    dynamodb = boto3.client("dynamodb", endpoint_url=endpoint)
    names = dynamodb.list_tables()["TableNames"]
    assert len(names) == 3
    for name in names:
        assert dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"] is True


def test_it_says_where_everything_is(run: LocalRun) -> None:
    run.start()
    output = run.output()
    assert f"http://127.0.0.1:{run.port}\n" in output
    assert f"http://127.0.0.1:{run.aws_port} " in output
    assert f"curl http://127.0.0.1:{run.port}/signup " in output


def test_nothing_listens_beyond_one_loopback_address(run: LocalRun) -> None:
    run.start()
    for port in (run.port, run.aws_port):
        assert port_is_open(port)
        assert not port_is_open(port, "127.0.0.2")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_a_signal_stops_both_and_saves(run: LocalRun, number: int) -> None:
    run.start()
    run.post("/signup", "doryfish", PASSWORD)
    assert run.stop(number) == 0
    assert run.has_stopped()
    assert run.output().endswith("Stopped; the state is saved.\n")
    run.start()
    assert run.post("/login", "doryfish", PASSWORD)[0] == 200


def test_impatient_signals_do_not_lose_the_state(run: LocalRun) -> None:
    run.start()
    run.post("/signup", "doryfish", PASSWORD)
    for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        run.process.send_signal(number)
    assert run.wait() == 0
    run.start()
    assert run.post("/login", "doryfish", PASSWORD)[0] == 200


def test_a_signal_while_it_starts_stops_it_too(run: LocalRun) -> None:
    run.launch()
    wait_until(lambda: bool(run.child_pids()))
    assert run.stop(signal.SIGINT) == 0
    assert run.has_stopped()


def test_a_closed_terminal_stops_both_and_saves(run: LocalRun) -> None:
    terminal, inner = pty.openpty()
    # A session leader that opens a terminal gets it as its own: closing it then hangs up on it.
    take_terminal = "import os, sys; fd = os.open(sys.argv[1], os.O_RDWR)"
    become = "[os.dup2(fd, n) for n in (0, 1, 2)]; os.execv(sys.argv[2], sys.argv[2:])"
    run.launch([sys.executable, "-c", f"{take_terminal}; {become}", os.ttyname(inner), *COMMAND])
    shown = ""
    while "Ctrl-C stops both" not in shown:
        shown += os.read(terminal, 4096).decode()
    os.close(inner)
    run.post("/signup", "doryfish", PASSWORD)
    os.close(terminal)
    assert run.wait() in {0, 120}  # 120: Python could not flush to the terminal that is gone
    assert run.has_stopped()
    run.start()
    assert run.post("/login", "doryfish", PASSWORD)[0] == 200


def test_the_shells_settings_reach_the_service(tmp_path: Path) -> None:
    with LocalRun(tmp_path / "aws", PASSWORD_MIN_LENGTH="20") as run:
        run.start()
        status, body = run.post("/signup", "doryfish", "kT9$wq!zR4#vLp2@")
        assert status == 400
        assert "at least 20 characters" in body


def test_no_aws_setting_of_the_shell_gets_in_the_way(run: LocalRun) -> None:
    """Nor one of the emulator's own, or of LocalStack's, or a proxy."""
    run.environment |= {
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:9",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "MINISTACK_ACCOUNT_ID": "999999999999",
        "PERSIST_STATE": "0",
        "SERVICES": "s3",
    }
    for expected in (200, 409):
        run.start()
        assert run.post("/signup", "doryfish", PASSWORD)[0] == expected
        assert len(run.table()) == 1
        assert run.stop() == 0
