"""The process ends at any point of what ends sessions: they are all alive, or none is."""

import pytest

from tests.secret_guard import secret
from tests.unit.conftest import Aws
from tests.unit.prepared import prepare
from tests.unit.routes import CHANGE, DELETION, EVERYWHERE, LOG_OUT, named
from tests.unit.service import OTHER, PASSWORD, Service
from tests.unit.test_killed import before_and_after, is_alive, kill
from tests.unit.wire import Call, Wire


@before_and_after
@pytest.mark.parametrize("call", CHANGE.calls, ids=named)
def test_after_a_killed_change_one_password_holds_with_its_own_sessions(
    service: Service, wire: Wire, call: Call, after: bool
) -> None:
    sessions = prepare(service, CHANGE)
    service = kill(service, wire, CHANGE, call, after=after, token=sessions.own)
    old, new = (service.log_in(password=word).status_code for word in (PASSWORD, OTHER))
    assert sorted([old, new]) == [200, 401]
    changed = new == 200
    assert changed is (call in CHANGE.best_effort or (call, after) == (Call("UpdateItem", 3), True))
    for token in (sessions.own, sessions.other):
        assert is_alive(service, token) is not changed
    word, another = (OTHER, PASSWORD) if changed else (PASSWORD, OTHER)
    token = service.token(password=word)
    again = service.post("/password", {"current": word, "new": another}, token)
    assert again.status_code == 200
    assert is_alive(service, secret(again.json_body["token"]))


@before_and_after
@pytest.mark.parametrize("call", DELETION.calls, ids=named)
def test_after_a_killed_deletion_the_account_works_or_is_gone_with_its_sessions(
    service: Service, aws: Aws, wire: Wire, call: Call, after: bool
) -> None:
    sessions = prepare(service, DELETION)
    service = kill(service, wire, DELETION, call, after=after, token=sessions.own)
    gone = aws.row_count() == 0
    assert gone is (call in DELETION.best_effort or (call, after) == (Call("DeleteItem"), True))
    assert service.log_in().status_code == (401 if gone else 200)
    for token in (sessions.own, sessions.other):
        assert is_alive(service, token) is not gone
    assert DELETION.request(service, sessions.own).status_code == 200
    assert service.sign_up(password=OTHER).status_code == 200
    assert service.log_in(password=OTHER).status_code == 200
    assert not is_alive(service, sessions.own)
    assert not is_alive(service, sessions.other)


@before_and_after
@pytest.mark.parametrize("call", EVERYWHERE.calls, ids=named)
def test_after_a_killed_log_out_everywhere_all_sessions_are_alive_or_none(
    service: Service, wire: Wire, call: Call, after: bool
) -> None:
    sessions = prepare(service, EVERYWHERE)
    service = kill(service, wire, EVERYWHERE, call, after=after, token=sessions.own)
    ended = call in EVERYWHERE.best_effort or (call, after) == (Call("UpdateItem"), True)
    for token in (sessions.own, sessions.other):
        assert is_alive(service, token) is not ended
    assert service.log_in().status_code == 200


@before_and_after
@pytest.mark.parametrize("call", LOG_OUT.calls, ids=named)
def test_after_a_killed_log_out_the_same_one_ends_the_session(
    service: Service, wire: Wire, call: Call, after: bool
) -> None:
    sessions = prepare(service, LOG_OUT)
    service = kill(service, wire, LOG_OUT, call, after=after, token=sessions.own)
    assert LOG_OUT.request(service, sessions.own).status_code == 200
    assert not is_alive(service, sessions.own)
    assert is_alive(service, sessions.other)
