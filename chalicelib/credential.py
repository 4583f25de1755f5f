"""What is kept of an account."""

from typing import NamedTuple


class Credential(NamedTuple):
    """A hash that only the KMS key opens, and only for its account and version.

    Attributes:
        sealed: the ciphertext.
        version: what tells it from the earlier ones of the same account: a random word that is
            part of the context `sealed` opens with.
        family: the sessions of the account that have not been ended: see `sessions.Session`.
    """

    sealed: bytes
    version: str
    family: str
