"""The real zip, deployed by `make deploy`, on a local AWS that enforces the function's role."""

import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from botocore.exceptions import ClientError

from chalicelib.accounts import user_digest
from tests.e2e.cloud import Cloud, status_word
from tests.e2e.local_run import get, post
from tests.secret_guard import secret

PASSWORD = secret("kelp forests hum at midnight")
OTHER = secret("purple umbrellas on thursday")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


class Dev:
    """The stage that most tests share."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.output = cloud.deploy("dev")
        self.stage = cloud.stage("dev")
        self.url = cloud.url(cloud.api_id("dev"))
        self.table = self.stage.environment_variables()["USER_TABLE"]
        self.key = self.stage.environment_variables()["KEY_ID"]
        self.role = "kms-login-dev-api_handler"

    def sign_up(self, uname: str, password: str = PASSWORD) -> tuple[int, str]:
        return status_word(post(f"{self.url}/signup", uname, password))

    def log_in(self, uname: str, password: str = PASSWORD) -> tuple[int, str]:
        return status_word(post(f"{self.url}/login", uname, password))

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


@pytest.fixture(scope="module")
def dev(cloud: Cloud) -> Dev:
    return Dev(cloud)


@pytest.fixture
def restored_policy(dev: Dev) -> Iterator[dict[str, Any]]:
    policy = dev.policy()
    yield json.loads(json.dumps(policy))
    dev.put_policy(policy)


class TestTheDeployedService:
    def test_people_sign_up_and_log_in(self, dev: Dev) -> None:
        assert dev.sign_up("DoryFish") == (200, "Signup Success")
        assert dev.sign_up("doryfish", OTHER) == (409, "Signup Failed")
        assert dev.log_in("doryfish") == (200, "Login Success")
        assert dev.log_in("doryfish", OTHER) == (401, "Login Failed")
        assert dev.log_in("nobody") == (401, "Login Failed")

    def test_its_pages_work_below_the_stage_path(self, dev: Dev) -> None:
        for path in ("/", "/signup", "/login"):
            status, page = get(f"{dev.url}{path}")
            assert status == 200
            assert 'href="style.css"' in page
        assert get(f"{dev.url}/style.css")[0] == 200

    def test_the_deploy_says_where_everything_is(self, dev: Dev) -> None:
        for line in (f"{dev.url}/signup\n", f"{dev.url}/login\n", f"curl {dev.url}/signup "):
            assert line in dev.output
        assert "arn:aws:lambda:us-east-1:000000000000:function:kms-login-dev\n" in dev.output

    def test_the_function_is_as_the_readme_says(self, dev: Dev) -> None:
        function = dev.cloud.client("lambda").get_function_configuration(
            FunctionName="kms-login-dev"
        )
        assert (function["MemorySize"], function["Timeout"]) == (1769, 28)
        assert function["TracingConfig"]["Mode"] == "PassThrough"
        (group,) = dev.cloud.client("logs").describe_log_groups(
            logGroupNamePrefix="/aws/lambda/kms-login-dev"
        )["logGroups"]
        assert group["logGroupName"] == "/aws/lambda/kms-login-dev"
        assert group["retentionInDays"] == 90

    def test_no_body_is_traced_and_everybody_is_throttled(self, dev: Dev) -> None:
        stage = dev.cloud.client("apigateway").get_stage(
            restApiId=dev.cloud.api_id("dev"), stageName="api"
        )
        settings = stage["methodSettings"]["*/*"]
        assert settings["dataTraceEnabled"] is False
        assert settings["throttlingRateLimit"] == 50
        assert settings["throttlingBurstLimit"] == 100

    def test_callers_with_a_key_have_a_monthly_quota(self, dev: Dev) -> None:
        (plan,) = dev.cloud.client("apigateway").get_usage_plans()["items"]
        assert plan["name"] == "kms-login-dev"
        assert plan["quota"] == {"limit": 500, "period": "MONTH"}
        assert plan["apiStages"] == [{"apiId": dev.cloud.api_id("dev"), "stage": "api"}]

    def test_a_second_deploy_changes_nothing(self, dev: Dev) -> None:
        def everything() -> dict[str, Any]:
            client = dev.cloud.client
            function = client("lambda").get_function_configuration(FunctionName="kms-login-dev")
            (stack,) = client("cloudformation").describe_stacks(StackName="kms-login-dev")["Stacks"]
            names = client("dynamodb").list_tables()["TableNames"]
            return {
                "function": (function["FunctionArn"], function["CodeSha256"], function["Role"]),
                "stack": (stack["StackId"], stack.get("LastUpdatedTime"), stack["Outputs"]),
                "apis": [api["id"] for api in client("apigateway").get_rest_apis()["items"]],
                "plans": client("apigateway").get_usage_plans()["items"],
                "tables": names,
                "keys": client("kms").list_keys()["Keys"],
                "policy": dev.policy(),
                "files": [
                    (dev.cloud.project / ".chalice" / name).stat().st_mtime_ns
                    for name in ("config.json", "policy-dev.json")
                ],
            }

        dev.sign_up("yesterday")
        before = everything()
        dev.cloud.deploy("dev")
        assert everything() == before
        assert dev.log_in("yesterday") == (200, "Login Success")

    def test_a_deploy_with_a_change_brings_the_change_and_keeps_the_users(self, dev: Dev) -> None:
        dev.sign_up("old-user")
        dev.cloud.deploy("dev", SERVICE_NAME="Coral Reef")
        assert "Coral Reef" in get(f"{dev.url}/")[1]
        assert dev.log_in("old-user") == (200, "Login Success")
        dev.cloud.deploy("dev")  # what was set once stays set
        assert "Coral Reef" in get(f"{dev.url}/")[1]


class TestThePolicy:
    def test_it_names_these_things_and_no_other(self, dev: Dev) -> None:
        resources = [rule["Resource"] for rule in dev.policy()["Statement"]]
        assert resources == [
            f"arn:aws:dynamodb:us-east-1:000000000000:table/{dev.table}",
            dev.key,
            "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/kms-login-dev:*",
        ]

    @pytest.mark.parametrize(
        ("action", "request_name"),
        [
            ("dynamodb:GetItem", "log_in"),
            ("dynamodb:PutItem", "sign_up"),
            ("kms:Decrypt", "log_in"),
            ("kms:Encrypt", "sign_up"),
        ],
    )
    def test_without_an_action_its_request_is_503(
        self, dev: Dev, restored_policy: dict[str, Any], action: str, request_name: str
    ) -> None:
        dev.sign_up("before")
        for rule in restored_policy["Statement"]:
            rule["Action"] = [a for a in rule["Action"] if a != action]
        dev.put_policy(restored_policy)
        uname = "before" if request_name == "log_in" else f"not-{action.partition(':')[2]}"
        assert getattr(dev, request_name)(uname.lower()) == (503, "Unavailable")

    def test_without_update_item_a_rehash_waits_and_the_log_in_stands(
        self, dev: Dev, restored_policy: dict[str, Any]
    ) -> None:
        old_hash = PasswordHasher.from_parameters(CHEAPEST).hash(PASSWORD)
        sealed = dev.cloud.client("kms").encrypt(
            KeyId=dev.key,
            Plaintext=old_hash.encode(),
            EncryptionContext={"userid_sha256": user_digest("old-hash")},
        )["CiphertextBlob"]
        row = {"userid": {"S": "old-hash"}, "password": {"S": base64.b64encode(sealed).decode()}}
        dev.cloud.client("dynamodb").put_item(TableName=dev.table, Item=row)
        allowed = json.loads(json.dumps(restored_policy))
        for rule in restored_policy["Statement"]:
            rule["Action"] = [a for a in rule["Action"] if a != "dynamodb:UpdateItem"]
        dev.put_policy(restored_policy)
        assert dev.log_in("old-hash") == (200, "Login Success")
        assert dev.row("old-hash") == row
        dev.put_policy(allowed)
        assert dev.log_in("old-hash") == (200, "Login Success")
        assert dev.row("old-hash") != row

    def test_for_another_table_everything_is_503(
        self, dev: Dev, restored_policy: dict[str, Any]
    ) -> None:
        table = restored_policy["Statement"][0]
        table["Resource"] = table["Resource"].replace(dev.table, "another-table")
        dev.put_policy(restored_policy)
        assert dev.sign_up("elsewhere") == (503, "Unavailable")
        assert dev.log_in("elsewhere") == (503, "Unavailable")


class TestOtherStages:
    def test_each_has_its_own_users_limits_and_end(self, dev: Dev) -> None:
        cloud = dev.cloud
        dev.sign_up("of-dev")
        cloud.deploy("prod", THROTTLE_RATE="1", THROTTLE_BURST="5", KEY_QUOTA="7")
        url = cloud.url(cloud.api_id("prod"))
        assert status_word(post(f"{url}/login", "of-dev", PASSWORD)) == (401, "Login Failed")
        assert post(f"{url}/signup", "of-prod", PASSWORD)[0] == 200

        with ThreadPoolExecutor(10) as threads:
            burst = list(threads.map(lambda _: get(f"{url}/style.css")[0], range(40)))
        assert set(burst) == {200, 429}
        assert burst.count(200) <= 12

        table = cloud.stage("prod").environment_variables()["USER_TABLE"]
        status, output = cloud.tool("deploy", "prod", "destroy")
        assert status == 0, output
        assert get(f"{url}/login")[0] != 200
        plans = cloud.client("apigateway").get_usage_plans()["items"]
        assert [plan["name"] for plan in plans] == ["kms-login-dev"]
        items = cloud.client("dynamodb").scan(TableName=table)["Items"]
        assert [item["userid"]["S"] for item in items] == ["of-prod"]
        assert dev.log_in("of-dev") == (200, "Login Success")

        cloud.deploy("prod")
        url = cloud.url(cloud.api_id("prod"))
        assert status_word(post(f"{url}/login", "of-prod", PASSWORD)) == (200, "Login Success")

    def test_chalice_alone_deploys_a_stage_whose_resources_are_recorded(self, cloud: Cloud) -> None:
        status, output = cloud.tool("deploy", "bare", "resources")
        assert status == 0, output
        cloud.chalice("deploy", "--stage", "bare")
        url = cloud.url(cloud.api_id("bare"))
        assert post(f"{url}/signup", "doryfish", PASSWORD)[0] == 200
        assert post(f"{url}/login", "doryfish", PASSWORD)[0] == 200

    def test_packaging_without_them_says_what_is_missing(self, cloud: Cloud) -> None:
        status, output = cloud.tool("package", "unknown")
        assert status == 1
        assert output == (
            "kms-login: stage unknown has no key and table yet: make resources STAGE=unknown.\n"
        )


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
        assert "is there and is not one of key and table" in output.splitlines()[-1]


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
