"""What `make run` has made on its local AWS, for the tools that look at it."""

import boto3

from tools.errors import ToolError
from tools.ports import port_is_open
from tools.run_local import STACK_NAME
from tools.stack import ResourceStack


def local_outputs(aws_port: int) -> dict[str, str]:
    """The outputs of the resource stack that `make run` serves.

    The AWS clients that it makes go where the environment says.

    Raises:
        ToolError: no local AWS with that stack answers on `aws_port`.
    """
    if not port_is_open(aws_port):
        raise ToolError(
            f"no local AWS on port {aws_port}:"
            " start it with make run, or say its port with AWS_PORT="
        )
    outputs = ResourceStack(boto3.client("cloudformation"), STACK_NAME).outputs()
    if "UserTable" not in outputs:
        raise ToolError(f"what listens on port {aws_port} has no stack {STACK_NAME}")
    return outputs
