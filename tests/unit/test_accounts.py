"""Making, changing and deleting an account, on fakes that note every call."""

import pytest

from chalicelib.errors import (
    ChangedMeanwhile,
    NotSignedIn,
    TooManyAttempts,
    Unavailable,
    UsernameTaken,
    WeakPassword,
    WrongCredentials,
)
from chalicelib.limits import Limit
from chalicelib.password_check import user_digest
from tests.secret_guard import secret
from tests.unit.world import DECOY, OTHER, PASSWORD, World

THIRD = secret("seven lighthouses keep no diary")


@pytest.fixture
def world() -> World:
    world = World()
    world.sign_up("doryfish", PASSWORD)
    world.aws.calls.clear()
    return world


def logs_in(world: World, password: str, userid: str = "doryfish") -> bool:
    try:
        world.log_in(userid, password)
    except WrongCredentials:
        return False
    return True


class TestSignUp:
    def test_a_new_account_can_log_in(self, world: World) -> None:
        world.sign_up("nemo", OTHER)
        assert world.who(world.token("nemo", OTHER)).userid == "nemo"

    def test_a_taken_name_keeps_its_password(self, world: World) -> None:
        with pytest.raises(UsernameTaken):
            world.sign_up("doryfish", OTHER)
        assert logs_in(world, PASSWORD)
        assert not logs_in(world, OTHER)

    def test_a_weak_password_reaches_nothing(self, world: World) -> None:
        with pytest.raises(WeakPassword):
            world.sign_up("nemo", "nemo-nemo-nemo-nemo")
        assert world.aws.calls == ["count_sign_up"]

    def test_nothing_is_written_when_sealing_fails(self, world: World) -> None:
        world.aws.fail = {"seal"}
        with pytest.raises(Unavailable):
            world.sign_up("nemo", OTHER)
        assert "nemo" not in world.aws.rows

    def test_the_seal_is_tied_to_the_users_digest(self, world: World) -> None:
        world.sign_up("nemo", OTHER)
        assert {"userid_sha256": user_digest("nemo"), "version": DECOY} in world.aws.given

    def test_a_source_that_signed_up_too_often_reaches_nothing(self) -> None:
        world = World(Limit(1, 60))
        world.sign_up("doryfish", PASSWORD)
        world.aws.calls.clear()
        with pytest.raises(TooManyAttempts):
            world.sign_up("nemo", "x")
        assert world.aws.calls == ["count_sign_up"]
        assert world.hasher.calls == ["hash"]

    def test_without_the_count_nobody_signs_up(self, world: World) -> None:
        world.aws.fail = {"count_sign_up"}
        with pytest.raises(Unavailable):
            world.sign_up("nemo", OTHER)
        assert "nemo" not in world.aws.rows

    def test_failures_on_a_name_before_it_was_taken_do_not_burden_its_owner(
        self, world: World
    ) -> None:
        for _ in range(10):
            assert not logs_in(world, "x", "nemo")
        with pytest.raises(TooManyAttempts):
            world.log_in("nemo", "x")
        world.sign_up("nemo", OTHER)
        assert logs_in(world, OTHER, "nemo")

    def test_no_two_accounts_share_their_sessions(self, world: World) -> None:
        world.sign_up("nemo", OTHER)
        assert world.aws.rows["nemo"].family != world.aws.rows["doryfish"].family


class TestChangePassword:
    def test_the_new_one_holds_and_the_old_one_does_not(self, world: World) -> None:
        world.change_password(world.token(), PASSWORD, OTHER)
        assert logs_in(world, OTHER)
        assert not logs_in(world, PASSWORD)

    def test_every_session_of_before_has_ended_and_one_began(self, world: World) -> None:
        mine, another = world.token(), world.token()
        ticket = world.change_password(mine)
        assert not world.is_alive(mine)
        assert not world.is_alive(another)
        assert world.is_alive(ticket.token)

    def test_nothing_is_kept_of_those_that_have_ended(self, world: World) -> None:
        mine, _ = world.token(), world.token()
        world.change_password(mine)
        (session,) = world.aws.sessions.rows.values()
        assert session.family == world.aws.rows["doryfish"].family

    def test_sessions_of_others_go_on(self, world: World) -> None:
        world.sign_up("nemo", OTHER)
        nemos = world.token("nemo", OTHER)
        world.change_password(world.token())
        assert world.is_alive(nemos)

    def test_a_wrong_current_one_changes_nothing_and_is_counted(self, world: World) -> None:
        token = world.token()
        before = world.aws.rows["doryfish"]
        with pytest.raises(WrongCredentials):
            world.change_password(token, OTHER, THIRD)
        assert world.aws.rows["doryfish"] == before
        assert world.is_alive(token)
        assert world.aws.counts[user_digest("doryfish")].failures == 1

    def test_a_session_is_no_way_to_guess_more_often(self, world: World) -> None:
        token = world.token()
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                world.change_password(token, OTHER, THIRD)
        with pytest.raises(TooManyAttempts):
            world.change_password(token)
        with pytest.raises(TooManyAttempts):
            world.log_in()

    @pytest.mark.parametrize("new", [PASSWORD, "short", "doryfish-doryfish-doryfish"])
    def test_a_weak_new_one_changes_nothing_and_is_no_failed_try(
        self, world: World, new: str
    ) -> None:
        token = world.token()
        before = world.aws.rows["doryfish"]
        with pytest.raises(WeakPassword):
            world.change_password(token, PASSWORD, new)
        assert world.aws.rows["doryfish"] == before
        assert world.is_alive(token)
        assert world.aws.counts[user_digest("doryfish")].failures == 0

    def test_with_a_session_that_has_ended_no_password_is_looked_at(self, world: World) -> None:
        token = world.token()
        session = world.sessions.find(token)
        world.log_out_everywhere(token)
        world.hasher.calls.clear()
        for current in (PASSWORD, OTHER):
            with pytest.raises(NotSignedIn):
                world.accounts.change_password(session, current, THIRD, world.deadline())
        assert world.hasher.calls == []
        assert world.aws.counts[user_digest("doryfish")].failures == 0

    def test_another_change_that_was_faster_stands(self, world: World) -> None:
        token, other = world.token(), world.sealer.seal(user_digest("doryfish"), THIRD, "f" * 22)
        world.aws.before_replace = lambda: world.aws.rows.update(doryfish=other)
        with pytest.raises(ChangedMeanwhile):
            world.change_password(token)
        assert world.aws.rows["doryfish"] == other
        assert [session.family for session in world.aws.sessions.rows.values()] == [
            world.sessions.find(token).family
        ]

    @pytest.mark.parametrize(
        "call", ["get", "take", "open", "clear", "seal", "sessions.add", "replace"]
    )
    def test_a_failing_call_leaves_it_as_it_was(self, world: World, call: str) -> None:
        token = world.token()
        before = world.aws.rows["doryfish"]
        world.aws.fail = {call}
        with pytest.raises(Unavailable, match=f"{call} failed"):
            world.change_password(token)
        world.aws.fail = set()
        assert world.aws.rows["doryfish"] == before
        assert world.is_alive(token)

    def test_rows_that_cannot_be_removed_are_no_failure(self, world: World) -> None:
        token = world.token()
        world.aws.fail = {"sessions.remove_family"}
        assert world.is_alive(world.change_password(token).token)
        assert not world.is_alive(token)

    def test_it_is_not_begun_when_slow_calls_would_outlast_the_lambda(self, world: World) -> None:
        token = world.token()
        world.aws.slow = {"open": 7.0}
        world.aws.calls.clear()
        with pytest.raises(Unavailable, match="out of time"):
            world.change_password(token)
        assert world.aws.calls == ["sessions.get", "get", "take", "open", "clear"]
