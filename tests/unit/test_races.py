"""Requests of one account that cross each other, in many threads on one AWS."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from chalice.test import HTTPResponse

from chalicelib.limits import MAX_FAILURES
from chalicelib.passwords import PasswordHasher
from tests.cheap_hash import CHEAP
from tests.secret_guard import secret
from tests.unit.conftest import Aws
from tests.unit.prepared import prepare
from tests.unit.routes import CHANGE, DELETION, HUNDREDTH, REHASH
from tests.unit.service import OTHER, PASSWORD, Service
from tests.unit.wire import Call, Fault, Reply, Wire

THIRD = secret("seven lighthouses keep no diary")
PATIENCE = 10


def is_alive(service: Service, token: str | None) -> bool:
    return service.get("/session", token).status_code == 200


def at_once(*requests: Callable[[], HTTPResponse]) -> list[HTTPResponse]:
    """The answers to requests that are all sent at the same time."""
    start = threading.Barrier(len(requests))

    def send(request: Callable[[], HTTPResponse]) -> HTTPResponse:
        start.wait()
        return request()

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(send, requests))


def before(call: Call, happen: Callable[[], object]) -> Callable[[Call], Fault | None]:
    """Something happens just before a call is carried out."""
    happened = False

    def fault(made: Call) -> Fault | None:
        nonlocal happened
        if happened or made != call:
            return None
        happened = True

        def carry(carry_out: Callable[[], Reply]) -> Reply:
            happen()
            return carry_out()

        return carry

    return fault


def prepare_again(service: Service) -> None:
    """The next right password is one to rehash."""
    sealer = service.module.service.logins._sealer
    sealer._decoy = None
    sealer._hasher = PasswordHasher(replace(CHEAP, time_cost=CHEAP.time_cost + 2))


@pytest.fixture
def service(service: Service) -> Iterator[Service]:
    service.module.service.logins._sealer._hasher = PasswordHasher(CHEAP)
    yield service
    service.log()


class TestTwoPasswordChanges:
    def end(
        self, service: Service, aws: Aws, tokens: list[str], answers: list[HTTPResponse]
    ) -> None:
        """One has won, and all is as if only that one had been."""
        won, lost = sorted(answers, key=lambda answer: answer.status_code)
        assert (won.status_code, lost.status_code) in {(200, 409), (200, 401)}
        logged_in = {word: service.log_in(password=word).status_code for word in (OTHER, THIRD)}
        assert sorted(logged_in.values()) == [200, 401]
        assert logged_in[(OTHER, THIRD)[answers.index(won)]] == 200
        assert service.log_in(password=PASSWORD).status_code == 401
        assert is_alive(service, secret(won.json_body["token"]))
        assert "token" not in lost.json_body
        assert [is_alive(service, token) for token in tokens] == [False] * len(tokens)
        families = {row["session_family"]["S"] for row in aws.sessions()}
        assert families == {aws.row("doryfish")["session_family"]["S"]}

    @pytest.mark.parametrize("turn", range(5))
    def test_of_two_at_once_one_wins(self, service: Service, aws: Aws, turn: int) -> None:
        del turn
        service.sign_up()
        tokens = [service.token(), service.token()]
        answers = at_once(
            *(
                lambda token=token, new=new: service.post(
                    "/password", {"current": PASSWORD, "new": new}, token
                )
                for token, new in zip(tokens, (OTHER, THIRD), strict=True)
            )
        )
        self.end(service, aws, tokens, answers)

    @pytest.mark.parametrize("call", CHANGE.calls, ids=str)
    def test_wherever_they_cross(self, service: Service, aws: Aws, wire: Wire, call: Call) -> None:
        sessions = prepare(service, CHANGE)
        faster: list[HTTPResponse] = []

        def change() -> None:
            fields = {"current": PASSWORD, "new": THIRD}
            faster.append(service.post("/password", fields, sessions.other))

        with wire.listening(before(call, change)):
            slower = CHANGE.request(service, sessions.own)
        if call in CHANGE.best_effort:
            assert (slower.status_code, faster[0].status_code) == (200, 401)
        else:
            assert faster[0].status_code == 200
        tokens = [str(sessions.own), str(sessions.other)]
        self.end(service, aws, tokens, [slower, faster[0]])


class TestDuringALogIn:
    @pytest.mark.parametrize("call", ["GetItem", "Decrypt", "PutItem", "UpdateItem"])
    @pytest.mark.parametrize("route", [CHANGE, DELETION], ids=str)
    def test_no_session_of_the_old_password_outlives_it(
        self, service: Service, aws: Aws, wire: Wire, route: object, call: str
    ) -> None:
        assert route in (CHANGE, DELETION)
        sessions = prepare(service, CHANGE)
        other = CHANGE if route is CHANGE else DELETION
        done: list[HTTPResponse] = []
        with wire.listening(
            before(Call(call), lambda: done.append(other.request(service, sessions.own)))
        ):
            answer = service.log_in()
        assert done[0].status_code == 200
        assert answer.status_code in {200, 401}
        if answer.status_code == 200:
            assert not is_alive(service, secret(answer.json_body["token"]))
        assert service.log_in().status_code == 401
        if route is CHANGE:
            assert is_alive(service, secret(done[0].json_body["token"]))
        else:
            assert aws.row_count() == 0
            assert service.sign_up(password=OTHER).status_code == 200
            if answer.status_code == 200:
                assert not is_alive(service, answer.json_body["token"])

    @pytest.mark.parametrize("turn", range(5))
    def test_nor_does_one_of_many_at_once(self, service: Service, turn: int) -> None:
        del turn
        service.sign_up()
        token = service.token()
        change = {"current": PASSWORD, "new": OTHER}
        answers = at_once(lambda: service.post("/password", change, token), *[service.log_in] * 6)
        changed, *logged_in = answers
        assert changed.status_code == 200
        assert {answer.status_code for answer in logged_in} <= {200, 401}
        for answer in logged_in:
            if answer.status_code == 200:
                assert not is_alive(service, secret(answer.json_body["token"]))
        assert is_alive(service, secret(changed.json_body["token"]))


class TestLogOutEverywhere:
    @pytest.fixture(autouse=True)
    def rows_stay(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing but the account's family tells that a session has ended."""
        rows = service.module.service.sessions._rows
        monkeypatch.setattr(rows, "remove_family", lambda *_, **__: None)

    @pytest.mark.parametrize("call", REHASH.calls, ids=str)
    def test_a_rehash_that_it_crosses_does_not_bring_sessions_back(
        self, service: Service, wire: Wire, call: Call
    ) -> None:
        prepare(service, REHASH)
        tokens = [service.token(), service.token()]
        prepare_again(service)
        everywhere = {"everywhere": "1"}
        with wire.listening(before(call, lambda: service.post("/logout", everywhere, tokens[0]))):
            assert service.log_in().status_code == 200
        assert [is_alive(service, token) for token in tokens] == [False, False]

    @pytest.mark.parametrize(
        "call", [c for c in CHANGE.calls if c not in CHANGE.best_effort], ids=str
    )
    def test_a_change_that_it_crosses_is_made_or_is_not(
        self, service: Service, wire: Wire, call: Call
    ) -> None:
        sessions = prepare(service, CHANGE)
        everywhere = {"everywhere": "1"}
        with wire.listening(
            before(call, lambda: service.post("/logout", everywhere, sessions.other))
        ):
            answer = CHANGE.request(service, sessions.own)
        changed = answer.status_code == 200
        assert changed or answer.status_code in {401, 409}
        assert service.log_in(password=OTHER if changed else PASSWORD).status_code == 200
        assert service.log_in(password=PASSWORD if changed else OTHER).status_code == 401
        assert not is_alive(service, sessions.own)
        assert not is_alive(service, sessions.other)


def test_200_log_outs_of_one_session_all_succeed_and_leave_nothing(
    service: Service, aws: Aws
) -> None:
    service.sign_up()
    token = service.token()
    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda _: service.post("/logout", {}, token), range(200)))
    assert {answer.status_code for answer in answers} == {200}
    assert not is_alive(service, token)
    assert aws.sessions() == []


class TestTheHundredthFailure:
    def test_it_ends_all_sessions_of_the_account(self, service: Service) -> None:
        sessions = prepare(service, HUNDREDTH)
        assert is_alive(service, sessions.other)
        assert service.log_in(password=OTHER).status_code == 401
        assert not is_alive(service, sessions.other)
        assert service.log_in().status_code == 429

    def test_so_it_does_among_many_at_once(self, service: Service, aws: Aws) -> None:
        sessions = prepare(service, HUNDREDTH)
        guess = {"uname": "doryfish", "password": OTHER}
        answers = at_once(*[lambda: service.post("/login", guess)] * 10)
        assert [answer.status_code for answer in answers].count(401) == 1
        assert not is_alive(service, sessions.other)
        (count,) = [row for row in aws.counts() if row["subject"]["S"].startswith("login#")]
        assert count["failures"]["N"] == str(MAX_FAILURES)

    def test_one_over_a_session_ends_that_one_too(self, service: Service) -> None:
        sessions = prepare(service, HUNDREDTH)
        change = {"current": OTHER, "new": THIRD}
        assert service.post("/password", change, sessions.other).status_code == 403
        assert not is_alive(service, sessions.other)
