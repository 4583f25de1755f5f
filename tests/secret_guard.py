"""Watches the output of every test for secrets: the suite fails where one is printed or logged."""

_SECRETS = {"$argon2"}


def secret(text: str) -> str:
    """Have the guard watch for `text`, and return it."""
    _SECRETS.add(text)
    return text


def leaks(output: str) -> bool:
    """Whether a watched secret stands in `output`."""
    return any(text in output for text in _SECRETS)
