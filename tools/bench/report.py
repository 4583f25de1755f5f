"""What was measured, as tables in Markdown."""

from collections.abc import Mapping, Sequence
from statistics import median

from tools.bench.endurance import Growth, Soak
from tools.bench.figures import Pair, compared, spread, table
from tools.bench.item_size import WRITE_UNIT
from tools.bench.processes import Called
from tools.bench.runs import DELAY, Cold, Warm

_BUSY = 1.3
"""By the clock over of the CPU: a quiet machine has about 1."""


def times(warm: Warm, networked: Pair, cold: Cold) -> str:
    """Milliseconds, ours and the tutorial's."""
    rows = [compared(name, pair) for name, pair in warm.times.items()]
    rows += [
        compared(f"log-in, {DELAY * 1000:.0f} ms for each call", networked),
        compared("log-in, of the CPU", warm.cpu),
        compared("cold start to the first log-in", cold.times),
        compared("the same, of the CPU", cold.cpu),
    ]
    return table(("", "ours, ms", "tutorial, ms", "ratio", "ratio in fifths of the run"), rows)


def goals(warm: Warm, cold: Cold, size: int, steps: int) -> str:
    """Which goals were met, and what else is to be known of them.

    Args:
        size: of the zip; bytes.
        steps: of a log-in.
    """
    log_in = warm.times["log-in"]
    figures = [
        ("warm log-in, ratio", log_in.ratio(), 0.40),
        ("warm log-in, of the CPU", warm.cpu.ratio(), 0.40),
        ("warm log-in beside Argon2, ms", median(warm.beside_argon2), 3),
        ("cold start, ratio", cold.times.ratio(), 0.85),
        ("cold start, of the CPU", cold.cpu.ratio(), 0.85),
        ("peak memory after a log-in, MB", cold.memory[0], 80),
        ("peak memory after sign-ups too, MB", warm.memory[0], 80),
        ("zip, MB", size / 1e6, 2),
        ("log-in, steps", steps, 3),
    ]
    rows = [
        (name, f"{value:.2f}", f"{goal:g}", "met" if value <= goal else "missed")
        for name, value, goal in figures
    ]
    lines = [
        table(("", "measured", "goal: at most", ""), rows),
        "",
        f"Memory of the tutorial's: {cold.memory[1]:.0f} MB.",
        f"Beside Argon2, spread: {spread(warm.beside_argon2)} ms.",
    ]
    clock, cpu = median(log_in.theirs), median(warm.cpu.theirs)
    if clock > _BUSY * cpu:
        lines.append(
            f"The machine was busy: the tutorial's log-in took {clock:.0f} ms by the clock and"
            f" {cpu:.0f} of the CPU. Believe the CPU, or do it again."
        )
    return "\n".join(lines)


def calls(found: Mapping[str, Mapping[str, Called]]) -> str:
    """AWS calls of each kind of request, by whose they are."""
    rows = []
    for who, by_name in found.items():
        for name, called in by_name.items():
            operations = ", ".join(called.operations)
            rows.append((f"{name}, {who}", operations, str(called.steps), str(called.connections)))
    return table(("", "AWS calls", "one after the other", "new connections"), rows)


def python_calls(found: Mapping[str, int]) -> str:
    """How often a log-in calls Python functions, by the package they are from."""
    ordered = sorted(found.items(), key=lambda item: -item[1])
    told = ", ".join(f"{name} {count:,}" for name, count in ordered)
    return f"Calls of Python functions in a log-in: {sum(found.values()):,} ({told})."


def sizes(found: Mapping[str, int]) -> str:
    """Items, in bytes."""
    told = ", ".join(f"{name} {size}" for name, size in sorted(found.items()))
    return f"Bytes of an item, of which a write's unit takes {WRITE_UNIT}: {told}."


def growth(found: Mapping[int, Growth]) -> str:
    """Log-ins by the number of other users; the first is what the others are compared with."""
    first = median(next(iter(found.values())).times)
    rows: Sequence[Sequence[str]] = [
        (f"{users:,}", spread(one.times), f"{median(one.times) / first:.2f}", f"{one.calls:g}")
        for users, one in found.items()
    ]
    return table(("other users", "log-in, ms", "ratio", "AWS calls"), rows)


def soak(found: Soak) -> str:
    """What became of many requests."""
    megabytes = ", ".join(f"{value:.1f}" for value in found.memory)
    blocks = ", ".join(f"{value:,}" for value in found.blocks)
    return (
        f"{found.requests:,} requests to one process in {found.seconds:.0f} s: {found.errors} wrong"
        f" answers, {found.connections} new connections.\n"
        f"Peak memory after each tenth part, MB: {megabytes}.\n"
        f"Pieces of memory in use: {blocks}."
    )
