"""How a check of a password is counted, on fakes that note every call."""

import pytest

from chalicelib.credential import Credential
from chalicelib.deadline import TIME_LIMIT
from chalicelib.errors import (
    AccountLocked,
    TooManyAttempts,
    Unavailable,
    WrongCredentials,
)
from chalicelib.limits import NEVER, Limit
from chalicelib.password_check import user_digest
from tests.unit.world import CALL_SECONDS, OTHER, PASSWORD, World


def work_of(world: World, userid: str) -> list[str]:
    """The calls that a wrong password takes, in their order."""
    world.aws.calls.clear()
    world.hasher.calls.clear()
    with pytest.raises(WrongCredentials):
        world.check(userid, OTHER)
    return [*world.aws.calls, *world.hasher.calls]


@pytest.fixture
def world() -> World:
    world = World()
    world.sign_up("doryfish", PASSWORD)
    world.aws.calls.clear()
    return world


class TestTheLimit:
    @pytest.mark.parametrize("userid", ["doryfish", "nobody"])
    def test_beyond_the_limit_no_password_is_looked_at(self, world: World, userid: str) -> None:
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                world.check(userid, OTHER)
        world.aws.calls.clear()
        world.hasher.calls.clear()
        with pytest.raises(TooManyAttempts) as caught:
            world.check(userid, PASSWORD)
        assert caught.value.retry_after == 600
        assert (world.aws.calls, world.hasher.calls) == (["get", "take"], [])

    def test_success_clears_the_count(self, world: World) -> None:
        for _ in range(3):
            for _ in range(9):
                with pytest.raises(WrongCredentials):
                    world.check("doryfish", OTHER)
            world.check("doryfish", PASSWORD)

    @pytest.mark.parametrize("call", ["get", "open"])
    def test_a_fault_of_ours_is_no_failed_try(self, world: World, call: str) -> None:
        world.logins.warm_up()
        world.aws.fail = {call}
        for _ in range(11):
            with pytest.raises(Unavailable):
                world.check("doryfish", PASSWORD)
        assert world.aws.counts[user_digest("doryfish")].failures == 0

    def test_a_damaged_hash_is_no_failed_try_either(self, world: World) -> None:
        context = {"userid_sha256": user_digest("doryfish"), "version": "v"}
        sealed = world.aws.seal(b"garbage", context)
        world.aws.rows["doryfish"] = Credential(sealed, "v", "f" * 22)
        for _ in range(11):
            with pytest.raises(Unavailable):
                world.check("doryfish", PASSWORD)

    def test_a_try_that_cannot_be_given_back_stays_counted(self, world: World) -> None:
        world.logins.warm_up()
        world.aws.fail = {"open", "give_back"}
        with pytest.raises(Unavailable, match="open failed"):
            world.check("doryfish", PASSWORD)
        assert world.aws.counts[user_digest("doryfish")].failures == 1

    @pytest.mark.parametrize(
        ("call", "password"), [("clear", PASSWORD), ("confirm", OTHER)], ids=["right", "wrong"]
    )
    def test_a_count_that_cannot_be_kept_is_no_answer(
        self, world: World, call: str, password: str
    ) -> None:
        world.aws.fail = {call}
        with pytest.raises(Unavailable, match=f"{call} failed"):
            world.check("doryfish", password)
        assert world.aws.counts[user_digest("doryfish")].failures == 1

    @pytest.mark.parametrize(("userid", "forgotten"), [("doryfish", False), ("nobody", True)])
    def test_only_failures_on_an_account_are_remembered_for_ever(
        self, world: World, userid: str, forgotten: bool
    ) -> None:
        with pytest.raises(WrongCredentials):
            world.check(userid, OTHER)
        assert (world.aws.counts[user_digest(userid)].expires_at < NEVER) is forgotten


class TestTheLock:
    @pytest.fixture
    def world(self) -> World:
        """After 99 failures of each."""
        world = World(Limit(100, 30))
        world.sign_up("doryfish", PASSWORD)
        for userid in ("doryfish", "nobody"):
            for _ in range(99):
                with pytest.raises(WrongCredentials):
                    world.check(userid, OTHER)
        return world

    def test_the_failure_that_locks_an_account_ends_its_sessions(self, world: World) -> None:
        family = world.aws.rows["doryfish"].family
        with pytest.raises(WrongCredentials):
            world.check("doryfish", OTHER)
        assert world.aws.rows["doryfish"].family != family
        with pytest.raises(AccountLocked):
            world.check("doryfish", PASSWORD)

    def test_no_earlier_one_does(self, world: World) -> None:
        assert "end_sessions" not in world.aws.calls

    def test_nobody_costs_the_work_of_somebody(self, world: World) -> None:
        known, unknown = work_of(world, "doryfish"), work_of(world, "nobody")
        assert unknown == known == ["get", "take", "end_sessions", "open", "confirm", "verify"]

    def test_the_right_password_at_that_try_begins_a_new_family(self, world: World) -> None:
        family = world.aws.rows["doryfish"].family
        checked = world.check("doryfish", PASSWORD)
        assert checked.credential == world.aws.rows["doryfish"]
        assert checked.credential.family != family

    @pytest.mark.parametrize("fails", ["end_sessions", "open"])
    def test_a_fault_on_the_way_does_not_lock(self, world: World, fails: str) -> None:
        """Once it is locked, nobody would come to end the sessions."""
        world.aws.fail = {fails}
        with pytest.raises(Unavailable, match=f"{fails} failed"):
            world.check("doryfish", OTHER)
        assert world.aws.counts[user_digest("doryfish")].failures == 99

    def test_slow_calls_never_outlast_the_lambda(self, world: World) -> None:
        world.aws.slow = dict.fromkeys(["take", "open", "end_sessions", "confirm"], CALL_SECONDS)
        started = world.clock.now
        with pytest.raises(Unavailable, match="out of time"):
            world.check("doryfish", OTHER)
        assert world.clock.now - started <= TIME_LIMIT
