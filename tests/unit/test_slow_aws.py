"""Calls that all take as long as a call can: the answer comes before Lambda ends the function."""

import json
import time
from pathlib import Path

import pytest

from chalicelib.aws_clients import LONGEST_CALL
from tests.unit.fakes import Clock
from tests.unit.routes import REHASH, RIGHT, ROUTES, SIGN_UP, Route, named, prepare
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


@pytest.fixture
def clock(service: Service) -> Clock:
    """The time of everything in the app."""
    clock = Clock(time.time())
    accounts = service.module.accounts
    accounts._clock = accounts._logins._clock = accounts._sign_ups._clock = clock
    accounts._store._clock = service.module.counts._clock = clock
    accounts._logins._sleep = accounts._store._sleep = clock.sleep
    return clock


def slowly(clock: Clock, fault: Fault | None, call: Call) -> Fault:
    """`fault`, or what AWS replies, after as long as a call takes at most."""

    def reply(carry_out: object) -> Reply:
        # It runs beside the call after it, which takes as long.
        clock.now += 0 if call.operation == "GetItem" else LONGEST_CALL
        assert callable(carry_out)
        replied: Reply = fault(carry_out) if fault else carry_out()
        return replied

    return reply


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_slow_calls_that_succeed(
    service: Service, wire: Wire, clock: Clock, route: Route, warm: bool
) -> None:
    prepare(service, route)
    if warm:
        service.module.accounts.warm_up()
    started = clock.now
    with wire.listening(lambda call: slowly(clock, None, call)):
        status = route.request(service).status_code
    assert clock.now - started < LAMBDA_TIMEOUT
    assert status == (route.status if warm or route is SIGN_UP else 503)
    assert service.log()[0].get("rehash") == ("postponed" if warm and route is REHASH else None)


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
    service.module.accounts.warm_up()
    started = clock.now
    with wire.listening(
        lambda call: slowly(clock, refusal if call.operation == operation else None, call)
    ):
        assert route.request(service).status_code == 503
    assert clock.now - started < LAMBDA_TIMEOUT
    service.log()
