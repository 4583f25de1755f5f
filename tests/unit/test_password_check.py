"""Checking a password on fakes that note every call, so that work and order can be compared."""

from collections.abc import Callable

import pytest

from chalicelib.credential import Credential
from chalicelib.deadline import TIME_LIMIT
from chalicelib.errors import (
    NotSignedIn,
    Unavailable,
    WrongCredentials,
)
from chalicelib.limits import NEVER
from chalicelib.password_check import user_digest
from chalicelib.sessions import Session
from tests.unit.world import CALL_SECONDS, DECOY, OTHER, PASSWORD, World


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


class TestTheAnswer:
    def test_the_right_password_is_taken(self, world: World) -> None:
        checked = world.check("doryfish", PASSWORD)
        assert checked.credential == world.aws.rows["doryfish"]
        assert not checked.outdated

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(str.upper, id="case"),
            pytest.param(lambda password: password + " ", id="more"),
            pytest.param(lambda password: password[:-1], id="less"),
        ],
    )
    def test_a_wrong_one_is_not(self, world: World, change: Callable[[str], str]) -> None:
        with pytest.raises(WrongCredentials):
            world.check("doryfish", change(PASSWORD))

    def test_a_short_one_is_wrong_and_not_refused(self, world: World) -> None:
        with pytest.raises(WrongCredentials):
            world.check("doryfish", "x")

    def test_nobody_is_a_wrong_password_with_the_same_words(self, world: World) -> None:
        with pytest.raises(WrongCredentials) as unknown:
            world.check("nobody", PASSWORD)
        with pytest.raises(WrongCredentials) as wrong:
            world.check("doryfish", OTHER)
        assert str(unknown.value) == str(wrong.value)

    def test_nobody_costs_the_work_of_somebody(self, world: World) -> None:
        world.check("doryfish", PASSWORD)
        known, unknown = work_of(world, "doryfish"), work_of(world, "nobody")
        assert unknown == known == ["get", "take", "open", "confirm", "verify"]

    def test_so_does_the_first_log_in_of_a_process(self, world: World) -> None:
        known = work_of(world, "doryfish")
        world.start(world.hasher)
        unknown = work_of(world, "nobody")
        assert unknown == known == ["seal", "get", "take", "open", "confirm", "verify"]

    def test_the_decoys_own_password_is_right_for_nobody(self, world: World) -> None:
        for userid in ("nobody", "doryfish"):
            with pytest.raises(WrongCredentials):
                world.check(userid, DECOY)

    def test_the_decoy_opens_for_no_account(self, world: World) -> None:
        with pytest.raises(WrongCredentials):
            world.check("nobody", OTHER)
        world.aws.rows["nemo"] = world.sealer.decoy()
        with pytest.raises(Unavailable):
            world.check("nemo", OTHER)

    def test_a_sealed_hash_copied_to_another_row_is_right_for_nobody(self, world: World) -> None:
        world.sign_up("nemo", OTHER)
        world.aws.rows["nemo"] = world.aws.rows["doryfish"]
        with pytest.raises(Unavailable):
            world.check("nemo", PASSWORD)

    @pytest.mark.parametrize("opened", [b"", b"garbage", b"\xff\xfe", b"$argon2id$v=19$m=8"])
    def test_what_opens_to_no_hash_is_a_fault_and_not_a_wrong_password(
        self, world: World, opened: bytes
    ) -> None:
        context = {"userid_sha256": user_digest("doryfish"), "version": "v"}
        sealed = world.aws.seal(opened, context)
        world.aws.rows["doryfish"] = Credential(sealed, "v", "f" * 22)
        with pytest.raises(Unavailable):
            world.check("doryfish", PASSWORD)

    @pytest.mark.parametrize("call", ["seal", "get", "take", "open"])
    @pytest.mark.parametrize("userid", ["doryfish", "nobody"])
    def test_a_failing_call_is_never_a_right_password(
        self, world: World, call: str, userid: str
    ) -> None:
        world.aws.fail = {call}
        with pytest.raises(Unavailable, match=f"{call} failed"):
            world.check(userid, PASSWORD)

    def test_it_gives_up_when_slow_calls_would_outlast_the_lambda(self, world: World) -> None:
        world.aws.slow = {"seal": TIME_LIMIT - 3 * CALL_SECONDS + 0.1}
        with pytest.raises(Unavailable, match="out of time"):
            world.check("doryfish", PASSWORD)
        assert world.aws.calls == ["seal"]
        assert world.check("doryfish", PASSWORD)


def of_family(family: str) -> Session:
    return Session(family, "d" * 64, "doryfish", 0, NEVER, NEVER)


class TestForASession:
    def test_one_of_the_account_may_ask(self, world: World) -> None:
        session = of_family(world.aws.rows["doryfish"].family)
        checked = world.check_password("doryfish", PASSWORD, world.deadline(), session)
        assert checked.credential.family == session.family

    @pytest.mark.parametrize("userid", ["doryfish", "nobody"])
    @pytest.mark.parametrize("password", [PASSWORD, OTHER])
    def test_one_that_has_ended_learns_nothing_and_its_try_does_not_count(
        self, world: World, userid: str, password: str
    ) -> None:
        world.logins.warm_up()
        world.hasher.calls.clear()
        for _ in range(11):
            with pytest.raises(NotSignedIn):
                world.check_password(userid, password, world.deadline(), of_family("f" * 22))
        assert world.hasher.calls == []
        assert world.aws.counts[user_digest(userid)].failures == 0
