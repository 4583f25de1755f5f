"""The real zip, deployed by `make deploy`, on a local AWS that enforces the function's role."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.e2e.cloud import Cloud, status_word
from tests.e2e.dev_stage import Dev
from tests.e2e.local_run import OTHER, PASSWORD, get, post


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
