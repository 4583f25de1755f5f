"""What deploying one stage is, step by step."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.settings import Settings, SettingsError
from tools.api_limits import ApiLimits, Limits
from tools.chalice import chalice_command
from tools.errors import ToolError
from tools.stack import ResourceStack
from tools.stage import API_STAGE, FUNCTION, REST_API, Stage

LOG_RETENTION_DAYS = 90
_OPTIONAL_SETTINGS = ("PASSWORD_MIN_LENGTH", "SERVICE_NAME")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done, and name it when it fails.

    Raises:
        ToolError: AWS or the tool refused; what was done before stands, and can be repeated.
    """
    print(f"{name} ...", flush=True)
    try:
        yield
    except (ToolError, BotoCoreError, ClientError) as error:
        raise ToolError(f"{name}: {error}") from error


class Deployment:
    """What `make deploy` does, step by step. Every step can be repeated and mends a half-done one.

    Args:
        stage: what to deploy.
        session: a boto3 session with the credentials and the region to deploy to.
        project: the folder with `app.py`.
    """

    def __init__(self, stage: Stage, session: boto3.Session, project: Path) -> None:
        self._stage = stage
        self._session = session
        self._project = project

    def prepare(self) -> None:
        """Create or update key and table, and record them for Chalice.

        Raises:
            ToolError: a setting is wrong, or a step failed; the message names it.
        """
        self._settings({"USER_TABLE": "not-known-yet", "KEY_ID": "alias/not-known-yet"})
        with step("Looking at the credentials"):
            caller = self._session.client("sts").get_caller_identity()
        with step(f"Key and table: stack {self._stage.stack_name}"):
            stack = ResourceStack(self._session.client("cloudformation"), self._stage.stack_name)
            outputs = stack.ensure(self._key_holders(stack, caller["Arn"]))
        with step("Recording them for Chalice in .chalice/"):
            self._record(outputs, caller["Account"])

    def deploy(self, limits: Limits) -> None:
        """Create or update all of it, and say where it is.

        Raises:
            ToolError: a step failed; the message names it.
        """
        self.prepare()
        with step(f"The app: chalice deploy --stage {self._stage.name}"):
            self._run_chalice("deploy", "--stage", self._stage.name)
        deployed = self._stage.deployed()
        api_id = deployed[REST_API]["rest_api_id"]
        with step("Throttle and usage plan"):
            api_limits = ApiLimits(self._session.client("apigateway"), api_id, API_STAGE)
            api_limits.throttle(limits)
            api_limits.meter(self._stage.usage_plan_name, limits)
        with step(f"Log group: kept for {LOG_RETENTION_DAYS} days"):
            self._keep_log_for_a_while()
        with step("Waiting for the function"):
            function = self._session.client("lambda")
            for waiter in ("function_active_v2", "function_updated_v2"):
                function.get_waiter(waiter).wait(FunctionName=self._stage.function_name)
        self._announce(deployed)

    def destroy(self) -> None:
        """Remove the app: API, function, role, usage plan. Key, table and the log stay.

        Raises:
            ToolError: a step failed; the message names it.
        """
        deployed = self._stage.deployed()
        with step("Usage plan"):
            api_id = deployed.get(REST_API, {}).get("rest_api_id", "")
            api_limits = ApiLimits(self._session.client("apigateway"), api_id, API_STAGE)
            api_limits.remove_plan(self._stage.usage_plan_name)
        with step(f"The app: chalice delete --stage {self._stage.name}"):
            self._run_chalice("delete", "--stage", self._stage.name)
        print(
            f"The app is gone. Stack {self._stage.stack_name} stays, with the key, the table and"
            " every user: make deploy brings the app back. README.md says how to delete them too."
        )

    def _key_holders(self, stack: ResourceStack, caller: str) -> dict[str, str]:
        """The parameters KeyAdmin and KeyUser, as far as they are given or have to be found."""
        given = {
            name: os.environ[variable]
            for name, variable in (("KeyAdmin", "KEY_ADMIN"), ("KeyUser", "KEY_USER"))
            if os.environ.get(variable)
        }
        if "KeyAdmin" not in given and not stack.exists():
            given["KeyAdmin"] = self._who_deploys(caller)
        return given

    def _who_deploys(self, caller: str) -> str:
        """The ARN of the role or user behind the credentials."""
        kind, _, name = caller.split(":", 5)[5].partition("/")
        if kind == "user":
            return caller
        if kind == "assumed-role":
            # IAM knows the path that a role's session leaves out.
            role = self._session.client("iam").get_role(RoleName=name.partition("/")[0])
            return str(role["Role"]["Arn"])
        raise ToolError(
            "these are the credentials of the account's root or of no role and no user:"
            " say who is to manage the key, as in KEY_ADMIN=arn:aws:iam::123456789012:role/admin"
        )

    def _settings(self, found: dict[str, str]) -> dict[str, str]:
        """The stage's settings: those recorded, those of the environment, and what was found."""
        wanted = {name: os.environ[name] for name in _OPTIONAL_SETTINGS if os.environ.get(name)}
        variables = self._stage.environment_variables() | wanted | found
        try:
            Settings.from_environment(variables)
        except SettingsError as error:
            raise ToolError(str(error)) from None
        return variables

    def _record(self, outputs: dict[str, str], account: str) -> None:
        variables = self._settings(
            {"USER_TABLE": outputs["UserTable"], "KEY_ID": outputs["KeyArn"]}
        )
        partition, region = outputs["KeyArn"].split(":")[1], outputs["KeyArn"].split(":")[3]
        log_group = f"arn:{partition}:logs:{region}:{account}:log-group:{self._stage.log_group}"
        arns = {
            "UserTableArn": outputs["UserTableArn"],
            "KeyArn": outputs["KeyArn"],
            "LogGroupArn": log_group,
        }
        self._stage.record(variables, arns)

    def _keep_log_for_a_while(self) -> None:
        # Chalice's own setting for it names a log group that the function never writes to.
        logs = self._session.client("logs")
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=self._stage.log_group)
        logs.put_retention_policy(
            logGroupName=self._stage.log_group, retentionInDays=LOG_RETENTION_DAYS
        )

    def _announce(self, deployed: dict[str, dict[str, Any]]) -> None:
        url = deployed[REST_API]["rest_api_url"]
        endpoint = os.environ.get("AWS_ENDPOINT_URL")
        if endpoint:
            # A local AWS: MiniStack serves its APIs below its own address.
            api_id = deployed[REST_API]["rest_api_id"]
            url = f"{endpoint.rstrip('/')}/restapis/{api_id}/{API_STAGE}/_user_request_/"
        fields = "-d uname=doryfish --data-urlencode 'password=just keep swimming, Nemo'"
        print(
            f"""
  pages      {url}
  sign-up    {url}signup
  log-in     {url}login
  function   {deployed[FUNCTION]["lambda_arn"]}

  curl {url}signup {fields}
"""
        )

    def _run_chalice(self, *arguments: str) -> None:
        command = chalice_command(*arguments)
        if subprocess.run(command, cwd=self._project, check=False).returncode != 0:
            raise ToolError(
                "what Chalice said is above; after mending it, the same command goes on"
            )
