"""`make unlock`: forget the failed log-ins on a user name, so that its owner can log in again."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import forms
from chalicelib.accounts import user_digest
from chalicelib.attempt_store import login_subject
from chalicelib.errors import RefusedInput
from chalicelib.limits import MAX_FAILURES
from tools.deploy import session_from_environment
from tools.errors import ToolError
from tools.local_aws import leave_the_shells_aws
from tools.local_stack import local_outputs
from tools.ports import AWS_PORT, port_from_environment
from tools.stage import Stage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def unlock(client: "DynamoDBClient", table: str, uname: str) -> str:
    """Forget what is counted of the log-ins on `uname`, as it was typed, and say what it was.

    Raises:
        ToolError: no account can have that name, or the table cannot be written.
    """
    try:
        userid = forms.userid({"uname": uname})
    except RefusedInput as error:
        raise ToolError(f"UNAME is wrong: {str(error).removesuffix('.')}") from None
    try:
        answer = client.delete_item(
            TableName=table,
            Key={"subject": {"S": login_subject(user_digest(userid))}},
            ReturnValues="ALL_OLD",
        )
    except (BotoCoreError, ClientError) as error:
        raise ToolError(f"table {table}: {error}") from error
    failures = int(answer.get("Attributes", {}).get("failures", {}).get("N", 0))
    if not failures:
        return f"No failed log-in is counted on {userid}: nothing was to be done."
    state = "was locked" if failures >= MAX_FAILURES else "was not locked"
    return f"{userid} {state}, with {failures} failed log-ins in a row; they are forgotten."


def main() -> int:
    """Unlock UNAME on the stage STAGE, or on the local AWS of `make run` when there is none."""
    try:
        uname = _asked_for()
        stage_name = os.environ.get("STAGE")
        client, table = _of_stage(Stage(stage_name, Path.cwd())) if stage_name else _of_make_run()
        print(unlock(client, table, uname))
    except ToolError as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    return 0


def _asked_for() -> str:
    uname = os.environ.get("UNAME", "")
    if not uname:
        raise ToolError("UNAME is missing: say whom to unlock, as in UNAME=doryfish")
    return uname


def _of_make_run() -> "tuple[DynamoDBClient, str]":
    aws_port = port_from_environment("AWS_PORT", AWS_PORT)
    leave_the_shells_aws(aws_port)
    return boto3.client("dynamodb"), local_outputs(aws_port)["AttemptTable"]


def _of_stage(stage: Stage) -> "tuple[DynamoDBClient, str]":
    table = stage.environment_variables().get("ATTEMPT_TABLE")
    if table is None:
        raise ToolError(f"stage {stage.name} is not recorded in .chalice/config.json")
    return session_from_environment().client("dynamodb"), table


if __name__ == "__main__":
    sys.exit(main())
