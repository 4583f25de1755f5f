"""Creates or updates the CloudFormation stack of key and table, on AWS and on a local AWS alike."""

from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from tools.errors import ToolError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

TEMPLATE = Path(__file__).parent.parent / ".chalice" / "resources.json"

_HEALTHY = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
_WAIT_SECONDS = 600


def ensure_stack(
    cloudformation: "CloudFormationClient",
    name: str,
    template: Path = TEMPLATE,
    poll_seconds: int = 5,
) -> dict[str, str]:
    """Make the stack `name` what `template` says, and return its outputs by their names.

    An up-to-date stack is left alone, so that the call can be repeated.

    Raises:
        ToolError: the stack is in a state that cannot be updated, or did not become healthy.
    """
    body = template.read_text("utf-8")
    try:
        stack = _describe(cloudformation, name)
        if stack is None:
            cloudformation.create_stack(StackName=name, TemplateBody=body)
            _wait(cloudformation, "stack_create_complete", name, poll_seconds)
        elif stack["StackStatus"] not in _HEALTHY:
            raise ToolError(f"stack {name} is in the state {stack['StackStatus']}: wait or mend it")
        elif _update(cloudformation, name, body):
            _wait(cloudformation, "stack_update_complete", name, poll_seconds)
        stack = _describe(cloudformation, name)
    except (BotoCoreError, ClientError) as error:
        raise ToolError(f"stack {name}: {error}") from error
    return _outputs(stack)


def stack_outputs(cloudformation: "CloudFormationClient", name: str) -> dict[str, str]:
    """The outputs of the stack `name` by their names; empty when there is no such stack.

    Raises:
        ToolError: CloudFormation does not answer.
    """
    try:
        return _outputs(_describe(cloudformation, name))
    except (BotoCoreError, ClientError) as error:
        raise ToolError(f"stack {name}: {error}") from error


def _outputs(stack: "StackTypeDef | None") -> dict[str, str]:
    if stack is None:
        return {}
    return {
        output["OutputKey"]: output["OutputValue"]
        for output in stack.get("Outputs", [])
        if "OutputKey" in output and "OutputValue" in output
    }


def _describe(cloudformation: "CloudFormationClient", name: str) -> "StackTypeDef | None":
    try:
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _update(cloudformation: "CloudFormationClient", name: str, body: str) -> bool:
    """Start an update, unless there is nothing to update."""
    try:
        cloudformation.update_stack(StackName=name, TemplateBody=body)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return False
        raise
    return True


def _wait(
    cloudformation: "CloudFormationClient", waiter: str, name: str, poll_seconds: int
) -> None:
    try:
        cloudformation.get_waiter(waiter).wait(  # type: ignore[call-overload]
            StackName=name,
            WaiterConfig={"Delay": poll_seconds, "MaxAttempts": _WAIT_SECONDS // poll_seconds},
        )
    except WaiterError as error:
        stack = _describe(cloudformation, name)
        if stack is None:
            raise ToolError(f"stack {name} is gone again: see its events") from error
        reason = stack.get("StackStatusReason", "see its events")
        raise ToolError(f"stack {name} ended as {stack['StackStatus']}: {reason}") from error
