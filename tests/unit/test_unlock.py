import pytest

from chalicelib.attempt_store import AttemptStore
from chalicelib.password_check import user_digest
from tests.unit.conftest import Aws
from tests.unit.service import OTHER, Service
from tools import unlock
from tools.errors import ToolError


def lock(attempt_store: AttemptStore, userid: str, failures: int = 100) -> None:
    for _ in range(failures):
        attempt_store.take(user_digest(userid), 1000, 1.0, 2**40)


def test_a_locked_user_logs_in_again(
    service: Service, aws: Aws, attempt_store: AttemptStore
) -> None:
    service.sign_up()
    lock(attempt_store, "doryfish")
    assert service.log_in().status_code == 429
    said = unlock.unlock(aws.dynamodb, aws.attempt_table, "DoryFish")
    assert said == "doryfish was locked, with 100 failed log-ins in a row; they are forgotten."
    assert service.log_in().status_code == 200
    service.log()


def test_only_that_name_is_unlocked(aws: Aws, attempt_store: AttemptStore) -> None:
    lock(attempt_store, "doryfish", 3)
    lock(attempt_store, "nemo", 3)
    assert "was not locked, with 3" in unlock.unlock(aws.dynamodb, aws.attempt_table, "nemo")
    (row,) = aws.counts()
    assert row["subject"]["S"] == f"login#{user_digest('doryfish')}"


def test_a_name_on_which_nothing_is_counted_says_so(aws: Aws) -> None:
    assert "nothing was to be done" in unlock.unlock(aws.dynamodb, aws.attempt_table, "nobody")


def test_no_name_of_an_account_is_refused_in_one_line(aws: Aws) -> None:
    with pytest.raises(ToolError, match=r"^UNAME is wrong: The user name has a space$"):
        unlock.unlock(aws.dynamodb, aws.attempt_table, "dory fish")


def test_a_missing_table_is_one_line(aws: Aws) -> None:
    with pytest.raises(ToolError, match=r"^table elsewhere: [^\n]+$"):
        unlock.unlock(aws.dynamodb, "elsewhere", "doryfish")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "UNAME is missing"),
        ({"UNAME": "doryfish", "STAGE": "never-was"}, "stage never-was is not recorded"),
        ({"UNAME": "doryfish", "STAGE": "No"}, "STAGE is missing or wrong"),
        ({"UNAME": "doryfish", "AWS_PORT": "1"}, "no local AWS on port 1"),
    ],
)
def test_what_is_missing_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: dict[str, str],
    said: str,
) -> None:
    monkeypatch.setattr(unlock, "leave_the_shells_aws", lambda _: None)
    for name in ("UNAME", "STAGE", "AWS_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert unlock.main() == 1
    printed = capsys.readouterr().err
    assert printed.startswith("kms-login: ")
    assert said in printed
    assert printed.count("\n") == 1


def test_failures_before_the_lock_are_as_good_as_none_after_it(service: Service, aws: Aws) -> None:
    service.sign_up()
    for _ in range(10):
        assert service.log_in(password=OTHER).status_code == 401
    assert service.log_in().status_code == 429
    unlock.unlock(aws.dynamodb, aws.attempt_table, "doryfish")
    assert service.log_in().status_code == 200
    service.log()
