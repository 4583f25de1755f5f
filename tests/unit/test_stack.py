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
OUTPUTS = [{"OutputKey": "UserTable", "OutputValue": "users"}]


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


def change(name: str, action: str, replacement: str | None = None) -> dict[str, Any]:
    more = {} if replacement is None else {"Replacement": replacement}
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
        StackPolicyBody=ANY,
    )
    script.is_in("CREATE_COMPLETE")
    script.is_in("CREATE_COMPLETE", Outputs=OUTPUTS)


def test_a_missing_stack_is_made(script: Script) -> None:
    script.is_missing()
    is_created(script)
    assert script.stack.ensure({"KeyAdmin": ADMIN}) == {"UserTable": "users"}


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_one_that_was_never_made_is_made_anew(script: Script, status: str) -> None:
    script.is_in(status)
    script.has("delete_stack", {})
    script.is_missing()
    is_created(script)
    assert script.stack.ensure({"KeyAdmin": ADMIN}) == {"UserTable": "users"}


def test_an_up_to_date_stack_is_left_alone(script: Script) -> None:
    script.is_in("CREATE_COMPLETE")
    script.has("set_stack_policy", {}, StackPolicyBody=ANY)
    script.finds_nothing_to_change()
    script.is_in("CREATE_COMPLETE", Outputs=OUTPUTS)
    assert script.stack.ensure({}) == {"UserTable": "users"}


def test_an_update_keeps_the_parameters_that_nobody_gives(script: Script) -> None:
    parameters = [
        {"ParameterKey": "KeyAdmin", "ParameterValue": "old"},
        {"ParameterKey": "KeyUser", "ParameterValue": "old"},
        {"ParameterKey": "OfAnOlderTemplate", "ParameterValue": "old"},
    ]
    script.is_in("UPDATE_ROLLBACK_COMPLETE", Parameters=parameters)
    script.has("set_stack_policy", {}, StackPolicyBody=ANY)
    script.finds_changes(
        [change("PasswordKey", "Modify", "False"), change("Another", "Remove")],
        [*ADMIN_GIVEN, {"ParameterKey": "KeyUser", "UsePreviousValue": True}],
    )
    script.has("execute_change_set", {}, ChangeSetName=ANY)
    script.is_in("UPDATE_COMPLETE")
    script.is_in("UPDATE_COMPLETE", Outputs=OUTPUTS)
    assert script.stack.ensure({"KeyAdmin": ADMIN}) == {"UserTable": "users"}


@pytest.mark.parametrize(
    "losing",
    [
        {"action": "Modify", "replacement": "True"},
        {"action": "Modify", "replacement": "Conditional"},
        {"action": "Remove"},
    ],
)
@pytest.mark.parametrize("name", ["PasswordKey", "UserTable"])
def test_an_update_that_could_lose_users_is_refused(
    script: Script, name: str, losing: dict[str, str]
) -> None:
    script.is_in("CREATE_COMPLETE")
    script.has("set_stack_policy", {}, StackPolicyBody=ANY)
    script.finds_changes([change(name, **losing)])
    script.has("delete_change_set", {}, ChangeSetName=ANY)
    with pytest.raises(ToolError, match=f"replace or remove {name}, .*nothing was changed"):
        script.stack.ensure({})


def test_the_stack_policy_forbids_it_to_everybody(script: Script) -> None:
    sent: list[dict[str, Any]] = []
    script.is_in("CREATE_COMPLETE")
    script.has("set_stack_policy", {}, StackPolicyBody=ANY)
    script.finds_nothing_to_change()
    script.is_in("CREATE_COMPLETE")
    script.stack._client.meta.events.register(
        "provide-client-params.cloudformation.SetStackPolicy",
        lambda params, **_: sent.append(params),
    )
    script.stack.ensure({})
    policy = json.loads(sent[0]["StackPolicyBody"])
    (denied,) = [rule for rule in policy["Statement"] if rule["Effect"] == "Deny"]
    assert set(denied["Action"]) == {"Update:Replace", "Update:Delete"}
    named = {f"LogicalResourceId/{name}" for name in ("PasswordKey", "UserTable")}
    assert set(denied["Resource"]) == named


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"])
def test_one_that_cannot_be_updated_is_said_to_be(script: Script, status: str) -> None:
    script.is_in(status)
    with pytest.raises(ToolError, match=f"in the state {status}"):
        script.stack.ensure({})


def test_a_failed_creation_is_told_with_its_reason(script: Script) -> None:
    script.is_missing()
    script.stub.add_response("create_stack", {"StackId": "s"})
    for _ in range(2):
        script.is_in("ROLLBACK_COMPLETE", StackStatusReason="No leave to make a key")
    with pytest.raises(ToolError, match="is ROLLBACK_COMPLETE: No leave to make a key"):
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
