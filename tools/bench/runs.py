"""The measurements. Ours and the baseline's take turns, so that the machine's moods hit both."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.bench.figures import Pair
from tools.bench.processes import FunctionProcess
from tools.bench.scenario import LOG_IN, REQUESTS, Request, ask
from tools.bench.side_by_side import BASELINE, OURS, Bench, enrol

DELAY = 0.005
"""Seconds that a call takes in the network that is played."""
WARM = 3
"""Requests of each kind that do not count: they make connections, and import what is late."""


@dataclass(slots=True)
class Warm:
    """Requests to handlers that have served some.

    Attributes:
        times: of each kind of request.
        cpu: of the log-in: what of it was the CPU's work.
        beside_argon2: our log-in without the time that Argon2 took; milliseconds.
        memory: the most that ours and the baseline have used; MB.
    """

    times: dict[str, Pair] = field(default_factory=dict)
    cpu: Pair = field(default_factory=Pair)
    beside_argon2: list[float] = field(default_factory=list)
    memory: tuple[float, float] = (0, 0)

    def add(self, request: Request, reply: Mapping[str, float], *, ours: bool) -> None:
        """Note what one request took."""
        self.times[request.name].add(reply["ms"], ours=ours)
        if request is LOG_IN:
            self.cpu.add(reply["cpu_ms"], ours=ours)
            if ours:
                self.beside_argon2.append(reply["ms"] - reply["argon2_ms"])


def warm(bench: Bench, turns: int, requests: tuple[Request, ...] = REQUESTS) -> Warm:
    """Every kind of request, `turns` times by each of the two."""
    found = Warm({request.name: Pair() for request in requests})
    with bench.function(OURS) as ours, bench.function(BASELINE) as theirs:
        token = enrol(ours)
        enrol(theirs)
        for turn in range(WARM + turns):
            for request in requests:
                # Whoever comes second finds the caches warmer.
                for handler in (OURS, BASELINE) if turn % 2 else (BASELINE, OURS):
                    function = ours if handler == OURS else theirs
                    reply = _measured(function, request, turn, token, ours=handler == OURS)
                    if reply is not None and turn >= WARM:
                        found.add(request, reply, ours=handler == OURS)
        found.memory = ours.memory(), theirs.memory()
    return found


def _measured(
    function: FunctionProcess, request: Request, turn: int, token: str, *, ours: bool
) -> dict[str, float] | None:
    """The reply, with the CPU's work for it alone; None where the baseline does no such thing."""
    status = request.status if ours else request.theirs
    if status is None:
        return None
    before = function.cpu()
    reply = ask(function, request.event(turn, token), status)
    return reply | {"cpu_ms": reply["cpu_ms"] - before}


@dataclass(slots=True)
class Cold:
    """From starting an interpreter to its first answer, which is a log-in.

    Attributes:
        times: by the clock.
        cpu: what of them was the CPU's work, which other work on the machine disturbs less.
        memory: the most that ours and the baseline have used; MB.
    """

    times: Pair = field(default_factory=Pair)
    cpu: Pair = field(default_factory=Pair)
    memory: tuple[float, float] = (0, 0)


def cold(bench: Bench, turns: int) -> Cold:
    """Start each of the two `turns` times."""
    found, memory = Cold(), {OURS: 0.0, BASELINE: 0.0}
    with bench.function(OURS) as ours, bench.function(BASELINE) as theirs:
        enrol(ours)
        enrol(theirs)
    for turn in range(turns):
        # Of two in a row the second starts faster: whoever is first now is second next time.
        for handler in (OURS, BASELINE) if turn % 2 else (BASELINE, OURS):
            started = time.perf_counter()
            with bench.function(handler) as function:
                cpu = ask(function, LOG_IN.event(turn, ""), 200)["cpu_ms"]
                milliseconds = (time.perf_counter() - started) * 1000
                memory[handler] = max(memory[handler], function.memory())
            found.times.add(milliseconds, ours=handler == OURS)
            found.cpu.add(cpu, ours=handler == OURS)
    found.memory = memory[OURS], memory[BASELINE]
    return found


def networked(bench: Bench, turns: int) -> Pair:
    """Log-ins with a network between us and AWS."""
    bench.stub.set(delay=DELAY)
    try:
        return warm(bench, turns, (LOG_IN,)).times[LOG_IN.name]
    finally:
        bench.stub.set(delay=0)
