"""Whoever can write the table, and even use the key, never logs in as somebody else by that.

Except by a rollback: who puts a row back as it was, with its version, has the password of then
back. Nothing in the table can tell that.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import argon2
import pytest
from argon2.low_level import hash_secret
from argon2.profiles import CHEAPEST

from chalicelib.password_check import user_digest
from chalicelib.passwords import MAX_LANES, MAX_MEMORY, MAX_PASSES, PasswordHasher
from tests.cheap_hash import CHEAP
from tests.unit.conftest import Aws
from tests.unit.service import OTHER, PASSWORD, Service

SALT = b"somesaltsomesalt"
DIGEST = "$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaA"


def put(aws: Aws, userid: str, **attributes: Any) -> None:
    """Change attributes of a row."""
    item = aws.row(userid) | attributes | {"userid": {"S": userid}}
    aws.dynamodb.put_item(TableName=aws.table, Item=item)


def sealed(aws: Aws) -> bytes:
    return base64.b64decode(aws.row("doryfish")["password"]["S"])


def put_sealed(aws: Aws, ciphertext: bytes) -> None:
    put(aws, "doryfish", password={"S": base64.b64encode(ciphertext).decode()})


def forge(service: Service, aws: Aws, phc: str) -> None:
    """What whoever may use the key can do: seal a hash of their own, with the right context."""
    version = aws.row("doryfish")["version"]["S"]
    context = {"userid_sha256": user_digest("doryfish"), "version": version}
    put_sealed(aws, service.module.service.logins._sealer._cipher.seal(phc.encode(), context))


def is_a_fault(service: Service, uname: str, cause: str) -> None:
    """Whichever password: 503, and the log says why."""
    for password in (PASSWORD, OTHER):
        service.log()
        assert service.log_in(uname, password).status_code == 503
        (record,) = service.log()
        assert record["cause"].startswith(cause)


@pytest.mark.parametrize("names", [["password"], ["password", "version"], ["version"]])
def test_swapped_rows_open_for_nobody(service: Service, aws: Aws, names: list[str]) -> None:
    service.sign_up("doryfish", PASSWORD)
    service.sign_up("nemo", OTHER)
    dory, nemo = aws.row("doryfish"), aws.row("nemo")
    put(aws, "doryfish", **{name: nemo[name] for name in names})
    put(aws, "nemo", **{name: dory[name] for name in names})
    is_a_fault(service, "doryfish", "kms Decrypt InvalidCiphertextException")
    is_a_fault(service, "nemo", "kms Decrypt InvalidCiphertextException")


def test_what_was_sealed_for_nobody_opens_for_nobody(service: Service, aws: Aws) -> None:
    service.sign_up()
    service.log_in("nobody")
    decoy = service.module.service.logins._sealer._decoy
    put(aws, "doryfish", version={"S": decoy.version})
    put_sealed(aws, decoy.sealed)
    is_a_fault(service, "doryfish", "kms Decrypt InvalidCiphertextException")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda blob: blob[:0], id="empty"),
        pytest.param(lambda blob: blob[:1], id="a byte"),
        pytest.param(lambda blob: blob[: len(blob) // 2], id="half"),
        pytest.param(lambda blob: blob[:-1], id="cut"),
        pytest.param(lambda blob: blob[1:], id="cut in front"),
        pytest.param(lambda blob: blob + b"\0", id="extended"),
        pytest.param(lambda blob: blob + blob, id="twice"),
        pytest.param(lambda blob: blob[::-1], id="backwards"),
        pytest.param(lambda blob: blob + bytes(8000), id="more than KMS takes"),
    ],
)
def test_a_ciphertext_of_another_length_does_not_open(
    service: Service, aws: Aws, change: Callable[[bytes], bytes]
) -> None:
    service.sign_up()
    put_sealed(aws, change(sealed(aws)))
    is_a_fault(service, "doryfish", "kms Decrypt ")


def test_no_bit_of_a_ciphertext_can_be_flipped(service: Service, aws: Aws) -> None:
    service.sign_up()
    before = sealed(aws)
    for position in range(0, len(before), 7):
        flipped = bytearray(before)
        flipped[position] ^= 1 << position % 8
        put_sealed(aws, bytes(flipped))
        assert service.log_in().status_code == 503
    put_sealed(aws, before)
    assert service.log_in().status_code == 200


def test_what_another_key_sealed_does_not_open(service: Service, aws: Aws) -> None:
    service.sign_up()
    version = aws.row("doryfish")["version"]["S"]
    answer = aws.kms.encrypt(
        KeyId=aws.kms.create_key()["KeyMetadata"]["KeyId"],
        Plaintext=PasswordHasher(CHEAP).hash(PASSWORD).encode(),
        EncryptionContext={"userid_sha256": user_digest("doryfish"), "version": version},
    )
    put_sealed(aws, answer["CiphertextBlob"])
    is_a_fault(service, "doryfish", "kms Decrypt ")


def test_an_earlier_password_does_not_come_back(service: Service, aws: Aws) -> None:
    service.sign_up(password=OTHER)
    earlier = aws.row("doryfish")["password"]
    token = service.token(password=OTHER)
    change = {"current": OTHER, "new": PASSWORD}
    assert service.post("/password", change, token).status_code == 200
    assert service.log_in().status_code == 200
    put(aws, "doryfish", password=earlier)
    is_a_fault(service, "doryfish", "kms Decrypt InvalidCiphertextException")


def test_neither_does_a_hash_of_before_a_rehash(service: Service, aws: Aws) -> None:
    sealer = service.module.service.logins._sealer
    sealer._hasher = PasswordHasher(CHEAP)
    service.sign_up()
    earlier = aws.row("doryfish")["password"]
    sealer._hasher = PasswordHasher()
    assert service.log_in().status_code == 200
    put(aws, "doryfish", password=earlier)
    is_a_fault(service, "doryfish", "kms Decrypt InvalidCiphertextException")


def of(parameters: argon2.Parameters) -> str:
    return argon2.PasswordHasher.from_parameters(parameters).hash(PASSWORD)


def of_version_16() -> str:
    return hash_secret(PASSWORD.encode(), SALT, 1, 8, 1, 32, argon2.Type.ID, 16).decode()


def pbkdf2() -> str:
    digest = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), SALT, 1)
    return f"$pbkdf2-sha256$1${SALT.hex()}${digest.hex()}"


# Argon2 itself believes these.
BELIEVED: dict[str, Callable[[], str]] = {
    "argon2i": lambda: of(replace(CHEAP, type=argon2.Type.I)),
    "argon2d": lambda: of(replace(CHEAP, type=argon2.Type.D)),
    "version 16": of_version_16,
    "a digest of 4": lambda: of(CHEAPEST),
    "a digest of 15": lambda: of(replace(CHEAP, hash_len=15)),
    "a digest of 4, padded": lambda: of(CHEAPEST) + "\0" + "A" * 20,
}
FORGERIES: dict[str, Callable[[], str]] = BELIEVED | {
    "plain": lambda: PASSWORD,
    "empty": lambda: " ",
    "plain in a scheme": lambda: f"$plain${PASSWORD}",
    "pbkdf2": pbkdf2,
    "bcrypt": lambda: "$2b$04$abcdefghijklmnopqrstuuJr1uyRVtvRHCXAHqOEzKEkHXyF1zX5W",
    "no salt": lambda: "$argon2id$v=19$m=8,t=1,p=1$$aGFzaGhhc2hoYXNoaGFzaA",
    "no digest": lambda: "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$",
    "much memory": lambda: f"$argon2id$v=19$m={MAX_MEMORY + 1},t=1,p=1{DIGEST}",
    "much time": lambda: f"$argon2id$v=19$m=8,t={MAX_PASSES + 1},p=1{DIGEST}",
    "many lanes": lambda: f"$argon2id$v=19$m=1024,t=1,p={MAX_LANES + 1}{DIGEST}",
    "all there is": lambda: f"$argon2id$v=19$m=4294967295,t=4294967295,p=16777215{DIGEST}",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_hash_is_neither_believed_nor_computed(
    service: Service, aws: Aws, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    service.sign_up()
    forge(service, aws, FORGERIES[name]())
    computed: list[object] = []
    monkeypatch.setattr(argon2.PasswordHasher, "verify", lambda *given: computed.append(given))
    is_a_fault(service, "doryfish", "stored hash ")
    assert computed == []


@pytest.mark.parametrize("name", BELIEVED)
def test_argon2_itself_believes_a_forged_hash(name: str) -> None:
    assert argon2.PasswordHasher().verify(BELIEVED[name](), PASSWORD)


def test_a_forged_hash_is_not_overwritten(service: Service, aws: Aws) -> None:
    service.sign_up()
    forge(service, aws, of(CHEAPEST))
    before = aws.row("doryfish")
    assert service.log_in().status_code == 503
    assert aws.row("doryfish") == before
