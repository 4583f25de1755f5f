"""Starts what `make run` starts, on free ports and a folder of its own, and talks HTTP to it."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.secret_guard import leaks, secret
from tools.ports import port_is_open

PROJECT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "tools.run_local"]
READY = "Ctrl-C stops both"
START_SECONDS = 60
STOP_SECONDS = 30
PASSWORD = secret("kelp forests hum at midnight")
OTHER = secret("purple umbrellas on thursday")


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(done: Callable[[], bool]) -> None:
    """Look now and again until `done`; fail when it takes far too long."""
    deadline = time.monotonic() + START_SECONDS
    while not done():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def get(url: str) -> tuple[int, str]:
    """The status and the body of a page."""
    return _open(url, None)


def post(url: str, uname: str, password: str) -> tuple[int, str]:
    """Post a form; the status and the body of the answer."""
    return _open(url, urlencode({"uname": uname, "password": password}).encode())


def ask(
    method: str,
    url: str,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Message, str]:
    """Send a method, a form where there are fields, and headers, and follow no redirect.

    Returns:
        The status, the headers and the body of the answer.
    """
    address = urlsplit(url)
    path = address.path + (f"?{address.query}" if address.query else "")
    sent, body = dict(headers or {}), None
    if fields is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(fields)
    with closing(HTTPConnection(address.netloc, timeout=60)) as connection:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()


def _open(url: str, body: bytes | None) -> tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, body, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class LocalRun:
    """One run at a time on one folder; leaving it stops whatever still runs.

    Args:
        folder: LOCAL_STATE of the run.
        **environment: more variables for it.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.aws_port = free_port()
        self.environment = dict(os.environ) | {
            "PORT": str(self.port),
            "AWS_PORT": str(self.aws_port),
            "LOCAL_STATE": str(folder),
            **environment,
        }
        self._output = folder.parent / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "LocalRun":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()
        for pid in self.child_pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        log = self.folder / "ministack.log"
        if log.exists():
            assert not leaks(log.read_text("utf-8")), "the local AWS logged a secret"

    def launch(self, command: list[str] | None = None) -> None:
        """Start the run and return at once."""
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command or COMMAND,
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start the run and wait until it serves."""
        self.launch()
        wait_until(lambda: READY in self.output() or self.process.poll() is not None)
        assert self.process.poll() is None, self.output()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal to the run, and return its exit status."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """The exit status, once the run has ended by itself."""
        return self.process.wait(STOP_SECONDS)

    def output(self) -> str:
        """All that the run printed so far; no secret is ever in it."""
        text = self._output.read_text("utf-8") if self._output.exists() else ""
        assert not leaks(text), "the run printed a secret"
        return text

    def child_pids(self) -> list[int]:
        """The processes that the run noted in its folder: the local AWS, then the service."""
        lock = self.folder / "lock"
        return [int(pid) for pid in lock.read_text("ascii").split()[1:]] if lock.exists() else []

    def table(self) -> list[dict[str, dict[str, str]]]:
        """What `make table` prints."""
        command = [sys.executable, "-m", "tools.show_table"]
        result = subprocess.run(
            command, cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=True
        )
        rows: list[dict[str, dict[str, str]]] = json.loads(result.stdout)
        return rows

    def post(self, path: str, uname: str, password: str) -> tuple[int, str]:
        """Post a form; the status and the body of the answer."""
        return post(f"http://127.0.0.1:{self.port}{path}", uname, password)

    def folder_is_free(self) -> bool:
        """Whether no process has the lock of the folder, nor saves its state there any more."""
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            return True

    def has_stopped(self) -> bool:
        """Whether neither of its ports takes connections."""
        return not port_is_open(self.port) and not port_is_open(self.aws_port)
