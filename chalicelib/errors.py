"""Every outcome but success that a caller can see. Only `answers` maps them to HTTP."""

import math
from typing import ClassVar, Literal

Field = Literal["uname", "password"]


class AccountError(Exception):
    """The root of the tree. Messages are for the caller and hold nothing that the caller sent.

    Attributes:
        outcome: the word for it in the log.
        level: how much an operator should care.
    """

    outcome: ClassVar[str]
    level: ClassVar[Literal["info", "warning", "error"]] = "info"


class NotAForm(AccountError):
    """The body is not declared as a UTF-8 URL-encoded form."""

    outcome = "not_a_form"


class BodyTooLarge(AccountError):
    """The body is longer than the service reads."""

    outcome = "body_too_large"


class RefusedInput(AccountError):
    """The request can be read but breaks a rule.

    Attributes:
        field: the form field that broke it, or None when the form as a whole did.
    """

    outcome = "refused_input"

    def __init__(self, reason: str, field: Field | None = None) -> None:
        super().__init__(reason)
        self.field = field


class WeakPassword(RefusedInput):
    """A new password is too short or too easy to guess.

    Attributes:
        suggestions: sentences that say what would help; may be empty.
    """

    outcome = "weak_password"

    def __init__(self, reason: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(reason, field="password")
        self.suggestions = suggestions


class UsernameTaken(AccountError):
    """Sign-up asked for a user name that has an account; that account was not touched."""

    outcome = "username_taken"


class WrongCredentials(AccountError):
    """The password is wrong or there is no such user: the caller is not told which."""

    outcome = "wrong_credentials"


class TooManyAttempts(AccountError):
    """There were as many tries as may be for now. Nothing that this one brought was looked at.

    Attributes:
        retry_after: whole seconds after which one more is looked at.
    """

    outcome = "too_many_attempts"
    level = "warning"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many attempts. Try again in {_duration(retry_after)}.")
        self.retry_after = retry_after


class AccountLocked(AccountError):
    """So many log-ins failed in a row that waiting does not help any more."""

    outcome = "account_locked"
    level = "warning"

    def __init__(self) -> None:
        super().__init__(
            "This user name is locked after too many wrong passwords."
            " Ask whoever runs this service to unlock it."
        )


class CrossSite(AccountError):
    """A browser sent the form from a page of another site."""

    outcome = "cross_site"
    level = "warning"

    def __init__(self) -> None:
        super().__init__("The form was sent from another site. Open this site's own page.")


class Unavailable(AccountError):
    """The service cannot do its work now. It never means success and never a wrong password.

    Attributes:
        cause: for the operator's log: an operation and an error code, such as
            "kms Decrypt DisabledException". Never part of an answer.
    """

    outcome = "unavailable"
    level = "error"

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def _duration(seconds: int) -> str:
    """Seconds in words, for people: at most a minute too long."""
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(seconds / 60)} minutes"
