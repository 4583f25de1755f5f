"""Calls that all take as long as a call can: the answer comes before Lambda ends the function."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from chalicelib.aws_clients import LONGEST_CALL
from chalicelib.deadline import Deadline
from tests.unit.conftest import Aws
from tests.unit.fakes import Clock
from tests.unit.prepared import prepare
from tests.unit.routes import (
    ENDS_SESSIONS,
    EVERYWHERE,
    LOG_OUT,
    PROLONGED,
    REHASH,
    RIGHT,
    ROUTES,
    SESSION,
    SIGN_UP,
    UNKNOWN,
    WRONG,
    Route,
    each_call,
    named,
)
from tests.unit.service import Service
from tests.unit.wire import Call, Fault, Refusal, Reply, Wire

PROJECT = Path(__file__).parent.parent.parent
LAMBDA_TIMEOUT = json.loads((PROJECT / ".chalice" / "config.json").read_text("utf-8"))[
    "lambda_timeout"
]
LONG_OVER = {
    "failures": {"N": "10"},
    "tries_left": {"N": "0"},
    "in_flight": {"N": "0"},
    "last_at": {"N": "1"},
    "sign_ups": {"N": "99"},
    "expires_at": {"N": "5"},
}


IN_TIME = {SIGN_UP, SESSION, PROLONGED, LOG_OUT, EVERYWHERE}
IF_WARM = {RIGHT, WRONG, UNKNOWN, REHASH}
"""When the decoy is there."""


def sign_in_often(service: Service, aws: Aws) -> None:
    """More sessions of doryfish than are removed at once."""
    for _ in range(60):
        service.module.service.sessions.issue(
            "doryfish", aws.row("doryfish")["session_family"]["S"]
        )


@pytest.fixture
def clock(service: Service) -> Clock:
    """The time of everything in the app."""
    clock = Clock(time.time())
    module: Any = service.module
    wired = module.service
    limiter, sign_ups = wired.logins._check_password._logins, wired.accounts._sign_ups
    store, counts, rows = wired.accounts._store, limiter._counts, wired.sessions._rows
    for part in (limiter, sign_ups, store, counts, rows):
        assert hasattr(part, "_clock")
        part._clock = clock
    limiter._sleep = store._sleep = clock.sleep
    module.service = wired._replace(make_deadline=lambda: Deadline(LONGEST_CALL, clock))
    return clock


def slowly(clock: Clock, route: Route, call: Call, fault: Fault | None = None) -> Fault:
    """`fault`, or what AWS replies, after as long as a call takes at most."""

    def reply(carry_out: object) -> Reply:
        # It runs beside the call after it, which takes as long.
        clock.now += 0 if call in route.beside else LONGEST_CALL
        assert callable(carry_out)
        replied: Reply = fault(carry_out) if fault else carry_out()
        return replied

    return reply


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_slow_calls_that_succeed(
    service: Service, wire: Wire, clock: Clock, route: Route, warm: bool
) -> None:
    sessions = prepare(service, route)
    if warm:
        service.module.service.logins.warm_up()
    started = clock.now
    with wire.listening(lambda call: slowly(clock, route, call)):
        status = route.request(service, sessions.own).status_code
    assert clock.now - started < LAMBDA_TIMEOUT
    assert status == (route.status if route in IN_TIME or (warm and route in IF_WARM) else 503)
    postponed = [record.get("rehash") for record in service.log()] == ["postponed"]
    assert postponed is (warm and route is REHASH)


@pytest.mark.parametrize(("route", "call"), each_call(), ids=named)
@pytest.mark.parametrize("first", [True, False], ids=["up to", "from"])
def test_calls_that_are_slow_up_to_one_or_from_it_on(
    service: Service,
    aws: Aws,
    wire: Wire,
    clock: Clock,
    route: Route,
    call: Call,
    first: bool,
) -> None:
    sessions = prepare(service, route)
    if route in ENDS_SESSIONS:
        sign_in_often(service, aws)
    seen: list[Call] = []

    def fault(made: Call) -> Fault | None:
        is_slow = (call not in seen) if first else (call in [*seen, made])
        seen.append(made)
        return slowly(clock, route, made) if is_slow else None

    started = clock.now
    with wire.listening(fault):
        status = route.request(service, sessions.own).status_code
    assert clock.now - started < LAMBDA_TIMEOUT
    assert status in {route.status, 503}
    service.log()


@pytest.mark.parametrize("route", ENDS_SESSIONS, ids=named)
def test_rows_that_are_slow_to_be_removed_do_not_hold_the_answer_back(
    service: Service, aws: Aws, wire: Wire, clock: Clock, route: Route
) -> None:
    sessions = prepare(service, route)
    sign_in_often(service, aws)
    started = clock.now
    operations = {call.operation for call in route.best_effort}
    with wire.listening(
        lambda call: slowly(clock, route, call) if call.operation in operations else None
    ):
        assert route.request(service, sessions.own).status_code == 200
    assert clock.now - started < LAMBDA_TIMEOUT
    for token in (sessions.own, sessions.other):
        assert service.get("/session", token).status_code == 401
    service.log()


@pytest.mark.parametrize(
    ("route", "operation", "refusal"),
    [
        pytest.param(
            SIGN_UP,
            "TransactWriteItems",
            Refusal("TransactionCanceledException", reasons=("TransactionConflict", "None")),
            id="a transaction that others cross",
        ),
        pytest.param(
            SIGN_UP,
            "UpdateItem",
            Refusal("ConditionalCheckFailedException", item=LONG_OVER),
            id="a count of sign-ups that others begin",
        ),
        pytest.param(
            RIGHT,
            "UpdateItem",
            Refusal("ConditionalCheckFailedException", item=LONG_OVER),
            id="a count of log-ins that others begin",
        ),
    ],
)
def test_slow_calls_that_others_cross(
    service: Service, wire: Wire, clock: Clock, route: Route, operation: str, refusal: Refusal
) -> None:
    prepare(service, route)
    service.module.service.logins.warm_up()
    started = clock.now
    with wire.listening(
        lambda call: slowly(clock, route, call, refusal if call.operation == operation else None)
    ):
        assert route.request(service).status_code == 503
    assert clock.now - started < LAMBDA_TIMEOUT
    service.log()
