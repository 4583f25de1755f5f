"""Who manages the key, and who else uses it: the parameters KeyAdmin and KeyUser."""

import os

import boto3

from tools.errors import ToolError
from tools.stack import ResourceStack

NOBODY = "none"


def key_holders(session: boto3.Session, stack: ResourceStack, caller: str) -> dict[str, str]:
    """The parameters, as far as the environment gives them or they have to be found.

    At first whoever deploys becomes the administrator; later, whoever is not named anew stays.

    Args:
        caller: the ARN behind the credentials, as STS gives it.

    Raises:
        ToolError: nobody can be found, or the key would be left to nobody.
    """
    admin, user = os.environ.get("KEY_ADMIN") or None, os.environ.get("KEY_USER") or None
    deployer = _role_or_user(session, caller)
    if not admin and not stack.exists():
        if deployer is None:
            raise ToolError(
                "these are the credentials of the account's root or of no role and no user: say"
                " who is to manage the key, as in KEY_ADMIN=arn:aws:iam::123456789012:role/admin"
            )
        admin = deployer
    given = {"KeyAdmin": admin, "KeyUser": "" if user == NOBODY else user}
    changes = {name: value for name, value in given.items() if value is not None}
    holders = stack.parameters() | changes
    if holders.get("KeyUser") and holders["KeyUser"] in (holders.get("KeyAdmin"), deployer):
        raise ToolError(
            "the key's user (KEY_USER) must be neither its administrator (KEY_ADMIN) nor who"
            " deploys: it is denied to manage the key"
        )
    return changes


def _role_or_user(session: boto3.Session, caller: str) -> str | None:
    kind, _, name = caller.split(":", 5)[5].partition("/")
    if kind == "user":
        return caller
    if kind == "assumed-role":
        # IAM knows the path that a role's session leaves out.
        role = session.client("iam").get_role(RoleName=name.partition("/")[0])
        return str(role["Role"]["Arn"])
    return None
