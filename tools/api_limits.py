"""How much the deployed API takes: the stage's throttle for all, a usage plan for keyed callers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

_ALL_METHODS = "*/*"


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers. API Gateway keeps the first two on a best-effort basis.

    Attributes:
        rate: requests a second, of everybody together.
        burst: requests at once, of everybody together.
        quota: requests a month for each API key. A call without a key is not metered, so that this
            holds back nobody who does not want to be.
    """

    rate: int = 50
    burst: int = 100
    quota: int = 500


class ApiLimits:
    """Sets the limits of one API's stage; what is set already is left alone.

    Args:
        client: a boto3 API Gateway client.
        api_id: the REST API.
        stage: the stage of API Gateway.
    """

    def __init__(self, client: "APIGatewayClient", api_id: str, stage: str) -> None:
        self._client = client
        self._api_id = api_id
        self._stage = stage

    def throttle(self, limits: Limits) -> None:
        """Limit every method of the stage."""
        stage = self._client.get_stage(restApiId=self._api_id, stageName=self._stage)
        now = stage.get("methodSettings", {}).get(_ALL_METHODS, {})
        wanted = (limits.rate, limits.burst)
        if (now.get("throttlingRateLimit"), now.get("throttlingBurstLimit")) == wanted:
            return
        self._client.update_stage(
            restApiId=self._api_id,
            stageName=self._stage,
            patchOperations=[
                _replace(f"/{_ALL_METHODS}/throttling/rateLimit", limits.rate),
                _replace(f"/{_ALL_METHODS}/throttling/burstLimit", limits.burst),
            ],
        )

    def meter(self, plan_name: str, limits: Limits) -> str:
        """Make the usage plan `plan_name` for the stage, or mend it; return its id."""
        plan = self._find_plan(plan_name)
        if plan is None:
            plan = self._client.create_usage_plan(
                name=plan_name,
                description="For callers with an API key",
                apiStages=[{"apiId": self._api_id, "stage": self._stage}],
                throttle={"rateLimit": limits.rate, "burstLimit": limits.burst},
                quota={"limit": limits.quota, "period": "MONTH"},
            )
            return str(plan["id"])
        operations = self._corrections(plan, limits)
        if operations:
            self._client.update_usage_plan(usagePlanId=plan["id"], patchOperations=operations)
        return str(plan["id"])

    def remove_plan(self, plan_name: str) -> None:
        """Remove the usage plan, if there is one; API Gateway wants its stages off it first."""
        plan = self._find_plan(plan_name)
        if plan is None:
            return
        stages = [f"{stage['apiId']}:{stage['stage']}" for stage in plan.get("apiStages", [])]
        if stages:
            self._client.update_usage_plan(
                usagePlanId=plan["id"],
                patchOperations=[
                    {"op": "remove", "path": "/apiStages", "value": stage} for stage in stages
                ],
            )
        self._client.delete_usage_plan(usagePlanId=plan["id"])

    def _find_plan(self, name: str) -> Any:
        for page in self._client.get_paginator("get_usage_plans").paginate():
            for plan in page.get("items", []):
                if plan.get("name") == name:
                    return plan
        return None

    def _corrections(self, plan: Any, limits: Limits) -> list[Any]:
        wanted = {
            ("throttle", "rateLimit"): limits.rate,
            ("throttle", "burstLimit"): limits.burst,
            ("quota", "limit"): limits.quota,
        }
        operations = [
            _replace(f"/{group}/{name}", value)
            for (group, name), value in wanted.items()
            if plan.get(group, {}).get(name) != value
        ]
        here = {"apiId": self._api_id, "stage": self._stage}
        stages = [{k: stage.get(k) for k in here} for stage in plan.get("apiStages", [])]
        if here not in stages:
            add = {"op": "add", "path": "/apiStages", "value": f"{self._api_id}:{self._stage}"}
            operations.append(add)
        return operations


def _replace(path: str, value: int) -> Any:
    return {"op": "replace", "path": path, "value": str(value)}
