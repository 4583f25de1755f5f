import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.errors import Unavailable
from chalicelib.kms_cipher import KmsCipher
from tests.unit.conftest import Aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/4b8827cb-32de-4488-b468-492076c7092a"
CONTEXT = {"userid_sha256": "d" * 64}


def test_what_was_sealed_opens_with_the_same_context(cipher: KmsCipher) -> None:
    sealed = cipher.seal(b"a hash", CONTEXT)
    assert b"a hash" not in sealed
    assert cipher.open(sealed, CONTEXT) == b"a hash"


def test_it_does_not_open_with_another_context(cipher: KmsCipher) -> None:
    sealed = cipher.seal(b"a hash", CONTEXT)
    with pytest.raises(Unavailable, match="kms Decrypt InvalidCiphertextException"):
        cipher.open(sealed, {"userid_sha256": "e" * 64})


def test_it_does_not_open_without_a_context(cipher: KmsCipher) -> None:
    sealed = cipher.seal(b"a hash", CONTEXT)
    with pytest.raises(Unavailable):
        cipher.open(sealed, {})


@pytest.mark.parametrize("position", [0, 40, -1])
def test_a_changed_ciphertext_does_not_open(cipher: KmsCipher, position: int) -> None:
    sealed = bytearray(cipher.seal(b"a hash", CONTEXT))
    sealed[position] ^= 1
    with pytest.raises(Unavailable):
        cipher.open(bytes(sealed), CONTEXT)


@pytest.mark.parametrize("length", [0, 1, 20])
def test_a_cut_ciphertext_does_not_open(cipher: KmsCipher, length: int) -> None:
    sealed = cipher.seal(b"a hash", CONTEXT)
    with pytest.raises(Unavailable):
        cipher.open(sealed[:length], CONTEXT)


def test_what_another_key_sealed_does_not_open(aws: Aws, cipher: KmsCipher) -> None:
    other = KmsCipher(aws.kms, aws.kms.create_key()["KeyMetadata"]["KeyId"])
    with pytest.raises(Unavailable):
        cipher.open(other.seal(b"a hash", CONTEXT), CONTEXT)


def test_decrypt_names_the_key_and_the_context() -> None:
    client = boto3.client("kms")
    with Stubber(client) as stub:
        stub.add_response(
            "decrypt",
            {"Plaintext": b"a hash"},
            {"KeyId": KEY, "CiphertextBlob": b"sealed", "EncryptionContext": CONTEXT},
        )
        assert KmsCipher(client, KEY).open(b"sealed", CONTEXT) == b"a hash"
        stub.assert_no_pending_responses()


# moto and the local AWS let some of these through.
@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "DisabledException",
        "IncorrectKeyException",
        "InvalidCiphertextException",
        "KMSInvalidStateException",
        "NotFoundException",
    ],
)
@pytest.mark.parametrize("operation", ["encrypt", "decrypt"])
def test_a_refusal_of_kms_is_unavailable_and_tried_once(operation: str, code: str) -> None:
    client = boto3.client("kms")
    with Stubber(client) as stub:
        stub.add_client_error(operation, code)
        cipher = KmsCipher(client, KEY)
        with pytest.raises(Unavailable, match=f"^kms {operation.title()} {code}$"):
            cipher.seal(b"a hash", CONTEXT) if operation == "encrypt" else cipher.open(
                b"sealed", CONTEXT
            )
        stub.assert_no_pending_responses()
