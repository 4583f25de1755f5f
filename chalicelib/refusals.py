"""What goes wrong, as HTTP tells it: the status, the words, the field that it is about."""

from collections.abc import Mapping
from typing import Literal

from chalicelib.errors import (
    AccountError,
    AccountLocked,
    BodyTooLarge,
    ChangedMeanwhile,
    CrossSite,
    NotAForm,
    NotSignedIn,
    RefusedInput,
    TooManyAttempts,
    UsernameTaken,
    WeakPassword,
    WrongCredentials,
)

Event = Literal["signup", "login", "logout", "password", "delete", "session"]

FAILED: Mapping[Event, str] = {
    "signup": "Signup Failed",
    "login": "Login Failed",
    "logout": "Logout Failed",
    "password": "Password Change Failed",
    "delete": "Account Deletion Failed",
    "session": "Not Signed In",
}
_HTTP_STATUS: Mapping[type[AccountError], int] = {
    RefusedInput: 400,
    WeakPassword: 400,
    NotSignedIn: 401,
    WrongCredentials: 401,
    CrossSite: 403,
    ChangedMeanwhile: 409,
    UsernameTaken: 409,
    BodyTooLarge: 413,
    NotAForm: 415,
    TooManyAttempts: 429,
    AccountLocked: 429,
}
_CHECKED_FIELD: Mapping[Event, str] = {"password": "current", "delete": "password"}
"""The field with the password that somebody who is signed in has to know."""
_SIGNED_IN_WRONG_PASSWORD = 403
"""Not 401, on which a program would drop a session that is good."""


def status(event: Event, error: AccountError) -> int:
    """The HTTP status."""
    if isinstance(error, WrongCredentials) and event != "login":
        return _SIGNED_IN_WRONG_PASSWORD
    return _HTTP_STATUS[type(error)]


def text(event: Event, error: AccountError) -> str:
    """The sentence for people."""
    if isinstance(error, WrongCredentials) and event != "login":
        return "The password is wrong."
    return str(error)


def field(event: Event, error: AccountError) -> str | None:
    """The form field that an error is about."""
    if isinstance(error, WeakPassword) and event == "password":
        return "new"
    if isinstance(error, RefusedInput):
        return error.field
    if isinstance(error, WrongCredentials):
        return _CHECKED_FIELD.get(event)
    return None
