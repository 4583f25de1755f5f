"""What stands for a secret in a generated case, so that a failing one can be printed.

Letters only: they come through most encodings as they are.
"""

from urllib.parse import quote_plus

from tests.secret_guard import secret
from tests.unit.service import PASSWORD

RIGHT = "TheRightPassword"
"""The password of the users that are there before a case."""
CANARY = "ASecretThatWasTyped"
"""Something that a caller typed where only secrets are typed."""
_SECRETS = {RIGHT: PASSWORD, CANARY: secret("mauve otters fold seven quiet maps")}


def stand_for(mark: str, value: str) -> None:
    """Have `mark` stand for `value`, for which the guard watches from now on."""
    _SECRETS[mark] = secret(value)


def reveal(text: str) -> str:
    """`text` with the secrets where their marks are."""
    for mark, value in _SECRETS.items():
        text = text.replace(mark, value)
    return text


def reveal_encoded(body: bytes) -> bytes:
    """`body` with the secrets, URL-encoded, where their marks are."""
    for mark, value in _SECRETS.items():
        body = body.replace(mark.encode(), quote_plus(value).encode())
    return body
