"""A hash with other parameters than today's is written anew at log-in."""

import pytest

from chalicelib.credential import Credential
from chalicelib.errors import WrongCredentials
from chalicelib.logins import LoggedIn
from tests.unit.world import OTHER, PASSWORD, World


def rehash_of(done: LoggedIn) -> tuple[str | None, str | None]:
    return done.rehash, done.cause


@pytest.fixture
def risen() -> World:
    world = World()
    world.sign_up("doryfish", PASSWORD)
    world.start_with_risen_parameters()
    return world


def test_risen_parameters_are_written_at_log_in(risen: World) -> None:
    before = risen.aws.rows["doryfish"]
    assert rehash_of(risen.log_in("doryfish", PASSWORD)) == ("done", None)
    assert risen.aws.rows["doryfish"].sealed != before.sealed
    assert rehash_of(risen.log_in("doryfish", PASSWORD)) == (None, None)


def test_they_end_no_session() -> None:
    world = World()
    world.sign_up("doryfish", PASSWORD)
    before = world.token()
    world.start_with_risen_parameters()
    assert rehash_of(world.log_in()) == ("done", None)
    assert world.is_alive(before)


def test_a_wrong_password_rewrites_nothing(risen: World) -> None:
    with pytest.raises(WrongCredentials):
        risen.log_in("doryfish", OTHER)
    assert "replace" not in risen.aws.calls


@pytest.mark.parametrize("call", ["seal", "replace"])
def test_a_failure_does_not_take_the_log_in_back(risen: World, call: str) -> None:
    with pytest.raises(WrongCredentials):
        risen.log_in("nobody", PASSWORD)  # the decoy is sealed by now
    risen.aws.fail = {call}
    done = risen.log_in("doryfish", PASSWORD)
    assert rehash_of(done) == ("postponed", f"{call} failed")
    assert risen.is_alive(done.ticket.token)


def test_a_change_made_meanwhile_is_kept(risen: World) -> None:
    changed = Credential(b"changed", "v", "f" * 22)
    risen.aws.before_replace = lambda: risen.aws.rows.update(doryfish=changed)
    done = risen.log_in("doryfish", PASSWORD)
    assert rehash_of(done) == ("postponed", "changed meanwhile")
    assert risen.aws.rows["doryfish"] == changed


def test_a_slow_log_in_leaves_it_to_the_next(risen: World) -> None:
    risen.aws.slow = {"open": 7.0, "clear": 7.0}
    assert rehash_of(risen.log_in("doryfish", PASSWORD)) == ("postponed", "out of time")
    assert "replace" not in risen.aws.calls
