"""Logging in and out on fakes that note every call."""

import pytest

from chalicelib.errors import NotSignedIn, Unavailable, WrongCredentials
from chalicelib.logins import LoggedIn
from tests.secret_guard import secret
from tests.unit.world import DECOY, IDLE, LIFETIME, OTHER, PASSWORD, World


@pytest.fixture
def world() -> World:
    world = World()
    world.sign_up("doryfish", PASSWORD)
    world.aws.calls.clear()
    return world


def rehash_of(done: LoggedIn) -> tuple[str | None, str | None]:
    return done.rehash, done.cause


class TestLogIn:
    def test_the_right_password_begins_a_session(self, world: World) -> None:
        done = world.log_in("doryfish", PASSWORD)
        assert rehash_of(done) == (None, None)
        assert world.who(done.ticket.token).userid == "doryfish"

    @pytest.mark.parametrize(
        ("userid", "password"), [("doryfish", OTHER), ("doryfish", DECOY), ("nobody", PASSWORD)]
    )
    def test_a_wrong_one_begins_none(self, world: World, userid: str, password: str) -> None:
        with pytest.raises(WrongCredentials):
            world.log_in(userid, password)
        assert "sessions.add" not in world.aws.calls
        assert world.aws.sessions.rows == {}

    def test_a_good_log_in_makes_five_calls(self, world: World) -> None:
        world.logins.warm_up()
        world.aws.calls.clear()
        world.log_in("doryfish", PASSWORD)
        assert world.aws.calls == ["get", "take", "open", "sessions.add", "clear"]

    @pytest.mark.parametrize("call", ["seal", "get", "take", "open"])
    @pytest.mark.parametrize("userid", ["doryfish", "nobody"])
    def test_a_failing_call_is_never_a_log_in(self, world: World, call: str, userid: str) -> None:
        world.aws.fail = {call}
        with pytest.raises(Unavailable, match=f"{call} failed"):
            world.log_in(userid, PASSWORD)
        assert world.aws.sessions.rows == {}

    @pytest.mark.parametrize("call", ["sessions.add", "clear"])
    def test_neither_is_one_after_the_password(self, world: World, call: str) -> None:
        world.aws.fail = {call}
        with pytest.raises(Unavailable, match=f"{call} failed"):
            world.log_in("doryfish", PASSWORD)

    def test_a_session_of_before_goes_on(self, world: World) -> None:
        first, second = world.token(), world.token()
        assert world.is_alive(first)
        assert world.is_alive(second)

    def test_the_one_it_replaces_ends(self, world: World) -> None:
        first = world.token()
        second = secret(world.log_in(replacing=first).ticket.token)
        assert not world.is_alive(first)
        assert world.is_alive(second)

    def test_a_failed_one_replaces_nothing(self, world: World) -> None:
        first = world.token()
        with pytest.raises(WrongCredentials):
            world.log_in("doryfish", OTHER, first)
        assert world.is_alive(first)

    @pytest.mark.parametrize("call", ["seal", "get", "take", "open", "sessions.add", "clear"])
    def test_neither_does_one_that_meets_a_fault(self, world: World, call: str) -> None:
        first = world.token()
        world.start(world.hasher)
        world.aws.fail = {call}
        with pytest.raises(Unavailable, match=f"{call} failed"):
            world.log_in(replacing=first)
        world.aws.fail = set()
        assert world.is_alive(first)

    def test_what_is_no_token_replaces_nothing(self, world: World) -> None:
        assert world.is_alive(world.log_in(replacing="nonsense").ticket.token)
        assert "sessions.remove" not in world.aws.calls

    def test_without_the_end_of_the_one_it_replaces_it_is_no_log_in(self, world: World) -> None:
        first = world.token()
        world.aws.fail = {"sessions.remove"}
        with pytest.raises(Unavailable, match=r"sessions\.remove failed"):
            world.log_in(replacing=first)


class TestWho:
    def test_it_says_whose_it_is_and_until_when(self, world: World) -> None:
        token, began = world.token(), int(world.clock.now)
        world.clock.now += 60
        who = world.who(token)
        assert (who.userid, who.since) == ("doryfish", began)
        assert (who.expires_in, who.ends_in) == (IDLE - 60, LIFETIME - 60)

    @pytest.mark.parametrize("call", ["sessions.get", "get"])
    def test_a_failing_call_is_no_session_and_no_end_of_one(self, world: World, call: str) -> None:
        token = world.token()
        world.aws.fail = {call}
        with pytest.raises(Unavailable, match=f"{call} failed"):
            world.who(token)
        world.aws.fail = set()
        assert world.is_alive(token)

    def test_without_its_account_it_is_nobodys(self, world: World) -> None:
        token = world.token()
        del world.aws.rows["doryfish"]
        assert not world.is_alive(token)

    def test_one_that_cannot_be_prolonged_is_a_fault(self, world: World) -> None:
        token = world.token()
        world.clock.now += IDLE - 1
        world.aws.fail = {"sessions.prolong"}
        with pytest.raises(Unavailable, match=r"sessions\.prolong failed"):
            world.who(token)


class TestLogOutEverywhere:
    def test_all_sessions_of_the_user_end_and_nobody_elses(self, world: World) -> None:
        world.sign_up("nemo", OTHER)
        nemos, doryfishs = world.token("nemo", OTHER), [world.token(), world.token()]
        world.log_out_everywhere(doryfishs[0])
        assert [world.is_alive(token) for token in doryfishs] == [False, False]
        assert world.is_alive(nemos)

    def test_nothing_is_kept_of_them(self, world: World) -> None:
        token, _ = world.token(), world.token()
        world.log_out_everywhere(token)
        assert world.aws.sessions.rows == {}

    def test_one_that_begins_later_is_alive(self, world: World) -> None:
        world.log_out_everywhere(world.token())
        assert world.is_alive(world.token())

    def test_a_session_that_has_ended_ends_no_others(self, world: World) -> None:
        ended = world.sessions.find(world.token())
        world.log_out_everywhere(world.token())
        token = world.token()
        with pytest.raises(NotSignedIn):
            world.logins.log_out_everywhere(ended, world.deadline())
        assert world.is_alive(token)

    def test_a_failure_ends_none(self, world: World) -> None:
        token = world.token()
        world.aws.fail = {"end_sessions"}
        with pytest.raises(Unavailable, match="end_sessions failed"):
            world.log_out_everywhere(token)
        assert world.is_alive(token)

    def test_rows_that_cannot_be_removed_are_no_failure(self, world: World) -> None:
        token = world.token()
        world.aws.fail = {"sessions.remove_family"}
        world.log_out_everywhere(token)
        assert not world.is_alive(token)


class TestWarmUp:
    def test_it_leaves_less_to_the_first_log_in(self, world: World) -> None:
        world.logins.warm_up()
        assert world.aws.calls == ["seal"]
        world.log_in("doryfish", PASSWORD)
        assert world.aws.calls.count("seal") == 1

    def test_what_it_cannot_do_the_first_log_in_does(self, world: World) -> None:
        world.aws.fail = {"seal"}
        world.logins.warm_up()
        world.aws.fail = set()
        assert world.is_alive(world.token())


def test_no_password_and_no_token_reaches_aws() -> None:
    world = World()
    world.sign_up("doryfish", PASSWORD)
    world.start_with_risen_parameters()
    token = world.token()
    with pytest.raises(WrongCredentials):
        world.log_in("doryfish", OTHER)
    with pytest.raises(WrongCredentials):
        world.change_password(token, OTHER, OTHER)
    tokens = [token, world.change_password(token, PASSWORD, OTHER).token]
    world.delete(tokens[-1], OTHER)
    given = " ".join(repr(thing) for thing in world.aws.given)
    for password in (PASSWORD, OTHER):
        assert password not in given
        assert password.encode().hex() not in given
    for token in tokens:
        assert token.partition(".")[2] not in given
