"""What is kept of a password."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SealedHash:
    """A hash that only the KMS key opens, and only for its account and version.

    Attributes:
        sealed: the ciphertext.
        version: what tells it from the earlier ones of the same account: a random word that is
            part of the context `sealed` opens with.
    """

    sealed: bytes
    version: str
