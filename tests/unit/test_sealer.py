"""Hashing and sealing on fakes that note every call."""

from dataclasses import replace

import pytest

from chalicelib.errors import Unavailable
from chalicelib.passwords import PasswordHasher
from chalicelib.sealer import Sealer
from tests.cheap_hash import CHEAP
from tests.unit.fake_aws import FakeAws
from tests.unit.fakes import Clock, CountingHasher
from tests.unit.world import DECOY, OTHER, PASSWORD

ACCOUNT, ANOTHER = "a" * 64, "b" * 64


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws(Clock())


@pytest.fixture
def sealer(aws: FakeAws) -> Sealer:
    return Sealer(aws, CountingHasher(), lambda: DECOY)


def test_the_password_that_was_sealed_is_right_and_no_other(sealer: Sealer) -> None:
    credential = sealer.seal(ACCOUNT, PASSWORD, "family")
    assert sealer.verify(ACCOUNT, credential, PASSWORD) == (True, False)
    assert sealer.verify(ACCOUNT, credential, OTHER) == (False, False)


def test_the_family_goes_into_what_is_stored_as_it_is(sealer: Sealer) -> None:
    assert sealer.seal(ACCOUNT, PASSWORD, "family").family == "family"


def test_only_a_hash_is_sealed_and_tied_to_its_account_and_version(
    aws: FakeAws, sealer: Sealer
) -> None:
    credential = sealer.seal(ACCOUNT, PASSWORD, "family")
    (phc, context) = aws.given
    assert isinstance(phc, bytes)
    assert phc.startswith(b"$argon2id$")
    assert context == {"userid_sha256": ACCOUNT, "version": credential.version}


def test_it_opens_for_no_other_account_and_no_other_version(sealer: Sealer) -> None:
    credential = sealer.seal(ACCOUNT, PASSWORD, "family")
    with pytest.raises(Unavailable):
        sealer.verify(ANOTHER, credential, PASSWORD)
    with pytest.raises(Unavailable):
        sealer.verify(ACCOUNT, credential._replace(version="another"), PASSWORD)


def test_a_version_is_a_word_that_nobody_can_guess() -> None:
    sealer = Sealer(FakeAws(Clock()), CountingHasher())
    versions = {sealer.seal(ACCOUNT, PASSWORD, "family").version for _ in range(9)}
    assert len(versions) == 9
    assert min(len(version) for version in versions) >= 43


def test_without_a_credential_every_password_is_wrong(sealer: Sealer) -> None:
    for password in (PASSWORD, DECOY):
        assert sealer.verify(ACCOUNT, None, password) == (False, False)


def test_the_decoy_opens_for_no_account(sealer: Sealer) -> None:
    with pytest.raises(Unavailable):
        sealer.verify(ACCOUNT, sealer.decoy(), DECOY)


def test_the_decoy_is_made_once(aws: FakeAws, sealer: Sealer) -> None:
    assert sealer.decoy() is sealer.decoy()
    assert aws.calls == ["seal"]


def test_a_decoy_that_could_not_be_made_is_made_at_the_next_turn(
    aws: FakeAws, sealer: Sealer
) -> None:
    aws.fail = {"seal"}
    with pytest.raises(Unavailable):
        sealer.decoy()
    aws.fail = set()
    assert sealer.decoy()


def test_a_hash_with_other_parameters_is_outdated_if_its_password_is_right(
    aws: FakeAws, sealer: Sealer
) -> None:
    credential = sealer.seal(ACCOUNT, PASSWORD, "family")
    risen = Sealer(aws, PasswordHasher(replace(CHEAP, time_cost=CHEAP.time_cost + 1)))
    assert risen.verify(ACCOUNT, credential, PASSWORD) == (True, True)
    assert risen.verify(ACCOUNT, credential, OTHER) == (False, False)


@pytest.mark.parametrize("opened", [b"", b"garbage", b"\xff\xfe", b"$argon2id$v=19$m=8"])
def test_what_opens_to_no_hash_is_a_fault(aws: FakeAws, sealer: Sealer, opened: bytes) -> None:
    credential = sealer.seal(ACCOUNT, PASSWORD, "family")
    context = {"userid_sha256": ACCOUNT, "version": credential.version}
    with pytest.raises(Unavailable):
        sealer.verify(ACCOUNT, credential._replace(sealed=aws.seal(opened, context)), PASSWORD)
