"""`make unlock` and `make end-sessions`: what an operator can do for one user."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import forms
from chalicelib.attempt_store import login_subject
from chalicelib.credential_store import CredentialStore
from chalicelib.errors import RefusedInput, Unavailable
from chalicelib.limits import MAX_FAILURES
from chalicelib.password_check import user_digest
from chalicelib.sessions import new_family
from tools.deploy import session_from_environment
from tools.errors import ToolError
from tools.local_aws import leave_the_shells_aws
from tools.local_stack import local_outputs
from tools.ports import AWS_PORT, port_from_environment
from tools.service_settings import OUTPUTS, resource_settings
from tools.stage import Stage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Tables:
    """Where the users are.

    Attributes:
        client: a boto3 DynamoDB client.
        users, attempts: the tables' names.
    """

    client: "DynamoDBClient"
    users: str
    attempts: str


def unlock(tables: Tables, uname: str) -> str:
    """Forget what is counted of the log-ins on `uname`, as it was typed, and say what it was.

    Raises:
        ToolError: no account can have that name, or the table cannot be written.
    """
    userid = _userid(uname)
    try:
        answer = tables.client.delete_item(
            TableName=tables.attempts,
            Key={"subject": {"S": login_subject(user_digest(userid))}},
            ReturnValues="ALL_OLD",
        )
    except (BotoCoreError, ClientError) as error:
        raise ToolError(f"table {tables.attempts}: {error}") from error
    failures = int(answer.get("Attributes", {}).get("failures", {}).get("N", 0))
    if not failures:
        return f"No failed log-in is counted on {userid}: nothing was to be done."
    failed = f"{failures} failed log-in{'' if failures == 1 else 's'} in a row"
    state = "was locked" if failures >= MAX_FAILURES else "was not locked, but may have had to wait"
    return f"{userid} {state}, after {failed}. They are forgotten: {userid} may log in now."


def end_sessions(tables: Tables, uname: str) -> str:
    """End all sessions of `uname`, as it was typed.

    Raises:
        ToolError: there is no such account, or the table cannot be written.
    """
    userid = _userid(uname)
    store = CredentialStore(tables.client, tables.users, tables.attempts)
    try:
        if not store.end_sessions(userid, new_family()):
            raise ToolError(f"there is no account {userid}")
    except Unavailable as error:
        raise ToolError(f"table {tables.users}: {error.cause}") from error
    return f"All sessions of {userid} have ended. The password is as it was."


def _userid(uname: str) -> str:
    try:
        return forms.userid({"uname": uname})
    except RefusedInput as error:
        raise ToolError(f"UNAME is wrong: {str(error).removesuffix('.')}") from None


def main(arguments: list[str]) -> int:
    """Do what `arguments` says to the user UNAME.

    That is on the stage STAGE, or on the local AWS of `make run` when there is none.
    """
    action = end_sessions if arguments == ["end-sessions"] else unlock
    try:
        uname = _asked_for()
        stage_name = os.environ.get("STAGE")
        tables = _of_stage(Stage(stage_name, Path.cwd())) if stage_name else _of_make_run()
        print(action(tables, uname))
    except ToolError as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    return 0


def _asked_for() -> str:
    uname = os.environ.get("UNAME", "")
    if not uname:
        raise ToolError("UNAME is missing: say whom, as in UNAME=doryfish")
    return uname


def _of_make_run() -> Tables:
    aws_port = port_from_environment("AWS_PORT", AWS_PORT)
    leave_the_shells_aws(aws_port)
    return _tables(boto3.client("dynamodb"), resource_settings(local_outputs(aws_port)))


def _of_stage(stage: Stage) -> Tables:
    settings = stage.environment_variables()
    if not settings.keys() >= OUTPUTS.keys():
        raise ToolError(f"stage {stage.name} is not recorded in .chalice/config.json")
    return _tables(session_from_environment().client("dynamodb"), settings)


def _tables(client: "DynamoDBClient", settings: dict[str, str]) -> Tables:
    return Tables(client, settings["USER_TABLE"], settings["ATTEMPT_TABLE"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
