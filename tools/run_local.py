"""`make run`: the real service by `chalice local` on a local AWS, until it is told to stop."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.chalice import chalice_command
from tools.errors import ToolError
from tools.local_aws import ACCOUNT, REGION, LocalAws, leave_the_shells_aws
from tools.ports import AWS_PORT, check_port_is_free, port_from_environment, port_is_open
from tools.service_settings import OUTPUTS, check_settings, resource_settings
from tools.stack import ResourceStack
from tools.state_folder import StateFolder

PROJECT = Path(__file__).parent.parent
STACK_NAME = "kms-login"
KEY_ADMIN = f"arn:aws:iam::{ACCOUNT}:role/key-admin"
"""Nobody: the local AWS has no roles."""
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
        self._stack = ResourceStack(boto3.client("cloudformation"), STACK_NAME, poll_seconds=1)
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
                outputs = self._stack.ensure({"KeyAdmin": KEY_ADMIN})
                self._start_service(outputs)
                self._announce(outputs)
                self._watch()
        finally:
            self._stop_service()
            saved = self._aws.stop()
        if outputs:
            if not saved:
                raise ToolError(
                    "the local AWS stopped without saving: users of this run are lost;"
                    f" {self._folder.log} may say why"
                )
            self._folder.remember(outputs)
        _say("Stopped; the state is saved.")

    def _check_known(self) -> None:
        """Refuse to go on when the stack, the table or the key that the last run left is gone."""
        known = self._folder.known()
        if not known:
            return
        try:
            boto3.client("dynamodb").describe_table(TableName=known["UserTable"])
            boto3.client("kms").describe_key(KeyId=known["KeyArn"])
            there = self._stack.outputs()
        except (KeyError, BotoCoreError, ClientError, ToolError):
            there = {}
        if any(there.get(name, "") != known.get(name) for name in ("UserTable", "KeyArn")):
            # Killed, so that it does not save its emptiness over what may still be mended.
            self._aws.kill()
            raise self._folder.damaged("the table or the key of the last run is missing")

    def _start_service(self, outputs: dict[str, str]) -> None:
        environment = dict(os.environ) | {
            **resource_settings(outputs),
            "PYTHONUNBUFFERED": "1",
        }
        # No autoreload: it restarts on any file below the project, the emulator's state included.
        arguments = ["local", "--stage", "local", "--no-autoreload", "--port", str(self._port)]
        self._service = subprocess.Popen(
            chalice_command(*arguments),
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[self._folder.lock_descriptor()],
            start_new_session=True,
        )
        self._folder.add_holder(self._service.pid)
        deadline = time.monotonic() + START_SECONDS
        while not port_is_open(self._port) and not self._stopping.is_set():
            if self._service.poll() is not None or time.monotonic() > deadline:
                raise ToolError("the service did not start: what it said is above")
            time.sleep(0.05)

    def _announce(self, outputs: dict[str, str]) -> None:
        if self._stopping.is_set():
            return
        service = f"http://127.0.0.1:{self._port}"
        table_command = "make table"
        if self._aws_port != AWS_PORT:
            table_command = f"AWS_PORT={self._aws_port} make table"
        fields = "-d uname=doryfish --data-urlencode 'password=just keep swimming, Nemo'"
        _say(
            f"""
  kms-login    {service}
  local AWS    http://127.0.0.1:{self._aws_port}   (any key, region {REGION})
  table        {outputs["UserTable"]}   ({table_command} prints it)

  curl {service}/signup {fields}
  curl {service}/login {fields}

  Ctrl-C stops both and keeps the users.
"""
        )

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            if not self._aws.alive():
                raise ToolError(
                    f"the local AWS died, users of this run may be lost: {self._folder.log} may"
                    " say why; make run starts it again"
                )
            if self._service is not None and self._service.poll() is not None:
                raise ToolError(
                    f"the service died with status {self._service.returncode}: what it said is"
                    " above; make run starts it again"
                )

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
    aws_port = port_from_environment("AWS_PORT", AWS_PORT)
    if port == aws_port:
        raise ToolError("PORT and AWS_PORT are the same: choose two")
    # `make run` chooses tables and key itself, whatever the shell says.
    check_settings({k: v for k, v in os.environ.items() if k not in OUTPUTS})
    leave_the_shells_aws(aws_port)
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
