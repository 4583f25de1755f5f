"""What a request may change in the tables: for each outcome exactly this, and nothing else."""

from collections.abc import Iterator

from chalicelib.attempt_store import login_subject
from chalicelib.limits import network
from chalicelib.password_check import user_digest
from tests.fuzz.case import Case
from tests.fuzz.tables import Difference, Row, changed_columns
from tests.secret_guard import leaks

_NEW_PASSWORD = {"password", "version", "session_family"}
_SESSION_COLUMNS = {
    *("session_family", "token_sha256", "userid", "began_at", "ends_at", "expires_at"),
}


def user_problems(case: Case) -> Iterator[str]:
    """Only whose session it is may be changed, by the right password; a locking failure apart."""
    change, remove, add = _expected_users(case)
    seen = Difference.of(case.before.users, case.after.users)
    if seen.changed != change or seen.removed != remove:
        yield "an account was changed that should not, or one was not that should"
    if [user_digest(userid) for userid in seen.added] != add:
        yield "accounts were made that nobody signed up for, or none for a sign-up"
    columns = _NEW_PASSWORD if case.event == "password" and case.succeeds else {"session_family"}
    for userid in seen.changed:
        before, after = case.before.users[userid], case.after.users[userid]
        if changed_columns(before, after) - {"changed_at"} != columns:
            yield "other columns of an account have changed than should"
    if leaks("".join(str(case.after.users[userid]) for userid in seen.added | seen.changed)):
        yield "a secret in the table of users"


def _expected_users(case: Case) -> tuple[set[str], set[str], list[str]]:
    """Who is changed, who is removed, and the digests of who is added."""
    owner = {case.live.userid or ""} if case.live else set()
    if _locks(case):
        return {"lasttry"}, set(), []
    if not case.succeeds:
        return set(), set(), []
    if case.event == "password" or (case.event == "logout" and case.everywhere):
        return owner, set(), []
    if case.event == "delete":
        return set(), owner, []
    return set(), set(), ([case.user or ""] if case.event == "signup" else [])


def _locks(case: Case) -> bool:
    """Whether it is the try that locks: it ends all sessions before the password is looked at."""
    looked_at = case.outcome in ("success", "weak_password", "wrong_credentials")
    may_lock = case.event in ("login", "password") or (case.event == "delete" and not case.succeeds)
    return may_lock and looked_at and case.user == user_digest("lasttry")


def session_problems(case: Case) -> Iterator[str]:
    """Success alone ends sessions, and begins one; asking for one prolongs it at most."""
    remove, change, count = _expected_sessions(case)
    seen = Difference.of(case.before.sessions, case.after.sessions)
    if seen.removed != remove:
        yield "a session was ended that should not, or one was not that should"
    if case.event == "session" and case.succeeds and case.known:
        change = seen.changed & {case.known.key}
        yield from _prolonging_problems(case, change)
    elif change and not _is_trace(case):
        yield "no trace of a session that has deleted its account"
    if seen.changed != change:
        yield "a session was changed"
    if len(seen.added) != count:
        yield "another number of sessions was begun"
    for key in seen.added:
        yield from _new_session_problems(case, case.after.sessions[key])


def _new_session_problems(case: Case, session: Row) -> Iterator[str]:
    owner = case.after.users.get(session["userid"], {})
    if session.keys() != _SESSION_COLUMNS:
        yield "a session with other columns"
    if user_digest(session["userid"]) != case.user:
        yield "a session of somebody else"
    if owner.get("session_family") != session["session_family"]:
        yield "a session that does not count"


def _expected_sessions(case: Case) -> tuple[set[str], set[str], int]:
    """The sessions that are removed and that are changed, and how many are begun."""
    if not case.succeeds:
        return set(), set(), 0
    own = {case.known.key} if case.known else set()
    family = {
        key
        for key, row in case.before.sessions.items()
        if case.live and row["session_family"] == case.live.family
    }
    if case.event == "login":
        return own, set(), 1
    if case.event == "logout":
        return family if case.everywhere else own, set(), 0
    if case.event == "password":
        return family, set(), 1
    if case.event == "delete" and case.live:
        return family - own, own, 0
    return set(), set(), 0


def _is_trace(case: Case) -> bool:
    key = case.known.key if case.known else ""
    before, after = case.before.sessions[key], case.after.sessions.get(key, {})
    return changed_columns(before, after) == {"userid"} and "userid" not in after


def _prolonging_problems(case: Case, keys: set[str]) -> Iterator[str]:
    for key in keys:
        before, after = case.before.sessions[key], case.after.sessions[key]
        if changed_columns(before, after) != {"expires_at"}:
            yield "more than the end of a session has changed"
        elif not int(before["expires_at"]) < int(after["expires_at"]) <= int(after["ends_at"]):
            yield "a session ends at a wrong time"


def attempt_problems(case: Case) -> Iterator[str]:
    """Only the count of whom it is about changes, and a sign-up's source's."""
    seen = Difference.of(case.before.attempts, case.after.attempts)
    changed = seen.added | seen.changed | seen.removed
    own, source = login_subject(case.user or ""), f"signup#{network(case.sent.source)}"
    if changed - _counted(case, own, source):
        yield f"something else was counted for {case.outcome}"
    if case.event == "signup":
        return
    row = case.after.attempts.get(own, {})
    failures = int(row.get("failures", 0))
    if int(row.get("in_flight", 0)) != 0:
        yield "a try that does not end"
    before = case.before.attempts.get(own, {})
    # As if never counted, once that is to be forgotten.
    counted = 0 if before.get("expires_at") == "2" else int(before.get("failures", 0))
    if case.outcome == "wrong_credentials" and failures != counted + 1:
        yield "a failure that was not counted"
    if case.event in ("login", "password", "delete") and own in changed:
        if case.outcome in ("success", "weak_password") and failures != 0:
            yield "a right password that was counted"
        if case.outcome == "not_signed_in" and failures != counted:
            yield "no password was looked at, and something was counted"


def _counted(case: Case, own: str, source: str) -> set[str]:
    """The rows of attempts that may change."""
    if case.event == "signup":
        looked_at = case.outcome in ("success", "weak_password", "username_taken")
        return ({source} if looked_at else set()) | ({own} if case.succeeds else set())
    if case.event in ("login", "password", "delete"):
        known = {"success", "weak_password", "wrong_credentials", "not_signed_in"}
        return {own} if case.outcome in known else set()
    return set()
