"""A local AWS with the project's stack on it, for a while: nothing of it stays."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from tools.local_aws import LocalAws, client_environment
from tools.run_local import KEY_ADMIN, STACK_NAME
from tools.service_settings import resource_settings
from tools.stack import ResourceStack
from tools.state_folder import StateFolder


@contextmanager
def scratch_aws(port: int, path: Path, cancelled: Callable[[], bool]) -> Iterator[dict[str, str]]:
    """Start it; leaving stops it.

    Args:
        port: where it listens.
        path: a folder for its log.
        cancelled: ends the waiting for its start.

    Returns:
        The environment in which the service, and any AWS client, uses it.

    Raises:
        ToolError: it does not come up.
    """
    with StateFolder(path) as folder:
        aws = LocalAws(port, folder, PERSIST_STATE="0")
        try:
            aws.start(cancelled)
            environment = client_environment(port, dict(os.environ))
            if not cancelled():
                client = boto3.client(
                    "cloudformation", endpoint_url=environment["AWS_ENDPOINT_URL"]
                )
                outputs = ResourceStack(client, STACK_NAME, poll_seconds=1).ensure(
                    {"KeyAdmin": KEY_ADMIN}
                )
                environment |= resource_settings(outputs)
            yield environment
        finally:
            aws.kill()
