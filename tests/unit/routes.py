"""Every way through the app that calls AWS, with the calls that it makes there."""

from dataclasses import dataclass, replace

from chalice.test import HTTPResponse

from chalicelib.passwords import PasswordHasher
from tests.cheap_hash import CHEAP
from tests.unit.service import OTHER, PASSWORD, Service
from tests.unit.wire import Call

_LOG_IN = (
    Call("Encrypt"),  # the decoy, once for each process
    Call("GetItem"),
    Call("UpdateItem"),
    Call("Decrypt"),
    Call("UpdateItem", 2),
)


@dataclass(frozen=True)
class Route:
    """A request to an app that has one account, doryfish.

    Attributes:
        calls: the AWS calls that it makes; GetItem crosses the one after it.
        status: of its answer when nothing fails.
        postponable: calls whose failure leaves the answer as it is.
    """

    name: str
    path: str
    uname: str
    password: str
    calls: tuple[Call, ...]
    status: int = 200
    postponable: tuple[Call, ...] = ()

    def __str__(self) -> str:
        return self.name

    def request(self, service: Service, **headers: str) -> HTTPResponse:
        fields = {"uname": self.uname, "password": self.password}
        return service.post(self.path, fields, **headers)


_REHASH = (Call("Encrypt", 2), Call("UpdateItem", 3))
SIGN_UP = Route(
    "sign-up",
    "/signup",
    "nemo",
    OTHER,
    (Call("UpdateItem"), Call("Encrypt"), Call("TransactWriteItems")),
)
RIGHT = Route("right", "/login", "doryfish", PASSWORD, _LOG_IN)
WRONG = Route("wrong", "/login", "doryfish", OTHER, _LOG_IN, 401)
UNKNOWN = Route("unknown", "/login", "marlin", PASSWORD, _LOG_IN, 401)
REHASH = Route("rehash", "/login", "doryfish", PASSWORD, _LOG_IN + _REHASH, 200, _REHASH)
ROUTES = (SIGN_UP, RIGHT, WRONG, UNKNOWN, REHASH)


def prepare(service: Service, route: Route) -> None:
    """Make the account, of cheap hashes, and let it need a rehash where `route` is about that."""
    service.settle()
    accounts = service.module.accounts
    accounts._decoy = None
    accounts._hasher = PasswordHasher(CHEAP)
    assert service.sign_up().status_code == 200
    if route is REHASH:
        accounts._hasher = PasswordHasher(replace(CHEAP, time_cost=CHEAP.time_cost + 1))
    service.log()


def each_call(routes: tuple[Route, ...] = ROUTES) -> list[tuple[Route, Call]]:
    return [(route, call) for route in routes for call in route.calls]


def named(value: object) -> str | None:
    """How a test of a route, or of a call, is called."""
    return str(value) if isinstance(value, Route | Call) else None
