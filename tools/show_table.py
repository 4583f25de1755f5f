"""`make table`: the rows of the table behind `make run`, as any DynamoDB client sees them."""

import json
import sys

from botocore.exceptions import BotoCoreError, ClientError

from tools.errors import ToolError
from tools.local_aws import local_client
from tools.ports import port_from_environment
from tools.run_local import STACK_NAME
from tools.stack import stack_outputs


def rows(aws_port: int) -> list[dict[str, dict[str, str]]]:
    """Every row of the local table, each value with its DynamoDB type.

    Raises:
        ToolError: no local AWS with that table answers on `aws_port`.
    """
    outputs = stack_outputs(local_client("cloudformation", aws_port), STACK_NAME)
    if "UserTable" not in outputs:
        raise ToolError(f"the local AWS on port {aws_port} has no table: start it with make run")
    pages = local_client("dynamodb", aws_port).get_paginator("scan")
    try:
        return [
            row for page in pages.paginate(TableName=outputs["UserTable"]) for row in page["Items"]
        ]
    except (BotoCoreError, ClientError) as error:
        raise ToolError(f"table {outputs['UserTable']}: {error}") from error


def main() -> int:
    """Print the rows as JSON."""
    try:
        print(json.dumps(rows(port_from_environment("AWS_PORT", 4566)), indent=2))
    except ToolError as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
