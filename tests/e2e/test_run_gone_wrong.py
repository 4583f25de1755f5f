"""`make run` when something is taken, broken, lost or killed: one clear line, and no user lost."""

import json
import os
import shutil
import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.local_run import PASSWORD, LocalRun, wait_until


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
    assert run.has_stopped()


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
    wait_until(run.folder_is_free)
    assert run.has_stopped()
    run.start()
    assert run.post("/login", "doryfish", PASSWORD)[0] == 200


def test_a_wrong_setting_is_named_and_leaves_nothing_running(tmp_path: Path) -> None:
    with LocalRun(tmp_path / "aws", PASSWORD_MIN_LENGTH="3") as run:
        run.launch()
        assert run.wait() == 1
        assert run.output().startswith("kms-login: PASSWORD_MIN_LENGTH is wrong")
        assert run.output().count("\n") == 1
        assert run.has_stopped()


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
