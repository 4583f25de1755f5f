"""`make bench`: how fast the service is beside a tutorial's, as tables in Markdown.

`FULL=1` takes more turns, and looks at growth and endurance too.
"""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tools.bench import runs
from tools.bench.archive import PROJECT
from tools.bench.figures import compared, spread, table
from tools.bench.processes import Called, StubProcess
from tools.bench.runs import DELAY, Cold, Warm
from tools.bench.side_by_side import BASELINE, OURS, Bench
from tools.cost import MEASURED
from tools.errors import ToolError

_BUSY = 1.3
"""By the clock over of the CPU: a quiet machine has about 1."""
_HEADS = ("", "ours, ms", "tutorial, ms", "ratio", "ratio in fifths of the run")


def short(bench: Bench, *, full: bool) -> None:
    """What is told of every run."""
    warm = runs.warm(bench, 200 if full else 30)
    cold = runs.cold(bench, 60 if full else 15)
    networked = runs.networked(bench, 60 if full else 15)
    rows = [compared(name, pair) for name, pair in warm.times.items()]
    rows.append(compared(f"log-in, {DELAY * 1000:.0f} ms for each call", networked))
    rows.append(compared("log-in, of the CPU", warm.cpu))
    rows.append(compared("cold start to the first log-in", cold.times))
    rows.append(compared("the same, of the CPU", cold.cpu))
    print(table(_HEADS, rows))
    print()
    called = runs.calls(bench, OURS)
    _print_goals(bench, warm, cold, called["log-in"].steps)
    print()
    _print_calls({"ours": called, "tutorial": runs.calls(bench, BASELINE)})
    _note(warm, called)


def _note(warm: Warm, called: Mapping[str, Called]) -> None:
    """Leave for `make cost` what it computes with."""
    found = {
        name: {
            "ms": median(pair.ours),
            "steps": called[name].steps,
            "calls": called[name].operations,
        }
        for name, pair in warm.times.items()
    }
    file = PROJECT / MEASURED
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


def _print_goals(bench: Bench, warm: Warm, cold: Cold, steps: int) -> None:
    log_in = warm.times["log-in"]
    figures = [
        ("warm log-in, ratio", log_in.ratio(), 0.40),
        ("the same, of the CPU", warm.cpu.ratio(), 0.40),
        ("warm log-in beside Argon2, ms", median(warm.beside_argon2), 3),
        ("cold start, ratio", cold.times.ratio(), 0.85),
        ("the same, of the CPU", cold.cpu.ratio(), 0.85),
        ("peak memory after a log-in, MB", cold.memory[0], 80),
        ("peak memory after sign-ups too, MB", warm.memory[0], 80),
        ("zip, MB", bench.size / 1e6, 2),
        ("log-in, steps", steps, 3),
    ]
    rows = [
        (name, f"{value:.2f}", f"{goal:g}", "met" if value <= goal else "missed")
        for name, value, goal in figures
    ]
    print(table(("", "measured", "goal: at most", ""), rows))
    print(f"\nMemory of the tutorial's: {cold.memory[1]:.0f} MB.")
    print(f"Beside Argon2, spread: {spread(warm.beside_argon2)} ms.")
    clock, cpu = median(log_in.theirs), median(warm.cpu.theirs)
    if clock > _BUSY * cpu:
        print(
            f"The machine was busy: the tutorial's log-in took {clock:.0f} ms by the clock and"
            f" {cpu:.0f} of the CPU. Believe the CPU, or do it again."
        )


def _print_calls(found: Mapping[str, Mapping[str, Called]]) -> None:
    rows = []
    for who, by_name in found.items():
        for name, called in by_name.items():
            operations = ", ".join(called.operations)
            rows.append((f"{name}, {who}", operations, str(called.steps), str(called.connections)))
    print(table(("", "AWS calls", "one after the other", "new connections"), rows))


def long(bench: Bench, folder: Path) -> None:
    """What takes minutes."""
    with ExitStack() as stack:
        benches = {}
        for users in (0, 1_000, 100_000):
            own = folder / str(users)
            own.mkdir()
            stub = stack.enter_context(StubProcess(own))
            benches[users] = Bench(stub, bench.ours, bench.baseline, bench.size)
        times = runs.growth(benches, 200)
    smallest = median(times[0])
    rows = [
        (f"{users:,}", spread(found), f"{median(found) / smallest:.2f}")
        for users, found in times.items()
    ]
    print(f"\n{table(('other users', 'log-in, ms', 'ratio'), rows)}")
    errors, memory = runs.soak(bench, 10_000)
    told = ", ".join(f"{megabytes:.0f}" for megabytes in memory)
    print(f"\n10,000 requests to one process: {errors} wrong answers.")
    print(f"Peak memory after each thousand, MB: {told}.")


def main() -> int:
    """Measure, and print what came out."""
    full = os.environ.get("FULL", "") not in ("", "0")
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.machine()}.\n")
    try:
        with tempfile.TemporaryDirectory() as name, Bench.prepare(Path(name)) as bench:
            short(bench, full=full)
            if full:
                long(bench, Path(name))
    except ToolError as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
