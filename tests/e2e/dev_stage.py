"""The stage `dev`, deployed: requests to it, its rows, its role's policy."""

import json
from typing import Any

from tests.e2e.cloud import Cloud, status_word
from tests.e2e.local_run import PASSWORD, ask, post
from tests.secret_guard import secret


class Dev:
    """Made once for a module of tests, which share it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.output = cloud.deploy("dev")
        self.stage = cloud.stage("dev")
        self.url = cloud.url(cloud.api_id("dev"))
        self.table = self.stage.environment_variables()["USER_TABLE"]
        self.attempt_table = self.stage.environment_variables()["ATTEMPT_TABLE"]
        self.session_table = self.stage.environment_variables()["SESSION_TABLE"]
        self.key = self.stage.environment_variables()["KEY_ID"]
        self.role = "kms-login-dev-api_handler"

    def sign_up(self, uname: str, password: str = PASSWORD) -> tuple[int, str]:
        return status_word(post(f"{self.url}/signup", uname, password))

    def log_in(self, uname: str, password: str = PASSWORD) -> tuple[int, str]:
        return status_word(post(f"{self.url}/login", uname, password))

    def token(self, uname: str, password: str = PASSWORD) -> str:
        """Of a new session."""
        status, body = post(f"{self.url}/login", uname, password)
        assert status == 200
        return secret(json.loads(body)["token"])

    def with_token(self, method: str, path: str, token: str, **fields: str) -> tuple[int, str]:
        """The status and the word of what somebody who is signed in asks for."""
        headers = {"Authorization": f"Bearer {token}"}
        form = fields if method == "POST" else None
        status, _, body = ask(method, f"{self.url}{path}", form, headers)
        return status_word((status, body))

    def row(self, userid: str) -> dict[str, Any]:
        key = {"userid": {"S": userid}}
        answer = self.cloud.client("dynamodb").get_item(TableName=self.table, Key=key)
        row: dict[str, Any] = answer["Item"]
        return row

    def policy(self) -> dict[str, Any]:
        policy: dict[str, Any] = self.cloud.client("iam").get_role_policy(
            RoleName=self.role, PolicyName=self.role
        )["PolicyDocument"]
        return policy

    def put_policy(self, policy: dict[str, Any]) -> None:
        self.cloud.client("iam").put_role_policy(
            RoleName=self.role, PolicyName=self.role, PolicyDocument=json.dumps(policy)
        )
