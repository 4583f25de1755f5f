"""The app as each of the routes needs it before its request."""

import time
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.attempt_store import login_subject
from chalicelib.limits import NEVER
from chalicelib.password_check import user_digest
from chalicelib.passwords import PasswordHasher
from tests.cheap_hash import CHEAP
from tests.unit.routes import REHASH, Route
from tests.unit.service import Service


@dataclass(frozen=True)
class Sessions:
    """Of doryfish.

    Attributes:
        own: that a route brings, or None where it brings none.
        other: the other one, or None where nobody is signed in.
    """

    own: str | None
    other: str | None


def prepare(service: Service, route: Route) -> Sessions:
    """Make the account and its sessions, of cheap hashes, and all else that `route` is about."""
    service.settle()
    wired: Any = service.module.service
    wired.sessions._clock = time.time
    sealer = wired.logins._sealer
    sealer._hasher = PasswordHasher(CHEAP)
    assert service.sign_up().status_code == 200
    sessions = Sessions(None, None)
    if route.signed_in:
        sessions = Sessions(service.token(), service.token())
    if route.failures:
        sessions = Sessions(None, service.token())
        _fail(wired.logins._check_password._logins._counts, route.failures)
    arrange(service, route)
    service.log()
    return sessions


def arrange(service: Service, route: Route) -> None:
    """Have the app itself be as `route` needs it, where the rows are so already."""
    wired: Any = service.module.service
    sealer = wired.logins._sealer
    sealer._decoy = None
    rehash = replace(CHEAP, time_cost=CHEAP.time_cost + 1)
    sealer._hasher = PasswordHasher(rehash if route is REHASH else CHEAP)
    wired.sessions._clock = lambda: time.time() + route.later


def _fail(counts: Any, failures: int) -> None:
    numbers = {
        "failures": failures,
        "tries_left": 1,
        "in_flight": 0,
        "last_at": int(time.time()),
        "expires_at": NEVER,
    }
    counts._client.put_item(
        TableName=counts._table,
        Item={
            "subject": {"S": login_subject(user_digest("doryfish"))},
            **{name: {"N": str(number)} for name, number in numbers.items()},
        },
    )
