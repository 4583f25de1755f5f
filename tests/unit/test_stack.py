import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import ANY

import boto3
import pytest
from botocore.stub import Stubber

from tools.errors import ToolError
from tools.stack import TEMPLATE, ResourceStack

BODY = TEMPLATE.read_text("utf-8")
ADMIN = "arn:aws:iam::123456789012:role/admin"
ADMIN_GIVEN = [{"ParameterKey": "KeyAdmin", "ParameterValue": ADMIN}]
MADE = {"UserTable": "users", "KeyArn": "arn:key"}
OUTPUTS = [{"OutputKey": key, "OutputValue": value} for key, value in MADE.items()]
STACK_POLICY = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Action": ["Update:Replace", "Update:Delete"],
                "Principal": "*",
                "Resource": ["LogicalResourceId/PasswordKey", "LogicalResourceId/UserTable"],
            },
        ]
    }
)


def described(status: str, **more: object) -> dict[str, Any]:
    stack = {"StackName": "s", "StackStatus": status, "CreationTime": "2026-11-24T12:00:00Z"}
    return {"Stacks": [stack | more]}


class Script:
    """A stack on scripted answers of CloudFormation."""

    def __init__(self, stub: Stubber, stack: ResourceStack) -> None:
        self.stub = stub
        self.stack = stack

    def is_missing(self) -> None:
        message = "Stack with id s does not exist"
        self.stub.add_client_error("describe_stacks", "ValidationError", message)

    def is_in(self, status: str, **more: object) -> None:
        self.stub.add_response("describe_stacks", described(status, **more))

    def has(self, call: str, answer: dict[str, Any], **expected: object) -> None:
        self.stub.add_response(call, answer, {"StackName": "s"} | expected)

    def finds_nothing_to_change(self) -> None:
        reason = "The submitted information didn't contain changes."
        failed = {"Status": "FAILED", "StatusReason": reason}
        self.has("create_change_set", {}, ChangeSetName=ANY, TemplateBody=BODY, Parameters=ANY)
        for _ in range(2):
            self.has("describe_change_set", failed, ChangeSetName=ANY)
        self.has("delete_change_set", {}, ChangeSetName=ANY)

    def finds_changes(self, changes: list[dict[str, Any]], parameters: object = ANY) -> None:
        self.has(
            "create_change_set", {}, ChangeSetName=ANY, TemplateBody=BODY, Parameters=parameters
        )
        for _ in range(2):
            found = {"Status": "CREATE_COMPLETE", "Changes": changes}
            self.has("describe_change_set", found, ChangeSetName=ANY)


def change(
    name: str, action: str, replacement: str | None = None, *properties: str
) -> dict[str, Any]:
    more: dict[str, Any] = {} if replacement is None else {"Replacement": replacement}
    more["Details"] = [{"Target": {"Name": name}} for name in properties]
    return {"ResourceChange": {"LogicalResourceId": name, "Action": action} | more}


@pytest.fixture
def script() -> Iterator[Script]:
    client = boto3.client("cloudformation")
    with Stubber(client) as stub:
        yield Script(stub, ResourceStack(client, "s"))
        stub.assert_no_pending_responses()


def is_created(script: Script) -> None:
    script.has(
        "create_stack",
        {"StackId": "s"},
        TemplateBody=BODY,
        Parameters=ADMIN_GIVEN,
        StackPolicyBody=STACK_POLICY,
    )
    script.is_in("CREATE_COMPLETE")
    script.is_in("CREATE_COMPLETE", Outputs=OUTPUTS)


def test_a_missing_stack_is_made(script: Script) -> None:
    script.is_missing()
    is_created(script)
    assert script.stack.ensure({"KeyAdmin": ADMIN}) == MADE


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_one_that_was_never_made_is_made_anew(script: Script, status: str) -> None:
    script.is_in(status)
    script.has("delete_stack", {})
    script.is_missing()
    is_created(script)
    assert script.stack.ensure({"KeyAdmin": ADMIN}) == MADE


def test_an_up_to_date_stack_is_left_alone(script: Script) -> None:
    script.is_in("CREATE_COMPLETE", Outputs=OUTPUTS)
    script.has("set_stack_policy", {}, StackPolicyBody=STACK_POLICY)
    script.finds_nothing_to_change()
    script.is_in("CREATE_COMPLETE", Outputs=OUTPUTS)
    assert script.stack.ensure({}) == MADE


def test_an_update_keeps_the_parameters_that_nobody_gives(script: Script) -> None:
    parameters = [
        {"ParameterKey": "KeyAdmin", "ParameterValue": "old"},
        {"ParameterKey": "KeyUser", "ParameterValue": "old"},
        {"ParameterKey": "OfAnOlderTemplate", "ParameterValue": "old"},
    ]
    script.is_in("UPDATE_ROLLBACK_COMPLETE", Parameters=parameters, Outputs=OUTPUTS)
    script.has("set_stack_policy", {}, StackPolicyBody=STACK_POLICY)
    script.finds_changes(
        [
            change("PasswordKey", "Modify", "Conditional", "KeyPolicy", "Description"),
            change("UserTable", "Modify", "False", "KeySchema"),
            change("Another", "Remove"),
        ],
        [*ADMIN_GIVEN, {"ParameterKey": "KeyUser", "UsePreviousValue": True}],
    )
    script.has("execute_change_set", {}, ChangeSetName=ANY)
    script.is_in("UPDATE_COMPLETE")
    script.is_in("UPDATE_COMPLETE", Outputs=OUTPUTS)
    assert script.stack.ensure({"KeyAdmin": ADMIN}) == MADE


@pytest.mark.parametrize(
    "losing",
    [
        ("Modify", "True", "Description"),
        ("Modify", "Conditional"),
        ("Modify", "Conditional", "KeySchema", "BillingMode"),
        ("Remove",),
    ],
)
@pytest.mark.parametrize("name", ["PasswordKey", "UserTable"])
def test_an_update_that_could_lose_users_is_refused(
    script: Script, name: str, losing: tuple[str, ...]
) -> None:
    script.is_in("CREATE_COMPLETE", Outputs=OUTPUTS)
    script.has("set_stack_policy", {}, StackPolicyBody=STACK_POLICY)
    script.finds_changes([change(name, *losing)])
    script.has("delete_change_set", {}, ChangeSetName=ANY)
    with pytest.raises(ToolError, match=f"replace or remove {name}, .*nothing was changed"):
        script.stack.ensure({})


def test_a_stack_of_something_else_is_left_alone(script: Script) -> None:
    script.is_in("CREATE_COMPLETE", Outputs=[{"OutputKey": "EndpointURL", "OutputValue": "x"}])
    with pytest.raises(ToolError, match="is not one of key and tables"):
        script.stack.ensure({})


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"])
def test_one_that_cannot_be_updated_is_said_to_be(script: Script, status: str) -> None:
    script.is_in(status)
    with pytest.raises(ToolError, match=f"in the state {status}"):
        script.stack.ensure({})


def event(name: str, status: str, reason: str | None = None) -> dict[str, Any]:
    told = {} if reason is None else {"ResourceStatusReason": reason}
    about = {"StackId": "s", "EventId": "e", "StackName": "s", "Timestamp": 0}
    return about | {"LogicalResourceId": name, "ResourceStatus": status} | told


def test_a_failed_creation_is_told_with_what_failed_first(script: Script) -> None:
    script.is_missing()
    script.stub.add_response("create_stack", {"StackId": "s"})
    for _ in range(2):
        script.is_in("ROLLBACK_COMPLETE")
    newest_first = [
        event("s", "ROLLBACK_IN_PROGRESS"),
        event("UserTable", "CREATE_FAILED", "Resource creation cancelled"),
        event("PasswordKey", "CREATE_FAILED", "No such principal"),
        event("s", "CREATE_IN_PROGRESS"),
        event("PasswordKey", "CREATE_FAILED", "of an earlier operation"),
    ]
    script.has("describe_stack_events", {"StackEvents": newest_first})
    with pytest.raises(ToolError, match="is ROLLBACK_COMPLETE: PasswordKey: No such principal"):
        script.stack.ensure({})


def test_a_refusal_of_aws_is_one_line(script: Script) -> None:
    script.stub.add_client_error("describe_stacks", "AccessDenied", "Not allowed")
    with pytest.raises(ToolError, match=r"^stack s: [^\n]*Not allowed$"):
        script.stack.ensure({})


def test_a_missing_stack_has_no_outputs(script: Script) -> None:
    script.is_missing()
    assert script.stack.outputs() == {}


@pytest.mark.parametrize(
    ("status", "exists"),
    [("CREATE_COMPLETE", True), ("UPDATE_IN_PROGRESS", True), ("ROLLBACK_COMPLETE", False)],
)
def test_a_stack_exists_once_it_was_made(script: Script, status: str, exists: bool) -> None:
    script.is_in(status)
    assert script.stack.exists() is exists
