"""Deployments that fail, are cut off, or go where they should not; and who holds the key."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.e2e.cloud import Cloud
from tests.e2e.dev_stage import Dev
from tests.e2e.local_run import PASSWORD, get, post


class TestFailures:
    @pytest.mark.parametrize("stage", ["", "local", "Dev", "a b", "x" * 21, "../dev"])
    def test_a_wrong_stage_is_one_clear_line(self, cloud: Cloud, stage: str) -> None:
        status, output = cloud.tool("deploy", stage)
        assert (status, output.count("\n")) == (1, 1)
        assert output.startswith("kms-login: STAGE is missing or wrong")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"THROTTLE_RATE": "0"}, "THROTTLE_RATE is wrong"),
            ({"AWS_DEFAULT_REGION": ""}, "no region"),
            ({"AWS_PROFILE": "nobody"}, "AWS settings: "),
            ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "Looking at the credentials: "),
            ({"PASSWORD_MIN_LENGTH": "3"}, "PASSWORD_MIN_LENGTH is wrong"),
            (
                {"KEY_ADMIN": "arn:aws:iam::000000000000:root"},
                "must be the ARN of an IAM role or user",
            ),
            ({"KEY_ADMIN": ""}, "KEY_ADMIN=arn"),
        ],
    )
    def test_a_failing_step_is_named_without_a_traceback(
        self, cloud: Cloud, change: dict[str, str], message: str
    ) -> None:
        status, output = cloud.tool("deploy", "failing", **change)
        assert status == 1
        assert message in output.splitlines()[-1]
        assert "Traceback" not in output

    def test_a_failing_chalice_is_named_and_the_next_run_goes_on(self, cloud: Cloud) -> None:
        requirements = cloud.project / "requirements.txt"
        good = requirements.read_text()
        requirements.write_text(good + "no-such-package-anywhere==1\n")
        status, output = cloud.tool("deploy", "mended")
        requirements.write_text(good)
        assert status == 1
        assert output.splitlines()[-1].startswith("kms-login: The app: chalice deploy")
        table = cloud.stage("mended").environment_variables()["USER_TABLE"]
        cloud.deploy("mended")
        assert cloud.stage("mended").environment_variables()["USER_TABLE"] == table
        url = cloud.url(cloud.api_id("mended"))
        assert post(f"{url}/signup", "doryfish", PASSWORD)[0] == 200


def apis_of(cloud: Cloud, stage: str) -> list[str]:
    """The APIs with a method that calls the stage's function."""
    gateway = cloud.client("apigateway")
    return [
        api["id"]
        for api in gateway.get_rest_apis()["items"]
        if f":function:kms-login-{stage}/" in str(gateway.get_resources(restApiId=api["id"]))
    ]


class TestWhatInterruptionsLeave:
    def note(self, cloud: Cloud, stage: str) -> Path:
        return cloud.project / ".chalice" / "deployed" / f"{stage}.json"

    def test_a_lost_note_makes_no_second_api(self, dev: Dev) -> None:
        api_id = dev.cloud.api_id("dev")
        self.note(dev.cloud, "dev").unlink()
        dev.cloud.deploy("dev")
        assert dev.cloud.api_id("dev") == api_id
        assert apis_of(dev.cloud, "dev") == [api_id]

    def test_apis_that_were_never_served_are_used_or_removed(self, cloud: Cloud) -> None:
        gateway = cloud.client("apigateway")
        cloud.deploy("cut")
        first = cloud.api_id("cut")
        uri = (
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
            "arn:aws:lambda:us-east-1:000000000000:function:kms-login-cut/invocations"
        )
        method = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": uri}}
        document = {"info": {"title": "kms-login"}, "paths": {"/": {"get": method}}}
        for _ in range(2):
            gateway.import_rest_api(body=json.dumps(document).encode())
        assert len(apis_of(cloud, "cut")) == 3
        self.note(cloud, "cut").unlink()
        cloud.deploy("cut")
        assert apis_of(cloud, "cut") == [first]

        gateway.delete_stage(restApiId=first, stageName="api")
        self.note(cloud, "cut").unlink()
        cloud.deploy("cut")
        assert apis_of(cloud, "cut") == [first]
        assert get(f"{cloud.url(first)}/login")[0] == 200

    def test_a_deleted_api_is_made_anew(self, cloud: Cloud) -> None:
        cloud.deploy("cut")
        cloud.client("apigateway").delete_rest_api(restApiId=cloud.api_id("cut"))
        cloud.deploy("cut")
        assert get(f"{cloud.url(cloud.api_id('cut'))}/login")[0] == 200

    @pytest.mark.parametrize("missing", ["note", "api", "function", "role", "everything"])
    def test_destroy_removes_what_is_left(self, cloud: Cloud, missing: str) -> None:
        cloud.deploy("cut")
        if missing == "note":
            self.note(cloud, "cut").unlink()
        elif missing == "api":
            cloud.client("apigateway").delete_rest_api(restApiId=cloud.api_id("cut"))
        elif missing == "function":
            cloud.client("lambda").delete_function(FunctionName="kms-login-cut")
        elif missing == "role":
            iam, role = cloud.client("iam"), "kms-login-cut-api_handler"
            iam.delete_role_policy(RoleName=role, PolicyName=role)
            iam.delete_role(RoleName=role)
        else:
            assert cloud.tool("deploy", "cut", "destroy")[0] == 0
        status, output = cloud.tool("deploy", "cut", "destroy")
        assert status == 0, output
        assert apis_of(cloud, "cut") == []
        names = [f["FunctionName"] for f in cloud.client("lambda").list_functions()["Functions"]]
        assert "kms-login-cut" not in names
        roles = [role["RoleName"] for role in cloud.client("iam").list_roles()["Roles"]]
        assert "kms-login-cut-api_handler" not in roles
        assert not self.note(cloud, "cut").exists()


class TestNobodyIsLostFromSight:
    @pytest.mark.parametrize("words", [[], ["destroy"]])
    def test_another_region_than_the_stages_own_is_refused(
        self, dev: Dev, words: list[str]
    ) -> None:
        dev.sign_up("at-home")
        status, output = dev.cloud.tool("deploy", "dev", *words, AWS_DEFAULT_REGION="eu-central-1")
        assert status == 1
        assert "stage dev lives in region us-east-1" in output.splitlines()[-1]
        assert dev.stage.environment_variables()["USER_TABLE"] == dev.table
        assert dev.log_in("at-home") == (200, "Login Success")

    def test_a_stage_whose_stack_is_gone_does_not_get_an_empty_table(self, cloud: Cloud) -> None:
        assert cloud.tool("deploy", "gone", "resources")[0] == 0
        recorded = cloud.stage("gone").environment_variables()
        cloud.client("cloudformation").delete_stack(StackName="kms-login-gone")
        status, output = cloud.tool("deploy", "gone")
        assert status == 1
        assert "stack kms-login-gone is gone" in output.splitlines()[-1]
        assert cloud.stage("gone").environment_variables() == recorded

    def test_destroying_a_stage_that_never_was_says_so(self, cloud: Cloud) -> None:
        status, output = cloud.tool("deploy", "prdo", "destroy")
        assert status == 1
        assert "there is no stack kms-login-prdo" in output.splitlines()[-1]

    def test_a_stack_of_something_else_is_left_alone(self, cloud: Cloud) -> None:
        template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
        cloud.client("cloudformation").create_stack(
            StackName="kms-login-taken", TemplateBody=json.dumps(template)
        )
        status, output = cloud.tool("deploy", "taken")
        assert status == 1
        assert "is there and is not one of key and tables" in output.splitlines()[-1]


class TestTheKeyPolicy:
    def kms_of(self, cloud: Cloud, name: str) -> Any:
        """KMS as an IAM user sees it who may do everything as far as IAM is concerned."""
        iam = cloud.client("iam")
        iam.create_user(UserName=name)
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return boto3.client(
            "kms",
            endpoint_url=cloud.endpoint,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )

    def may(self, call: Callable[..., Any], **arguments: Any) -> bool:
        try:
            call(**arguments)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", error
            return False
        return True

    def test_who_manages_does_not_use_and_who_uses_does_not_manage(self, cloud: Cloud) -> None:
        kms = {name: self.kms_of(cloud, name) for name in ("manager", "user", "anybody")}
        of_user = "arn:aws:iam::000000000000:user/"
        status, output = cloud.tool(
            "deploy", "keys", "resources", KEY_ADMIN=f"{of_user}manager", KEY_USER=f"{of_user}user"
        )
        assert status == 0, output
        key = cloud.stage("keys").environment_variables()["KEY_ID"]
        uses = {n: self.may(c.encrypt, KeyId=key, Plaintext=b"x") for n, c in kms.items()}
        manages = {n: self.may(c.enable_key, KeyId=key) for n, c in kms.items()}
        assert uses == {"manager": False, "user": True, "anybody": True}
        assert manages == {"manager": True, "user": False, "anybody": True}

        status, output = cloud.tool("deploy", "keys", "resources", KEY_ADMIN="", KEY_USER="none")
        assert status == 0, output
        assert self.may(kms["user"].enable_key, KeyId=key)
        assert not self.may(kms["manager"].encrypt, KeyId=key, Plaintext=b"x")
