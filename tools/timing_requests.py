"""The log-ins that `make timing` measures, and the names that they are about."""

import itertools
import random
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from tools.errors import ToolError
from tools.timing_report import KINDS, LOCKED, LOCKED_UNKNOWN, RIGHT, UNKNOWN, WRONG, Times

_LIMIT = 10
SETTINGS = {
    # So long that nothing opens while it is measured.
    "LOGIN_LIMIT": f"{_LIMIT} per hour",
    # All sign-ups come from one address.
    "SIGNUP_LIMIT": "100000 per hour",
}
"""What the app has to be started with."""
_PER_ROUND = {RIGHT: 1, WRONG: 1, UNKNOWN: 1, LOCKED: 4, LOCKED_UNKNOWN: 4}
"""Short times need more of them."""
_STATUS = {RIGHT: 200, WRONG: 401, UNKNOWN: 401, LOCKED: 429, LOCKED_UNKNOWN: 429}
_REPEATED = 6
"""Names of each kind that can be asked for again and again."""
_REST = 0.005
"""Seconds between requests, in which what a locked one has left running ends."""

Handler = Callable[[dict[str, Any], None], dict[str, Any]]


class Timing:
    """The requests, and the names that they are about.

    Args:
        handler: what Lambda would call.
        requests: how many to measure.
        stopping: set to end it early.
    """

    def __init__(self, handler: Handler, requests: int, stopping: threading.Event) -> None:
        self._handler = handler
        self._rounds = requests // sum(_PER_ROUND.values())
        self._stopping = stopping
        self._password, self._wrong = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
        # One try less than the limit for each name, the first and the later ones in any order, and
        # in the same order for both kinds.
        tries = [number // (_LIMIT - 1) for number in range(self._rounds)]
        random.shuffle(tries)
        self._numbers: dict[str, Sequence[int]] = dict.fromkeys(KINDS, range(_REPEATED)) | {
            WRONG: tries,
            UNKNOWN: tries,
        }

    def prepare(self) -> None:
        """Make the accounts, and lock the names that are to be locked."""
        for kind in (RIGHT, WRONG, LOCKED):
            for number in sorted(set(self._numbers[kind])):
                self._ask("/signup", _name(kind, number), self._password, 200)
        for kind in (LOCKED, LOCKED_UNKNOWN):
            for number in range(_REPEATED):
                for _ in range(_LIMIT):
                    self._ask("/login", _name(kind, number), self._wrong, 401)

    def measure(self) -> Times:
        """Send all requests."""
        times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        numbers = {kind: itertools.cycle(self._numbers[kind]) for kind in KINDS}
        one_round = [kind for kind in KINDS for _ in range(_PER_ROUND[kind])]
        for _ in range(self._rounds):
            random.shuffle(one_round)
            for kind in one_round:
                uname = _name(kind, next(numbers[kind]))
                password = self._password if kind == RIGHT else self._wrong
                times[kind].append(self._ask("/login", uname, password, _STATUS[kind]))
                time.sleep(_REST)
        return times

    def _ask(self, path: str, uname: str, password: str, expected: int) -> float:
        """The seconds that an answer took."""
        check_goes_on(self._stopping)
        event = _event(path, urlencode({"uname": uname, "password": password}))
        started = time.perf_counter()
        answer = self._handler(event, None)
        seconds = time.perf_counter() - started
        if answer["statusCode"] != expected:
            raise ToolError(f"{path} answered {answer['statusCode']} and not {expected}")
        return seconds


def _name(kind: str, number: int) -> str:
    """All are equally long."""
    return f"{KINDS.index(kind)}-timing-{number:05}"


def _event(path: str, body: str) -> dict[str, Any]:
    """What API Gateway hands to the Lambda."""
    return {
        "requestContext": {
            "httpMethod": "POST",
            "resourcePath": path,
            "path": f"/api{path}",
            "identity": {"sourceIp": "192.0.2.1"},
            "requestId": secrets.token_hex(16),
        },
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": body,
        "isBase64Encoded": False,
    }


def check_goes_on(stopping: threading.Event) -> None:
    """Raise `ToolError` when it has been told to stop."""
    if stopping.is_set():
        raise ToolError("stopped before the end; nothing is left running")
