"""`make run`: the real service by `chalice local` on a local AWS, until it is told to stop."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from tools.errors import ToolError
from tools.local_aws import REGION, LocalAws, client_environment, local_client
from tools.ports import check_port_is_free, port_from_environment
from tools.stack import ensure_stack
from tools.state_folder import StateFolder

PROJECT = Path(__file__).parent.parent
STACK_NAME = "kms-login"
START_SECONDS = 20.0
WATCH_SECONDS = 0.2


class Run:
    """One run: the emulator, the stack on it, and the service in front.

    Args:
        port: where the service listens.
        aws_port: where the local AWS listens.
        folder: where the local AWS keeps its state; entered by the caller.
        stopping: set, from a signal handler for example, to end the run.
    """

    def __init__(
        self, port: int, aws_port: int, folder: StateFolder, stopping: threading.Event
    ) -> None:
        self._port = port
        self._aws_port = aws_port
        self._folder = folder
        self._aws = LocalAws(aws_port, folder)
        self._environment = client_environment(aws_port, dict(os.environ))
        self._service: subprocess.Popen[bytes] | None = None
        self._stopping = stopping

    def __call__(self) -> None:
        """Serve until told to stop, then stop everything, the state saved.

        Raises:
            ToolError: what went wrong, in one line.
        """
        self._aws.start(self._stopping.is_set)
        outputs: dict[str, str] = {}
        try:
            if not self._stopping.is_set():
                self._check_known()
                cloudformation = local_client("cloudformation", self._aws_port)
                outputs = ensure_stack(cloudformation, STACK_NAME, poll_seconds=1)
                self._start_service(outputs)
                self._announce(outputs)
                self._watch()
        finally:
            self._stop_service()
            saved = self._aws.stop()
        if not saved:
            raise ToolError("the local AWS had to be killed: users of this run may be lost")
        if outputs:
            self._folder.remember(outputs)
        _say("Stopped; the state is saved.")

    def _check_known(self) -> None:
        """Refuse to go on when the table or the key that the last run left is gone."""
        known = self._folder.known()
        if not known:
            return
        try:
            local_client("dynamodb", self._aws_port).describe_table(TableName=known["UserTable"])
            local_client("kms", self._aws_port).describe_key(KeyId=known["KeyArn"])
        except (KeyError, BotoCoreError, ClientError):
            # Killed, so that it does not save its emptiness over what may still be mended.
            self._aws.kill()
            raise self._folder.damaged("the table or the key of the last run is missing") from None

    def _start_service(self, outputs: dict[str, str]) -> None:
        environment = self._environment | {
            "USER_TABLE": outputs["UserTable"],
            "KEY_ID": outputs["KeyArn"],
            "PYTHONUNBUFFERED": "1",
        }
        chalice = Path(sys.executable).parent / "chalice"
        # No autoreload: it restarts on any file below the project, the emulator's state included.
        self._service = subprocess.Popen(
            [chalice, "local", "--stage", "local", "--no-autoreload", "--port", str(self._port)],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[self._folder.lock_descriptor()],
            start_new_session=True,
        )
        self._folder.add_holder(self._service.pid)
        deadline = time.monotonic() + START_SECONDS
        while not self._service_answers() and not self._stopping.is_set():
            if self._service.poll() is not None or time.monotonic() > deadline:
                raise ToolError("the service did not start: its message is above")
            time.sleep(0.05)

    def _service_answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def _announce(self, outputs: dict[str, str]) -> None:
        if self._stopping.is_set():
            return
        service = f"http://127.0.0.1:{self._port}"
        fields = "-d uname=doryfish --data-urlencode 'password=just keep swimming, Nemo'"
        _say(
            f"""
  kms-login    {service}
  local AWS    {self._environment["AWS_ENDPOINT_URL"]}   (any key, region {REGION})
  table        {outputs["UserTable"]}   (make table prints it)

  curl {service}/signup {fields}
  curl {service}/login {fields}

  Ctrl-C stops both and keeps the users.
"""
        )

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            if not self._aws.alive():
                raise ToolError(
                    f"the local AWS died, users of this run may be lost: {self._folder.log} says"
                    " why; make run starts it again"
                )
            if self._service is not None and self._service.poll() is not None:
                raise ToolError("the service died: its message is above; make run starts it again")

    def _stop_service(self) -> None:
        if self._service is None:
            return
        self._service.terminate()
        try:
            self._service.wait(5)
        except subprocess.TimeoutExpired:
            self._service.kill()
            self._service.wait()


def _say(text: str) -> None:
    # When the terminal is gone, what is left to do matters more than what is left to say.
    with suppress(OSError):
        print(text, flush=True)


def serve_from_environment(stopping: threading.Event) -> None:
    """Run with the ports and the folder that the environment names.

    Raises:
        ToolError: a port or the folder cannot be used, or the run went wrong.
    """
    port = port_from_environment("PORT", 8000)
    aws_port = port_from_environment("AWS_PORT", 4566)
    if port == aws_port:
        raise ToolError("PORT and AWS_PORT are the same: choose two")
    path = Path(os.environ.get("LOCAL_STATE") or PROJECT / ".local" / "aws")
    # First the folder: when it is in use, so are the ports, and it knows by whom.
    with StateFolder(path) as folder:
        check_port_is_free("PORT", port)
        check_port_is_free("AWS_PORT", aws_port)
        Run(port, aws_port, folder, stopping)()


def main() -> int:
    """Serve until a signal says stop; the exit status says whether all went well."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    try:
        serve_from_environment(stopping)
    except ToolError as error:
        _say(f"kms-login: {error}.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
