"""What AWS calls fail with, by what AWS documents, and whether it says to try again."""

from dataclasses import dataclass

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from tests.unit.wire import Call, Fault, Refusal, Reply, broken

URL = "https://aws.example"


@dataclass(frozen=True)
class Failure:
    """One way to fail.

    Attributes:
        code: how it ends the cause in the log.
        retried: whether AWS says that it may be tried again.
    """

    code: str
    fault: Fault
    retried: bool

    @classmethod
    def refusal(cls, code: str, status: int = 400, *, retried: bool = False) -> "Failure":
        return cls(code, Refusal(code, status), retried)


def _from_a_proxy(_: object) -> Reply:
    return 502, {"Content-Type": "text/html"}, "<html>Bad Gateway</html>"


def _cancelled(reason: str) -> Fault:
    return Refusal("TransactionCanceledException", reasons=(reason, "None"))


_REASONS = ("ThrottlingError", "ProvisionedThroughputExceeded", "ValidationError")

OF_THE_WAY = (
    Failure("ConnectTimeoutError", broken(ConnectTimeoutError(endpoint_url=URL)), True),
    Failure("ReadTimeoutError", broken(ReadTimeoutError(endpoint_url=URL)), True),
    Failure("EndpointConnectionError", broken(EndpointConnectionError(endpoint_url=URL)), True),
    Failure("ConnectionClosedError", broken(ConnectionClosedError(endpoint_url=URL)), True),
    Failure("502", _from_a_proxy, True),
)
OF_ANY_SERVICE = (
    Failure("NoCredentialsError", broken(NoCredentialsError()), False),
    Failure.refusal("AccessDeniedException"),
    Failure.refusal("ExpiredTokenException"),
    Failure.refusal("UnrecognizedClientException"),
    Failure.refusal("ServiceUnavailable", 503, retried=True),
    Failure.refusal("ThrottlingException", retried=True),
)
OF_DYNAMODB = (
    Failure.refusal("InternalServerError", 500, retried=True),
    Failure.refusal("ProvisionedThroughputExceededException", retried=True),
    Failure.refusal("RequestLimitExceeded", retried=True),
    Failure.refusal("ResourceNotFoundException"),
    Failure.refusal("ValidationException"),
)
# One item is written while a transaction holds it. "Rejected": nothing about trying again.
OF_A_WRITE = (*OF_DYNAMODB, Failure.refusal("TransactionConflictException"))
OF_KMS = (
    Failure.refusal("DependencyTimeoutException", 503, retried=True),
    Failure.refusal("KMSInternalException", 500, retried=True),
    Failure.refusal("KeyUnavailableException", 500, retried=True),
    Failure.refusal("DisabledException"),
    Failure.refusal("KMSInvalidStateException"),  # pending deletion
    Failure.refusal("InvalidKeyUsageException"),
    Failure.refusal("NotFoundException"),
)
OF_OPERATION = {
    "GetItem": OF_DYNAMODB,
    "Query": OF_DYNAMODB,
    "PutItem": OF_A_WRITE,
    "UpdateItem": OF_A_WRITE,
    "DeleteItem": OF_A_WRITE,
    "BatchWriteItem": (*OF_DYNAMODB, Failure.refusal("ItemCollectionSizeLimitExceededException")),
    "TransactWriteItems": (
        *OF_DYNAMODB,
        Failure.refusal("IdempotentParameterMismatchException"),
        Failure.refusal("TransactionInProgressException", retried=True),
        *(Failure(f"{reason} None", _cancelled(reason), False) for reason in _REASONS),
    ),
    "Encrypt": OF_KMS,
    "Decrypt": (
        *OF_KMS,
        Failure.refusal("IncorrectKeyException"),
        Failure.refusal("InvalidCiphertextException"),
    ),
}


def failures_of(call: Call) -> tuple[Failure, ...]:
    """Every way in which a call may fail."""
    return OF_THE_WAY + OF_ANY_SERVICE + OF_OPERATION[call.operation]
