"""A local AWS: one MiniStack process on 127.0.0.1 that keeps its state in a folder between runs."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from tools.errors import ToolError
from tools.state_folder import StateFolder

ACCOUNT = "000000000000"
REGION = "us-east-1"
_EMULATOR_KEEPS = {"HOME", "LANG", "PATH", "TZ", "VIRTUAL_ENV"}
START_SECONDS = 20.0
SAVE_SECONDS = 20.0


def client_environment(port: int, base: dict[str, str]) -> dict[str, str]:
    """`base` with every AWS setting replaced, so that nothing can reach a real account."""
    kept = {name: value for name, value in base.items() if not name.startswith("AWS_")}
    bypass = [value for name in ("NO_PROXY", "no_proxy") if (value := base.get(name))]
    no_proxy = ",".join([*bypass, "127.0.0.1"])
    return kept | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def leave_the_shells_aws(port: int) -> None:
    """Make `client_environment` this process's own, for the clients that it makes."""
    environment = client_environment(port, dict(os.environ))
    os.environ.clear()
    os.environ.update(environment)


class LocalAws:
    """Starts, watches and stops the emulator.

    Args:
        port: where it listens, on 127.0.0.1 only.
        folder: where its state and log are; entered by the caller.
        module: the Python module that is run as the emulator.
        **settings: more environment variables for it.
    """

    def __init__(
        self, port: int, folder: StateFolder, module: str = "ministack", **settings: str
    ) -> None:
        self._port = port
        self._folder = folder
        self._module = module
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, cancelled: Callable[[], bool]) -> None:
        """Start the emulator and wait until it answers, or until `cancelled` is true.

        Raises:
            ToolError: it does not come up.
        """
        self._process = self._spawn()
        self._folder.add_holder(self._process.pid)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers() and not cancelled():
            if not self.alive() or time.monotonic() > deadline:
                self.kill()
                raise ToolError(f"the local AWS did not start: {self._folder.log} may say why")
            time.sleep(0.05)

    def alive(self) -> bool:
        """Whether the emulator's process runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> bool:
        """Stop the emulator, and return whether it saved its state on the way."""
        if self._process is None:
            return True
        asked = time.time()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(SAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        # It exits as if nothing were wrong when it could not write.
        return self._folder.saved_since(asked)

    def kill(self) -> None:
        """Stop the emulator without letting it save."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _spawn(self) -> subprocess.Popen[bytes]:
        # Little of the shell's: MiniStack obeys many variables, some of them LocalStack's.
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in _EMULATOR_KEEPS or name.startswith(("LC_", "PYTHON"))
        } | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self._port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "LOG_LEVEL": "WARNING",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._folder.state),
            "TMPDIR": str(self._folder.tmp),
            **self._settings,
        }
        with self._folder.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self._module],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[self._folder.lock_descriptor()],
                # Ctrl-C reaches the whole terminal; the emulator stops last, when told.
                start_new_session=True,
            )

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=1)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
