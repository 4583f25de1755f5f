"""How the tools talk to API Gateway."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient


def gateway_client(session: boto3.Session) -> "APIGatewayClient":
    """A client that waits for what an account may do only now and then.

    That is one deployment in 5 seconds, one change of a usage plan in 20, one REST API deleted in
    30 ("Amazon API Gateway quotas").
    """
    patient = Config(retries={"mode": "standard", "total_max_attempts": 10})
    return session.client("apigateway", config=patient)
