"""Stand-ins that more than one test needs."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

import argon2

from chalicelib.passwords import PasswordHasher
from tests.cheap_hash import CHEAP

P = ParamSpec("P")
T = TypeVar("T")


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Inline(Executor):
    """Does at once, and in the same thread, what it is given to do."""

    def submit(self, call: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> "Future[T]":
        future: Future[T] = Future()
        try:
            future.set_result(call(*args, **named))
        except Exception as error:
            future.set_exception(error)
        return future


class CountingHasher(PasswordHasher):
    """Counts what costs time."""

    def __init__(self, parameters: argon2.Parameters = CHEAP) -> None:
        super().__init__(parameters)
        self.calls: list[str] = []

    def hash(self, password: str) -> str:
        self.calls.append("hash")
        return super().hash(password)

    def verify(self, phc: str, password: str) -> bool:
        self.calls.append("verify")
        return super().verify(phc, password)
