"""The stub and the handlers as processes of their own, and how they are spoken to."""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

from tools.bench.certificates import Certificates
from tools.bench.events import Event
from tools.bench.function import COUNTING
from tools.bench.stub import CONTROL
from tools.errors import ToolError
from tools.local_aws import client_environment

_PROJECT = Path(__file__).parent.parent.parent


def pin(process: "subprocess.Popen[str]", which: int) -> None:
    """Keep a process on one CPU, as a Lambda of 1,769 MB has one; the stub has another."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(process.pid, {allowed[which % len(allowed)]})


@dataclass(frozen=True, slots=True)
class Called:
    """What the stub was called for.

    Attributes:
        operations: in the order of their answers.
        steps: how many calls one after the other: those that cross are one step.
        connections: how many were opened.
    """

    operations: tuple[str, ...]
    steps: int
    connections: int


class StubProcess:
    """To be entered; leaving it stops the stub.

    Args:
        folder: for its certificates; must be nobody else's.
    """

    def __init__(self, folder: Path) -> None:
        self._certificates = Certificates.make(folder)
        self._process: subprocess.Popen[str]
        self._port = 0

    def __enter__(self) -> "StubProcess":
        command = [sys.executable, "-m", "tools.bench.stub", str(self._certificates.server)]
        self._process = subprocess.Popen(
            command, cwd=_PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        pin(self._process, 0)
        try:
            self._port = int(_read_line(self._process))
        except ValueError:
            raise ToolError("the stub did not start: what it said is above") from None
        return self

    def __exit__(self, *_: object) -> None:
        _stop(self._process)

    def environment(self) -> dict[str, str]:
        """For handlers that are to call it."""
        return client_environment(self._port, dict(os.environ)) | {
            "AWS_ENDPOINT_URL": f"https://127.0.0.1:{self._port}",
            "AWS_CA_BUNDLE": str(self._certificates.bundle),
        }

    def set(self, *, delay: float | None = None, users: int = 0) -> None:
        """Have it wait so many seconds before each answer, or add accounts that nobody uses."""
        self._ask({"users": users} if delay is None else {"delay": delay, "users": users})

    def sizes(self) -> dict[str, int]:
        """The bytes of the largest row of each table."""
        return dict(self._ask({"sizes": True})["sizes"])

    def called(self) -> Called:
        """What it was called for since it was last asked or set."""
        told = self._ask({})
        calls = told["calls"]
        operations = tuple(operation for operation, _, _ in calls)
        # The connection that asks does not count.
        return Called(operations, steps_of([(s, e) for _, s, e in calls]), told["connections"] - 1)

    def _ask(self, sent: Mapping[str, object]) -> Any:
        context = ssl.create_default_context(cafile=str(self._certificates.bundle))
        connection = HTTPSConnection("127.0.0.1", self._port, context=context)
        try:
            connection.request("POST", CONTROL, json.dumps(sent))
            return json.load(connection.getresponse())
        finally:
            connection.close()


class FunctionProcess:
    """A handler in a fresh interpreter. To be entered; leaving it ends the interpreter.

    Args:
        folder: where its code is.
        handler: `module.name`.
        environment: the whole of it.
        counting: whether answers tell how often Python functions were called; slow.
    """

    def __init__(
        self, folder: Path, handler: str, environment: Mapping[str, str], *, counting: bool = False
    ) -> None:
        self._command = [
            sys.executable,
            str(Path(__file__).parent / "function.py"),
            str(folder),
            *handler.split("."),
        ]
        # Lambda's own files cannot be written either: what is not compiled is compiled each time.
        self._environment = dict(environment) | {
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "PYTHONDONTWRITEBYTECODE": "1",
            COUNTING: "1" if counting else "",
        }
        self._process: subprocess.Popen[str]

    def __enter__(self) -> "FunctionProcess":
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        pin(self._process, 1)
        return self

    def __exit__(self, *_: object) -> None:
        _stop(self._process)

    def handle(self, event: Event) -> dict[str, Any]:
        """Its answer to an event, with the time it took: see `function`."""
        reply: dict[str, Any] = self._ask(json.dumps(event))
        return reply

    def modules(self) -> list[str]:
        """Every module that it has imported."""
        return list(self._ask("modules"))

    def cpu(self) -> float:
        """What it has had of the CPU so far, in milliseconds."""
        return float(self._ask("cpu"))

    def blocks(self) -> int:
        """How many pieces of memory its objects have."""
        return int(self._ask("blocks"))

    def memory(self) -> float:
        """The most memory that it has used, in MB."""
        return float(self._ask("memory"))

    def _ask(self, line: str) -> Any:
        assert self._process.stdin is not None  # noqa: S101
        try:
            self._process.stdin.write(line + "\n")
            return json.loads(_read_line(self._process))
        except (OSError, ValueError):
            raise ToolError("a handler did not answer: what it said is above") from None


def steps_of(spans: Iterable[tuple[float, float]]) -> int:
    """The most calls of which each began when the one before had ended."""
    steps, last_end = 0, 0.0
    for start, end in sorted(spans, key=lambda span: span[1]):
        if start >= last_end:
            steps, last_end = steps + 1, end
    return steps


def _read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None  # noqa: S101
    return process.stdout.readline()


def _stop(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None  # noqa: S101
    assert process.stdout is not None  # noqa: S101
    process.stdin.close()
    process.wait(10)
    process.stdout.close()
