"""The wire between the app and AWS as moto plays it: heard, cut and garbled on request."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto.core.models import botocore_stubber

Reply = tuple[int, dict[str, str], str | bytes]
"""Status, headers and body."""
Fault = Callable[[Callable[[], Reply]], Reply]
"""Stands before AWS: is handed what has AWS carry the call out, and replies in its place."""


class Call(NamedTuple):
    """One AWS call of a request, however often botocore tries it."""

    operation: str
    number: int = 1
    """Which of the calls of that operation."""

    @property
    def service(self) -> str:
        return "kms" if self.operation in ("Encrypt", "Decrypt") else "dynamodb"

    def __str__(self) -> str:
        return f"{self.operation}-{self.number}"


class Killed(BaseException):
    """The process is gone. Nothing catches it."""


@dataclass(frozen=True)
class Refusal:
    """What AWS replies instead of carrying a call out."""

    code: str
    status: int = 400
    reasons: tuple[str, ...] = ()
    item: Mapping[str, object] | None = None

    def __call__(self, _: Callable[[], Reply]) -> Reply:
        body: dict[str, object] = {"__type": f"com.amazonaws#{self.code}", "message": "arn:aws:…"}
        if self.reasons:
            body["CancellationReasons"] = [{"Code": reason} for reason in self.reasons]
        if self.item:
            body["Item"] = self.item
        return self.status, {"x-amzn-RequestId": "refused"}, json.dumps(body)


class Wire:
    """Goes between botocore's retries and moto, so that a fault looks to botocore like AWS's own.

    Attributes:
        calls: what was called while listening, in order.
        tries: the same, with each try of a call.
    """

    def __init__(self, send: Callable[[AWSPreparedRequest], Reply | None]) -> None:
        self.calls: list[Call] = []
        self.tries: list[Call] = []
        self._send = send
        self._fault: Callable[[Call], Fault | None] | None = None
        self._ids: dict[str, Call] = {}
        self._done: dict[str, Reply] = {}

    @contextmanager
    def listening(self, fault: Callable[[Call], Fault | None] = lambda _: None) -> Iterator[None]:
        """Note the calls of one request, and put `fault` of each in its way."""
        self.calls, self.tries, self._ids = [], [], {}
        self._fault = fault
        try:
            yield
        finally:
            self._fault = None

    def carry(self, request: AWSPreparedRequest) -> Reply | None:
        """In the place of moto's."""
        if self._fault is None:
            return self._send(request)
        call = self._note(request)
        fault = self._fault(call)
        return fault(lambda: self._carry_out(request)) if fault else self._carry_out(request)

    def _note(self, request: AWSPreparedRequest) -> Call:
        call_id = _header(request, "amz-sdk-invocation-id")
        if call_id not in self._ids:
            operation = _header(request, "X-Amz-Target").rpartition(".")[2]
            number = 1 + [call.operation for call in self.calls].count(operation)
            self._ids[call_id] = Call(operation, number)
            self.calls.append(self._ids[call_id])
        self.tries.append(self._ids[call_id])
        return self._ids[call_id]

    def _carry_out(self, request: AWSPreparedRequest) -> Reply:
        # As DynamoDB and not moto has it: a token is carried out once.
        token = json.loads(_body(request)).get("ClientRequestToken", "")
        if token in self._done:
            return self._done[token]
        reply = self._send(request)
        assert reply is not None
        if token and reply[0] == 200:
            self._done[token] = reply
        return reply


def at(broken: Call, fault: Fault) -> Callable[[Call], Fault | None]:
    """`fault` in the way of one call, at each of its tries."""
    return lambda call: fault if call == broken else None


def once_lost(broken: Call, error: Exception) -> Callable[[Call], Fault | None]:
    """One call is carried out and its answer lost; its next try is undisturbed."""
    faults = [lost(error)]
    return lambda call: faults.pop() if call == broken and faults else None


def lost(error: BaseException) -> Fault:
    """The call is carried out, and its answer never arrives."""

    def carry_out_and_fail(carry_out: Callable[[], Reply]) -> Reply:
        carry_out()
        raise error

    return carry_out_and_fail


def broken(error: BaseException) -> Fault:
    """The call never arrives."""

    def fail(_: Callable[[], Reply]) -> Reply:
        raise error

    return fail


def killed(at_call: Call, *, after: bool) -> Callable[[Call], Fault | None]:
    """The process ends before or after one call is carried out, and calls nothing any more."""
    dead = False

    def fault(call: Call) -> Fault | None:
        nonlocal dead
        if dead:
            return broken(Killed())
        if call != at_call:
            return None
        dead = True
        return lost(Killed()) if after else broken(Killed())

    return fault


def put_between(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """A wire between every client and moto."""
    wire = Wire(botocore_stubber.process_request)
    monkeypatch.setattr(botocore_stubber, "process_request", wire.carry)
    return wire


def _header(request: AWSPreparedRequest, name: str) -> str:
    value = request.headers[name]
    return value.decode() if isinstance(value, bytes) else str(value)


def _body(request: AWSPreparedRequest) -> str | bytes:
    assert isinstance(request.body, str | bytes)
    return request.body
