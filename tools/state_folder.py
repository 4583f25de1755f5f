"""The folder in which a local AWS keeps its users between runs: one run at a time, damage seen."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from tools.errors import ToolError

_PRECIOUS = ("cloudformation.json", "dynamodb.json", "kms.json")
_CLOCK_TOLERANCE = 0.5
"""Seconds: a file system's clock runs a little behind."""


class StateFolder:
    """To be entered: `with StateFolder(path) as folder`. Leaving lets go of the lock.

    Layout: `state/` (MiniStack's files), `known.json`, `lock`, `ministack.log`, `tmp/`.

    Args:
        path: made when it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.state = self.path / "state"
        self.log = self.path / "ministack.log"
        self.tmp = self.path / "tmp"
        self._known = self.path / "known.json"
        self._lock: IO[str]
        self._holders = [os.getpid()]

    def __enter__(self) -> "StateFolder":
        """Make the folder, lock it for this process and its children, and look it over.

        Raises:
            ToolError: it cannot be made or written, is in use, or is damaged.
        """
        try:
            self.tmp.mkdir(parents=True, exist_ok=True)
            self.state.mkdir(exist_ok=True)
            self._lock = (self.path / "lock").open("a+", encoding="ascii")
        except OSError as error:
            raise ToolError(
                f"{self.path} cannot be used for the local AWS ({error.strerror}):"
                " remove what is in the way, or choose another folder with LOCAL_STATE="
            ) from error
        try:
            self._take_lock()
            self._check_state_files()
        except ToolError:
            self._lock.close()
            raise
        self._write_holders()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    def lock_descriptor(self) -> int:
        """For children to inherit: what a killed run leaves behind still holds the lock."""
        return self._lock.fileno()

    def add_holder(self, pid: int) -> None:
        """Note a child that has inherited the lock, for whoever finds the folder in use."""
        self._holders.append(pid)
        self._write_holders()

    def known(self) -> dict[str, str]:
        """What the last run remembered; empty when there was none.

        Raises:
            ToolError: the note is damaged.
        """
        try:
            known = json.loads(self._known.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise self.damaged(f"{self._known.name} cannot be read") from None
        if not isinstance(known, dict):
            raise self.damaged(f"{self._known.name} cannot be read")
        return {str(name): str(value) for name, value in known.items()}

    def saved_since(self, moment: float) -> bool:
        """Whether all that holds users and keys has been written since `moment` (Unix time)."""
        try:
            written = [(self.state / name).stat().st_mtime for name in _PRECIOUS]
        except OSError:
            return False
        return min(written) > moment - _CLOCK_TOLERANCE

    def remember(self, known: dict[str, str]) -> None:
        """Note what the saved state holds, so that the next run can see that it is all there."""
        self._known.write_text(json.dumps(known), "utf-8")

    def damaged(self, what: str) -> ToolError:
        """The error that says so, and what to do about it."""
        return ToolError(
            f"the saved state of the local AWS is damaged ({what}):"
            f" put back a copy of {self.path}, or remove it (rm -r {self.path}) to start empty"
        )

    def _write_holders(self) -> None:
        self._lock.truncate(0)
        self._lock.write(" ".join(str(holder) for holder in self._holders))
        self._lock.flush()

    def _check_state_files(self) -> None:
        # MiniStack starts empty over a file that it cannot read, and saves that when it stops.
        for file in sorted(self.state.glob("*.json")):
            try:
                json.loads(file.read_text("utf-8"))
            except (OSError, ValueError):
                raise self.damaged(f"{file.name} cannot be read") from None

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ToolError(
                f"{self.path} is in use: stop {self._holder()},"
                " or choose another folder with LOCAL_STATE="
            ) from None

    def _holder(self) -> str:
        """Who has the lock, with the command that stops them and saves the state."""
        self._lock.seek(0)
        run, *children = [int(pid) for pid in self._lock.read().split()] or [0]
        if _is_alive(run):
            return f"the other make run (Ctrl-C there, or kill {run})"
        left = " ".join(str(pid) for pid in children if _is_alive(pid))
        return f"what a killed make run left (kill {left})"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0
