"""The measurements. Ours and the baseline's take turns, so that the machine's moods hit both."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from tools.bench.figures import Pair
from tools.bench.processes import Called, FunctionProcess
from tools.bench.scenario import LOG_IN, REQUESTS, Request, ask
from tools.bench.side_by_side import BASELINE, OURS, Bench, enrol

DELAY = 0.005
"""Seconds that a call takes in the network that is played."""
_COUNTING_DELAY = 0.05
"""The same where calls that cross are told from others: longer than a busy machine's pauses."""
_WARM = 3
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
        for turn in range(_WARM + turns):
            for request in requests:
                # Whoever comes second finds the caches warmer.
                for handler in (OURS, BASELINE) if turn % 2 else (BASELINE, OURS):
                    function = ours if handler == OURS else theirs
                    reply = _measured(function, request, turn, token, ours=handler == OURS)
                    if reply is not None and turn >= _WARM:
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


def calls(bench: Bench, handler: str) -> dict[str, Called]:
    """What each kind of request has AWS do, each the second of its kind in a process."""
    found = {}
    bench.stub.set(delay=_COUNTING_DELAY)
    with bench.function(handler) as function:
        token = enrol(function) if handler == OURS else ""
        for request in REQUESTS:
            status = request.status if handler == OURS else request.theirs
            if status is not None:
                ask(function, request.event(0, token), status)
                bench.stub.called()
                ask(function, request.event(1, token), status)
                found[request.name] = bench.stub.called()
    bench.stub.set(delay=0)
    return found


def networked(bench: Bench, turns: int) -> Pair:
    """Log-ins with a network between us and AWS."""
    bench.stub.set(delay=DELAY)
    try:
        return warm(bench, turns, (LOG_IN,)).times[LOG_IN.name]
    finally:
        bench.stub.set(delay=0)


def growth(benches: dict[int, Bench], turns: int) -> dict[int, list[float]]:
    """Milliseconds of our log-in by the number of users in the table, in turns."""
    times: dict[int, list[float]] = {users: [] for users in benches}
    with ExitStack() as stack:
        functions = {}
        for users, bench in benches.items():
            bench.stub.set(users=users)
            functions[users] = stack.enter_context(bench.function(OURS))
            enrol(functions[users])
        for turn in range(_WARM + turns):
            for users, function in functions.items():
                milliseconds = ask(function, LOG_IN.event(turn, ""), 200)["ms"]
                if turn >= _WARM:
                    times[users].append(milliseconds)
    return times


def soak(bench: Bench, requests: int) -> tuple[int, list[float]]:
    """Many requests of every kind to one process of ours.

    Returns:
        How many had another status than they have to, and the most memory used after each tenth
        part of them, in MB.
    """
    errors, memory = 0, []
    with bench.function(OURS) as function:
        token = enrol(function)
        for number in range(1, requests + 1):
            request = REQUESTS[number % len(REQUESTS)]
            errors += function.handle(request.event(number, token))["status"] != request.status
            if number % (requests // 10) == 0:
                memory.append(function.memory())
    return errors, memory
