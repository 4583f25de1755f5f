"""From a password to what is stored of it, and back to a hash that can be checked."""

import secrets
from collections.abc import Callable, Mapping
from typing import Protocol

from chalicelib.credential import Credential
from chalicelib.errors import Unavailable
from chalicelib.passwords import PasswordHasher


class Cipher(Protocol):
    """Seals bytes to a context: `kms_cipher.KmsCipher`."""

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes: ...
    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes: ...


class Sealer:
    """Hashes a password, then seals the hash to its account.

    Args:
        cipher: what seals.
        hasher: what hashes.
        random_word: makes a word that nobody can guess.
    """

    def __init__(
        self,
        cipher: Cipher,
        hasher: PasswordHasher,
        random_word: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._cipher = cipher
        self._hasher = hasher
        self._random_word = random_word
        self._decoy: Credential | None = None

    def seal(self, account: str, password: str, family: str) -> Credential:
        """What to store of `password`.

        Args:
            account: the digest of the user id.
            family: goes into what is stored as it is.

        Raises:
            Unavailable: the cipher did not seal.
        """
        return self._seal(account, self._hasher.hash(password), family)

    def verify(
        self, account: str, credential: Credential | None, password: str
    ) -> tuple[bool, bool]:
        """Whether `password` is that of the account, and whether its hash is out of date.

        Without a credential it is wrong, after exactly the work that it is with one.

        Raises:
            Unavailable: the cipher did not open what is stored, or it is no hash.
        """
        decoy = self.decoy()
        opened_for = _DECOY if credential is None else account
        phc = self._open(opened_for, credential or decoy)
        right = self._hasher.verify(phc, password) and credential is not None
        return right, right and self._hasher.needs_rehash(phc)

    def decoy(self) -> Credential:
        """What stands in for a credential where there is none. Made once, which takes a call.

        Raises:
            Unavailable: the cipher did not seal.
        """
        if self._decoy is None:
            # Not hashed from a word: that takes as long as a log-in, and nobody knows the word.
            self._decoy = self._seal(_DECOY, self._hasher.decoy(), "")
        return self._decoy

    def _seal(self, account: str, phc: str, family: str) -> Credential:
        version = self._random_word()
        sealed = self._cipher.seal(phc.encode(), _context(account, version))
        return Credential(sealed, version, family)

    def _open(self, account: str, credential: Credential) -> str:
        opened = self._cipher.open(credential.sealed, _context(account, credential.version))
        try:
            return opened.decode("ascii")
        except UnicodeDecodeError:
            raise Unavailable("stored hash is not text") from None


_DECOY = "decoy"
"""In the place of an account's digest, which is longer."""


def _context(account: str, version: str) -> dict[str, str]:
    """Ties a sealed hash to its account and version: copied elsewhere, it does not open."""
    return {"userid_sha256": account, "version": version}
