"""Watches the output of every test for secrets: the suite fails where one is printed or logged."""

import base64
import json
from urllib.parse import quote, quote_plus

_SECRETS = {"$argon2"}


def secret(text: str) -> str:
    """Have the guard watch for `text`, as it is and as a form, JSON or base64 would show it."""
    raw = text.encode()
    _SECRETS.update({text, quote(text), quote_plus(text), json.dumps(text)[1:-1], repr(raw)[2:-1]})
    # Base64 of a longer text shows one of three patterns, by where the secret begins in it; its
    # ends depend on the neighbours.
    for skipped in range(3):
        middle = raw[skipped : skipped + (len(raw) - skipped) // 3 * 3]
        _SECRETS.add(base64.b64encode(middle).decode())
    return text


def leaks(output: str) -> bool:
    """Whether a watched secret stands in `output`."""
    return any(text in output for text in _SECRETS)
