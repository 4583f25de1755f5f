"""Many users in the table, and many requests to one process."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from tools.bench.runs import WARM
from tools.bench.scenario import LOG_IN, REQUESTS, ask
from tools.bench.side_by_side import OURS, Bench, enrol

SOAK_PARTS = 10


@dataclass(slots=True)
class Growth:
    """Our log-in with so many other users in the table.

    Attributes:
        times: milliseconds.
        calls: how many AWS calls each took.
    """

    times: list[float] = field(default_factory=list)
    calls: float = 0


def growth(benches: dict[int, Bench], turns: int) -> dict[int, Growth]:
    """Our log-in by the number of other users in the table, in turns."""
    found = {users: Growth() for users in benches}
    with ExitStack() as stack:
        functions = {}
        for users, bench in benches.items():
            bench.stub.set(users=users)
            functions[users] = stack.enter_context(bench.function(OURS))
            enrol(functions[users])
            for turn in range(WARM):
                ask(functions[users], LOG_IN.event(turn, ""), 200)
            bench.stub.called()
        for turn in range(turns):
            for users, function in functions.items():
                found[users].times.append(ask(function, LOG_IN.event(turn, ""), 200)["ms"])
        for users, bench in benches.items():
            found[users].calls = len(bench.stub.called().operations) / turns
    return found


@dataclass(slots=True)
class Soak:
    """Many requests of every kind to one process of ours, one after the other.

    Attributes:
        requests: how many.
        seconds: that they took.
        errors: how many had another status than they have to.
        connections: how many were opened for them.
        memory: the most that was used after each tenth part of them; MB.
        blocks: pieces of memory in use at the same times.
    """

    requests: int
    seconds: float = 0
    errors: int = 0
    connections: int = 0
    memory: list[float] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)


def soak(bench: Bench, requests: int) -> Soak:
    """Carry a soak out."""
    found = Soak(requests)
    with bench.function(OURS) as function:
        token = enrol(function)
        bench.stub.called()
        started = time.perf_counter()
        for number in range(1, requests + 1):
            request = REQUESTS[number % len(REQUESTS)]
            answer = function.handle(request.event(number, token))
            found.errors += answer["status"] != request.status
            if number % (requests // SOAK_PARTS) == 0:
                found.memory.append(function.memory())
                found.blocks.append(function.blocks())
        found.seconds = time.perf_counter() - started
        found.connections = bench.stub.called().connections
    return found
