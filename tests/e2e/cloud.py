"""A local AWS that enforces roles, a copy of the project, and the commands that deploy it there."""

import json
import os
import shutil
import subprocess
import sys
from email.message import Message
from pathlib import Path
from typing import Any, Literal

import boto3

from chalicelib.answers import COMMON_HEADERS, JSON_TYPE
from tests.e2e.local_run import PROJECT
from tests.secret_guard import leaks
from tools.chalice import chalice_command
from tools.local_aws import ACCOUNT, LocalAws, client_environment
from tools.ports import free_port
from tools.stage import Stage
from tools.state_folder import StateFolder

ADMIN = f"arn:aws:iam::{ACCOUNT}:role/key-admin"
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".local", "__pycache__", ".*_cache", ".hypothesis", "deployed", "deployments"
)
Service = Literal["apigateway", "cloudformation", "dynamodb", "iam", "kms", "lambda", "logs", "s3"]


class Cloud:
    """To be entered; leaving it stops the AWS, which forgets everything.

    Args:
        folder: for the state of the AWS and the copy of the project.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.project = folder / "project"
        self._state = StateFolder(folder / "aws")
        self._aws = LocalAws(
            self.port,
            self._state,
            "tests.e2e.ministack_with_import",
            AUTH="true",
            PERSIST_STATE="0",
            PYTHONPATH=str(PROJECT),
        )
        self.environment = client_environment(self.port, dict(os.environ)) | {
            "KEY_ADMIN": ADMIN,
            # All tests come from one address.
            "SIGNUP_LIMIT": "10000 per hour",
            # The wheels that the set-up of the tests has fetched: no network from here on.
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(Path(sys.prefix) / "wheels"),
        }

    def __enter__(self) -> "Cloud":
        shutil.copytree(PROJECT, self.project, symlinks=True, ignore=_LEFT_OUT)
        # A user's own stages are none of the tests' business.
        config = self.project / ".chalice" / "config.json"
        config.write_text(json.dumps(json.loads(config.read_text("utf-8")) | {"stages": {}}))
        self._state.__enter__()
        self._aws.start(lambda: False)
        return self

    def __exit__(self, *_: object) -> None:
        self._aws.kill()
        self._state.__exit__()
        assert not leaks(self._state.log.read_text("utf-8")), "the local AWS logged a secret"

    def client(self, service: Service) -> Any:
        """A client with every right, as an operator has it."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def stage(self, name: str) -> Stage:
        """What the copy of the project has recorded of a stage."""
        return Stage(name, self.project)

    def run(self, *command: str, **environment: str) -> tuple[int, str]:
        """Run a command in the copy of the project: its exit status and its output."""
        result = subprocess.run(
            command,
            cwd=self.project,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert not leaks(result.stdout), "a tool printed a secret"
        return result.returncode, result.stdout

    def tool(self, module: str, stage: str, *words: str, **environment: str) -> tuple[int, str]:
        """Run what `make deploy` and its like run."""
        command = [sys.executable, "-m", f"tools.{module}", *words]
        return self.run(*command, STAGE=stage, **environment)

    def deploy(self, stage: str, **environment: str) -> str:
        """`make deploy`, which has to work; its output."""
        status, output = self.tool("deploy", stage, **environment)
        assert status == 0, output
        return output

    def chalice(self, *arguments: str) -> str:
        """Chalice's own command, which has to work; its output."""
        status, output = self.run(*chalice_command(*arguments))
        assert status == 0, output
        return output

    def api_id(self, stage: str) -> str:
        """The REST API that `chalice deploy` noted."""
        return str(self.stage(stage).deployed()["rest_api"]["rest_api_id"])

    def url(self, api_id: str) -> str:
        """Where the local AWS serves an API."""
        return f"{self.endpoint}/restapis/{api_id}/api/_user_request_"


def status_word(answer: tuple[int, str]) -> tuple[int, str]:
    """The status and the word of a JSON answer."""
    return answer[0], json.loads(answer[1])["status"]


def gateway_error(answer: tuple[int, Message, str]) -> tuple[int, str]:
    """The status and the message of an answer of API Gateway's own, which has to look like ours."""
    status, headers, text = answer
    assert {name: headers[name] for name in COMMON_HEADERS} == COMMON_HEADERS
    assert headers["Content-Type"] == JSON_TYPE
    assert headers["X-Request-Id"] == headers["x-amzn-RequestId"]
    body = json.loads(text)
    assert body == {"status": "Error", "error": body["error"]}
    return status, body["error"]
