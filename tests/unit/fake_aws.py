"""AWS in memory, for the use cases: it notes every call, and fails on request."""

import json
from collections.abc import Callable, Mapping

from chalicelib.credential import Credential
from chalicelib.errors import Unavailable, UsernameTaken
from chalicelib.limits import LoginCount
from chalicelib.sessions import Session
from tests.unit.fakes import Clock


class FakeAws:
    """A store of credentials, a cipher and counts in memory.

    Attributes:
        calls: what was called, in order.
        given: what it was given.
        fail: the calls that fail.
        slow: the seconds that a call takes.
        before_replace: done when an account is about to be changed.
        sessions: the rows of sessions, whose calls are noted here, too.
    """

    def __init__(self, clock: Clock) -> None:
        self.rows: dict[str, Credential] = {}
        self.counts: dict[str, LoginCount] = {}
        self.sign_ups: dict[str, tuple[int, int]] = {}
        self.calls: list[str] = []
        self.given: list[object] = []
        self.fail: set[str] = set()
        self.before_replace: Callable[[], None] = lambda: None
        self.slow: dict[str, float] = {}
        self.sessions = FakeSessionRows(self)
        self._clock = clock

    def note(self, call: str, *given: object) -> None:
        self.calls.append(call)
        self.given.extend(given)
        self._clock.now += self.slow.get(call, 0.0)
        if call in self.fail:
            raise Unavailable(f"{call} failed")

    def get(self, userid: str) -> Credential | None:
        self.note("get", userid)
        return self.rows.get(userid)

    def add(self, userid: str, account: str, new: Credential) -> None:
        self.note("add", userid, account, new)
        if userid in self.rows:
            raise UsernameTaken
        self.rows[userid] = new
        self.counts.pop(account, None)

    def replace(self, userid: str, old: Credential, new: Credential) -> bool:
        self.before_replace()
        self.note("replace", userid, old, new)
        if self.rows.get(userid) != old:
            return False
        self.rows[userid] = new
        return True

    def remove(self, userid: str, old: Credential) -> bool:
        self.before_replace()
        self.note("remove", userid, old)
        if self.rows.get(userid, old) != old:
            return False
        self.rows.pop(userid, None)
        return True

    def end_sessions(self, userid: str, family: str) -> bool:
        self.note("end_sessions", userid, family)
        if userid not in self.rows:
            return False
        self.rows[userid] = self.rows[userid]._replace(family=family)
        return True

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        self.note("seal", plaintext, context)
        return json.dumps([plaintext.hex(), dict(context)]).encode()

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        self.note("open", sealed, context)
        plaintext, sealed_context = json.loads(sealed)
        if sealed_context != dict(context):
            raise Unavailable("another context")
        return bytes.fromhex(plaintext)

    def take(
        self, account: str, tries: int, now: float, expires_at: int
    ) -> tuple[bool, LoginCount | None]:
        self.note("take", account)
        before = self.counts.get(account)
        count = before or LoginCount(0, tries, 0, now)
        if count.tries_left <= 0 or count.is_locked() or count.has_expired(now):
            return False, before
        self.counts[account] = LoginCount(
            count.failures + 1,
            count.tries_left - 1,
            count.in_flight + 1,
            now,
            before.expires_at if before else expires_at,
        )
        return True, before

    def restart(self, account: str, seen: LoginCount, new: LoginCount) -> bool:
        self.note("restart", account)
        if self.counts.get(account) != seen:
            return False
        self.counts[account] = new
        return True

    def clear(self, account: str, ended: int, tries: int, expires_at: int) -> None:
        self.note("clear", account)
        count = self.counts[account]
        others = count.in_flight - ended
        self.counts[account] = LoginCount(others, tries - others, others, count.last_at, expires_at)

    def confirm(self, account: str, ended: int, expires_at: int) -> None:
        self.note("confirm", account)
        count = self.counts[account]
        self.counts[account] = count._replace(
            in_flight=count.in_flight - ended, expires_at=expires_at
        )

    def give_back(self, account: str, ended: int) -> None:
        self.note("give_back", account)
        count = self.counts[account]
        self.counts[account] = count._replace(
            failures=count.failures - 1,
            tries_left=count.tries_left + 1,
            in_flight=count.in_flight - ended,
        )

    def count_sign_up(self, source: str, limit: int, now: float, expires_at: int) -> int | None:
        self.note("count_sign_up", source)
        used, until = self.sign_ups.get(source, (0, 0))
        if until <= now:
            used, until = 0, expires_at
        if used >= limit:
            return until
        self.sign_ups[source] = (used + 1, until)
        return None


class FakeSessionRows:
    """Sessions in memory; a call is noted as one of `aws`."""

    def __init__(self, aws: FakeAws) -> None:
        self.rows: dict[tuple[str, str], Session] = {}
        self._aws = aws

    def add(self, session: Session) -> None:
        self._aws.note("sessions.add", session)
        self.rows[session.family, session.digest] = session

    def get(self, family: str, digest: str) -> Session | None:
        self._aws.note("sessions.get", family, digest)
        return self.rows.get((family, digest))

    def prolong(self, session: Session) -> None:
        self._aws.note("sessions.prolong", session)
        if (session.family, session.digest) in self.rows:
            self.rows[session.family, session.digest] = session

    def remove(self, family: str, digest: str) -> None:
        self._aws.note("sessions.remove", family, digest)
        self.rows.pop((family, digest), None)

    def remove_family(self, family: str, *, but: str) -> None:
        self._aws.note("sessions.remove_family", family)
        for row in [row for row in self.rows if row[0] == family and row[1] != but]:
            del self.rows[row]
