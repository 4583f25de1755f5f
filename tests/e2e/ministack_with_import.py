"""MiniStack with what `make deploy` needs and MiniStack 1.5.33 lacks.

Its ImportRestApi and PutRestApi ignore the document they are sent (its CloudFormation can import
one: both calls are led there, and the API loses its gateway responses to a PutRestApi, as on AWS);
that import leaves out the document's gateway responses; its UpdateRestApi gives an empty
minimumCompressionSize back, and its UpdateUsagePlan a stage as text, which botocore cannot read.
"""

import json
from typing import Any

from ministack.app import main
from ministack.services import apigateway_v1 as gateway

_handle_request = gateway.handle_request
_import_rest_api = gateway._import_rest_api


def import_rest_api(document: dict[str, Any], more: dict[str, Any] | None = None) -> Any:
    """What MiniStack does, and the gateway responses."""
    api_id = _import_rest_api(document, more)
    for kind, response in document.get("x-amazon-apigateway-gateway-responses", {}).items():
        gateway._put_gateway_response(api_id, kind, response)
    return api_id


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
) -> Any:
    """What MiniStack does, but for these calls."""
    parts = path.strip("/").split("/")
    if parts == ["restapis"] and method == "POST" and "mode" in query_params:
        types = query_params.get("endpointConfigurationTypes", ["EDGE"])
        api_id = gateway._import_rest_api(
            json.loads(body), {"endpointConfiguration": {"types": types}}
        )
        _status, answer_headers, answer = gateway._get_rest_api(api_id)
        return 201, answer_headers, answer
    if parts[0] == "restapis" and len(parts) == 2 and method == "PUT":
        imported = gateway._import_rest_api(json.loads(body))
        for parts_of_apis in (gateway._resources, gateway._gateway_responses):
            parts_of_apis[parts[1]] = parts_of_apis[imported]
        gateway._delete_rest_api(imported)
        return gateway._get_rest_api(parts[1])
    if parts[0] == "restapis" and len(parts) == 2 and method == "PATCH":
        wanted = json.loads(body)["patchOperations"]
        kept = [operation for operation in wanted if operation["value"] != ""]
        body = json.dumps({"patchOperations": kept}).encode()
    if parts[0] == "usageplans" and len(parts) == 2 and method == "PATCH":
        wanted = json.loads(body)["patchOperations"]
        for operation in wanted:
            if operation["path"] == "/apiStages":
                _change_stages(gateway._usage_plans[parts[1]]["apiStages"], operation)
        kept = [operation for operation in wanted if operation["path"] != "/apiStages"]
        body = json.dumps({"patchOperations": kept}).encode()
    return await _handle_request(method, path, headers, body, query_params)


def _change_stages(stages: list[dict[str, str]], operation: dict[str, str]) -> None:
    api_id, _, name = operation["value"].partition(":")
    stages[:] = [stage for stage in stages if (stage["apiId"], stage["stage"]) != (api_id, name)]
    if operation["op"] == "add":
        stages.append({"apiId": api_id, "stage": name})


gateway.handle_request = handle_request
gateway._import_rest_api = import_rest_api

if __name__ == "__main__":
    main()
