"""Argon2id for passwords, and the rules for a new one."""

import base64
import os
import re
import threading
import unicodedata
from collections.abc import Iterator

import argon2
from argon2 import exceptions

from chalicelib.errors import Unavailable, WeakPassword

OWASP_PARAMETERS = argon2.Parameters(
    type=argon2.Type.ID,
    version=argon2.low_level.ARGON2_VERSION,
    salt_len=16,
    hash_len=32,
    time_cost=2,
    memory_cost=19456,
    parallelism=1,
)
"""Argon2id with 19 MiB, two passes, one lane: OWASP Password Storage Cheat Sheet."""

MIN_SALT = 8
"""Bytes: the least that Argon2 takes."""
MIN_DIGEST = 16
"""Bytes. A shorter one is met by other passwords, too."""
MAX_MEMORY = 256 * 1024
"""KiB. The three ceilings together take the Lambda some seconds, and fit into its memory."""
MAX_PASSES = 16
MAX_LANES = 16

# Stricter than `argon2.extract_parameters`, which reads more than Argon2 itself does: past a NUL,
# for one. What this matches, both read alike.
_PHC = re.compile(
    r"\$argon2id\$v=19\$m=([0-9]{1,10}),t=([0-9]{1,10}),p=([0-9]{1,10})"
    r"\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)
_WINDOW = 32
"""Code points judged at a time. zxcvbn takes at most 72, and its work grows with the square of the
length: the worst 32 cost it 0.3 s, the worst 72 cost it 1.5 s."""
_WINDOWS = 16
"""Windows judged at most: NFKC makes up to 18 code points of one."""
_STRONG_ENOUGH = 10**8
"""Guesses. From about here zxcvbn calls a password safely unguessable; eight random characters
just reach it, so that the lowest PASSWORD_MIN_LENGTH means what it says."""
_MIN_CONTEXT_WORD = 3
"""Letters from which on a word that a guesser knows is taken out of the password."""
_LOOK_ALIKES = str.maketrans("0134578@$!|+", "oieastbasiit")
_SUGGESTIONS = ("Use a few words that do not belong together.",)
_zxcvbn_lock = threading.Lock()


class PasswordHasher:
    """Hashes to a PHC string, which carries its scheme, parameters and salt with it."""

    def __init__(self, parameters: argon2.Parameters = OWASP_PARAMETERS) -> None:
        self._argon2 = argon2.PasswordHasher.from_parameters(parameters)

    def hash(self, password: str) -> str:
        """The PHC string of `password` with a fresh salt."""
        return self._argon2.hash(password)

    def decoy(self) -> str:
        """A PHC string that takes as long to verify as any, and that no password is right for."""
        salt, digest = os.urandom(self._argon2.salt_len), os.urandom(self._argon2.hash_len)
        costs = f"m={self._argon2.memory_cost},t={self._argon2.time_cost}"
        lanes = self._argon2.parallelism
        return f"$argon2id$v=19${costs},p={lanes}${_unpadded(salt)}${_unpadded(digest)}"

    def verify(self, phc: str, password: str) -> bool:
        """Whether `password` is the one that was hashed to `phc`.

        Raises:
            Unavailable: `phc` is not a hash that this class may have written, or costs more than
                the function can bear. That is a fault on our side and never a wrong password.
        """
        _check(phc)
        try:
            return self._argon2.verify(phc, password)
        except exceptions.VerifyMismatchError:
            return False
        except (exceptions.InvalidHash, exceptions.VerificationError):
            raise Unavailable("stored hash cannot be verified") from None

    def needs_rehash(self, phc: str) -> bool:
        """Whether `phc` was made with other parameters than this hasher writes.

        Raises:
            Unavailable: as for `verify`.
        """
        _check(phc)
        return self._argon2.check_needs_rehash(phc)


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii").rstrip("=")


def _check(phc: str) -> None:
    """Raise `Unavailable` unless `phc` is worth being compared with, and can be."""
    found = _PHC.fullmatch(phc)
    if not found:
        raise Unavailable("stored hash is not Argon2id of version 19")
    memory, passes, lanes = (int(cost) for cost in found.group(1, 2, 3))
    if memory > MAX_MEMORY or passes > MAX_PASSES or lanes > MAX_LANES:
        raise Unavailable("stored hash costs too much to verify")
    salt, digest = (len(part) * 3 // 4 for part in found.group(4, 5))
    if salt < MIN_SALT or digest < MIN_DIGEST:
        raise Unavailable("stored hash has too short a salt or digest")


class PasswordPolicy:
    """What a new password must be: NIST SP 800-63B-4 section 3.1.1.2. No composition rules.

    Args:
        min_length: fewest code points.
        service_name: a password built from it is refused.
    """

    def __init__(self, min_length: int, service_name: str) -> None:
        self._min_length = min_length
        self._service_words = _words(service_name)

    def check(self, password: str, userid: str) -> None:
        """Accept `password` for the account `userid`, or say why not.

        Raises:
            WeakPassword: it is too short, or too easily guessed by somebody who knows the user
                name and the service; with suggestions.
        """
        if len(password) < self._min_length:
            raise WeakPassword(
                f"The password is too short: at least {self._min_length} characters.",
                _SUGGESTIONS,
            )
        known = self._service_words | _words(userid)
        if any(_weakness(rest, known) is not None for rest in _without(known, password)):
            raise WeakPassword(
                "The password is too easy to guess:"
                " it is built from the user name or the name of this service.",
                _SUGGESTIONS,
            )
        weakness = _weakness(unicodedata.normalize("NFKC", password), known)
        if weakness is not None:
            reason, suggestions = weakness
            raise WeakPassword(
                f"The password is too easy to guess. {reason}".rstrip(), suggestions or _SUGGESTIONS
            )


def _words(name: str) -> set[str]:
    """A name and its parts, lower case: `dory.fish` is also `dory` and `fish`."""
    parts = {name, *re.split(r"[\W_]+", name)}
    return {part.lower() for part in parts if part}


def _without(known: set[str], password: str) -> Iterator[str]:
    """What is left of a password when the words that a guesser starts from count for nothing.

    Looked for with case, separators and look-alikes (`d0ry.F1sh`) ignored; nothing is yielded for
    a way of looking that finds none.
    """
    for fold in (_letters, _look_alike_letters):
        folded = rest = fold(password)
        for word in sorted((fold(word) for word in known), key=len, reverse=True):
            if len(word) >= _MIN_CONTEXT_WORD:
                rest = rest.replace(word, "").replace(word[::-1], "")
        if rest != folded:
            yield rest


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).lower())


def _look_alike_letters(text: str) -> str:
    return _letters(text.lower().translate(_LOOK_ALIKES))


def _weakness(password: str, known: set[str]) -> tuple[str, tuple[str, ...]] | None:
    """Why `password` is weak and what would help, or None when it is strong.

    The whole is at least as hard to guess as a part of it, so that one strong window is enough.
    """
    if not password:
        return "", ()
    # Imported here: it takes 17 ms and 13 MB, which a log-in should not pay at cold start.
    from zxcvbn import zxcvbn

    first: tuple[str, tuple[str, ...]] | None = None
    for start in range(0, min(len(password), _WINDOWS * _WINDOW), _WINDOW):
        # zxcvbn keeps the context words in a module variable.
        with _zxcvbn_lock:
            result = zxcvbn(password[start : start + _WINDOW], user_inputs=sorted(known))
        if result["guesses"] >= _STRONG_ENOUGH:
            return None
        feedback = result["feedback"]
        first = first or (feedback["warning"], tuple(feedback["suggestions"]))
    return first
