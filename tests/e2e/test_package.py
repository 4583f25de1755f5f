"""The app as a SAM template over the same resource stack, by `make package` and CloudFormation."""

import json
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cfnlint.api import lint_all
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.e2e.cloud import Cloud, gateway_error, status_word
from tests.e2e.local_run import PASSWORD, PROJECT, ask, get, post, wait_until
from tools.gateway_responses import RESPONSES

STAGE = "packaged"
APP_STACK = "app-kms-login-packaged"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        status, output = cloud.tool("deploy", STAGE, "resources")
        assert status == 0, output
        yield cloud


class Packaged:
    """What `make package` writes and says."""

    def __init__(self, cloud: Cloud) -> None:
        status, self.output = cloud.tool("package", STAGE)
        assert status == 0, self.output
        self.folder = cloud.project / ".local" / "package" / STAGE
        self.template: dict[str, Any] = json.loads((self.folder / "sam.json").read_text("utf-8"))

    def with_code_in(self, bucket: str, key: str) -> dict[str, Any]:
        """The template as `aws cloudformation package` would leave it."""
        template: dict[str, Any] = json.loads(json.dumps(self.template))
        properties = template["Resources"]["APIHandler"]["Properties"]
        properties["CodeUri"] = {"Bucket": bucket, "Key": key}
        return template


@pytest.fixture(scope="module")
def packaged(cloud: Cloud) -> Packaged:
    return Packaged(cloud)


def expanded(template: dict[str, Any]) -> dict[str, Any]:
    """The template after SAM's own transformation."""
    translator = Translator(managed_policy_map={}, sam_parser=Parser())
    parameters = {"Stage": STAGE, "AWS::Region": "us-east-1"}
    result: dict[str, Any] = translator.translate(template, parameters)
    return result


def findings(template: dict[str, Any] | str) -> list[str]:
    """The errors and warnings of cfn-lint."""
    text = template if isinstance(template, str) else json.dumps(template)
    found = [f"{match.rule.id} {match.message}" for match in lint_all(text)]
    return [finding for finding in found if not finding.startswith("I")]


class TestTheTemplates:
    def test_the_resource_template_is_clean(self) -> None:
        assert findings((PROJECT / ".chalice" / "resources.json").read_text("utf-8")) == []

    def test_the_packaged_template_is_clean(self, packaged: Packaged) -> None:
        assert findings(packaged.with_code_in("bucket", "key")) == []

    def test_and_so_it_is_after_sam_has_expanded_it(
        self, packaged: Packaged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        template = expanded(packaged.with_code_in("bucket", "key"))
        kinds = {resource["Type"] for resource in template["Resources"].values()}
        assert kinds >= {"AWS::Lambda::Function", "AWS::ApiGateway::Stage", "AWS::IAM::Role"}
        body = template["Resources"]["RestAPI"]["Properties"]["Body"]
        assert body["x-amazon-apigateway-gateway-responses"] == RESPONSES
        assert findings(template) == []

    def test_the_zip_has_what_the_lambda_needs_and_its_size_is_told(
        self, packaged: Packaged
    ) -> None:
        archive = packaged.folder / "deployment.zip"
        assert f"deployment.zip: {archive.stat().st_size / 1000:.0f} KB" in packaged.output
        assert archive.stat().st_size < 2_000_000
        with zipfile.ZipFile(archive) as content:
            top = {name.partition("/")[0] for name in content.namelist()}
        needed = {"argon2", "cffi", "precis_i18n", "zxcvbn", "pycparser", "_argon2_cffi_bindings"}
        ours = {"__pycache__", "app.py", "chalice", "chalicelib", "static"}
        others = {name for name in top - needed - ours if not name.endswith(".dist-info")}
        assert top >= needed | ours
        assert all(name.startswith("_cffi_backend.") for name in others), others

    def test_it_has_another_build_of_a_dependency_only_while_that_is_asked_for(
        self, cloud: Cloud, tmp_path: Path
    ) -> None:
        (published,) = (Path(sys.prefix) / "wheels").glob("argon2_cffi_bindings-*.whl")
        with zipfile.ZipFile(published) as content:
            (name,) = [name for name in content.namelist() if name.endswith("RECORD")]
        own = tmp_path / published.name
        with zipfile.ZipFile(own, "w") as content:
            content.writestr(name, "our own build")
        folder = cloud.project / ".local" / "package" / STAGE
        for environment, is_own in (({}, False), ({"OWN_WHEEL": str(own)}, True), ({}, False)):
            assert cloud.tool("package", STAGE, **environment)[0] == 0
            with zipfile.ZipFile(folder / "deployment.zip") as content:
                assert (content.read(name) == b"our own build") is is_own

    def test_the_policy_is_for_these_things_and_no_other(
        self, cloud: Cloud, packaged: Packaged
    ) -> None:
        role = packaged.template["Resources"]["ApiHandlerRole"]["Properties"]
        (policy,) = role["Policies"]
        rules = policy["PolicyDocument"]["Statement"]
        settings = cloud.stage(STAGE).environment_variables()
        assert [rule["Resource"] for rule in rules] == [
            f"arn:aws:dynamodb:us-east-1:000000000000:table/{settings['USER_TABLE']}",
            f"arn:aws:dynamodb:us-east-1:000000000000:table/{settings['SESSION_TABLE']}",
            f"arn:aws:dynamodb:us-east-1:000000000000:table/{settings['ATTEMPT_TABLE']}",
            settings["KEY_ID"],
            f"arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/kms-login-{STAGE}:*",
        ]


@pytest.fixture(scope="module")
def outputs(cloud: Cloud, packaged: Packaged) -> dict[str, str]:
    s3, cloudformation = cloud.client("s3"), cloud.client("cloudformation")
    s3.create_bucket(Bucket="code")
    s3.upload_file(str(packaged.folder / "deployment.zip"), "code", "deployment.zip")
    cloudformation.create_stack(
        StackName=APP_STACK,
        TemplateBody=json.dumps(packaged.with_code_in("code", "deployment.zip")),
        Parameters=[
            {"ParameterKey": "ThrottleRate", "ParameterValue": "2"},
            {"ParameterKey": "ThrottleBurst", "ParameterValue": "20"},
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    described: dict[str, Any] = {}

    def is_made() -> bool:
        described.update(cloudformation.describe_stacks(StackName=APP_STACK)["Stacks"][0])
        return str(described["StackStatus"]) != "CREATE_IN_PROGRESS"

    wait_until(is_made)
    assert described["StackStatus"] == "CREATE_COMPLETE", described
    return {o["OutputKey"]: o["OutputValue"] for o in described["Outputs"]}


class TestTheStack:
    def test_it_is_the_same_service(self, cloud: Cloud, outputs: dict[str, str]) -> None:
        url = cloud.url(outputs["RestAPIId"])
        assert status_word(post(f"{url}/signup", "doryfish", PASSWORD)) == (200, "Signup Success")
        assert status_word(post(f"{url}/login", "doryfish", PASSWORD)) == (200, "Login Success")
        assert 'href="style.css"' in get(f"{url}/login")[1]

    def test_there_is_no_other_stage_without_the_throttle(
        self, cloud: Cloud, outputs: dict[str, str]
    ) -> None:
        stages = cloud.client("apigateway").get_stages(restApiId=outputs["RestAPIId"])["item"]
        assert [stage["stageName"] for stage in stages] == ["api"]

    def test_its_outputs_are_the_tutorials(self, outputs: dict[str, str]) -> None:
        assert outputs["SignupURL"].endswith("/api/signup")
        assert outputs["LoginURL"].endswith("/api/login")
        assert outputs["FunctionArn"].endswith(f":function:kms-login-{STAGE}")

    def test_it_has_the_throttle_and_the_usage_plan(
        self, cloud: Cloud, outputs: dict[str, str]
    ) -> None:
        gateway = cloud.client("apigateway")
        stage = gateway.get_stage(restApiId=outputs["RestAPIId"], stageName="api")
        settings = stage["methodSettings"]["*/*"]
        assert settings["throttlingRateLimit"] == 2
        assert settings["dataTraceEnabled"] is False
        (plan,) = gateway.get_usage_plans()["items"]
        assert plan["quota"] == {"limit": 500, "period": "MONTH"}
        (planned,) = plan["apiStages"]
        assert (planned["apiId"], planned["stage"]) == (outputs["RestAPIId"], "api")

    def test_an_unknown_address_is_404_in_our_form(
        self, cloud: Cloud, outputs: dict[str, str]
    ) -> None:
        answer = ask("GET", f"{cloud.url(outputs['RestAPIId'])}/no/such/page")
        assert gateway_error(answer)[0] == 404

    def test_a_burst_is_answered_429(self, cloud: Cloud, outputs: dict[str, str]) -> None:
        url = f"{cloud.url(outputs['RestAPIId'])}/style.css"
        with ThreadPoolExecutor(10) as threads:
            burst = list(threads.map(lambda _: get(url)[0], range(60)))
        assert 429 in burst

    def test_its_log_is_kept_for_a_while(self, cloud: Cloud, outputs: dict[str, str]) -> None:
        assert outputs
        (group,) = cloud.client("logs").describe_log_groups(
            logGroupNamePrefix=f"/aws/lambda/kms-login-{STAGE}"
        )["logGroups"]
        assert group["retentionInDays"] == 90


class TestItsLife:
    """After the tests above: an update with a change, one without, and the end."""

    def update(self, cloud: Cloud, packaged: Packaged) -> None:
        cloud.client("s3").upload_file(str(packaged.folder / "deployment.zip"), "code", "next.zip")
        cloud.client("cloudformation").update_stack(
            StackName=APP_STACK,
            TemplateBody=json.dumps(packaged.with_code_in("code", "next.zip")),
            Parameters=[
                {"ParameterKey": name, "UsePreviousValue": True}
                for name in ("Stage", "ThrottleRate", "ThrottleBurst", "KeyQuota")
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        wait_until(lambda: self.status(cloud) == "UPDATE_COMPLETE")

    def status(self, cloud: Cloud) -> str:
        client = cloud.client("cloudformation")
        return str(client.describe_stacks(StackName=APP_STACK)["Stacks"][0]["StackStatus"])

    def url(self, cloud: Cloud) -> str:
        client = cloud.client("cloudformation")
        (stack,) = client.describe_stacks(StackName=APP_STACK)["Stacks"]
        outputs = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
        return cloud.url(outputs["RestAPIId"])

    def test_an_update_brings_the_change_and_keeps_the_users(
        self, cloud: Cloud, outputs: dict[str, str]
    ) -> None:
        post(f"{cloud.url(outputs['RestAPIId'])}/signup", "early-bird", PASSWORD)
        assert cloud.tool("deploy", STAGE, "resources", SERVICE_NAME="Coral Reef")[0] == 0
        changed = Packaged(cloud)
        self.update(cloud, changed)
        wait_until(lambda: "Coral Reef" in get(f"{self.url(cloud)}/")[1])
        wait_until(lambda: post(f"{self.url(cloud)}/login", "early-bird", PASSWORD)[0] == 200)

        with pytest.raises(ClientError, match="No updates are to be performed"):
            self.update(cloud, changed)

    def test_removing_it_keeps_key_table_and_users(
        self, cloud: Cloud, outputs: dict[str, str]
    ) -> None:
        client = cloud.client("cloudformation")
        client.delete_stack(StackName=APP_STACK)
        wait_until(lambda: get(f"{cloud.url(outputs['RestAPIId'])}/login")[0] != 200)
        settings = cloud.stage(STAGE).environment_variables()
        rows = cloud.client("dynamodb").scan(TableName=settings["USER_TABLE"])["Items"]
        assert "early-bird" in [row["userid"]["S"] for row in rows]
        key = cloud.client("kms").describe_key(KeyId=settings["KEY_ID"])["KeyMetadata"]
        assert key["Enabled"] is True


class TestNothingLosesAUser:
    def test_an_update_that_would_replace_the_table_is_refused(self, cloud: Cloud) -> None:
        table = self.with_a_user(cloud)
        file = cloud.project / ".chalice" / "resources.json"
        good = file.read_text("utf-8")
        file.write_text(good.replace('"userid"', '"email"'))
        status, output = cloud.tool("deploy", STAGE, "resources")
        file.write_text(good)
        assert status == 1
        assert "would replace or remove UserTable" in output.splitlines()[-1]
        assert self.has_the_user(cloud, table)

    def test_removing_the_stack_keeps_key_table_and_users(self, cloud: Cloud) -> None:
        table = self.with_a_user(cloud)
        key = cloud.stage(STAGE).environment_variables()["KEY_ID"]
        cloud.client("cloudformation").delete_stack(StackName=f"kms-login-{STAGE}")
        wait_until(lambda: self.status(cloud) in {"", "DELETE_COMPLETE"})
        assert self.has_the_user(cloud, table)
        assert cloud.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Enabled"] is True

    def with_a_user(self, cloud: Cloud) -> str:
        table = cloud.stage(STAGE).environment_variables()["USER_TABLE"]
        item = {"userid": {"S": "of-yesterday"}, "password": {"S": "c2VhbGVk"}}
        cloud.client("dynamodb").put_item(TableName=table, Item=item)
        return table

    def has_the_user(self, cloud: Cloud, table: str) -> bool:
        key = {"userid": {"S": "of-yesterday"}}
        return "Item" in cloud.client("dynamodb").get_item(TableName=table, Key=key)

    def status(self, cloud: Cloud) -> str:
        client = cloud.client("cloudformation")
        try:
            stacks = client.describe_stacks(StackName=f"kms-login-{STAGE}")["Stacks"]
        except client.exceptions.ClientError:
            return ""
        return str(stacks[0]["StackStatus"])
