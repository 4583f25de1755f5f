"""`make bench`: how fast the service is beside a tutorial's, as tables in Markdown.

`FULL=1` takes more turns, and looks at growth and endurance too. `OWN_WHEEL=` measures with another
build of a dependency: `tools.own_wheel`.
"""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import botocore

from tools.bench import counts, endurance, report, runs
from tools.bench.archive import PROJECT
from tools.bench.processes import Called, StubProcess
from tools.bench.runs import Warm
from tools.bench.side_by_side import BASELINE, OURS, Bench
from tools.cost import MEASURED
from tools.errors import ToolError
from tools.own_wheel import own_wheel

_USERS = (0, 1_000, 100_000)
_SOAK = 10_000


def short(bench: Bench, run: str, *, full: bool) -> None:
    """What is told of every run, which is described by `run`."""
    warm = runs.warm(bench, 200 if full else 30)
    cold = runs.cold(bench, 60 if full else 15)
    networked = runs.networked(bench, 60 if full else 15)
    ours, theirs = counts.calls(bench, OURS), counts.calls(bench, BASELINE)
    print(report.times(warm, networked, cold), end="\n\n")
    print(report.goals(warm, cold, bench.size, ours["log-in"].steps), end="\n\n")
    print(report.calls({"ours": ours, "tutorial": theirs}), end="\n\n")
    print(report.python_calls(counts.python_calls(bench)))
    print(report.sizes(bench.stub.sizes()), flush=True)
    _note(run, warm, ours)


def _note(run: str, warm: Warm, called: Mapping[str, Called]) -> None:
    """Leave for `make cost` what it computes with."""
    found: dict[str, object] = {
        name: {
            "ms": median(pair.ours),
            "steps": called[name].steps,
            "calls": called[name].operations,
        }
        for name, pair in warm.times.items()
    }
    found["run"] = run
    file = PROJECT / MEASURED
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


def long(bench: Bench, folder: Path) -> None:
    """What takes minutes."""
    with ExitStack() as stack:
        benches = {}
        for users in _USERS:
            own = folder / str(users)
            own.mkdir()
            stub = stack.enter_context(StubProcess(own))
            benches[users] = Bench(stub, bench.ours, bench.baseline, bench.size)
        print(f"\n{report.growth(endurance.growth(benches, 200))}", flush=True)
    print(f"\n{report.soak(endurance.soak(bench, _SOAK))}")


def _description(wheel: Path | None) -> str:
    """What has to be known of a run."""
    known = (
        str(datetime.now(UTC).date()),
        f"Python {platform.python_version()}",
        f"botocore {botocore.__version__}",
        f"{os.cpu_count()} CPUs",
        platform.machine(),
        *([wheel.name] if wheel else []),
    )
    return ", ".join(known)


def main() -> int:
    """Measure, and print what came out."""
    full = os.environ.get("FULL", "") not in ("", "0")
    try:
        wheel = own_wheel(os.environ)
        run = _description(wheel)
        print(f"{run}.\n")
        with (
            tempfile.TemporaryDirectory() as name,
            Bench.prepare(Path(name)) as bench,
        ):
            short(bench, run, full=full)
            if full:
                long(bench, Path(name))
    except ToolError as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
