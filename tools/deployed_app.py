"""What is deployed of a stage's app, as AWS has it: Chalice's note can be lost or half-written."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import boto3

from tools.errors import ToolError
from tools.gateway_client import gateway_client
from tools.stage import APP_NAME, REST_API, Stage

_STACK_TAG = "aws:cloudformation:stack-name"


class DeployedApp:
    """The function, the role and the APIs of a stage, found by name and by what they call.

    Args:
        session: a boto3 session with the account and the region of the stage.
        stage: whose app it is.
    """

    def __init__(self, session: boto3.Session, stage: Stage) -> None:
        self._session = session
        self._gateway = gateway_client(session)
        self._stage = stage

    def check_is_chalices(self) -> None:
        """Raise `ToolError` when the function belongs to a CloudFormation stack."""
        function = self._session.client("lambda")
        try:
            answer = function.get_function(FunctionName=self._stage.function_name)
        except function.exceptions.ResourceNotFoundException:
            return
        if "TagsError" in answer:
            raise ToolError("the function's tags cannot be read: lambda:ListTags is needed")
        tags = answer.get("Tags", {})
        if _STACK_TAG in tags:
            raise ToolError(
                f"the app of stage {self._stage.name} is the CloudFormation stack"
                f" {tags[_STACK_TAG]}: update or delete that"
            )

    def adopt(self) -> None:
        """Note the API that is there, so that Chalice updates it and does not make another.

        What an interrupted deployment left and nobody could ever call is removed.
        """
        apis = {api_id: self._is_served(api_id) for api_id in self._api_ids()}
        recorded = self._stage.deployed().get(REST_API, {}).get("rest_api_id")
        served_first = sorted(apis, key=lambda api_id: not apis[api_id])
        chosen = recorded if recorded in apis else next(iter(served_first), None)
        for api_id, served in apis.items():
            if api_id != chosen and not served:
                self._gateway.delete_rest_api(restApiId=api_id)
        if chosen is not None and chosen != recorded:
            self._stage.note_api(chosen, str(self._session.region_name))

    def remove(self) -> None:
        """Remove the APIs, the function and the role; what is gone already is no error."""
        for api_id in list(self._api_ids()):
            self._gateway.delete_rest_api(restApiId=api_id)
        function = self._session.client("lambda")
        with suppress(function.exceptions.ResourceNotFoundException):
            function.delete_function(FunctionName=self._stage.function_name)
        self._remove_role()
        self._stage.forget_deployed()

    def _remove_role(self) -> None:
        iam, role = self._session.client("iam"), self._stage.role_name
        try:
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                iam.delete_role_policy(RoleName=role, PolicyName=policy)
            iam.delete_role(RoleName=role)
        except iam.exceptions.NoSuchEntityException:
            return

    def _api_ids(self) -> Iterator[str]:
        """The APIs with a method that calls the function."""
        called = f":function:{self._stage.function_name}/invocations"
        for page in self._gateway.get_paginator("get_rest_apis").paginate():
            for api in page.get("items", []):
                is_a_stacks = _STACK_TAG in api.get("tags", {})
                if is_a_stacks or api.get("name") != APP_NAME:
                    continue
                if called in self._called_by(api["id"]):
                    yield api["id"]

    def _called_by(self, api_id: str) -> str:
        pages = self._gateway.get_paginator("get_resources").paginate(
            restApiId=api_id, embed=["methods"]
        )
        methods: list[Any] = [
            method
            for page in pages
            for resource in page.get("items", [])
            for method in resource.get("resourceMethods", {}).values()
        ]
        return " ".join(method.get("methodIntegration", {}).get("uri", "") for method in methods)

    def _is_served(self, api_id: str) -> bool:
        return bool(self._gateway.get_stages(restApiId=api_id).get("item"))
