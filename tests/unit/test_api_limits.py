from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tools.api_limits import ApiLimits, Limits

LIMITS = Limits(rate=50, burst=100, quota=500)
HERE = {"apiId": "api-1", "stage": "api"}
RIGHT = {
    "id": "plan-1",
    "name": "plan",
    "throttle": {"rateLimit": 50.0, "burstLimit": 100},
    "quota": {"limit": 500, "period": "MONTH"},
    "apiStages": [HERE],
}


class Script:
    """Limits on scripted answers of API Gateway."""

    def __init__(self, stub: Stubber, limits: ApiLimits) -> None:
        self.stub = stub
        self.limits = limits

    def stage_has(self, settings: dict[str, Any]) -> None:
        answer = {"methodSettings": {"*/*": settings}}
        of_api = {"restApiId": "api-1", "stageName": "api"}
        self.stub.add_response("get_stage", answer, of_api)

    def there_are(self, *plans: dict[str, Any]) -> None:
        self.stub.add_response("get_usage_plans", {"items": list(plans)}, {})

    def plan_is_patched(self, *operations: dict[str, str]) -> None:
        expected = {"usagePlanId": "plan-1", "patchOperations": list(operations)}
        self.stub.add_response("update_usage_plan", {}, expected)


@pytest.fixture
def script() -> Iterator[Script]:
    client = boto3.client("apigateway")
    with Stubber(client) as stub:
        yield Script(stub, ApiLimits(client, "api-1", "api"))
        stub.assert_no_pending_responses()


def replaced(path: str, value: int) -> dict[str, str]:
    return {"op": "replace", "path": path, "value": str(value)}


def test_the_throttle_is_for_every_method(script: Script) -> None:
    script.stage_has({})
    script.stub.add_response(
        "update_stage",
        {},
        {
            "restApiId": "api-1",
            "stageName": "api",
            "patchOperations": [
                replaced("/*/*/throttling/rateLimit", 50),
                replaced("/*/*/throttling/burstLimit", 100),
            ],
        },
    )
    script.limits.throttle(LIMITS)


def test_a_throttle_that_is_set_is_left_alone(script: Script) -> None:
    script.stage_has({"throttlingRateLimit": 50.0, "throttlingBurstLimit": 100})
    script.limits.throttle(LIMITS)


def test_a_missing_plan_is_made_and_counts_keys_by_the_month(script: Script) -> None:
    script.there_are({"id": "plan-2", "name": "another"})
    wanted = {
        "name": "plan",
        "description": "For callers with an API key",
        "apiStages": [HERE],
        "throttle": {"rateLimit": 50, "burstLimit": 100},
        "quota": {"limit": 500, "period": "MONTH"},
    }
    script.stub.add_response("create_usage_plan", {"id": "plan-1"}, wanted)
    assert script.limits.meter("plan", LIMITS) == "plan-1"


def test_a_plan_that_is_right_is_left_alone(script: Script) -> None:
    script.there_are(RIGHT)
    assert script.limits.meter("plan", LIMITS) == "plan-1"


def test_a_plan_that_is_not_is_mended(script: Script) -> None:
    script.there_are(RIGHT)
    script.plan_is_patched(
        replaced("/throttle/rateLimit", 5),
        replaced("/throttle/burstLimit", 6),
        replaced("/quota/limit", 7),
    )
    script.limits.meter("plan", Limits(rate=5, burst=6, quota=7))


def test_a_plan_of_an_api_that_is_gone_gets_the_new_one(script: Script) -> None:
    script.there_are(RIGHT | {"apiStages": [{"apiId": "gone", "stage": "api"}]})
    script.plan_is_patched({"op": "add", "path": "/apiStages", "value": "api-1:api"})
    script.limits.meter("plan", LIMITS)


def test_a_plan_is_taken_off_its_stages_and_removed(script: Script) -> None:
    script.there_are({"id": "plan-2", "name": "another"}, RIGHT)
    script.plan_is_patched({"op": "remove", "path": "/apiStages", "value": "api-1:api"})
    script.stub.add_response("delete_usage_plan", {}, {"usagePlanId": "plan-1"})
    script.limits.remove_plan("plan")


def test_a_plan_that_is_gone_is_no_error(script: Script) -> None:
    script.there_are({"id": "plan-2", "name": "another"})
    script.limits.remove_plan("plan")
