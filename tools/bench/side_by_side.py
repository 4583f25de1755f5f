"""Ours and the baseline side by side, on one stub."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.bench import archive, events
from tools.bench.processes import FunctionProcess, StubProcess
from tools.bench.scenario import LOG_IN, PASSWORD, UNAME, ask

OURS = "app.app"
BASELINE = "baseline.handler"


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements need.

    Attributes:
        stub: answers in the place of AWS.
        ours: the folder with our zip's contents.
        baseline: the folder with the baseline's only file.
        size: of our zip, in bytes.
    """

    stub: StubProcess
    ours: Path
    baseline: Path
    size: int

    @classmethod
    @contextmanager
    def prepare(cls, folder: Path) -> Iterator["Bench"]:
        """Package the project, and start the stub."""
        ours, size = archive.unpack(folder)
        baseline = folder / "baseline"
        baseline.mkdir()
        shutil.copy2(Path(__file__).parent / "baseline.py", baseline)
        with StubProcess(folder) as stub:
            yield cls(stub, ours, baseline, size)

    def function(self, handler: str, *, counting: bool = False) -> FunctionProcess:
        """Ours or the baseline in a fresh interpreter, whose calls of functions can be counted."""
        folder = self.ours if handler == OURS else self.baseline
        return FunctionProcess(folder, handler, environment(self.stub), counting=counting)


def environment(stub: StubProcess) -> Mapping[str, str]:
    """Of a handler that calls the stub."""
    return stub.environment() | archive.SETTINGS | {"TUTORIAL_TABLE": "tutorial"}


def enrol(function: FunctionProcess) -> str:
    """Make the account of the scenario. Returns a token of it, where there are tokens."""
    ask(function, events.post("/signup", uname=UNAME, password=PASSWORD), 200)
    return str(json.loads(log_in(function)).get("token", ""))


def log_in(function: FunctionProcess) -> str:
    """The answer to a log-in that has to be right."""
    return str(ask(function, LOG_IN.event(0, ""), 200)["body"])
