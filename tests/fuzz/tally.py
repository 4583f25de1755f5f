"""What came back, counted: printed at the end of a run."""

import time
from collections import Counter
from collections.abc import Iterator


class Tally:
    """Counts answers by the part of the service that was asked."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._started = time.monotonic()

    def add(self, part: str, answer: object) -> None:
        self._counts.setdefault(part, Counter())[str(answer)] += 1

    def lines(self) -> Iterator[str]:
        """A row for each part; nothing when nothing was counted."""
        width = max(map(len, self._counts), default=0)
        for part, answers in sorted(self._counts.items()):
            each = "  ".join(f"{answer}: {count}" for answer, count in sorted(answers.items()))
            yield f"{part:{width}}  {answers.total():>6} cases  {each}"
        if self._counts:
            total = sum(answers.total() for answers in self._counts.values())
            yield f"{'all':{width}}  {total:>6} cases  {time.monotonic() - self._started:.0f} s"


tally = Tally()
