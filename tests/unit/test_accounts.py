"""The use cases on fakes that note every call, so that work and order can be compared."""

import json
from collections.abc import Callable, Mapping

import argon2
import pytest
from argon2.profiles import CHEAPEST

from chalicelib.accounts import TIME_LIMIT, Accounts, LoggedIn, user_digest
from chalicelib.errors import Unavailable, UsernameTaken, WeakPassword, WrongCredentials
from chalicelib.passwords import PasswordHasher, PasswordPolicy
from tests.secret_guard import secret

PASSWORD = secret("kelp forests hum at midnight")
OTHER = secret("purple umbrellas on thursday")
DECOY = secret("a password that nobody knows")
CALL_SECONDS = 12.0


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeAws:
    """A store and a cipher in memory: notes calls and what they were given, fails on request."""

    def __init__(self, clock: Clock) -> None:
        self.rows: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.given: list[object] = []
        self.fail: set[str] = set()
        self.before_replace: Callable[[], None] = lambda: None
        self.slow: dict[str, float] = {}
        self._clock = clock

    def _note(self, call: str, *given: object) -> None:
        self.calls.append(call)
        self.given.extend(given)
        self._clock.now += self.slow.get(call, 0.0)
        if call in self.fail:
            raise Unavailable(f"{call} failed")

    def get(self, userid: str) -> bytes | None:
        self._note("get", userid)
        return self.rows.get(userid)

    def add(self, userid: str, sealed: bytes) -> None:
        self._note("add", userid, sealed)
        if userid in self.rows:
            raise UsernameTaken
        self.rows[userid] = sealed

    def replace(self, userid: str, old: bytes, new: bytes) -> bool:
        self.before_replace()
        self._note("replace", userid, old, new)
        if self.rows.get(userid) != old:
            return False
        self.rows[userid] = new
        return True

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        self._note("seal", plaintext, context)
        return json.dumps([plaintext.hex(), dict(context)]).encode()

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        self._note("open", sealed, context)
        plaintext, sealed_context = json.loads(sealed)
        if sealed_context != dict(context):
            raise Unavailable("another context")
        return bytes.fromhex(plaintext)


class CountingHasher(PasswordHasher):
    """Counts what costs time."""

    def __init__(self, parameters: argon2.Parameters = CHEAPEST) -> None:
        super().__init__(parameters)
        self.calls: list[str] = []

    def hash(self, password: str) -> str:
        self.calls.append("hash")
        return super().hash(password)

    def verify(self, phc: str, password: str) -> bool:
        self.calls.append("verify")
        return super().verify(phc, password)


class World:
    """An `Accounts` with everything it was handed."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.aws = FakeAws(self.clock)
        self.hasher = CountingHasher()
        self.accounts = self.with_hasher(self.hasher)

    def with_hasher(self, hasher: PasswordHasher, decoy: str = DECOY) -> Accounts:
        return Accounts(
            store=self.aws,
            cipher=self.aws,
            hasher=hasher,
            policy=PasswordPolicy(15, "Coral Reef"),
            longest_call=CALL_SECONDS,
            clock=self.clock,
            random_password=lambda: decoy,
        )

    def with_risen_parameters(self) -> Accounts:
        risen = argon2.Parameters(
            type=CHEAPEST.type,
            version=CHEAPEST.version,
            salt_len=CHEAPEST.salt_len,
            hash_len=CHEAPEST.hash_len,
            time_cost=CHEAPEST.time_cost + 1,
            memory_cost=CHEAPEST.memory_cost,
            parallelism=CHEAPEST.parallelism,
        )
        return self.with_hasher(PasswordHasher(risen))

    def work_of(self, log_in: Callable[[], object]) -> list[str]:
        """The calls that a refused log-in makes, in their order."""
        self.aws.calls.clear()
        self.hasher.calls.clear()
        with pytest.raises(WrongCredentials):
            log_in()
        return [*self.aws.calls, *self.hasher.calls]


@pytest.fixture
def world() -> World:
    world = World()
    world.accounts.sign_up("doryfish", PASSWORD)
    world.aws.calls.clear()
    return world


class TestSignUp:
    def test_a_new_account_can_log_in(self, world: World) -> None:
        world.accounts.sign_up("nemo", OTHER)
        assert world.accounts.log_in("nemo", OTHER) == LoggedIn()

    def test_a_taken_name_keeps_its_password(self, world: World) -> None:
        with pytest.raises(UsernameTaken):
            world.accounts.sign_up("doryfish", OTHER)
        assert world.accounts.log_in("doryfish", PASSWORD) == LoggedIn()
        with pytest.raises(WrongCredentials):
            world.accounts.log_in("doryfish", OTHER)

    def test_a_weak_password_reaches_nothing(self, world: World) -> None:
        with pytest.raises(WeakPassword):
            world.accounts.sign_up("nemo", "nemo-nemo-nemo-nemo")
        assert world.aws.calls == []

    def test_nothing_is_written_when_sealing_fails(self, world: World) -> None:
        world.aws.fail = {"seal"}
        with pytest.raises(Unavailable):
            world.accounts.sign_up("nemo", OTHER)
        assert "nemo" not in world.aws.rows

    def test_the_seal_is_tied_to_the_users_digest(self, world: World) -> None:
        world.accounts.sign_up("nemo", OTHER)
        assert {"userid_sha256": user_digest("nemo")} in world.aws.given


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
        known = world.work_of(lambda: world.accounts.log_in("doryfish", OTHER))
        unknown = world.work_of(lambda: world.accounts.log_in("nobody", OTHER))
        assert unknown == known == ["get", "open", "verify"]

    def test_so_does_the_first_log_in_of_a_process(self, world: World) -> None:
        first, second = world.with_hasher(world.hasher), world.with_hasher(world.hasher)
        known = world.work_of(lambda: first.log_in("doryfish", OTHER))
        unknown = world.work_of(lambda: second.log_in("nobody", OTHER))
        assert unknown == known == ["seal", "get", "open", "hash", "verify"]

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
        world.accounts.sign_up("nemo", OTHER)
        world.aws.rows["nemo"] = world.aws.rows["doryfish"]
        with pytest.raises(Unavailable):
            world.accounts.log_in("nemo", PASSWORD)

    @pytest.mark.parametrize("opened", [b"", b"garbage", b"\xff\xfe", b"$argon2id$v=19$m=8"])
    def test_what_opens_to_no_hash_is_a_fault_and_not_a_wrong_password(
        self, world: World, opened: bytes
    ) -> None:
        context = {"userid_sha256": user_digest("doryfish")}
        world.aws.rows["doryfish"] = world.aws.seal(opened, context)
        with pytest.raises(Unavailable):
            world.accounts.log_in("doryfish", PASSWORD)

    @pytest.mark.parametrize("call", ["seal", "get", "open"])
    @pytest.mark.parametrize("userid", ["doryfish", "nobody"])
    def test_a_failing_call_is_never_a_log_in(self, world: World, call: str, userid: str) -> None:
        world.aws.fail = {call}
        with pytest.raises(Unavailable, match=f"{call} failed"):
            world.accounts.log_in(userid, PASSWORD)

    def test_it_gives_up_when_slow_calls_would_outlast_the_lambda(self, world: World) -> None:
        world.aws.slow = {"seal": TIME_LIMIT - 2 * CALL_SECONDS + 0.1}
        with pytest.raises(Unavailable, match="out of time"):
            world.accounts.log_in("doryfish", PASSWORD)
        assert world.aws.calls == ["seal"]
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
        accounts = world.with_risen_parameters()
        world.aws.before_replace = lambda: world.aws.rows.update(doryfish=b"changed")
        result = accounts.log_in("doryfish", PASSWORD)
        assert result == LoggedIn("postponed", "changed meanwhile")
        assert world.aws.rows["doryfish"] == b"changed"

    def test_a_slow_log_in_leaves_it_to_the_next(self, world: World) -> None:
        accounts = world.with_risen_parameters()
        world.aws.slow = {"open": CALL_SECONDS}
        assert accounts.log_in("doryfish", PASSWORD) == LoggedIn("postponed", "out of time")
        assert "replace" not in world.aws.calls


def test_no_password_reaches_the_store_or_the_cipher() -> None:
    world = World()
    world.accounts.sign_up("doryfish", PASSWORD)
    world.with_risen_parameters().log_in("doryfish", PASSWORD)
    with pytest.raises(WrongCredentials):
        world.accounts.log_in("doryfish", OTHER)
    given = " ".join(repr(thing) for thing in world.aws.given)
    for password in (PASSWORD, OTHER):
        assert password not in given
        assert password.encode().hex() not in given
