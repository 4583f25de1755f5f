"""`make deploy`, `make resources`, `make destroy`: one stage on the AWS of the environment."""

import os
import sys
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

from tools.api_limits import Limits
from tools.deployment import Deployment
from tools.errors import ToolError
from tools.own_wheel import own_wheel
from tools.stage import Stage


def session_from_environment() -> boto3.Session:
    """A boto3 session with a region.

    Raises:
        ToolError: the environment names no region, or a profile that does not exist.
    """
    try:
        session = boto3.Session()
    except BotoCoreError as error:
        raise ToolError(f"AWS settings: {error}") from error
    if not session.region_name:
        raise ToolError("no region: set AWS_DEFAULT_REGION, or AWS_PROFILE to one with a region")
    return session


def limits_from_environment() -> Limits:
    """The limits, each of which a variable may change.

    Raises:
        ToolError: one is no whole number above zero.
    """
    default = Limits()
    return Limits(
        rate=_positive("THROTTLE_RATE", default.rate),
        burst=_positive("THROTTLE_BURST", default.burst),
        quota=_positive("KEY_QUOTA", default.quota),
    )


def _positive(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 10**6:
        raise ToolError(f"{name} is wrong: it must be a whole number above 0 and below a million")
    return int(text)


def main(arguments: list[str]) -> int:
    """Deploy, or what `arguments` says instead; the exit status says whether all went well."""
    try:
        project = Path.cwd()
        stage = Stage(os.environ.get("STAGE", ""), project)
        limits = limits_from_environment()
        own_wheel(os.environ)
        deployment = Deployment(stage, session_from_environment(), project)
        if arguments == ["resources"]:
            deployment.prepare()
        elif arguments == ["destroy"]:
            deployment.destroy()
        else:
            deployment.deploy(limits)
    except ToolError as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
