"""The process ends at any point, as Lambda ends one that is out of time or memory."""

import time

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.limits import MAX_FAILURES
from chalicelib.password_check import user_digest
from tests.unit.conftest import Aws
from tests.unit.fakes import Clock
from tests.unit.prepared import prepare
from tests.unit.routes import (
    AGAIN,
    ENDS_SESSIONS,
    HUNDREDTH,
    REHASH,
    RIGHT,
    ROUTES,
    SIGN_UP,
    UNKNOWN,
    WRONG,
    Route,
    each_call,
    named,
)
from tests.unit.service import OTHER, PASSWORD, Service
from tests.unit.wire import Call, Killed, Wire, at, killed, lost, once_lost

LOG_INS = (RIGHT, WRONG, UNKNOWN, REHASH, AGAIN)
before_and_after = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
TIMEOUT = ReadTimeoutError(endpoint_url="https://aws.example")


def kill(
    service: Service,
    wire: Wire,
    route: Route,
    call: Call,
    *,
    after: bool,
    token: str | None = None,
) -> Service:
    """Have the process end at a call of a request. Returns the next process."""
    with wire.listening(killed(call, after=after)):
        with pytest.raises(Killed):
            route.request(service, token)
        return service.restarted()


def is_alive(service: Service, token: str | None) -> bool:
    return service.get("/session", token).status_code == 200


def lock(aws: Aws, userid: str) -> None:
    """As after a hundred wrong guesses at a name that nobody has."""
    now = int(time.time())
    count = {
        "failures": MAX_FAILURES,
        "tries_left": 0,
        "in_flight": 0,
        "last_at": now,
        "expires_at": now + 86_400,
    }
    numbers = {name: {"N": str(value)} for name, value in count.items()}
    subject = {"subject": {"S": f"login#{user_digest(userid)}"}}
    aws.dynamodb.put_item(TableName=aws.attempt_table, Item=subject | numbers)


def count_of(aws: Aws, userid: str) -> tuple[int, int]:
    """Failures and tries left."""
    (row,) = (row for row in aws.counts() if row["subject"]["S"].endswith(user_digest(userid)))
    return int(row["failures"]["N"]), int(row["tries_left"]["N"])


@before_and_after
@pytest.mark.parametrize("call", SIGN_UP.calls, ids=named)
@pytest.mark.parametrize("guessed_at", [False, True])
def test_after_a_killed_sign_up_there_is_no_account_or_one_that_works(
    service: Service, aws: Aws, wire: Wire, call: Call, after: bool, guessed_at: bool
) -> None:
    prepare(service, SIGN_UP)
    if guessed_at:
        lock(aws, "nemo")
    service = kill(service, wire, SIGN_UP, call, after=after)
    if aws.row_count() == 1:
        assert service.log_in("nemo", OTHER).status_code == (429 if guessed_at else 401)
        assert service.sign_up("nemo", OTHER).status_code == 200
    assert service.log_in("nemo", OTHER).status_code == 200
    assert service.log_in().status_code == 200


@before_and_after
@pytest.mark.parametrize(("route", "call"), each_call(LOG_INS), ids=named)
def test_after_a_killed_log_in_the_account_works(
    service: Service, aws: Aws, wire: Wire, route: Route, call: Call, after: bool
) -> None:
    sessions = prepare(service, route)
    service = kill(service, wire, route, call, after=after, token=sessions.own)
    assert service.log_in().status_code == 200
    assert service.log_in(password=OTHER).status_code == 401
    assert aws.row_count() == 1


@pytest.mark.parametrize("route", [RIGHT, WRONG, UNKNOWN], ids=named)
@pytest.mark.parametrize(
    ("call", "after"),
    [
        pytest.param(Call("UpdateItem"), True, id="counted"),
        pytest.param(Call("Decrypt"), False, id="unopened"),
        pytest.param(Call("Decrypt"), True, id="opened"),
        pytest.param(Call("UpdateItem", 2), False, id="compared"),
    ],
)
def test_a_killed_try_counts_as_one_that_failed(
    service: Service, aws: Aws, wire: Wire, route: Route, call: Call, after: bool
) -> None:
    prepare(service, route)
    kill(service, wire, route, call, after=after)
    assert count_of(aws, route.uname) == (1, 9)


def test_killing_the_process_is_no_way_to_guess_more_often(
    service: Service, aws: Aws, wire: Wire
) -> None:
    prepare(service, WRONG)
    for _ in range(10):
        service = kill(service, wire, WRONG, Call("UpdateItem", 2), after=False)
    clock, limiter = Clock(time.time()), service.module.service.logins._check_password._logins
    limiter._clock = clock
    limiter._sleep = clock.sleep
    with wire.listening():
        assert service.log_in().status_code == 429
    assert Call("Decrypt") not in wire.calls
    assert count_of(aws, "doryfish") == (10, 0)


@pytest.mark.parametrize(("route", "call"), each_call(ROUTES), ids=named)
def test_an_answer_that_is_lost_once_changes_no_answer(
    service: Service, wire: Wire, monkeypatch: pytest.MonkeyPatch, route: Route, call: Call
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    sessions = prepare(service, route)
    with wire.listening(once_lost(call, TIMEOUT)):
        status = route.request(service, sessions.own).status_code
    # A try that is counted twice is one too many where only one is left: too strict, never too lax.
    locked = (route, call) == (HUNDREDTH, Call("UpdateItem"))
    assert status == (429 if locked else route.status)
    assert wire.tries.count(call) == 2
    rehashes = [record.get("rehash") for record in service.log()]
    quiet = route.fields is None
    assert rehashes == ([] if quiet else ["done" if route is REHASH else None])
    if route in ENDS_SESSIONS:
        assert not is_alive(service, sessions.own)
        assert not is_alive(service, sessions.other)
    elif route is SIGN_UP:
        assert service.log_in("nemo", OTHER).status_code == 200
    elif route.is_log_in and route is not HUNDREDTH:
        assert route.request(service).status_code == route.status
    service.log()


def test_a_sign_up_whose_every_answer_is_lost_is_503_and_an_account_that_works(
    service: Service, aws: Aws, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    lock(aws, "nemo")
    prepare(service, SIGN_UP)
    with wire.listening(at(Call("TransactWriteItems"), lost(TIMEOUT))):
        assert SIGN_UP.request(service).status_code == 503
    assert service.log_in("nemo", OTHER).status_code == 200
    assert service.sign_up("nemo", PASSWORD).status_code == 409
