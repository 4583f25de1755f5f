"""`make run` for real: the service over HTTP on the local AWS, started, stopped and hurt."""

import base64
import json
import os
import pty
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.e2e.local_run import COMMAND, LocalRun, wait_until
from tests.secret_guard import secret
from tools.ports import port_is_open

PASSWORD = secret("kelp forests hum at midnight")
OTHER = secret("purple umbrellas on thursday")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LocalRun]:
    with LocalRun(tmp_path / "aws") as run:
        yield run


def assert_everything_stopped(run: LocalRun) -> None:
    assert not port_is_open(run.port)
    assert not port_is_open(run.aws_port)


def test_the_main_job_and_yesterdays_users_log_in(run: LocalRun) -> None:
    run.start()
    assert run.post("/signup", "DoryFish", PASSWORD) == (200, '{"status":"Signup Success"}')
    status, body = run.post("/signup", "doryfish", OTHER)
    assert (status, json.loads(body)["status"]) == (409, "Signup Failed")
    assert run.post("/login", "doryfish", PASSWORD) == (200, '{"status":"Login Success"}')
    wrong = run.post("/login", "doryfish", OTHER)
    assert wrong == (401, '{"status":"Login Failed"}')
    assert run.post("/login", "nobody", OTHER) == wrong
    assert run.stop() == 0
    assert_everything_stopped(run)

    run.start()
    assert run.post("/login", "doryfish", PASSWORD) == (200, '{"status":"Login Success"}')
    assert run.post("/login", "doryfish", OTHER)[0] == 401
    assert run.post("/signup", "doryfish", OTHER)[0] == 409


def test_any_dynamodb_client_sees_only_sealed_data(run: LocalRun) -> None:
    run.start()
    run.post("/signup", "doryfish", PASSWORD)
    (row,) = run.table()
    assert row.keys() == {"userid", "password", "created_at", "changed_at"}
    assert row["userid"] == {"S": "doryfish"}
    sealed = base64.b64decode(row["password"]["S"], validate=True)
    for plain in (b"$argon2", PASSWORD.encode()):
        assert plain not in sealed


def test_key_alias_and_table_are_of_the_template(run: LocalRun) -> None:
    run.start()
    endpoint = f"http://127.0.0.1:{run.aws_port}"
    kms = boto3.client("kms", endpoint_url=endpoint)
    (alias,) = [a for a in kms.list_aliases()["Aliases"] if a["AliasName"] == "alias/kms-login"]
    rotation = kms.get_key_rotation_status(KeyId=alias["TargetKeyId"])
    assert rotation["KeyRotationEnabled"] is True
    dynamodb = boto3.client("dynamodb", endpoint_url=endpoint)
    (name,) = dynamodb.list_tables()["TableNames"]
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
    assert_everything_stopped(run)
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
    assert_everything_stopped(run)


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
    assert_everything_stopped(run)
    run.start()
    assert run.post("/login", "doryfish", PASSWORD)[0] == 200


@pytest.mark.parametrize("name", ["PORT", "AWS_PORT"])
def test_a_taken_port_is_one_clear_line(run: LocalRun, name: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(run.environment[name])))
        other.listen()
        run.launch()
        assert run.wait() == 1
    port = run.environment[name]
    assert run.output() == (
        f"kms-login: port {port} is taken: stop what uses it, or choose another with {name}=.\n"
    )


def test_a_dead_emulator_is_one_clear_line_and_stops_the_service(run: LocalRun) -> None:
    run.start()
    os.kill(run.child_pids()[0], signal.SIGKILL)
    assert run.wait() == 1
    assert "kms-login: the local AWS died" in run.output().splitlines()[-1]
    assert "Traceback" not in run.output()
    assert_everything_stopped(run)


def test_a_dead_service_is_one_clear_line_and_the_state_is_saved(run: LocalRun) -> None:
    run.start()
    run.post("/signup", "doryfish", PASSWORD)
    os.kill(run.child_pids()[1], signal.SIGKILL)
    assert run.wait() == 1
    assert "kms-login: the service died" in run.output().splitlines()[-1]
    run.start()
    assert run.post("/login", "doryfish", PASSWORD)[0] == 200


def test_an_emulator_that_cannot_start_is_one_clear_line(run: LocalRun) -> None:
    run.environment["PYTHONPATH"] = str(run.folder.parent)
    (run.folder.parent / "ministack.py").write_text("raise SystemExit('broken')")
    run.launch()
    assert run.wait() == 1
    assert run.output().startswith("kms-login: the local AWS did not start: ")
    assert run.output().count("\n") == 1


@pytest.mark.parametrize("file", ["dynamodb.json", "kms.json", "cloudformation.json"])
def test_a_damaged_state_file_is_one_clear_line_and_stays_as_it_is(
    run: LocalRun, file: str
) -> None:
    run.start()
    run.post("/signup", "doryfish", PASSWORD)
    run.stop()
    damaged = run.folder / "state" / file
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-10])
    run.launch()
    assert run.wait() == 1
    assert run.output().startswith("kms-login: the saved state of the local AWS is damaged")
    assert run.output().count("\n") == 1
    assert damaged.read_bytes() == whole[:-10]

    damaged.write_bytes(whole)
    run.start()
    assert run.post("/login", "doryfish", PASSWORD)[0] == 200


@pytest.mark.parametrize("file", ["dynamodb.json", "kms.json", "cloudformation.json"])
def test_a_lost_state_file_is_one_clear_line_and_nothing_is_saved_over_the_rest(
    run: LocalRun, file: str
) -> None:
    run.start()
    run.post("/signup", "doryfish", PASSWORD)
    run.stop()
    lost = run.folder / "state" / file
    kept = run.folder.parent / file
    shutil.move(lost, kept)
    run.launch()
    assert run.wait() == 1
    assert "the table or the key of the last run is missing" in run.output()
    assert run.output().count("\n") == 1
    assert not lost.exists()

    shutil.move(kept, lost)
    run.start()
    assert run.post("/login", "doryfish", PASSWORD)[0] == 200


def test_a_state_that_could_not_be_saved_is_one_clear_line(run: LocalRun) -> None:
    run.start()
    shutil.rmtree(run.folder / "state")
    (run.folder / "state").write_text("in the way")
    assert run.stop() == 1
    assert "kms-login: the local AWS stopped without saving" in run.output().splitlines()[-1]


def test_a_second_run_on_the_same_folder_is_one_clear_line(run: LocalRun) -> None:
    run.start()
    second = LocalRun(run.folder)
    second._output = run.folder.parent / "second.txt"
    second.launch()
    assert second.wait() == 1
    assert f"is in use: stop the other make run (Ctrl-C there, or kill {run.process.pid})" in (
        second.output()
    )
    assert second.output().count("\n") == 1
    assert run.post("/signup", "doryfish", PASSWORD)[0] == 200


def test_what_a_killed_run_leaves_behind_can_be_stopped_as_it_says(run: LocalRun) -> None:
    run.start()
    run.post("/signup", "doryfish", PASSWORD)
    run.stop(signal.SIGKILL)
    pids = run.child_pids()
    run.launch()
    assert run.wait() == 1
    assert f"stop what a killed make run left (kill {pids[0]} {pids[1]})" in run.output()
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not port_is_open(run.aws_port) and not port_is_open(run.port))
    run.start()
    assert run.post("/login", "doryfish", PASSWORD)[0] == 200


def test_a_wrong_setting_is_named_and_leaves_nothing_running(tmp_path: Path) -> None:
    with LocalRun(tmp_path / "aws", PASSWORD_MIN_LENGTH="3") as run:
        run.launch()
        assert run.wait() == 1
        assert run.output().startswith("kms-login: PASSWORD_MIN_LENGTH is wrong")
        assert run.output().count("\n") == 1
        assert_everything_stopped(run)


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


def test_a_stopped_local_aws_is_503_and_never_a_log_in(run: LocalRun) -> None:
    run.start()
    run.post("/signup", "doryfish", PASSWORD)
    emulator = run.child_pids()[0]
    os.kill(emulator, signal.SIGSTOP)
    try:
        status, body = run.post("/login", "doryfish", PASSWORD)
    finally:
        os.kill(emulator, signal.SIGCONT)
    assert (status, json.loads(body)["status"]) == (503, "Unavailable")
    assert run.post("/login", "doryfish", PASSWORD)[0] == 200
