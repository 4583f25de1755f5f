"""The doorway that the AWS rooms share: how a client is made, and what its failures become."""

import functools
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, get_args

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader

from chalicelib.errors import Unavailable
from chalicelib.settings import SettingsError

CONNECT_TIMEOUT = 1
"""Seconds."""
READ_TIMEOUT = 2
"""Seconds."""
ATTEMPTS = 2
"""Tries for each call, the first included."""
LONGEST_BACKOFF = 1
"""Seconds that botocore's standard mode sleeps at most before the second try."""
LONGEST_CALL = ATTEMPTS * (CONNECT_TIMEOUT + READ_TIMEOUT) + LONGEST_BACKOFF
"""Seconds after which a call has answered or failed: 7."""

Service = Literal["dynamodb", "kms"]

_CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT,
    read_timeout=READ_TIMEOUT,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    # Lambda freezes an idle process: without it the first call after a pause meets a dead socket.
    tcp_keepalive=True,
    # botocore's own is put together anew for each call: a tenth of its work.
    user_agent="kms-login",
)


DESCRIPTIONS = Path(__file__).parent / "aws_descriptions"
"""botocore's own, cut down to what is used here: in the Lambda's zip, and nowhere else. Without
them, botocore reads its own."""


class _Loader(Loader):
    """Finds botocore's descriptions of services without looking through those of all 400."""

    def __init__(self) -> None:
        super().__init__(extra_search_paths=[str(DESCRIPTIONS)])

    def is_builtin_path(self, path: str) -> bool:  # noqa: ARG002 - botocore's own
        """True: with another list of endpoints botocore would not ask its rules for them."""
        return True

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's own
        return list(get_args(Service))


class AwsClients:
    """Clients to keep for the life of the process, one for each service: each more would make its
    own connections, with a TLS handshake for each."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}
        # Not boto3, whose import takes longer and which adds nothing to a client.
        self._session = botocore.session.get_session()
        self._session.register_component("data_loader", _Loader())
        self._tls: ssl.SSLContext | None = None

    def get(self, service: Service) -> Any:
        """The client, made when it is first asked for. Raises what botocore does."""
        if service not in self._made:
            self._made[service] = self._session.create_client(service, config=_CONFIG)
            self._share_authorities(self._made[service])
        return self._made[service]

    def _share_authorities(self, client: Any) -> None:
        """Have the certificate authorities loaded once.

        urllib3 loads all of them for each connection, which takes 20 ms of the CPU. What is trusted
        and checked is the same. botocore has no setting for it: where its inside has changed, it is
        left as it is.
        """
        with suppress(AttributeError, KeyError):
            manager = client._endpoint.http_session._manager  # noqa: SLF001 - no setting for it
            if self._tls is None:
                self._tls = manager.connection_pool_kw["ssl_context"]
                load = functools.cache(self._tls.load_verify_locations)
                self._tls.load_verify_locations = load  # type: ignore[method-assign]
            manager.connection_pool_kw["ssl_context"] = self._tls


def make_client(service: Service, clients: AwsClients | None = None) -> Any:
    """A client of the AWS account, region and endpoint of the environment.

    Args:
        clients: those that are shared; by nobody, unless given.

    Raises:
        SettingsError: botocore finds no region, or a profile or an endpoint that makes no sense.
    """
    try:
        return (clients or AwsClients()).get(service)
    except (BotoCoreError, ValueError) as error:
        raise SettingsError(
            f"AWS_DEFAULT_REGION, AWS_PROFILE or AWS_ENDPOINT_URL is missing or wrong: {error}"
        ) from error


@contextmanager
def failures_as_unavailable(operation: str) -> Iterator[None]:
    """Turn what botocore raises in the block into `Unavailable`, named `operation` for the log.

    Only the error's code is kept: AWS's messages may repeat what was sent.
    """
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "Unknown")
        raise Unavailable(f"{operation} {code}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{operation} {type(error).__name__}") from error


def write_if(operation: str, write: Callable[[], Any]) -> tuple[bool, Mapping[str, Any]]:
    """Make a DynamoDB write that has a condition.

    Args:
        operation: its name, for the log.
        write: makes it.

    Returns:
        Whether the condition held; and the row before, where the write asks for it with
        `ReturnValues` or `ReturnValuesOnConditionCheckFailure`. Empty for none.

    Raises:
        Unavailable: DynamoDB did not answer.
    """
    with failures_as_unavailable(operation):
        try:
            answer = write()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
                raise
            refused: Mapping[str, Any] = error.response
            return False, refused.get("Item") or {}
    return True, answer.get("Attributes") or {}
