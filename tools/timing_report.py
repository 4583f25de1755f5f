"""What the times of `make timing` say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

RIGHT = "right password"
WRONG = "wrong password"
UNKNOWN = "unknown user"
LOCKED = "locked, an account"
LOCKED_UNKNOWN = "locked, no account"
KINDS = (RIGHT, WRONG, UNKNOWN, LOCKED, LOCKED_UNKNOWN)

SAME_FROM, SAME_TO = 0.97, 1.03
"""The ratios that count as no difference."""

Times = Mapping[str, Sequence[float]]
"""Seconds by kind; where two kinds are compared, those of one place are of about one moment."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much longer one kind takes than another.

    Attributes:
        value: the median of one time divided by the other. Both are of about one moment, so that a
            machine that is slow for a while does not show in it.
        low, high: where it is with 95 % confidence, however the times are distributed.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, times: Sequence[float], others: Sequence[float]) -> "Ratio":
        """The ratio of `times` to `others`, of which those of one place are compared."""
        ratios = sorted(time / other for time, other in zip(times, others, strict=True))
        # How many of them are below the true median is binomial.
        reach = 0.98 * math.sqrt(len(ratios))
        low = max(0, math.floor(len(ratios) / 2 - reach))
        high = min(len(ratios) - 1, math.ceil(len(ratios) / 2 + reach))
        return cls(median(ratios), ratios[low], ratios[high])

    def is_same(self) -> bool:
        """Whether it counts as no difference."""
        return SAME_FROM <= self.value <= SAME_TO

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def compared(times: Times) -> dict[str, Ratio]:
    """The ratios that may not tell whether there is an account, by what they compare."""
    return {
        f"{WRONG} / {UNKNOWN}": Ratio.of(times[WRONG], times[UNKNOWN]),
        f"{LOCKED} / {LOCKED_UNKNOWN}": Ratio.of(times[LOCKED], times[LOCKED_UNKNOWN]),
    }


def report(times: Times) -> str:
    """The times and the ratios, as a table for people."""
    lines = [f"{'':<40}{'n':>6}{'median':>12}{'spread':>12}"]
    for kind in KINDS:
        first, middle, third = (1000 * quartile for quartile in quantiles(times[kind], n=4))
        row = f"{kind:<40}{len(times[kind]):>6}{middle:>9.2f} ms{third - first:>9.2f} ms"
        lines.append(row)
    lines.append("")
    for name, ratio in compared(times).items():
        lines.append(f"{name:<40}{ratio}  {SAME_FROM} to {SAME_TO} is no difference")
    by_design = median(times[LOCKED]) / median(times[WRONG])
    lines.append(f"{f'{LOCKED} / {WRONG}':<40}{by_design:.3f}  by design: no password is looked at")
    return "\n".join(lines)


def told_apart(times: Times) -> list[str]:
    """What the times tell and may not: the names of the ratios that are outside."""
    return [name for name, ratio in compared(times).items() if not ratio.is_same()]
