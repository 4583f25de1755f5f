"""Every way through the app that calls AWS, with the calls that it makes there."""

from dataclasses import dataclass, field, replace

from chalice.test import HTTPResponse

from tests.unit.service import OTHER, PASSWORD, Service
from tests.unit.wire import Call

LATER = 2 * 3600
"""Seconds after which a session is due to be prolonged."""
_CHECK = (Call("Encrypt"), Call("UpdateItem"), Call("Decrypt"), Call("UpdateItem", 2))
"""Of a password, beside the account's GetItem; Encrypt makes the decoy, once for each process."""
_OF_THE_SESSION = (Call("GetItem"), Call("GetItem", 2))
"""The session, and its account."""
_CLEAN_UP = (Call("Query"), Call("BatchWriteItem"), Call("Query", 2))


@dataclass(frozen=True)
class Route:
    """A request to an app that has one account, doryfish, signed in twice.

    Attributes:
        fields: of its form; None for a page.
        calls: the AWS calls that it makes.
        status: of its answer when nothing fails.
        page_status: of the one that a browser gets.
        signed_in: whether it brings the token of a session.
        beside: calls that run beside the one after them.
        postponable: calls whose failure leaves the answer as it is, and stands in the log.
        best_effort: calls whose failure nobody is told of.
        failures: how often a password for doryfish has been wrong before.
        later: seconds after the log-in.
    """

    name: str
    path: str
    fields: dict[str, str] | None = field(hash=False)
    calls: tuple[Call, ...]
    status: int = 200
    page_status: int = 200
    signed_in: bool = False
    beside: tuple[Call, ...] = ()
    postponable: tuple[Call, ...] = ()
    best_effort: tuple[Call, ...] = ()
    failures: int = 0
    later: int = 0

    def __str__(self) -> str:
        return self.name

    @property
    def is_log_in(self) -> bool:
        return self.path == "/login"

    @property
    def uname(self) -> str:
        return (self.fields or {}).get("uname", "doryfish")

    def request(self, service: Service, token: str | None = None, **headers: str) -> HTTPResponse:
        """Send it, with the token that `prepare` has returned."""
        if self.fields is None:
            return service.get(self.path, token, **headers)
        return service.post(self.path, self.fields, token, **headers)


def _named(uname: str, password: str) -> dict[str, str]:
    return {"uname": uname, "password": password}


_LOG_IN = (*_CHECK, Call("GetItem"), Call("PutItem"))
_REHASH = (Call("Encrypt", 2), Call("UpdateItem", 3))
_WITH_SESSION = (*_CHECK, *_OF_THE_SESSION)

SIGN_UP = Route(
    "sign-up",
    "/signup",
    _named("nemo", OTHER),
    (Call("UpdateItem"), Call("Encrypt"), Call("TransactWriteItems")),
)
RIGHT = Route(
    "right",
    "/login",
    _named("doryfish", PASSWORD),
    _LOG_IN,
    200,
    303,
    beside=(Call("GetItem"), Call("PutItem")),
)
WRONG = replace(
    RIGHT,
    name="wrong",
    fields=_named("doryfish", OTHER),
    calls=(*_CHECK, Call("GetItem")),
    status=401,
    page_status=401,
)
UNKNOWN = replace(WRONG, name="unknown", fields=_named("marlin", PASSWORD))
REHASH = replace(RIGHT, name="rehash", calls=_LOG_IN + _REHASH, postponable=_REHASH)
AGAIN = replace(
    RIGHT,
    name="again",
    calls=(*_LOG_IN, Call("DeleteItem")),
    signed_in=True,
)
HUNDREDTH = replace(
    WRONG, name="hundredth", calls=(*_CHECK, Call("GetItem"), Call("UpdateItem", 3)), failures=99
)
SESSION = Route("session", "/session", None, _OF_THE_SESSION, signed_in=True)
PROLONGED = Route(
    "prolonged",
    "/account",
    None,
    (*_OF_THE_SESSION, Call("UpdateItem")),
    signed_in=True,
    later=LATER,
)
LOG_OUT = Route(
    "log-out",
    "/logout",
    {},
    (Call("GetItem"), Call("DeleteItem")),
    200,
    303,
    signed_in=True,
    best_effort=(Call("GetItem"),),  # for the log
)
EVERYWHERE = Route(
    "everywhere",
    "/logout",
    {"everywhere": "1"},
    (*_OF_THE_SESSION, Call("UpdateItem"), *_CLEAN_UP),
    200,
    303,
    signed_in=True,
    best_effort=_CLEAN_UP,
)
CHANGE = Route(
    "change",
    "/password",
    {"current": PASSWORD, "new": OTHER},
    (*_WITH_SESSION, Call("Encrypt", 2), Call("PutItem"), Call("UpdateItem", 3), *_CLEAN_UP),
    200,
    signed_in=True,
    beside=(Call("GetItem", 2),),
    best_effort=_CLEAN_UP,
)
WRONG_CHANGE = Route(
    "wrong change",
    "/password",
    {"current": OTHER, "new": PASSWORD},
    _WITH_SESSION,
    403,
    403,
    signed_in=True,
    beside=(Call("GetItem", 2),),
)
DELETION = Route(
    "deletion",
    "/account/delete",
    {"password": PASSWORD},
    (*_WITH_SESSION, Call("DeleteItem"), Call("PutItem"), *_CLEAN_UP),
    signed_in=True,
    beside=(Call("GetItem", 2),),
    best_effort=(Call("PutItem"), *_CLEAN_UP),
)
ROUTES = (
    SIGN_UP,
    RIGHT,
    WRONG,
    UNKNOWN,
    REHASH,
    AGAIN,
    HUNDREDTH,
    SESSION,
    PROLONGED,
    LOG_OUT,
    EVERYWHERE,
    CHANGE,
    WRONG_CHANGE,
    DELETION,
)
ENDS_SESSIONS = (EVERYWHERE, CHANGE, DELETION)
"""All but the one that a change begins."""


def each_call(routes: tuple[Route, ...] = ROUTES) -> list[tuple[Route, Call]]:
    return [(route, call) for route in routes for call in route.calls]


def named(value: object) -> str | None:
    """How a test of a route, or of a call, is called."""
    return str(value) if isinstance(value, Route | Call) else None
