"""Sessions on rows in memory, at times that the tests choose."""

import pytest

from chalicelib.deadline import Deadline
from chalicelib.errors import NotSignedIn, Unavailable
from chalicelib.sessions import Session, Sessions, new_family
from tests.secret_guard import leaks, secret
from tests.unit.fakes import Clock

IDLE = 3600
LIFETIME = 86_400
FAMILY = "f" * 22


class Rows:
    """A table of sessions in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Session] = {}
        self.writes = 0
        self.fails = False

    def add(self, session: Session) -> None:
        self.kept[session.family, session.digest] = session
        self.writes += 1

    def get(self, family: str, digest: str) -> Session | None:
        return self.kept.get((family, digest))

    def prolong(self, session: Session) -> None:
        self.add(session)

    def remove(self, family: str, digest: str) -> None:
        self.kept.pop((family, digest), None)

    def remove_family(self, family: str, *, but: str) -> None:
        if self.fails:
            raise Unavailable("remove_family failed")
        self.kept = {k: s for k, s in self.kept.items() if k[0] != family or k[1] == but}


class World:
    def __init__(self) -> None:
        self.clock = Clock(1_764_000_000.9)
        self.rows = Rows()
        self.sessions = Sessions(self.rows, IDLE, LIFETIME, self.clock)

    def issue(self, userid: str = "doryfish", family: str = FAMILY) -> str:
        return secret(self.sessions.issue(userid, family).token)

    def is_alive(self, token: str) -> bool:
        try:
            self.sessions.find(token)
        except NotSignedIn:
            return False
        return True


@pytest.fixture
def world() -> World:
    return World()


class TestTheToken:
    def test_it_leads_to_its_session(self, world: World) -> None:
        session = world.sessions.find(world.issue())
        assert (session.user, session.family) == ("doryfish", FAMILY)
        assert session.began_at == 1_764_000_000

    def test_it_has_256_secret_bits_and_no_two_are_the_same(self, world: World) -> None:
        tokens = {world.issue() for _ in range(50)}
        secrets = {token.removeprefix(f"{FAMILY}.") for token in tokens}
        assert len(secrets) == 50
        assert all(len(text) == 43 for text in secrets)

    def test_it_is_not_stored(self, world: World) -> None:
        token = world.issue()
        assert token.partition(".")[2] not in repr(world.rows.kept)
        assert not leaks(repr(world.rows.kept))

    def test_it_is_not_in_the_repr(self, world: World) -> None:
        ticket = world.sessions.issue("doryfish", FAMILY)
        assert ticket.token not in repr(ticket)

    def test_it_says_nothing_of_the_user(self, world: World) -> None:
        assert "dory" not in world.issue()

    def test_a_family_has_128_bits(self) -> None:
        families = {new_family() for _ in range(50)}
        assert len(families) == 50
        assert all(len(family) == 22 for family in families)

    @pytest.mark.parametrize(
        "token",
        [
            None,
            "",
            ".",
            "x",
            f"{FAMILY}.",
            f".{'s' * 43}",
            f"{FAMILY}.{'s' * 43}",
            f"{FAMILY}.{'s' * 42}",
            f"{FAMILY}.{'s' * 44}",
            f"{FAMILY}.{'ß' * 43}",
            f"{FAMILY}.{'s' * 43}\n",
            f"{FAMILY}.{'s' * 43}.{'s' * 43}",
            "x" * 100_000,
        ],
    )
    def test_anything_else_leads_nowhere(self, world: World, token: str | None) -> None:
        world.issue()
        with pytest.raises(NotSignedIn):
            world.sessions.find(token)

    def test_the_secret_of_another_family_leads_nowhere(self, world: World) -> None:
        token = world.issue(family="g" * 22)
        assert not world.is_alive(f"{FAMILY}.{token.partition('.')[2]}")


class TestTheEnd:
    def test_it_ends_when_it_is_idle_for_too_long(self, world: World) -> None:
        token = world.issue()
        world.clock.now += IDLE - 1
        assert world.is_alive(token)
        world.clock.now += 1
        assert not world.is_alive(token)

    def test_it_ends_however_much_it_is_used(self, world: World) -> None:
        token = world.issue()
        for _ in range(LIFETIME // 1800):
            assert world.is_alive(token)
            expires_in, ends_in = world.sessions.use(world.sessions.find(token))
            assert 0 < expires_in <= ends_in
            world.clock.now += 1800
        assert not world.is_alive(token)

    def test_what_it_is_told_is_right_to_the_second(self, world: World) -> None:
        ticket = world.sessions.issue("doryfish", FAMILY)
        secret(ticket.token)
        assert (ticket.expires_in, ticket.ends_in) == (IDLE, LIFETIME)
        world.clock.now += 10
        assert world.sessions.use(world.sessions.find(ticket.token)) == (IDLE - 10, LIFETIME - 10)

    def test_use_is_written_down_seldom(self, world: World) -> None:
        token, before = world.issue(), world.rows.writes
        for _ in range(1000):
            world.sessions.use(world.sessions.find(token))
            world.clock.now += 10
        assert 1 < world.rows.writes - before <= 60

    def test_an_idle_time_beyond_the_lifetime_is_the_lifetime(self) -> None:
        world = World()
        world.sessions = Sessions(world.rows, IDLE, 60, world.clock)
        token = world.issue()
        world.clock.now += 60
        assert not world.is_alive(token)

    def test_a_lifetime_that_is_shortened_binds_the_sessions_that_are_there(
        self, world: World
    ) -> None:
        token = world.issue()
        world.sessions = Sessions(world.rows, IDLE, 60, world.clock)
        world.clock.now += 59
        assert world.sessions.use(world.sessions.find(token)) == (1, 1)
        world.clock.now += 1
        assert not world.is_alive(token)

    def test_one_that_is_prolonged_keeps_its_lifetime(self, world: World) -> None:
        token = world.issue()
        world.sessions = Sessions(world.rows, IDLE, 2 * LIFETIME, world.clock)
        for _ in range(LIFETIME // 1800):
            world.sessions.use(world.sessions.find(token))
            world.clock.now += 1800
        assert not world.is_alive(token)

    def test_it_can_be_ended_and_ended_again(self, world: World) -> None:
        token, other = world.issue(), world.issue()
        world.sessions.end(token)
        world.sessions.end(token)
        assert not world.is_alive(token)
        assert world.is_alive(other)

    @pytest.mark.parametrize("token", [None, "", "x", f"{FAMILY}.{'s' * 43}"])
    def test_ending_nothing_is_no_error(self, world: World, token: str | None) -> None:
        world.sessions.end(token)

    def test_a_session_that_deleted_its_account_is_nobodys(self, world: World) -> None:
        session = world.sessions.find(world.issue())
        world.sessions.leave_trace(session)
        (trace,) = world.rows.kept.values()
        assert trace.userid is None
        with pytest.raises(NotSignedIn):
            _ = trace.user


class TestCleaningUp:
    def deadline(self, world: World) -> Deadline:
        return Deadline(7.0, world.clock)

    def test_a_family_goes_and_the_others_stay(self, world: World) -> None:
        world.issue()
        other = world.issue(family="g" * 22)
        world.sessions.clean_up(FAMILY, self.deadline(world))
        assert len(world.rows.kept) == 1
        assert world.is_alive(other)

    def test_one_of_it_can_stay(self, world: World) -> None:
        world.issue()
        token = world.issue()
        world.sessions.clean_up(FAMILY, self.deadline(world), but=world.sessions.find(token))
        assert world.is_alive(token)
        assert len(world.rows.kept) == 1

    def test_failing_at_it_is_no_failure(self, world: World) -> None:
        world.issue()
        world.rows.fails = True
        world.sessions.clean_up(FAMILY, self.deadline(world))

    def test_it_is_left_alone_when_time_is_short(self, world: World) -> None:
        world.issue()
        deadline = self.deadline(world)
        world.clock.now += 20
        world.sessions.clean_up(FAMILY, deadline)
        assert len(world.rows.kept) == 1
