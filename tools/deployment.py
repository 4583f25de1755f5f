"""What deploying one stage is, step by step."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.api_limits import ApiLimits, Limits
from tools.chalice import chalice_command
from tools.deployed_app import DeployedApp
from tools.errors import ToolError
from tools.gateway_client import gateway_client
from tools.gateway_responses import GatewayResponses
from tools.key_holders import key_holders
from tools.service_settings import OPTIONAL, check_settings, resource_settings
from tools.stack import ResourceStack
from tools.stage import API_STAGE, FUNCTION, REST_API, Stage

LOG_RETENTION_DAYS = 90


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done, and name it when it fails.

    Raises:
        ToolError: AWS or the tool refused; what was done before stands, and can be repeated.
    """
    print(f"{name} ...", flush=True)
    try:
        yield
    except (ToolError, BotoCoreError, ClientError, ValueError) as error:
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
        """Create or update key and tables, and record them for Chalice.

        Raises:
            ToolError: a setting is wrong, or a step failed; the message names it.
        """
        recorded = self._stage.environment_variables()
        check_settings(self._settings())
        caller = self._caller()
        with step(f"Key and tables ({self._stage.stack_name})"):
            stack = ResourceStack(self._session.client("cloudformation"), self._stage.stack_name)
            if "USER_TABLE" in recorded and not stack.exists():
                raise ToolError(
                    f"stack {self._stage.stack_name} is gone, in which the recorded table"
                    f" {recorded['USER_TABLE']} was made; see docs/deploying.md, 'Removing it'"
                )
            outputs = stack.ensure(key_holders(self._session, stack, caller["Arn"]))
            found = resource_settings(outputs)
            if any(recorded.get(name, found[name]) != found[name] for name in found):
                raise ToolError(
                    f"the stack has other names than .chalice/config.json has for stage"
                    f" {self._stage.name}: {found}; nothing was recorded"
                )
        with step("Recording them for Chalice in .chalice/"):
            self._record(outputs, found, caller["Account"])

    def deploy(self, limits: Limits) -> None:
        """Create or update all of it, and say where it is.

        Raises:
            ToolError: a step failed; the message names it.
        """
        self.prepare()
        with step(f"The app: chalice deploy --stage {self._stage.name}"):
            app = DeployedApp(self._session, self._stage)
            app.check_is_chalices()
            app.adopt()
            self._run_chalice("deploy", "--stage", self._stage.name)
        deployed = self._stage.deployed()
        api_id = deployed[REST_API]["rest_api_id"]
        gateway = gateway_client(self._session)
        with step("Throttle and usage plan"):
            api_limits = ApiLimits(gateway, api_id, API_STAGE)
            api_limits.throttle(limits)
            api_limits.meter(self._stage.usage_plan_name, limits)
        with step(f"Log group: kept for {LOG_RETENTION_DAYS} days"):
            self._keep_log_for_a_while()
        with step("Answers of API Gateway's own"):
            GatewayResponses(gateway, api_id, API_STAGE).ensure()
        with step("Waiting for the function"):
            function = self._session.client("lambda")
            for waiter in ("function_active_v2", "function_updated_v2"):
                function.get_waiter(waiter).wait(FunctionName=self._stage.function_name)
        self._announce(deployed)

    def destroy(self) -> None:
        """Remove the app: API, function, role, usage plan. Key, tables and the log stay.

        Raises:
            ToolError: a step failed; the message names it.
        """
        self._caller()
        app = DeployedApp(self._session, self._stage)
        with step("Usage plan"):
            app.check_is_chalices()
            api_limits = ApiLimits(gateway_client(self._session), "", API_STAGE)
            api_limits.remove_plan(self._stage.usage_plan_name)
        with step("API, function and role"):
            app.remove()
        stack = ResourceStack(self._session.client("cloudformation"), self._stage.stack_name)
        if not stack.exists():
            raise ToolError(
                f"no app is left, and there is no stack {self._stage.stack_name}: perhaps"
                f" {self._stage.name} is not the stage that was meant"
            )
        print(
            f"The app is gone. Stack {self._stage.stack_name} stays, with the key, the tables and"
            " every user: make deploy brings the app back. docs/deploying.md says how to delete"
            " them too."
        )

    def _caller(self) -> dict[str, str]:
        """Who the credentials are, after a look at whether they are of the stage's home.

        A stage that was recorded elsewhere would lose its users from sight, and its role, whose
        name is the account's, its rights.
        """
        with step("Looking at the credentials"):
            caller = self._session.client("sts").get_caller_identity()
            key = self._stage.environment_variables().get("KEY_ID", "")
            home = key.split(":")[3:5] if key.startswith("arn:") else []
            here = [self._session.region_name, caller["Account"]]
            if home and home != here:
                raise ToolError(
                    f"stage {self._stage.name} lives in region {home[0]} of account {home[1]}, and"
                    f" these are for {here[0]} of {here[1]}; another STAGE= can live there"
                )
        return {"Arn": caller["Arn"], "Account": caller["Account"]}

    def _settings(self) -> dict[str, str]:
        """The stage's settings: those recorded, and over them those of the environment."""
        wanted = {name: os.environ[name] for name in OPTIONAL if os.environ.get(name)}
        return self._stage.environment_variables() | wanted

    def _record(self, outputs: dict[str, str], found: dict[str, str], account: str) -> None:
        variables = self._settings() | found
        check_settings(variables)
        partition, region = outputs["KeyArn"].split(":")[1], outputs["KeyArn"].split(":")[3]
        log_group = f"arn:{partition}:logs:{region}:{account}:log-group:{self._stage.log_group}"
        arns = {
            "UserTableArn": outputs["UserTableArn"],
            "AttemptTableArn": outputs["AttemptTableArn"],
            "SessionTableArn": outputs["SessionTableArn"],
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
