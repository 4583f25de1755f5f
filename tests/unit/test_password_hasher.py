from dataclasses import replace
from unittest.mock import patch

import argon2
import pytest
from argon2 import Parameters
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

from chalicelib.errors import Unavailable
from chalicelib.passwords import (
    MAX_LANES,
    MAX_PASSES,
    MIN_DIGEST,
    MIN_SALT,
    OWASP_PARAMETERS,
    PasswordHasher,
)
from tests.cheap_hash import CHEAP
from tests.secret_guard import secret

PASSWORD = secret("kelp forests hum at midnight")
HASHER = PasswordHasher(CHEAP)
SALT_AND_DIGEST = "$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"
UNREADABLE = [
    pytest.param("", id="empty"),
    pytest.param("hunter2", id="no hash"),
    pytest.param("$2b$12$abcdefghijklmnopqrstuv", id="another scheme"),
    pytest.param("$argon2id$v=19$m=8,t=1,p=1$c2FsdA", id="cut"),
    pytest.param("$argon2id$m=8,t=1,p=1" + SALT_AND_DIGEST, id="no version"),
    pytest.param("$argon2id$v=16$m=8,t=1,p=1" + SALT_AND_DIGEST, id="version 16"),
    pytest.param("$argon2i$v=19$m=8,t=1,p=1" + SALT_AND_DIGEST, id="argon2i"),
    pytest.param("$argon2d$v=19$m=8,t=1,p=1" + SALT_AND_DIGEST, id="argon2d"),
    pytest.param("$argon2id$v=19$t=1,m=8,p=1" + SALT_AND_DIGEST, id="another order"),
    pytest.param("$argon2id$v=19$m=8,t=1,p=-1" + SALT_AND_DIGEST, id="a negative cost"),
    pytest.param("$argon2id$v=19$m=8,t=1,p=1,data=eA" + SALT_AND_DIGEST, id="one more"),
    pytest.param("$argon2id$v=19$m=8,t=1,p=1" + SALT_AND_DIGEST + "\n", id="a line end"),
    pytest.param("$argon2id$v=19$m=8,t=1,p=1" + SALT_AND_DIGEST + "==", id="padded"),
    pytest.param("$argon2id$v=19$m=8,t=1,p=1$$aGFzaGhhc2hoYXNoaGFzaA", id="no salt"),
    pytest.param("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbA$aGFzaGhhc2hoYXNoaGFzaA", id="salt of 7"),
    pytest.param("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$", id="no digest"),
    pytest.param("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFz", id="digest of 15"),
]
TOO_DEAR = ["m=262145,t=1,p=1", "m=8,t=17,p=1", "m=136,t=1,p=17", "m=4294967295,t=4294967295,p=1"]


def test_a_hash_verifies_its_password_only() -> None:
    phc = HASHER.hash(PASSWORD)
    assert HASHER.verify(phc, PASSWORD)
    assert not HASHER.verify(phc, PASSWORD + " ")


def test_two_hashes_of_one_password_differ() -> None:
    assert HASHER.hash(PASSWORD) != HASHER.hash(PASSWORD)


def test_no_part_of_a_long_password_is_cut() -> None:
    phc = HASHER.hash("p" * 511 + "a")
    assert not HASHER.verify(phc, "p" * 511 + "b")


def test_the_hash_says_its_scheme_and_owasps_parameters() -> None:
    assert PasswordHasher().hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_with_todays_parameters_needs_no_rehash() -> None:
    assert not HASHER.needs_rehash(HASHER.hash(PASSWORD))


def test_a_hash_with_older_parameters_verifies_and_needs_a_rehash() -> None:
    newer = PasswordHasher(OWASP_PARAMETERS)
    phc = HASHER.hash(PASSWORD)
    assert newer.verify(phc, PASSWORD)
    assert newer.needs_rehash(phc)


@pytest.mark.parametrize("phc", [*UNREADABLE, "$argon2id$v=19$m=8,t=0,p=1" + SALT_AND_DIGEST])
def test_a_damaged_hash_is_a_fault_and_not_a_wrong_password(phc: str) -> None:
    with pytest.raises(Unavailable, match=r"^stored hash "):
        HASHER.verify(phc, PASSWORD)


@pytest.mark.parametrize("phc", UNREADABLE)
def test_a_damaged_hash_is_a_fault_and_not_an_old_one(phc: str) -> None:
    with pytest.raises(Unavailable, match=r"^stored hash "):
        HASHER.needs_rehash(phc)


def test_what_argon2_reads_only_up_to_a_nul_is_no_hash() -> None:
    """Argon2 compares four bytes here, and `extract_parameters` counts more."""
    short = argon2.PasswordHasher.from_parameters(CHEAPEST).hash(PASSWORD)
    padded = short + "\0" + "A" * 20
    assert argon2.PasswordHasher().verify(padded, PASSWORD)
    assert argon2.extract_parameters(padded).hash_len >= MIN_DIGEST
    with pytest.raises(Unavailable):
        HASHER.verify(padded, PASSWORD)


@pytest.mark.parametrize(
    "parameters",
    [
        replace(CHEAP, salt_len=MIN_SALT, hash_len=MIN_DIGEST),
        replace(CHEAP, time_cost=MAX_PASSES),
        replace(CHEAP, parallelism=MAX_LANES, memory_cost=8 * MAX_LANES),
        RFC_9106_LOW_MEMORY,
    ],
)
def test_within_the_bounds_any_parameters_are_read(parameters: Parameters) -> None:
    phc = argon2.PasswordHasher.from_parameters(parameters).hash(PASSWORD)
    assert HASHER.verify(phc, PASSWORD)


@pytest.mark.parametrize("costs", TOO_DEAR)
def test_what_would_exhaust_the_function_is_not_computed(costs: str) -> None:
    with (
        patch.object(argon2.PasswordHasher, "verify") as compute,
        pytest.raises(Unavailable, match="costs too much"),
    ):
        HASHER.verify(f"$argon2id$v=19${costs}{SALT_AND_DIGEST}", PASSWORD)
    compute.assert_not_called()


def test_the_parameters_are_owasps() -> None:
    assert OWASP_PARAMETERS.type is argon2.Type.ID
    assert (
        OWASP_PARAMETERS.memory_cost,
        OWASP_PARAMETERS.time_cost,
        OWASP_PARAMETERS.parallelism,
    ) == (19456, 2, 1)
    assert OWASP_PARAMETERS.salt_len * 8 >= 128
