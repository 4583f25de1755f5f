"""From measured times to medians, spreads and ratios."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

PARTS = 5
"""Parts of a run whose ratios are told apart, to show how much a ratio wanders."""


@dataclass(slots=True)
class Pair:
    """The same work by us and by the baseline, measured in turns. Milliseconds.

    Attributes:
        ours: one for each time.
        theirs: the same; empty where the baseline does no such thing.
    """

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def add(self, milliseconds: float, *, ours: bool) -> None:
        """Note one time."""
        (self.ours if ours else self.theirs).append(milliseconds)

    def ratio(self) -> float:
        """Of the medians."""
        return median(self.ours) / median(self.theirs)

    def ratios(self) -> tuple[float, float]:
        """The least and the greatest ratio of `PARTS` parts of the run."""
        size = max(1, len(self.ours) // PARTS)
        starts = range(0, len(self.ours) - size + 1, size)
        parts = [
            median(self.ours[start : start + size]) / median(self.theirs[start : start + size])
            for start in starts
        ]
        return min(parts), max(parts)


def spread(values: Sequence[float]) -> str:
    """The median, and the quartiles around it: half of the values lie between them."""
    low, _, high = quantiles(values, n=4)
    return f"{median(values):.1f} ({low:.1f} to {high:.1f})"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def compared(name: str, pair: Pair) -> list[str]:
    """A row of a table: ours, the baseline's, the ratio and how much it wanders."""
    if not pair.theirs:
        return [name, spread(pair.ours), "", "", ""]
    low, high = pair.ratios()
    return [
        name,
        spread(pair.ours),
        spread(pair.theirs),
        f"{pair.ratio():.2f}",
        f"{low:.2f} to {high:.2f}",
    ]
