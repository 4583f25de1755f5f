"""The real zip, deployed by `make deploy`, on a local AWS that enforces the function's role."""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher

from chalicelib.password_check import user_digest
from tests.cheap_hash import CHEAP
from tests.e2e.cloud import Cloud, status_word
from tests.e2e.dev_stage import Dev
from tests.e2e.local_run import OTHER, PASSWORD, get, post


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
            f"arn:aws:dynamodb:us-east-1:000000000000:table/{dev.session_table}",
            f"arn:aws:dynamodb:us-east-1:000000000000:table/{dev.attempt_table}",
            dev.key,
            "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/kms-login-dev:*",
        ]

    @pytest.mark.parametrize(
        ("rule_name", "action", "request_name"),
        [
            ("Credentials", "dynamodb:GetItem", "log_in"),
            ("Credentials", "dynamodb:PutItem", "sign_up"),
            ("Attempts", "dynamodb:UpdateItem", "log_in"),
            ("Attempts", "dynamodb:UpdateItem", "sign_up"),
            ("Attempts", "dynamodb:DeleteItem", "sign_up"),
            ("SealAndOpen", "kms:Decrypt", "log_in"),
            ("SealAndOpen", "kms:Encrypt", "sign_up"),
            ("Sessions", "dynamodb:PutItem", "log_in"),
        ],
    )
    def test_without_an_action_its_request_is_503(
        self,
        dev: Dev,
        restored_policy: dict[str, Any],
        rule_name: str,
        action: str,
        request_name: str,
    ) -> None:
        dev.sign_up("before")
        for rule in restored_policy["Statement"]:
            if rule["Sid"] == rule_name:
                rule["Action"].remove(action)
        dev.put_policy(restored_policy)
        uname = "before" if request_name == "log_in" else f"not-{action.partition(':')[2]}"
        assert getattr(dev, request_name)(uname.lower()) == (503, "Unavailable")

    @pytest.mark.parametrize(
        ("rule_name", "action", "method", "path", "fields"),
        [
            ("Sessions", "GetItem", "GET", "/session", {}),
            ("Credentials", "GetItem", "GET", "/session", {}),
            ("Sessions", "DeleteItem", "POST", "/logout", {}),
            ("Credentials", "UpdateItem", "POST", "/logout", {"everywhere": "1"}),
            ("Sessions", "PutItem", "POST", "/password", {"current": PASSWORD, "new": OTHER}),
            ("Credentials", "UpdateItem", "POST", "/password", {"current": PASSWORD, "new": OTHER}),
            ("Credentials", "DeleteItem", "POST", "/account/delete", {"password": PASSWORD}),
        ],
    )
    def test_without_an_action_a_session_gets_503_and_goes_on(
        self,
        dev: Dev,
        restored_policy: dict[str, Any],
        rule_name: str,
        action: str,
        method: str,
        path: str,
        fields: dict[str, str],
    ) -> None:
        allowed = json.loads(json.dumps(restored_policy))
        dev.sign_up("signed-in")
        token = dev.token("signed-in")
        for rule in restored_policy["Statement"]:
            if rule["Sid"] == rule_name:
                rule["Action"].remove(f"dynamodb:{action}")
        dev.put_policy(restored_policy)
        assert dev.with_token(method, path, token, **fields) == (503, "Unavailable")
        dev.put_policy(allowed)
        assert dev.with_token("GET", "/session", token) == (200, "Signed In")

    @pytest.mark.parametrize("action", ["Query", "BatchWriteItem"])
    def test_sessions_end_although_their_rows_cannot_be_removed(
        self, dev: Dev, restored_policy: dict[str, Any], action: str
    ) -> None:
        dev.sign_up("signed-in")
        token = dev.token("signed-in")
        for rule in restored_policy["Statement"]:
            if rule["Sid"] == "Sessions":
                rule["Action"].remove(f"dynamodb:{action}")
        dev.put_policy(restored_policy)
        everywhere = dev.with_token("POST", "/logout", token, everywhere="1")
        assert everywhere == (200, "Logged Out")
        assert dev.with_token("GET", "/session", token) == (401, "Not Signed In")

    def test_without_update_item_a_rehash_waits_and_the_log_in_stands(
        self, dev: Dev, restored_policy: dict[str, Any]
    ) -> None:
        old_hash = PasswordHasher.from_parameters(CHEAP).hash(PASSWORD)
        sealed = dev.cloud.client("kms").encrypt(
            KeyId=dev.key,
            Plaintext=old_hash.encode(),
            EncryptionContext={"userid_sha256": user_digest("old-hash"), "version": "1"},
        )["CiphertextBlob"]
        row = {
            "userid": {"S": "old-hash"},
            "password": {"S": base64.b64encode(sealed).decode()},
            "version": {"S": "1"},
            "session_family": {"S": "f" * 22},
        }
        dev.cloud.client("dynamodb").put_item(TableName=dev.table, Item=row)
        allowed = json.loads(json.dumps(restored_policy))
        restored_policy["Statement"][0]["Action"].remove("dynamodb:UpdateItem")
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
            "kms-login: stage unknown has no key and tables yet: make resources STAGE=unknown.\n"
        )
