from tests.secret_guard import leaks, secret


def test_a_registered_secret_is_seen() -> None:
    watched = secret("a-secret-of-this-test")
    assert leaks(f"x{watched}x")


def test_any_argon2_hash_is_seen() -> None:
    assert leaks("hash is $argon2" + "id$v=19$...")


def test_plain_output_is_not_a_leak() -> None:
    assert not leaks('{"event": "login", "outcome": "success"}')
