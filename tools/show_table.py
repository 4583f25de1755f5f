"""`make table`: the rows of the table behind `make run`, as any DynamoDB client sees them."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.errors import ToolError
from tools.local_aws import leave_the_shells_aws
from tools.local_stack import local_outputs
from tools.ports import AWS_PORT, port_from_environment


def rows(aws_port: int) -> list[Mapping[str, Any]]:
    """Every row of the local table, each value with its DynamoDB type.

    The AWS clients that it makes go where the environment says.

    Raises:
        ToolError: no local AWS with that table answers on `aws_port`.
    """
    outputs = local_outputs(aws_port)
    pages = boto3.client("dynamodb").get_paginator("scan")
    try:
        return [
            row for page in pages.paginate(TableName=outputs["UserTable"]) for row in page["Items"]
        ]
    except (BotoCoreError, ClientError) as error:
        raise ToolError(f"table {outputs['UserTable']}: {error}") from error


def main() -> int:
    """Print the rows as JSON."""
    try:
        aws_port = port_from_environment("AWS_PORT", AWS_PORT)
        leave_the_shells_aws(aws_port)
        print(json.dumps(rows(aws_port), indent=2))
    except ToolError as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
