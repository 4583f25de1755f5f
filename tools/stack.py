"""Creates or updates the stack of key and tables, on AWS and on a local AWS alike."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from tools.change_set import ChangeSet
from tools.errors import ToolError
from tools.stack_events import first_failure

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import (
        ParameterTypeDef,
        StackTypeDef,
        WaiterConfigTypeDef,
    )

TEMPLATE = Path(__file__).parent.parent / ".chalice" / "resources.json"

_HEALTHY = {
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
}
_NEVER_MADE = {"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"}
_WAIT_SECONDS = 900

# A replacement would leave the users behind in the old table, or under the old key: kept, and out
# of the service's sight. `ensure` refuses it; the stack policy holds back everybody else.
_IRREPLACEABLE = ("PasswordKey", "UserTable")
_STACK_POLICY = {
    "Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": ["Update:Replace", "Update:Delete"],
            "Principal": "*",
            "Resource": [f"LogicalResourceId/{name}" for name in _IRREPLACEABLE],
        },
    ]
}


class ResourceStack:
    """The stack of `.chalice/resources.json` under one name.

    Args:
        client: a boto3 CloudFormation client.
        name: the stack's name.
        poll_seconds: how often to look while CloudFormation works.
    """

    def __init__(self, client: "CloudFormationClient", name: str, poll_seconds: int = 5) -> None:
        self._client = client
        self.name = name
        self._poll_seconds = poll_seconds

    def ensure(self, parameters: Mapping[str, str], template: Path = TEMPLATE) -> dict[str, str]:
        """Make the stack what `template` says, and return its outputs by their names.

        An up-to-date stack is left alone, so that the call can be repeated. One whose creation
        failed never held a user and is made anew. An update that would replace or remove the key
        or the table is refused, and a stack policy forbids it to others.

        Args:
            parameters: by name; one that is left out keeps its value, or gets its default.

        Raises:
            ToolError: the stack is in a state that cannot be updated, did not become healthy, or
                an update would lose users.
        """
        body = template.read_text("utf-8")
        with self._one_line():
            self._ensure(body, parameters)
            return _outputs(self._describe())

    def outputs(self) -> dict[str, str]:
        """The outputs by their names; empty when there is no such stack.

        Raises:
            ToolError: CloudFormation does not answer.
        """
        with self._one_line():
            return _outputs(self._describe())

    def exists(self) -> bool:
        """Whether there is such a stack, whose parameters an update would keep.

        Raises:
            ToolError: CloudFormation does not answer.
        """
        with self._one_line():
            stack = self._describe()
        return stack is not None and stack["StackStatus"] not in _NEVER_MADE

    @contextmanager
    def _one_line(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise ToolError(f"stack {self.name}: {error}") from error

    def parameters(self) -> dict[str, str]:
        """The parameters as they are, by their names; empty when there is no such stack.

        Raises:
            ToolError: CloudFormation does not answer.
        """
        with self._one_line():
            stack = self._describe()
        given = stack.get("Parameters", []) if stack is not None else []
        return {p.get("ParameterKey", ""): p.get("ParameterValue", "") for p in given}

    def _ensure(self, body: str, parameters: Mapping[str, str]) -> None:
        stack = self._describe()
        if stack is not None and stack["StackStatus"] in _NEVER_MADE:
            self._client.delete_stack(StackName=self.name)
            self._wait("stack_delete_complete")
            stack = None
        if stack is None:
            self._client.create_stack(
                StackName=self.name,
                TemplateBody=body,
                Parameters=_given(parameters),
                StackPolicyBody=json.dumps(_STACK_POLICY),
            )
            self._wait("stack_create_complete")
            return
        if stack["StackStatus"] not in _HEALTHY:
            raise ToolError(
                f"stack {self.name} is in the state {stack['StackStatus']}:"
                " wait for it to end, or mend it in the CloudFormation console"
            )
        if not _outputs(stack).keys() >= {"UserTable", "KeyArn"}:
            raise ToolError(f"stack {self.name} is there and is not one of key and tables")
        self._client.set_stack_policy(
            StackName=self.name, StackPolicyBody=json.dumps(_STACK_POLICY)
        )
        self._update(body, _given(parameters) + _kept(stack, body, parameters))

    def _describe(self) -> "StackTypeDef | None":
        try:
            return self._client.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _update(self, body: str, parameters: "list[ParameterTypeDef]") -> None:
        """Update the stack if there is something to update, and nobody could be lost by it."""
        change_set = ChangeSet(self._client, self.name, self._patience())
        if not change_set.create(body, parameters):
            return
        lost = change_set.loses(_IRREPLACEABLE)
        if lost:
            change_set.discard()
            raise ToolError(
                f"stack {self.name}: the update would replace or remove {' and '.join(lost)}, and"
                " leave the users behind; nothing was changed"
            )
        change_set.execute()
        self._wait("stack_update_complete")

    def _patience(self) -> "WaiterConfigTypeDef":
        attempts = _WAIT_SECONDS // self._poll_seconds
        return {"Delay": self._poll_seconds, "MaxAttempts": attempts}

    def _wait(self, waiter: str) -> None:
        try:
            self._client.get_waiter(waiter).wait(  # type: ignore[call-overload]
                StackName=self.name, WaiterConfig=self._patience()
            )
        except WaiterError as error:
            stack = self._describe()
            if stack is None:
                raise ToolError(f"stack {self.name} is gone again: see its events") from error
            reason = first_failure(self._client, self.name)
            raise ToolError(f"stack {self.name} is {stack['StackStatus']}: {reason}") from error


def _given(parameters: Mapping[str, str]) -> "list[ParameterTypeDef]":
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]


def _kept(stack: "StackTypeDef", body: str, given: Mapping[str, str]) -> "list[ParameterTypeDef]":
    """Those that the stack has, the template still asks for, and nobody gave anew."""
    asked = json.loads(body).get("Parameters", {}).keys() - given.keys()
    present = (parameter.get("ParameterKey", "") for parameter in stack.get("Parameters", []))
    return [{"ParameterKey": key, "UsePreviousValue": True} for key in present if key in asked]


def _outputs(stack: "StackTypeDef | None") -> dict[str, str]:
    outputs = stack.get("Outputs", []) if stack is not None else []
    return {
        output["OutputKey"]: output["OutputValue"]
        for output in outputs
        if "OutputKey" in output and "OutputValue" in output
    }
