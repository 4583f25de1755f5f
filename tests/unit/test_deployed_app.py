"""Whose app it is; what is found and removed is in `tests/e2e/test_deploy.py`."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from tools.deployed_app import DeployedApp
from tools.errors import ToolError
from tools.stage import Stage

PROJECT = Path(__file__).parent.parent.parent


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("lambda")
    make_client = boto3.Session.client
    monkeypatch.setattr(
        boto3.Session,
        "client",
        lambda self, name, **more: client if name == "lambda" else make_client(self, name, **more),
    )
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def app() -> DeployedApp:
    return DeployedApp(boto3.Session(), Stage("dev", PROJECT))


def test_a_function_of_a_cloudformation_stack_is_left_to_it(function: Stubber) -> None:
    tags = {"aws:cloudformation:stack-name": "app-kms-login-dev"}
    function.add_response("get_function", {"Tags": tags}, {"FunctionName": "kms-login-dev"})
    with pytest.raises(ToolError, match="is the CloudFormation stack app-kms-login-dev"):
        app().check_is_chalices()


def test_a_function_of_chalice_is_ours(function: Stubber) -> None:
    tags = {"aws-chalice": "version=1.34.0:stage=dev:app=kms-login"}
    function.add_response("get_function", {"Tags": tags}, {"FunctionName": "kms-login-dev"})
    app().check_is_chalices()


def test_tags_that_cannot_be_read_are_not_no_tags(function: Stubber) -> None:
    error = {
        "ErrorCode": "AccessDeniedException",
        "Message": "not authorized to perform lambda:ListTags " * 3,
    }
    function.add_response("get_function", {"TagsError": error})
    with pytest.raises(ToolError, match="lambda:ListTags is needed"):
        app().check_is_chalices()


def test_no_function_is_nobodys(function: Stubber) -> None:
    function.add_client_error("get_function", "ResourceNotFoundException")
    app().check_is_chalices()
