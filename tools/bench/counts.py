"""What of a request can be counted, however busy the machine is."""

from tools.bench.processes import Called
from tools.bench.runs import WARM
from tools.bench.scenario import LOG_IN, REQUESTS, ask
from tools.bench.side_by_side import OURS, Bench, enrol

_COUNTING_DELAY = 0.05
"""Seconds that a call takes where those that cross are told from others: longer than a busy
machine's pauses."""


def calls(bench: Bench, handler: str) -> dict[str, Called]:
    """What each kind of request has AWS do, each the second of its kind in a process."""
    found = {}
    bench.stub.set(delay=_COUNTING_DELAY)
    try:
        with bench.function(handler) as function:
            token = enrol(function) if handler == OURS else ""
            for request in REQUESTS:
                status = request.status if handler == OURS else request.theirs
                if status is not None:
                    ask(function, request.event(0, token), status)
                    bench.stub.called()
                    ask(function, request.event(1, token), status)
                    found[request.name] = bench.stub.called()
    finally:
        bench.stub.set(delay=0)
    return found


def python_calls(bench: Bench) -> dict[str, int]:
    """How often a warm log-in calls Python functions, by the package they are from."""
    with bench.function(OURS, counting=True) as function:
        enrol(function)
        for turn in range(WARM):
            ask(function, LOG_IN.event(turn, ""), 200)
        return dict(ask(function, LOG_IN.event(WARM, ""), 200)["python_calls"])
