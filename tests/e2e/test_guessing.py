"""Many at once on one user name, from many processes, on a real DynamoDB API: counted exactly."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Any

import boto3
import pytest

from chalicelib.attempt_store import login_subject
from chalicelib.password_check import user_digest
from chalicelib.settings import Settings
from tests.e2e.guesser import Guess, Guessers
from tests.e2e.local_run import OTHER, PASSWORD, PROJECT
from tests.secret_guard import leaks
from tools.ports import free_port
from tools.scratch_aws import scratch_aws

COMMAND = [sys.executable, "-m", "tests.e2e.guesser"]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a local AWS."""
    folder = tmp_path_factory.mktemp("aws")
    with scratch_aws(free_port(), folder, lambda: False) as environment:
        yield environment
    assert not leaks((folder / "ministack.log").read_text("utf-8")), "the local AWS logged a secret"


@pytest.fixture
def doryfish(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A user, new for each test."""
    for name in aws.keys() - os.environ.keys():
        monkeypatch.setenv(name, aws[name])
    userid = f"doryfish-{os.urandom(4).hex()}"
    Guessers(Settings.from_environment(aws), threads=1).sign_up(userid, PASSWORD)
    return userid


def log_ins(
    aws: dict[str, str], userid: str, password: str, *, processes: int, threads: int
) -> list[Guess]:
    """What becomes of `processes` times `threads` log-ins at the same moment."""
    order = {"userid": userid, "password": password, "threads": threads}
    with ExitStack() as stack:
        runs = [
            stack.enter_context(
                subprocess.Popen(
                    COMMAND,
                    cwd=PROJECT,
                    env=aws,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(processes)
        ]
        for run in runs:
            say(run.stdin, json.dumps(order))
        for run in runs:
            assert hear(run.stdout) == "ready\n"
        for run in runs:
            say(run.stdin, "go")
        return [Guess(**guess) for run in runs for guess in json.loads(hear(run.stdout))]


def tally(guesses: list[Guess]) -> Counter[tuple[str, int, str]]:
    """How many had which outcome, verifications and cause; printed for whoever runs it with -s."""
    outcomes = Counter((guess.outcome, guess.verified, guess.cause) for guess in guesses)
    numbers = ", ".join(f"{number} {outcome}" for (outcome, *_), number in outcomes.items())
    verified = sum(guess.verified for guess in guesses)
    slowest = max(guess.seconds for guess in guesses)
    print(
        f"\n{len(guesses)} at once: {numbers}; {verified} passwords looked at;"
        f" slowest {slowest:.1f} s"
    )
    return outcomes


def say(pipe: IO[str] | None, line: str) -> None:
    assert pipe is not None
    print(line, file=pipe, flush=True)


def hear(pipe: IO[str] | None) -> str:
    assert pipe is not None
    return pipe.readline()


def count(aws: dict[str, str], userid: str) -> dict[str, int]:
    """What the table of attempts has of a user name."""
    client: Any = boto3.client("dynamodb", endpoint_url=aws["AWS_ENDPOINT_URL"])
    key = {"subject": {"S": login_subject(user_digest(userid))}}
    row = client.get_item(TableName=aws["ATTEMPT_TABLE"], Key=key)["Item"]
    return {name: int(row[name]["N"]) for name in ("failures", "tries_left", "in_flight")}


@pytest.mark.parametrize("exists", [True, False])
def test_of_500_wrong_guesses_at_once_ten_reach_verification(
    aws: dict[str, str], doryfish: str, exists: bool
) -> None:
    userid = doryfish if exists else f"not-{doryfish}"
    guesses = log_ins(aws, userid, OTHER, processes=10, threads=50)
    assert tally(guesses) == {("wrong_credentials", 1, ""): 10, ("too_many_attempts", 0, ""): 490}
    assert count(aws, userid) == {"failures": 10, "tries_left": 0, "in_flight": 0}


def test_the_right_password_comes_too_late_after_wrong_ones(
    aws: dict[str, str], doryfish: str
) -> None:
    log_ins(aws, doryfish, OTHER, processes=2, threads=10)
    (guess,) = log_ins(aws, doryfish, PASSWORD, processes=1, threads=1)
    assert (guess.outcome, guess.verified) == ("too_many_attempts", 0)


def test_50_good_log_ins_of_one_user_at_once_all_succeed(
    aws: dict[str, str], doryfish: str
) -> None:
    guesses = log_ins(aws, doryfish, PASSWORD, processes=5, threads=10)
    assert tally(guesses) == {("success", 1, ""): 50}
    assert count(aws, doryfish) == {"failures": 0, "tries_left": 10, "in_flight": 0}
