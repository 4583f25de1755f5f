"""`make timing`: whether the time of a refused log-in tells if there is such an account.

The app's own handler is called in this process, with the real parameters of Argon2, on a local AWS
that is started for it. The kinds of requests are mixed, so that a machine that is slow for a while
is so for each of them.
"""

import os
import signal
import sys
import tempfile
import threading
from contextlib import redirect_stdout
from pathlib import Path

from tools.errors import ToolError
from tools.local_aws import leave_the_shells_aws
from tools.ports import free_port
from tools.scratch_aws import scratch_aws
from tools.service_settings import OPTIONAL
from tools.timing_report import SAME_FROM, SAME_TO, Times, report, told_apart
from tools.timing_requests import SETTINGS, Timing, check_goes_on

REQUESTS_DEFAULT = 4000
REQUESTS_FLOOR, REQUESTS_CEILING = 500, 50_000


def requests_from_environment() -> int:
    """How many requests to send in all.

    Raises:
        ToolError: TIMING_REQUESTS is no such number.
    """
    text = os.environ.get("TIMING_REQUESTS") or str(REQUESTS_DEFAULT)
    is_number = text.isascii() and text.isdigit() and len(text) < 9
    if not is_number or not REQUESTS_FLOOR <= int(text) <= REQUESTS_CEILING:
        raise ToolError(
            "TIMING_REQUESTS is wrong: it must be a whole number"
            f" from {REQUESTS_FLOOR} to {REQUESTS_CEILING}"
        )
    return int(text)


def measure(requests: int, stopping: threading.Event) -> Times:
    """Start a local AWS, measure the app on it, and stop it.

    Raises:
        ToolError: the local AWS or the app does not do its part, or it was stopped.
    """
    port = free_port()
    leave_the_shells_aws(port)
    with (
        tempfile.TemporaryDirectory(prefix="kms-login-timing-") as folder,
        scratch_aws(port, Path(folder), stopping.is_set) as environment,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        # The app's log.
        redirect_stdout(nowhere),
    ):
        check_goes_on(stopping)
        for name in OPTIONAL:
            environment.pop(name, None)
        os.environ.clear()
        os.environ.update(environment | SETTINGS)
        # Only now: it reads the environment.
        from app import app

        timing = Timing(app, requests, stopping)
        timing.prepare()
        return timing.measure()


def main() -> int:
    """Measure and print; the exit status says whether nothing can be told apart."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    try:
        requests = requests_from_environment()
        print(f"{requests} log-ins, about {requests // 60} seconds ...", flush=True)
        times = measure(requests, stopping)
    except (ToolError, OSError) as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    print(report(times), flush=True)
    if apart := told_apart(times):
        outside = f"{SAME_FROM} to {SAME_TO}: {', '.join(apart)}"
        print(f"kms-login: outside {outside}; try again on an idle machine.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
