from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tools.errors import ToolError
from tools.stack import ensure_stack, stack_outputs

OUTPUTS = [{"OutputKey": "UserTable", "OutputValue": "users"}]


def stack(status: str, **more: object) -> dict[str, Any]:
    created = "2026-11-24T12:00:00Z"
    return {"Stacks": [{"StackName": "s", "StackStatus": status, "CreationTime": created, **more}]}


@pytest.fixture
def scripted() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client("cloudformation")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def missing(stub: Stubber) -> None:
    stub.add_client_error("describe_stacks", "ValidationError", "Stack s does not exist")


def test_a_missing_stack_is_made(scripted: tuple[Any, Stubber]) -> None:
    client, stub = scripted
    missing(stub)
    stub.add_response("create_stack", {"StackId": "s"})
    stub.add_response("describe_stacks", stack("CREATE_COMPLETE"))
    stub.add_response("describe_stacks", stack("CREATE_COMPLETE", Outputs=OUTPUTS))
    assert ensure_stack(client, "s") == {"UserTable": "users"}


def test_an_up_to_date_stack_is_left_alone(scripted: tuple[Any, Stubber]) -> None:
    client, stub = scripted
    stub.add_response("describe_stacks", stack("CREATE_COMPLETE"))
    stub.add_client_error("update_stack", "ValidationError", "No updates are to be performed.")
    stub.add_response("describe_stacks", stack("CREATE_COMPLETE", Outputs=OUTPUTS))
    assert ensure_stack(client, "s") == {"UserTable": "users"}


def test_a_changed_template_updates_it(scripted: tuple[Any, Stubber]) -> None:
    client, stub = scripted
    stub.add_response("describe_stacks", stack("UPDATE_ROLLBACK_COMPLETE"))
    stub.add_response("update_stack", {"StackId": "s"})
    stub.add_response("describe_stacks", stack("UPDATE_COMPLETE"))
    stub.add_response("describe_stacks", stack("UPDATE_COMPLETE", Outputs=OUTPUTS))
    assert ensure_stack(client, "s") == {"UserTable": "users"}


def test_one_that_cannot_be_updated_is_said_to_be(scripted: tuple[Any, Stubber]) -> None:
    client, stub = scripted
    stub.add_response("describe_stacks", stack("ROLLBACK_COMPLETE"))
    with pytest.raises(ToolError, match="in the state ROLLBACK_COMPLETE"):
        ensure_stack(client, "s")


def test_a_failed_creation_is_told_with_its_reason(scripted: tuple[Any, Stubber]) -> None:
    client, stub = scripted
    missing(stub)
    stub.add_response("create_stack", {"StackId": "s"})
    failed = stack("ROLLBACK_COMPLETE", StackStatusReason="No leave to make a key")
    stub.add_response("describe_stacks", failed)
    stub.add_response("describe_stacks", failed)
    with pytest.raises(ToolError, match="ended as ROLLBACK_COMPLETE: No leave to make a key"):
        ensure_stack(client, "s")


def test_a_refusal_of_aws_is_one_line(scripted: tuple[Any, Stubber]) -> None:
    client, stub = scripted
    stub.add_client_error("describe_stacks", "AccessDenied", "Not allowed")
    with pytest.raises(ToolError, match=r"^stack s: [^\n]*Not allowed$"):
        ensure_stack(client, "s")


def test_a_missing_stack_has_no_outputs(scripted: tuple[Any, Stubber]) -> None:
    client, stub = scripted
    missing(stub)
    assert stack_outputs(client, "s") == {}
