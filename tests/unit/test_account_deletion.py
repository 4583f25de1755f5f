"""Deleting an account, on fakes that note every call."""

import pytest

from chalicelib.errors import (
    ChangedMeanwhile,
    NotSignedIn,
    TooManyAttempts,
    Unavailable,
    WrongCredentials,
)
from chalicelib.password_check import user_digest
from tests.unit.world import OTHER, PASSWORD, World


@pytest.fixture
def world() -> World:
    world = World()
    world.sign_up("doryfish", PASSWORD)
    world.aws.calls.clear()
    return world


def test_there_is_no_such_account_any_more(world: World) -> None:
    world.delete(world.token())
    assert world.aws.rows == {}
    with pytest.raises(WrongCredentials):
        world.log_in()


def test_all_its_sessions_have_ended(world: World) -> None:
    tokens = [world.token(), world.token()]
    world.delete(tokens[0])
    assert [world.is_alive(token) for token in tokens] == [False, False]


def test_nothing_is_kept_of_its_sessions_but_a_trace_without_a_name(world: World) -> None:
    token, _ = world.token(), world.token()
    world.delete(token)
    (trace,) = world.aws.sessions.rows.values()
    assert trace == world.sessions.find(token)
    assert trace.userid is None


def test_the_name_can_be_taken_and_its_new_owner_has_no_old_session(world: World) -> None:
    token, another = world.token(), world.token()
    world.delete(token)
    world.sign_up("doryfish", OTHER)
    assert world.who(world.token("doryfish", OTHER)).userid == "doryfish"
    assert not world.is_alive(token)
    assert not world.is_alive(another)


def test_doing_it_again_by_the_same_session_is_no_error(world: World) -> None:
    token = world.token()
    world.delete(token)
    world.delete(token)


def test_nor_is_it_where_no_trace_could_be_left(world: World) -> None:
    token = world.token()
    world.aws.fail = {"sessions.add"}
    world.delete(token)
    world.delete(token)


@pytest.mark.parametrize("traced", [True, False])
def test_but_never_does_it_delete_the_account_of_the_next_owner(world: World, traced: bool) -> None:
    token = world.token()
    session = world.sessions.find(token)
    world.delete(token)
    world.sign_up("doryfish", PASSWORD)
    if traced:
        world.delete(token)
    else:
        with pytest.raises(NotSignedIn):
            world.accounts.delete(session, PASSWORD, world.deadline())
    assert "doryfish" in world.aws.rows


def test_a_wrong_password_deletes_nothing_and_is_counted(world: World) -> None:
    token = world.token()
    with pytest.raises(WrongCredentials):
        world.delete(token, OTHER)
    assert world.is_alive(token)
    assert world.aws.counts[user_digest("doryfish")].failures == 1


def test_a_session_is_no_way_to_guess_more_often(world: World) -> None:
    token = world.token()
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            world.delete(token, OTHER)
    with pytest.raises(TooManyAttempts):
        world.delete(token)
    assert "doryfish" in world.aws.rows


def test_a_session_that_has_ended_deletes_nothing(world: World) -> None:
    session = world.sessions.find(world.token())
    world.log_out_everywhere(world.token())
    world.hasher.calls.clear()
    for password in (PASSWORD, OTHER):
        with pytest.raises(NotSignedIn):
            world.accounts.delete(session, password, world.deadline())
    assert world.hasher.calls == []
    assert "doryfish" in world.aws.rows


def test_an_account_whose_password_was_changed_meanwhile_stays(world: World) -> None:
    token = world.token()
    other = world.sealer.seal(user_digest("doryfish"), OTHER, "f" * 22)
    world.aws.before_replace = lambda: world.aws.rows.update(doryfish=other)
    with pytest.raises(ChangedMeanwhile):
        world.delete(token)
    assert world.aws.rows == {"doryfish": other}


@pytest.mark.parametrize("call", ["get", "take", "open", "clear", "remove"])
def test_a_failing_call_leaves_it_as_it_was(world: World, call: str) -> None:
    token = world.token()
    before = world.aws.rows["doryfish"]
    world.aws.fail = {call}
    with pytest.raises(Unavailable, match=f"{call} failed"):
        world.delete(token)
    world.aws.fail = set()
    assert world.aws.rows == {"doryfish": before}
    assert world.is_alive(token)


@pytest.mark.parametrize("call", ["sessions.add", "sessions.remove_family"])
def test_what_is_to_be_tidied_after_it_is_no_failure(world: World, call: str) -> None:
    token, another = world.token(), world.token()
    world.aws.fail = {call}
    world.delete(token)
    world.aws.fail = set()
    assert world.aws.rows == {}
    assert not world.is_alive(another)


@pytest.mark.parametrize(
    ("slow", "left"),
    [
        ({"take": 7.0, "open": 7.0}, ["sessions.add"]),
        ({"take": 7.0, "open": 7.0, "remove": 7.0}, []),
    ],
    ids=["the rows", "the trace, too"],
)
def test_it_is_left_when_slow_calls_would_outlast_the_lambda(
    world: World, slow: dict[str, float], left: list[str]
) -> None:
    token = world.token()
    world.aws.slow = slow
    world.aws.calls.clear()
    world.delete(token)
    assert world.aws.rows == {}
    assert world.aws.calls == ["sessions.get", "get", "take", "open", "clear", "remove", *left]


def test_it_is_not_begun_when_slow_calls_would_outlast_the_lambda(world: World) -> None:
    token = world.token()
    world.aws.slow = {"take": 7.0, "open": 7.0, "clear": 7.0}
    with pytest.raises(Unavailable, match="out of time"):
        world.delete(token)
    assert "remove" not in world.aws.calls
