"""The hash that is verified where there is no account."""

from chalicelib.passwords import OWASP_PARAMETERS, PasswordHasher
from tests.cheap_hash import CHEAP
from tests.secret_guard import secret

PASSWORD = secret("kelp forests hum at midnight")


def test_no_password_is_right_for_it() -> None:
    hasher = PasswordHasher(CHEAP)
    assert not hasher.verify(hasher.decoy(), PASSWORD)
    assert not hasher.verify(hasher.decoy(), "")


def test_it_has_the_form_and_the_parameters_of_a_hash_made_today() -> None:
    for parameters in (CHEAP, OWASP_PARAMETERS):
        hasher = PasswordHasher(parameters)
        decoy, real = hasher.decoy(), hasher.hash(PASSWORD)
        assert not hasher.needs_rehash(decoy)
        assert decoy.split("$")[:4] == real.split("$")[:4]
        assert len(decoy) == len(real)


def test_two_are_never_the_same() -> None:
    hasher = PasswordHasher(CHEAP)
    assert hasher.decoy() != hasher.decoy()
