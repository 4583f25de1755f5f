"""A CloudFormation update that is looked at before it is made."""

import secrets
from typing import TYPE_CHECKING

from botocore.exceptions import WaiterError

from tools.errors import ToolError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import (
        ParameterTypeDef,
        ResourceChangeTypeDef,
        WaiterConfigTypeDef,
    )

_NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")

_NEVER_REPLACES = {
    "BillingMode",
    "DeletionProtectionEnabled",
    "Description",
    "EnableKeyRotation",
    "KeyPolicy",
    "PendingWindowInDays",
    "PointInTimeRecoverySpecification",
    "RotationPeriodInDays",
    "SSESpecification",
    "Tags",
    "TimeToLiveSpecification",
}
"""Properties of a key or a table that are updated in place (AWS CloudFormation Template Reference,
"AWS::KMS::Key" and "AWS::DynamoDB::Table")."""


class ChangeSet:
    """One update of a stack: `create` it, look at it, then `execute` or `discard` it.

    Args:
        client: a boto3 CloudFormation client.
        stack_name: the stack to update.
        patience: how often and how long to look while CloudFormation works.
    """

    def __init__(
        self, client: "CloudFormationClient", stack_name: str, patience: "WaiterConfigTypeDef"
    ) -> None:
        self._client = client
        self._stack = stack_name
        self._patience = patience
        self._name = f"update-{secrets.token_hex(4)}"

    def create(self, body: str, parameters: "list[ParameterTypeDef]") -> bool:
        """Have CloudFormation compare; False when there is nothing to change.

        Raises:
            ToolError: it cannot make the update.
        """
        self._client.create_change_set(
            StackName=self._stack,
            ChangeSetName=self._name,
            TemplateBody=body,
            Parameters=parameters,
        )
        try:
            self._client.get_waiter("change_set_create_complete").wait(
                StackName=self._stack, ChangeSetName=self._name, WaiterConfig=self._patience
            )
        except WaiterError:
            answer = self._client.describe_change_set(
                StackName=self._stack, ChangeSetName=self._name
            )
            self.discard()
            reason = answer.get("StatusReason", "it is not said why")
            if any(words in reason for words in _NOTHING_TO_DO):
                return False
            raise ToolError(f"stack {self._stack} cannot be updated: {reason}") from None
        return True

    def loses(self, names: tuple[str, ...]) -> list[str]:
        """Those of the resources `names` that would be removed, or may be replaced."""
        pages = self._client.get_paginator("describe_change_set").paginate(
            StackName=self._stack, ChangeSetName=self._name
        )
        changes = [change["ResourceChange"] for page in pages for change in page["Changes"]]
        return [
            change["LogicalResourceId"]
            for change in changes
            if change["LogicalResourceId"] in names
            and (change["Action"] == "Remove" or _may_replace(change))
        ]

    def execute(self) -> None:
        """Begin the update."""
        self._client.execute_change_set(StackName=self._stack, ChangeSetName=self._name)

    def discard(self) -> None:
        """Forget it; the stack is as it was."""
        self._client.delete_change_set(StackName=self._stack, ChangeSetName=self._name)


def _may_replace(change: "ResourceChangeTypeDef") -> bool:
    replacement = change.get("Replacement", "False")
    if replacement != "Conditional":
        return replacement == "True"
    # Said where a value is not known before the update, whatever the property.
    names = [detail.get("Target", {}).get("Name") for detail in change.get("Details", [])]
    return not names or any(name not in _NEVER_REPLACES for name in names)
