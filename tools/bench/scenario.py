"""What is measured: the requests, and what has to come back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools.bench import events
from tools.bench.events import Event
from tools.bench.processes import FunctionProcess
from tools.bench.stub_tables import LOCKED
from tools.errors import ToolError

UNAME = "doryfish"
PASSWORD = "kelp forests hum at midnight"  # noqa: S105
OTHER = "purple umbrellas on thursday"


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of request.

    Attributes:
        name: in the tables.
        event: makes the event of the so-manieth one; from a token, where one is needed.
        status: our answer's.
        theirs: the baseline's, or None where it does no such thing.
    """

    name: str
    event: Callable[[int, str], Event]
    status: int
    theirs: int | None = None


def _log_in(uname: str, password: str) -> Callable[[int, str], Event]:
    return lambda _, __: events.post("/login", uname=uname, password=password)


SIGN_UP = Request(
    "sign-up",
    lambda number, _: events.post("/signup", uname=f"nemo{number}", password=PASSWORD),
    200,
    200,
)
LOG_IN = Request("log-in", _log_in(UNAME, PASSWORD), 200, 200)
REQUESTS = (
    SIGN_UP,
    LOG_IN,
    Request("wrong password", _log_in(UNAME, OTHER), 401, 401),
    # The tutorial's KeyError.
    Request("unknown user", _log_in("marlin", PASSWORD), 401, 502),
    Request("locked", _log_in(LOCKED, PASSWORD), 429),
    Request("session check", lambda _, token: events.get("/session", token), 200),
)


def ask(function: FunctionProcess, event: Event, status: int) -> dict[str, Any]:
    """The reply to an event.

    Raises:
        ToolError: it has another status.
    """
    reply = function.handle(event)
    if reply["status"] != status:
        where = event["requestContext"]["resourcePath"]
        raise ToolError(f"{where} was answered with {reply['status']} instead of {status}")
    return reply
