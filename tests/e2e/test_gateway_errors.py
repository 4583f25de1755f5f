"""What API Gateway answers by itself on a deployed stage, and that every deploy keeps it so."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.cloud import gateway_error
from tests.e2e.dev_stage import Dev
from tests.e2e.local_run import ask

NOTHING_HERE = (404, "There is nothing at this address, or not with this method.")
ADDRESSES = [("GET", "/no/such/page"), ("POST", "/sign-up"), ("PUT", "/login"), ("POST", "/")]


def own_answers(dev: Dev) -> list[dict[str, Any]]:
    api_id = dev.cloud.api_id("dev")
    items = dev.cloud.client("apigateway").get_gateway_responses(restApiId=api_id)["items"]
    return [item for item in items if not item["defaultResponse"]]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_an_unknown_address_or_method_is_404_in_our_form(dev: Dev, method: str, path: str) -> None:
    assert gateway_error(ask(method, f"{dev.url}{path}")) == NOTHING_HERE


def test_so_it_is_after_a_second_deploy(dev: Dev) -> None:
    before = own_answers(dev)
    dev.cloud.deploy("dev")
    assert own_answers(dev) == before
    for method, path in ADDRESSES:
        assert gateway_error(ask(method, f"{dev.url}{path}")) == NOTHING_HERE


def test_a_second_deploy_leaves_the_stage_its_settings(dev: Dev) -> None:
    stage = {"restApiId": dev.cloud.api_id("dev"), "stageName": "api"}
    client = dev.cloud.client("apigateway")
    before = client.get_stage(**stage)
    dev.cloud.deploy("dev")
    after = client.get_stage(**stage)
    changing = ("deploymentId", "lastUpdatedDate", "ResponseMetadata")
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }


def test_a_throttled_caller_is_told_when_to_come_back(dev: Dev) -> None:
    dev.cloud.deploy("dev", THROTTLE_RATE="1", THROTTLE_BURST="5")
    url = f"{dev.url}/style.css"
    with ThreadPoolExecutor(10) as threads:
        burst = list(threads.map(lambda _: ask("GET", url), range(40)))
    throttled = [answer for answer in burst if answer[0] == 429]
    assert {gateway_error(answer) for answer in throttled} == {
        (429, "Too many requests. Try again in a second.")
    }
    assert {headers["Retry-After"] for _, headers, _ in throttled} == {"1"}
