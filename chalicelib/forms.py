"""From the bytes of a form post to checked values. Every rule for what may be typed lives here."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qsl

from precis_i18n import get_profile

from chalicelib.errors import BodyTooLarge, Field, NotAForm, RefusedInput

MAX_BODY_BYTES = 8 * 1024
MAX_BODY_BYTES_OF_TWO = 16 * 1024
"""For a form with two passwords."""
MAX_FIELDS = 20
MAX_USERNAME_LENGTH = 64
"""Code points, after mapping."""
MAX_PASSWORD_LENGTH = 512
"""Code points, after normalisation. NIST SP 800-63B-4 section 3.1.1.2 asks for 64 or more; 512 of
the widest code points, percent-encoded beside the longest user name, still fit MAX_BODY_BYTES."""

_FORM_TYPE = "application/x-www-form-urlencoded"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_USERNAME = get_profile("UsernameCaseMapped")
_PASSWORD = get_profile("OpaqueString")
_SPOKEN: Mapping[Field, str] = {
    "uname": "user name",
    "password": "password",
    "current": "current password",
    "new": "new password",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password that keep every rule.

    Attributes:
        userid: the user name as RFC 8265 UsernameCaseMapped maps it: `DoryFish` is `doryfish`.
        password: the password as RFC 8265 OpaqueString prepares it: NFC, any kind of space one
            plain space, never trimmed, cut or case-changed.
    """

    userid: str
    password: str = field(repr=False)


def parse(content_type: str | None, body: bytes, max_bytes: int = MAX_BODY_BYTES) -> dict[str, str]:
    """Split a URL-encoded form body into its fields.

    Raises:
        NotAForm: the declared type is not a URL-encoded form, or its charset is not UTF-8.
        BodyTooLarge: `body` is longer than `max_bytes`.
        RefusedInput: the body cannot be decoded, or a field is repeated.
    """
    _check_type(content_type)
    if len(body) > max_bytes:
        raise BodyTooLarge(f"The form is too large: at most {max_bytes} bytes are read.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedInput("The form is not UTF-8.") from None
    if _BAD_ESCAPE.search(text):
        raise RefusedInput(
            "The form is not URL-encoded: a % stands without two hex digits."
            " With curl, send each field with --data-urlencode."
        )
    if text.count("&") >= MAX_FIELDS:
        raise RefusedInput(f"The form has too many fields: at most {MAX_FIELDS} are read.")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise RefusedInput("A field of the form is not UTF-8.") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            known = cast(Field, name) if name in _SPOKEN else None
            raise RefusedInput("A field of the form is given more than once.", known)
        fields[name] = value
    return fields


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """The password that somebody has, and the one that they want; each as `Credentials` has it."""

    current: str = field(repr=False)
    new: str = field(repr=False)


def credentials(fields: Mapping[str, str]) -> Credentials:
    """Take the user name and the password out of a form's fields.

    Raises:
        RefusedInput: a field is missing, empty, too long, or has a character it may not have;
            `field` says which.
    """
    return Credentials(userid=userid(fields), password=password(fields))


def password_change(fields: Mapping[str, str]) -> PasswordChange:
    """Take the current and the new password out of a form's fields.

    Raises:
        RefusedInput: as `credentials` does.
    """
    return PasswordChange(current=password(fields, "current"), new=password(fields, "new"))


def _check_type(content_type: str | None) -> None:
    # The essence is checked here because Chalice also matches a type that merely follows a comma
    # or a semicolon: a way round the browser's rules for cross-site posts.
    essence, *parameters = (content_type or "").lower().split(";")
    if essence.strip() != _FORM_TYPE:
        raise NotAForm(f"Send the fields as {_FORM_TYPE}.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise NotAForm("Send the form in UTF-8.")


def _text(fields: Mapping[str, str], name: Field) -> str:
    value = fields.get(name)
    if value is None:
        raise RefusedInput(f"The {_SPOKEN[name]} is missing: send it as the field {name}.", name)
    if not value:
        raise RefusedInput(f"The {_SPOKEN[name]} is empty.", name)
    if "\ufffd" in value:
        # Where a body passes through API Gateway as text, this is what bad bytes have become.
        raise RefusedInput(f"The {_SPOKEN[name]} has bytes that are not UTF-8.", name)
    if "\0" in value:
        raise RefusedInput(f"The {_SPOKEN[name]} has a NUL character.", name)
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise RefusedInput(
            f"The {_SPOKEN[name]} has a control character, such as a tab or a line break.", name
        )
    return value


def userid(fields: Mapping[str, str]) -> str:
    """Take the user name out of a form's fields, mapped as `Credentials.userid` is.

    Raises:
        RefusedInput: it is missing, empty, too long, or has a character it may not have.
    """
    typed = _text(fields, "uname")
    if " " in typed:
        raise RefusedInput("The user name has a space.", "uname")
    # PRECIS may take time with the square of the length. Mapping shortens a name by less than this.
    if len(typed) > 4 * MAX_USERNAME_LENGTH:
        raise _too_long("uname", MAX_USERNAME_LENGTH)
    try:
        mapped = _USERNAME.enforce(typed)
    except UnicodeEncodeError as error:
        alone = error.end - error.start == 1
        where = f" (U+{ord(error.object[error.start]):04X})" if alone else ""
        raise RefusedInput(
            f"The user name has a character or an order of characters that is not allowed{where}:"
            " use letters, digits and plain punctuation.",
            "uname",
        ) from None
    if len(mapped) > MAX_USERNAME_LENGTH:
        raise _too_long("uname", MAX_USERNAME_LENGTH)
    return mapped


def everywhere(fields: Mapping[str, str]) -> bool:
    """Whether a form asks to end all sessions.

    Raises:
        RefusedInput: what it says of it is not known.
    """
    value = fields.get("everywhere", "")
    if value not in ("", "0", "1"):
        raise RefusedInput("The field everywhere can be 1 or 0.")
    return value == "1"


def password(fields: Mapping[str, str], name: Field = "password") -> str:
    """Take one password out of a form's fields, prepared as `Credentials.password` is.

    Raises:
        RefusedInput: it is missing, empty, too long, or has a character it may not have.
    """
    typed = _text(fields, name)
    # Before PRECIS, as above; all that it changes after NFC are spaces, one for one.
    if len(unicodedata.normalize("NFC", typed)) > MAX_PASSWORD_LENGTH:
        raise _too_long(name, MAX_PASSWORD_LENGTH)
    try:
        return _PASSWORD.enforce(typed)
    except UnicodeEncodeError:
        # Not named: the answer would repeat a part of the password.
        raise RefusedInput(
            f"The {_SPOKEN[name]} has a character that keyboards do not send reliably"
            " (invisible, as in some emoji, unassigned or private): leave it out.",
            name,
        ) from None


def _too_long(name: Field, maximum: int) -> RefusedInput:
    return RefusedInput(f"The {_SPOKEN[name]} is too long: at most {maximum} characters.", name)
