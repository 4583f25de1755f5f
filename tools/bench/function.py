"""Plays Lambda: runs one handler in this process, event by event, and tells how long each took.

Run as `python function.py FOLDER MODULE NAME`: the handler is NAME of MODULE in FOLDER. Each line
of its input is an event, or asks for `modules`, the names of those imported, for `memory`, the most
that was used, in MB, for `blocks`, the pieces of memory in use, or for `cpu`, the milliseconds had
so far. Each line of its output is JSON; of an event, with `status`, `body`, `ms`, `argon2_ms`,
which is the part of `ms` that was spent in Argon2, `cpu_ms`, which is `cpu` once more, and
`python_calls`, which says how often each package's Python functions were called, if COUNTING is
set.
"""

import gc
import json
import os
import sys
import threading
from collections import Counter
from pathlib import Path
from time import perf_counter, process_time
from types import FrameType, SimpleNamespace
from typing import Any

CONTEXT = SimpleNamespace(aws_request_id="bench-1", function_name="bench")
COUNTING = "BENCH_COUNTS_CALLS"
"""The variable that has calls of Python functions counted."""
argon2_ms = 0.0
called: list[str] = []
"""The file of each function that was called."""


def main() -> None:
    """Start the handler, then answer until the input ends."""
    folder, module, name = sys.argv[1:]
    # In the place of this file's own folder. boto3 is of the virtual environment, as it is AWS's.
    sys.path[0] = folder
    # What the handler logs must not get between the replies.
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if os.environ.get(COUNTING):
        # Before there are other threads: these count only if they begin later.
        threading.setprofile(count)
        sys.setprofile(count)
    handler = getattr(__import__(module), name)
    time_argon2()
    for line in sys.stdin:
        replies.write(json.dumps(reply_to(line, handler)) + "\n")


def reply_to(line: str, handler: Any) -> object:
    """What a line of the input is answered with."""
    match line.strip():
        case "modules":
            return sorted(sys.modules)
        case "cpu":
            return process_time() * 1000
        case "blocks":
            gc.collect()
            return sys.getallocatedblocks()
        case "memory":
            return peak_memory()
    return answer(json.loads(line), handler)


def answer(event: dict[str, Any], handler: Any) -> dict[str, Any]:
    """Have the handler answer an event."""
    called.clear()
    before, started = argon2_ms, perf_counter()
    try:
        response = handler(event, CONTEXT)
    except Exception as error:
        # As API Gateway has it.
        response = {"statusCode": 502, "body": repr(error)}
    ms = (perf_counter() - started) * 1000
    files = called.copy()
    return {
        "status": response["statusCode"],
        "body": response["body"],
        "ms": ms,
        "argon2_ms": argon2_ms - before,
        "cpu_ms": process_time() * 1000,
        "python_calls": Counter(package_of(file) for file in files),
    }


def count(frame: FrameType, event: str, _: object) -> None:
    """Note the call of a Python function."""
    if event == "call":
        called.append(frame.f_code.co_filename)


def package_of(file: str) -> str:
    """Where a function is from: `service`, the name of a library, or `python`."""
    path = Path(file)
    if path.is_relative_to(sys.path[0]):
        name = path.relative_to(sys.path[0]).parts[0]
        return "service" if name in ("app.py", "chalicelib") else name
    if "site-packages" in path.parts:
        return path.parts[path.parts.index("site-packages") + 1]
    return "python"


def time_argon2() -> None:
    """Have Argon2's calls timed, where it is there."""
    argon2: Any = sys.modules.get("argon2")
    if argon2 is None:
        return

    def timed(work: Any) -> Any:
        def run(*arguments: Any) -> Any:
            global argon2_ms
            started = perf_counter()
            try:
                return work(*arguments)
            finally:
                argon2_ms += (perf_counter() - started) * 1000

        return run

    for name in ("hash", "verify"):
        setattr(argon2.PasswordHasher, name, timed(getattr(argon2.PasswordHasher, name)))


def peak_memory() -> float:
    """The most that this process has used, in MB as Lambda counts them."""
    # Not getrusage, which counts the parent's memory before the start of this program too.
    status = Path("/proc/self/status").read_text("ascii")
    (kilobytes,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(kilobytes) / 1024


if __name__ == "__main__":
    main()
