"""The KMS cipher helper."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.aws_clients import AwsClients, failures_as_unavailable, make_client

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class KmsCipher:
    """Seals short secrets with one KMS key. Nobody can read them without leave to use that key.

    Args:
        client: a boto3 KMS client.
        key_id: the key's ARN, id or alias.
    """

    def __init__(self, client: "KMSClient", key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    @classmethod
    def connect(cls, key_id: str, clients: AwsClients | None = None) -> "KmsCipher":
        """A cipher on the AWS account, region and endpoint of the environment."""
        return cls(make_client("kms", clients), key_id)

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Encrypt `plaintext` (1 to 4096 bytes) so that it opens with the same `context` only.

        KMS binds the context to the ciphertext as additional authenticated data and writes it in
        clear to CloudTrail: no secret and no name belongs in it.

        Raises:
            Unavailable: KMS did not encrypt.
        """
        with failures_as_unavailable("kms Encrypt"):
            answer = self._client.encrypt(
                KeyId=self._key_id, Plaintext=plaintext, EncryptionContext=dict(context)
            )
        return answer["CiphertextBlob"]

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        """Decrypt what `seal` made with the same `context`.

        The key is named although KMS could read it from the ciphertext, so that nothing sealed
        with another key ever opens (AWS API Reference, "Decrypt").

        Raises:
            Unavailable: KMS did not decrypt, whether it could not be reached, refuses to use the
                key, or the ciphertext was changed, cut or belongs to another context.
        """
        with failures_as_unavailable("kms Decrypt"):
            answer = self._client.decrypt(
                KeyId=self._key_id, CiphertextBlob=sealed, EncryptionContext=dict(context)
            )
        return answer["Plaintext"]
