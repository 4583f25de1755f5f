"""Why a CloudFormation operation failed: the stack itself seldom says."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

_BEGINNINGS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}


def first_failure(client: "CloudFormationClient", stack_name: str) -> str:
    """The resource that failed first in the latest operation, and why."""
    reason = "see its events"
    for event in client.describe_stack_events(StackName=stack_name)["StackEvents"]:  # newest first
        status = event.get("ResourceStatus", "")
        if event.get("LogicalResourceId") == stack_name and status in _BEGINNINGS:
            break
        if status.endswith("_FAILED") and "ResourceStatusReason" in event:
            reason = f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
    return reason
