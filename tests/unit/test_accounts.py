"""The use cases on fakes that note every call, so that work and order can be compared."""

from collections.abc import Callable

import pytest

from chalicelib.accounts import TIME_LIMIT, LoggedIn, user_digest
from chalicelib.errors import (
    TooManyAttempts,
    Unavailable,
    UsernameTaken,
    WeakPassword,
    WrongCredentials,
)
from chalicelib.limits import Limit
from chalicelib.sealed_hash import SealedHash
from tests.secret_guard import secret
from tests.unit.fakes import CALL_SECONDS, DECOY, World

PASSWORD = secret("kelp forests hum at midnight")
OTHER = secret("purple umbrellas on thursday")


def work_of(world: World, log_in: Callable[[], object]) -> list[str]:
    """The calls that a refused log-in makes, in their order."""
    world.aws.calls.clear()
    world.hasher.calls.clear()
    with pytest.raises(WrongCredentials):
        log_in()
    return [*world.aws.calls, *world.hasher.calls]


@pytest.fixture
def world() -> World:
    world = World()
    world.sign_up("doryfish", PASSWORD)
    world.aws.calls.clear()
    return world


class TestSignUp:
    def test_a_new_account_can_log_in(self, world: World) -> None:
        world.sign_up("nemo", OTHER)
        assert world.accounts.log_in("nemo", OTHER) == LoggedIn()

    def test_a_taken_name_keeps_its_password(self, world: World) -> None:
        with pytest.raises(UsernameTaken):
            world.sign_up("doryfish", OTHER)
        assert world.accounts.log_in("doryfish", PASSWORD) == LoggedIn()
        with pytest.raises(WrongCredentials):
            world.accounts.log_in("doryfish", OTHER)

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
            with pytest.raises(WrongCredentials):
                world.accounts.log_in("nemo", "x")
        with pytest.raises(TooManyAttempts):
            world.accounts.log_in("nemo", "x")
        world.sign_up("nemo", OTHER)
        assert world.accounts.log_in("nemo", OTHER) == LoggedIn()


class TestLogIn:
    def test_the_right_password_is_taken(self, world: World) -> None:
        assert world.accounts.log_in("doryfish", PASSWORD) == LoggedIn()

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
            world.accounts.log_in("doryfish", change(PASSWORD))

    def test_a_short_one_is_wrong_and_not_refused(self, world: World) -> None:
        with pytest.raises(WrongCredentials):
            world.accounts.log_in("doryfish", "x")

    def test_nobody_is_a_wrong_password_with_the_same_words(self, world: World) -> None:
        with pytest.raises(WrongCredentials) as unknown:
            world.accounts.log_in("nobody", PASSWORD)
        with pytest.raises(WrongCredentials) as wrong:
            world.accounts.log_in("doryfish", OTHER)
        assert str(unknown.value) == str(wrong.value)

    def test_nobody_costs_the_work_of_somebody(self, world: World) -> None:
        world.accounts.log_in("doryfish", PASSWORD)
        known = work_of(world, lambda: world.accounts.log_in("doryfish", OTHER))
        unknown = work_of(world, lambda: world.accounts.log_in("nobody", OTHER))
        assert unknown == known == ["get", "take", "open", "confirm", "verify"]

    def test_so_does_the_first_log_in_of_a_process(self, world: World) -> None:
        first, second = world.with_hasher(world.hasher), world.with_hasher(world.hasher)
        known = work_of(world, lambda: first.log_in("doryfish", OTHER))
        unknown = work_of(world, lambda: second.log_in("nobody", OTHER))
        assert unknown == known == ["seal", "get", "take", "open", "confirm", "hash", "verify"]

    def test_what_it_has_kms_open_is_as_long(self, world: World) -> None:
        world.accounts.warm_up()
        sizes = []
        for userid in ("doryfish", "nobody"):
            world.aws.given.clear()
            with pytest.raises(WrongCredentials):
                world.accounts.log_in(userid, OTHER)
            context = next(given for given in world.aws.given if isinstance(given, dict))
            sealed = next(given for given in world.aws.given if isinstance(given, bytes))
            sizes.append((len(sealed), {name: len(value) for name, value in context.items()}))
        assert sizes[0] == sizes[1]

    def test_the_decoys_own_password_logs_nobody_in(self, world: World) -> None:
        for userid in ("nobody", "doryfish"):
            with pytest.raises(WrongCredentials):
                world.accounts.log_in(userid, DECOY)

    def test_the_decoy_opens_for_no_account(self, world: World) -> None:
        accounts = world.accounts
        with pytest.raises(WrongCredentials):
            accounts.log_in("nobody", OTHER)
        decoy = accounts._decoy
        assert decoy is not None
        world.aws.rows["nemo"] = decoy
        with pytest.raises(Unavailable):
            accounts.log_in("nemo", OTHER)

    def test_a_sealed_hash_copied_to_another_row_does_not_log_in(self, world: World) -> None:
        world.sign_up("nemo", OTHER)
        world.aws.rows["nemo"] = world.aws.rows["doryfish"]
        with pytest.raises(Unavailable):
            world.accounts.log_in("nemo", PASSWORD)

    @pytest.mark.parametrize("opened", [b"", b"garbage", b"\xff\xfe", b"$argon2id$v=19$m=8"])
    def test_what_opens_to_no_hash_is_a_fault_and_not_a_wrong_password(
        self, world: World, opened: bytes
    ) -> None:
        context = {"userid_sha256": user_digest("doryfish"), "version": "v"}
        world.aws.rows["doryfish"] = SealedHash(world.aws.seal(opened, context), "v")
        with pytest.raises(Unavailable):
            world.accounts.log_in("doryfish", PASSWORD)

    @pytest.mark.parametrize("call", ["seal", "get", "take", "open"])
    @pytest.mark.parametrize("userid", ["doryfish", "nobody"])
    def test_a_failing_call_is_never_a_log_in(self, world: World, call: str, userid: str) -> None:
        world.aws.fail = {call}
        with pytest.raises(Unavailable, match=f"{call} failed"):
            world.accounts.log_in(userid, PASSWORD)

    def test_it_gives_up_when_slow_calls_would_outlast_the_lambda(self, world: World) -> None:
        world.aws.slow = {"seal": TIME_LIMIT - 3 * CALL_SECONDS + 0.1}
        with pytest.raises(Unavailable, match="out of time"):
            world.accounts.log_in("doryfish", PASSWORD)
        assert world.aws.calls == ["seal"]
        assert world.accounts.log_in("doryfish", PASSWORD) == LoggedIn()


class TestTheLimit:
    def test_a_good_log_in_makes_four_calls(self, world: World) -> None:
        world.accounts.warm_up()
        world.aws.calls.clear()
        world.accounts.log_in("doryfish", PASSWORD)
        assert world.aws.calls == ["get", "take", "open", "clear"]

    @pytest.mark.parametrize("userid", ["doryfish", "nobody"])
    def test_beyond_the_limit_no_password_is_looked_at(self, world: World, userid: str) -> None:
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                world.accounts.log_in(userid, OTHER)
        world.aws.calls.clear()
        world.hasher.calls.clear()
        with pytest.raises(TooManyAttempts) as caught:
            world.accounts.log_in(userid, PASSWORD)
        assert caught.value.retry_after == 600
        assert (world.aws.calls, world.hasher.calls) == (["get", "take"], [])

    def test_success_clears_the_count(self, world: World) -> None:
        for _ in range(3):
            for _ in range(9):
                with pytest.raises(WrongCredentials):
                    world.accounts.log_in("doryfish", OTHER)
            world.accounts.log_in("doryfish", PASSWORD)

    @pytest.mark.parametrize("call", ["get", "open"])
    def test_a_fault_of_ours_is_no_failed_try(self, world: World, call: str) -> None:
        world.accounts.warm_up()
        world.aws.fail = {call}
        for _ in range(11):
            with pytest.raises(Unavailable):
                world.accounts.log_in("doryfish", PASSWORD)
        assert world.aws.counts[user_digest("doryfish")].failures == 0

    def test_a_damaged_hash_is_no_failed_try_either(self, world: World) -> None:
        context = {"userid_sha256": user_digest("doryfish"), "version": "v"}
        world.aws.rows["doryfish"] = SealedHash(world.aws.seal(b"garbage", context), "v")
        for _ in range(11):
            with pytest.raises(Unavailable):
                world.accounts.log_in("doryfish", PASSWORD)

    def test_a_try_that_cannot_be_given_back_stays_counted(self, world: World) -> None:
        world.accounts.warm_up()
        world.aws.fail = {"open", "give_back"}
        with pytest.raises(Unavailable, match="open failed"):
            world.accounts.log_in("doryfish", PASSWORD)
        assert world.aws.counts[user_digest("doryfish")].failures == 1

    @pytest.mark.parametrize(
        ("call", "password"), [("clear", PASSWORD), ("confirm", OTHER)], ids=["right", "wrong"]
    )
    def test_a_count_that_cannot_be_kept_is_no_answer(
        self, world: World, call: str, password: str
    ) -> None:
        world.aws.fail = {call}
        with pytest.raises(Unavailable, match=f"{call} failed"):
            world.accounts.log_in("doryfish", password)
        assert world.aws.counts[user_digest("doryfish")].failures == 1

    @pytest.mark.parametrize(("userid", "forgotten"), [("doryfish", False), ("nobody", True)])
    def test_only_failures_on_an_account_are_remembered_for_ever(
        self, world: World, userid: str, forgotten: bool
    ) -> None:
        with pytest.raises(WrongCredentials):
            world.accounts.log_in(userid, OTHER)
        assert (world.aws.counts[user_digest(userid)].expires_at is not None) is forgotten


class TestWarmUp:
    def test_it_leaves_less_to_the_first_log_in(self, world: World) -> None:
        world.accounts.warm_up()
        assert world.aws.calls == ["seal"]
        world.accounts.log_in("doryfish", PASSWORD)
        assert world.aws.calls.count("seal") == 1

    def test_what_it_cannot_do_the_first_log_in_does(self, world: World) -> None:
        world.aws.fail = {"seal"}
        world.accounts.warm_up()
        world.aws.fail = set()
        assert world.accounts.log_in("doryfish", PASSWORD) == LoggedIn()


class TestRehash:
    def test_risen_parameters_are_written_at_log_in(self, world: World) -> None:
        accounts = world.with_risen_parameters()
        before = world.aws.rows["doryfish"]
        assert accounts.log_in("doryfish", PASSWORD) == LoggedIn("done")
        assert world.aws.rows["doryfish"] != before
        assert accounts.log_in("doryfish", PASSWORD) == LoggedIn()

    def test_a_wrong_password_rewrites_nothing(self, world: World) -> None:
        with pytest.raises(WrongCredentials):
            world.with_risen_parameters().log_in("doryfish", OTHER)
        assert "replace" not in world.aws.calls

    @pytest.mark.parametrize("call", ["seal", "replace"])
    def test_a_failure_does_not_take_the_log_in_back(self, world: World, call: str) -> None:
        accounts = world.with_risen_parameters()
        with pytest.raises(WrongCredentials):
            accounts.log_in("nobody", PASSWORD)  # the decoy is sealed by now
        world.aws.fail = {call}
        assert accounts.log_in("doryfish", PASSWORD) == LoggedIn("postponed", f"{call} failed")

    def test_a_change_made_meanwhile_is_kept(self, world: World) -> None:
        accounts, changed = world.with_risen_parameters(), SealedHash(b"changed", "v")
        world.aws.before_replace = lambda: world.aws.rows.update(doryfish=changed)
        result = accounts.log_in("doryfish", PASSWORD)
        assert result == LoggedIn("postponed", "changed meanwhile")
        assert world.aws.rows["doryfish"] == changed

    def test_a_slow_log_in_leaves_it_to_the_next(self, world: World) -> None:
        accounts = world.with_risen_parameters()
        world.aws.slow = {"open": 7.0, "clear": 7.0}
        assert accounts.log_in("doryfish", PASSWORD) == LoggedIn("postponed", "out of time")
        assert "replace" not in world.aws.calls


def test_no_password_reaches_the_store_or_the_cipher() -> None:
    world = World()
    world.sign_up("doryfish", PASSWORD)
    world.with_risen_parameters().log_in("doryfish", PASSWORD)
    with pytest.raises(WrongCredentials):
        world.accounts.log_in("doryfish", OTHER)
    given = " ".join(repr(thing) for thing in world.aws.given)
    for password in (PASSWORD, OTHER):
        assert password not in given
        assert password.encode().hex() not in given
