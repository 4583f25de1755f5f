"""Every AWS call of every route, times everything that it fails with on AWS."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from chalicelib.answers import RETRY_AFTER
from chalicelib.aws_clients import ATTEMPTS, LONGEST_BACKOFF
from tests.unit.conftest import Aws, Tables, mocked_aws
from tests.unit.failures import OF_KMS, Failure, failures_of
from tests.unit.prepared import Sessions, arrange, prepare
from tests.unit.routes import (
    CHANGE,
    ENDS_SESSIONS,
    HUNDREDTH,
    ROUTES,
    SIGN_UP,
    Route,
    each_call,
    named,
)
from tests.unit.service import HTML, OTHER, PASSWORD, Service
from tests.unit.wire import Call, Refusal, Wire, at, put_between

CELLS = [
    pytest.param(route, call, failure, id=f"{route}-{call}-{failure.code}")
    for route, call in each_call()
    for failure in failures_of(call)
]
LEAVES_A_TRACE = {(HUNDREDTH, Call("Decrypt")), (HUNDREDTH, Call("UpdateItem", 3))}
"""The sessions of an account that would be locked have ended by then."""
UNAVAILABLE = {
    "status": "Unavailable",
    "error": f"The service is not available now. Try again in {RETRY_AFTER} seconds.",
}


@dataclass
class World:
    aws: Aws
    wire: Wire
    service: Service
    pauses: list[float]
    """Between the tries of a call: nobody waits for real."""
    prepared: dict[Route, tuple[Tables, Sessions]] = field(default_factory=dict)

    def prepare(self, route: Route) -> Sessions:
        """As `prepared.prepare` does, but once for each route: it takes longer than a request."""
        if route not in self.prepared:
            sessions = prepare(self.service, route)
            self.prepared[route] = self.aws.copy(), sessions
            return sessions
        tables, sessions = self.prepared[route]
        self.aws.put_back(tables)
        arrange(self.service, route)
        self.service.log()
        return sessions


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    """One AWS and one app for all cells: to make them takes longer than a cell."""
    pauses: list[float] = []
    with pytest.MonkeyPatch.context() as monkeypatch, mocked_aws(monkeypatch) as aws:
        wire = put_between(monkeypatch)
        monkeypatch.setattr("botocore.endpoint.time.sleep", pauses.append)
        # A client that sees fifty failures in a row stops retrying.
        monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda *_: True)
        service = Service.start()
        yield World(aws, wire, service, pauses)
        service.stop()


@pytest.fixture
def world(shared: World, capsys: pytest.CaptureFixture[str]) -> World:
    shared.service.capsys = capsys
    shared.service.settle()
    shared.aws.empty()
    shared.pauses.clear()
    return shared


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_the_matrix_has_every_call(world: World, route: Route) -> None:
    sessions = world.prepare(route)
    with world.wire.listening():
        assert route.request(world.service, sessions.own).status_code == route.status
    assert sorted(world.wire.calls) == sorted(route.calls)


@pytest.mark.parametrize(("route", "call", "failure"), CELLS)
def test_a_failing_call_is_503_and_changes_no_account(
    world: World, route: Route, call: Call, failure: Failure
) -> None:
    sessions = world.prepare(route)
    before, tables = world.aws.users(), world.aws.copy()
    with world.wire.listening(at(call, failure.fault)):
        response = route.request(world.service, sessions.own)
    (record,) = world.service.log()
    if call in route.best_effort:
        assert response.status_code == route.status
        assert record["outcome"] == "success"
        assert "cause" not in record
        assert world.aws.copy() != tables
    elif call in route.postponable:
        assert response.status_code == route.status
        assert (record["outcome"], record["rehash"]) == ("success", "postponed")
        assert record["cause"] == f"{call.service} {call.operation} {failure.code}"
        assert world.aws.users() == before
    else:
        assert record["cause"] == f"{call.service} {call.operation} {failure.code}"
        assert response.status_code == 503
        assert response.headers["Retry-After"] == str(RETRY_AFTER)
        assert response.json_body == UNAVAILABLE
        assert (record["outcome"], record["level"]) == ("unavailable", "error")
        assert (world.aws.users() == before) is ((route, call) not in LEAVES_A_TRACE)
    assert world.wire.tries.count(call) == (ATTEMPTS if failure.retried else 1)
    assert len(world.pauses) == (ATTEMPTS - 1 if failure.retried else 0)
    assert sum(world.pauses) <= LONGEST_BACKOFF


@pytest.mark.parametrize(("route", "call"), each_call(), ids=named)
def test_a_browser_gets_a_page(world: World, route: Route, call: Call) -> None:
    sessions = world.prepare(route)
    with world.wire.listening(at(call, failures_of(call)[0].fault)):
        response = route.request(world.service, sessions.own, accept=HTML)
    if call in route.postponable + route.best_effort:
        assert response.status_code == route.page_status
    else:
        assert response.status_code == 503
        assert response.headers["Retry-After"] == str(RETRY_AFTER)
        assert response.headers["Content-Type"].startswith("text/html")
        assert UNAVAILABLE["error"].encode() in response.body
    world.service.log()


@pytest.mark.parametrize(("route", "call"), each_call(), ids=named)
def test_once_aws_is_well_again_the_same_request_is_answered(
    world: World, route: Route, call: Call
) -> None:
    sessions = world.prepare(route)
    with world.wire.listening(at(call, failures_of(call)[0].fault)):
        response = route.request(world.service, sessions.own)
    if response.status_code == 503:
        again = route.request(world.service, sessions.own)
        # A hundredth try that was counted stays so once its password was looked at.
        locked = route is HUNDREDTH and call == Call("UpdateItem", 3)
        assert again.status_code == (429 if locked else route.status)
    if route is SIGN_UP:
        assert world.service.log_in("nemo", OTHER).status_code == 200
    elif route.is_log_in and route is not HUNDREDTH:
        assert route.request(world.service).status_code == route.status


@pytest.mark.parametrize(
    ("route", "call"),
    [
        (route, call)
        for route, call in each_call()
        if (route, call) not in LEAVES_A_TRACE and call not in route.best_effort
    ],
    ids=named,
)
def test_a_503_ends_no_session_that_it_was_not_to_end(
    world: World, route: Route, call: Call
) -> None:
    sessions = world.prepare(route)
    with world.wire.listening(at(call, failures_of(call)[0].fault)):
        route.request(world.service, sessions.own)
    for token in (sessions.own, sessions.other):
        if token is not None:
            assert world.service.get("/session", token).status_code == 200
    world.service.log()


@pytest.mark.parametrize(
    ("route", "call"),
    [(route, call) for route in ENDS_SESSIONS for call in route.best_effort],
    ids=named,
)
def test_sessions_have_ended_although_their_rows_cannot_be_removed(
    world: World, route: Route, call: Call
) -> None:
    sessions = world.prepare(route)
    with world.wire.listening(at(call, failures_of(call)[0].fault)):
        response = route.request(world.service, sessions.own)
    assert response.status_code == 200
    for token in (sessions.own, sessions.other):
        assert world.service.get("/session", token).status_code == 401
    known = PASSWORD if route is not CHANGE else OTHER
    logged_in = world.service.log_in(password=known).status_code
    assert logged_in == (401 if route.path == "/account/delete" else 200)
    world.service.log()


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_when_nothing_answers_it_is_one_503_and_one_line(world: World, route: Route) -> None:
    sessions = world.prepare(route)
    before = world.aws.users()
    with world.wire.listening(lambda call: failures_of(call)[0].fault):
        assert route.request(world.service, sessions.own).status_code == 503
    (record,) = world.service.log()
    assert record["outcome"] == "unavailable"
    assert world.aws.users() == before


def test_a_sign_up_that_keeps_crossing_another_write_gives_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.prepare(SIGN_UP)
    before, waits = world.aws.users(), list[float]()
    store = world.service.module.service.accounts._store
    monkeypatch.setattr(store, "_sleep", waits.append)
    monkeypatch.setattr(store, "_clock", lambda: 0.0)
    crossed = Refusal("TransactionCanceledException", reasons=("None", "TransactionConflict"))
    with world.wire.listening(
        lambda call: crossed if call.operation == "TransactWriteItems" else None
    ):
        assert SIGN_UP.request(world.service).status_code == 503
    (record,) = world.service.log()
    assert record["cause"] == "dynamodb TransactWriteItems None TransactionConflict"
    assert world.aws.users() == before
    assert len(waits) == 2


@pytest.mark.parametrize("failure", OF_KMS, ids=lambda failure: failure.code)
def test_kms_itself_says_what_may_be_tried_again(world: World, failure: Failure) -> None:
    says = world.aws.kms.meta.service_model.shape_for(failure.code).documentation
    assert bool(re.search(r"retry the request|request can be retried", says)) is failure.retried
