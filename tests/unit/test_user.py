import pytest

from chalicelib.attempt_store import AttemptStore
from chalicelib.password_check import user_digest
from tests.unit.conftest import Aws
from tests.unit.service import OTHER, Service
from tools import user
from tools.errors import ToolError


def tables(aws: Aws) -> user.Tables:
    return user.Tables(aws.dynamodb, aws.table, aws.attempt_table)


def lock(attempt_store: AttemptStore, userid: str, failures: int = 100) -> None:
    for _ in range(failures):
        attempt_store.take(user_digest(userid), 1000, 1.0, 2**40)


def test_a_locked_user_logs_in_again(
    service: Service, aws: Aws, attempt_store: AttemptStore
) -> None:
    service.sign_up()
    lock(attempt_store, "doryfish")
    assert service.log_in().status_code == 429
    said = user.unlock(tables(aws), "DoryFish")
    failed = "after 100 failed log-ins in a row"
    assert said == f"doryfish was locked, {failed}. They are forgotten: doryfish may log in now."
    assert service.log_in().status_code == 200
    service.log()


def test_only_that_name_is_unlocked(aws: Aws, attempt_store: AttemptStore) -> None:
    lock(attempt_store, "doryfish", 3)
    lock(attempt_store, "nemo", 3)
    said = user.unlock(tables(aws), "nemo")
    assert said.startswith(
        "nemo was not locked, but may have had to wait, after 3 failed log-ins in a row."
    )
    (row,) = aws.counts()
    assert row["subject"]["S"] == f"login#{user_digest('doryfish')}"


def test_a_name_on_which_nothing_is_counted_says_so(aws: Aws) -> None:
    assert "nothing was to be done" in user.unlock(tables(aws), "nobody")


def test_no_name_of_an_account_is_refused_in_one_line(aws: Aws) -> None:
    with pytest.raises(ToolError, match=r"^UNAME is wrong: The user name has a space$"):
        user.unlock(tables(aws), "dory fish")


def test_a_missing_table_is_one_line(aws: Aws) -> None:
    with pytest.raises(ToolError, match=r"^table elsewhere: [^\n]+$"):
        user.unlock(user.Tables(aws.dynamodb, "users", "elsewhere"), "doryfish")


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
    monkeypatch.setattr(user, "leave_the_shells_aws", lambda _: None)
    for name in ("UNAME", "STAGE", "AWS_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert user.main(["unlock"]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("kms-login: ")
    assert said in printed
    assert printed.count("\n") == 1


def test_failures_before_the_lock_are_as_good_as_none_after_it(service: Service, aws: Aws) -> None:
    service.sign_up()
    for _ in range(10):
        assert service.log_in(password=OTHER).status_code == 401
    assert service.log_in().status_code == 429
    user.unlock(tables(aws), "doryfish")
    assert service.log_in().status_code == 200
    service.log()


def test_ended_sessions_are_dead_and_the_password_stays(service: Service, aws: Aws) -> None:
    service.sign_up()
    service.sign_up("nemo", OTHER)
    tokens, nemos = [service.token(), service.token()], service.token("nemo", OTHER)
    said = user.end_sessions(tables(aws), "DoryFish")
    assert said == "All sessions of doryfish have ended. The password is as it was."
    assert [service.get("/session", token=token).status_code for token in tokens] == [401, 401]
    assert service.get("/session", token=nemos).status_code == 200
    assert service.log_in().status_code == 200
    service.log()


def test_nobodys_sessions_cannot_be_ended(aws: Aws) -> None:
    with pytest.raises(ToolError, match=r"^there is no account nobody$"):
        user.end_sessions(tables(aws), "nobody")


def test_a_missing_table_of_users_is_one_line(aws: Aws) -> None:
    elsewhere = user.Tables(aws.dynamodb, "elsewhere", aws.attempt_table)
    with pytest.raises(ToolError, match=r"^table elsewhere: dynamodb UpdateItem [^\n]+$"):
        user.end_sessions(elsewhere, "doryfish")
