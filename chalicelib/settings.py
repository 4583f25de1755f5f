"""The environment, read once, as one frozen and checked object."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.durations import parse_duration
from chalicelib.limits import LONGEST_WAIT, MAX_FAILURES, Limit

_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_KEY_ID = re.compile(
    r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/[a-zA-Z0-9/_-]{1,256}"
    r"|alias/[a-zA-Z0-9/_-]{1,250}"
    r"|[a-zA-Z0-9-]{36}"
)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?")
_DIGITS = re.compile(r"[0-9]{1,4}")

PASSWORD_MIN_LENGTH_DEFAULT = 15
PASSWORD_MIN_LENGTH_FLOOR = 8
PASSWORD_MIN_LENGTH_CEILING = 64
"""NIST SP 800-63B-4 section 3.1.1.2: passwords of 64 characters have to be accepted."""
LOGIN_LIMIT_DEFAULT = Limit(10, 600)
LOGIN_PERIOD_FLOOR = 30
"""Seconds: NIST SP 800-63B-4 section 3.2.2 names waits from 30 seconds to an hour."""
SIGNUP_LIMIT_DEFAULT = Limit(20, 3600)

SESSION_FLOOR = 60
"""Seconds."""
SESSION_IDLE_DEFAULT = 12 * 3600
SESSION_LIFETIME_DEFAULT = SESSION_LIFETIME_CEILING = 30 * 86_400
"""Seconds: NIST SP 800-63B-4 section 2.1.3 asks for a log-in every 30 days at least."""


class SettingsError(Exception):
    """A setting is missing or wrong; the message is one line that names the variable."""


class Settings(NamedTuple):
    """What an operator may set. One attribute for each environment variable of the same name."""

    user_table: str
    """Name of the DynamoDB table that holds the credentials."""
    key_id: str
    """The KMS key that seals password hashes: its ARN, which the policy names, or id or alias."""
    attempt_table: str
    """Name of the DynamoDB table that counts attempts."""
    session_table: str
    """Name of the DynamoDB table of sessions."""
    password_min_length: int = PASSWORD_MIN_LENGTH_DEFAULT
    """Fewest code points in a new password. NIST SP 800-63B-4 section 3.1.1.2 asks for 15 where the
    password is the only factor, and for 8 beside a second one."""
    service_name: str = "kms-login"
    """Shown on the pages; a new password may not be built from it."""
    login_limit: Limit = LOGIN_LIMIT_DEFAULT
    """Failed log-ins on one user name before the first wait, and how long that wait is."""
    signup_limit: Limit = SIGNUP_LIMIT_DEFAULT
    """Sign-ups from one source address, good and bad, in a period."""
    session_idle: int = SESSION_IDLE_DEFAULT
    """Seconds after which a session ends that is not used."""
    session_lifetime: int = SESSION_LIFETIME_DEFAULT
    """Seconds after which a session ends however much it is used."""
    allowed_origins: frozenset[str] = frozenset()
    """Other sites whose pages may post the forms, such as `https://www.example.com`."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read every setting from `environment`.

        Raises:
            SettingsError: a required variable is missing or a value is out of its range.
        """
        return cls(
            user_table=_required(environment, "USER_TABLE", _TABLE_NAME, "a DynamoDB table name"),
            key_id=_required(environment, "KEY_ID", _KEY_ID, "a KMS key ARN, key id or alias/name"),
            attempt_table=_required(
                environment, "ATTEMPT_TABLE", _TABLE_NAME, "a DynamoDB table name"
            ),
            session_table=_required(
                environment, "SESSION_TABLE", _TABLE_NAME, "a DynamoDB table name"
            ),
            password_min_length=_password_min_length(environment),
            service_name=_service_name(environment),
            login_limit=_login_limit(environment),
            signup_limit=_limit(environment, "SIGNUP_LIMIT", SIGNUP_LIMIT_DEFAULT),
            session_idle=_duration(
                environment,
                "SESSION_IDLE",
                SESSION_IDLE_DEFAULT,
                "12 hours",
                _lifetime(environment),
            ),
            session_lifetime=_lifetime(environment),
            allowed_origins=_allowed_origins(environment),
        )


def _required(
    environment: Mapping[str, str], name: str, pattern: re.Pattern[str], meaning: str
) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set: it must be {meaning}")
    if not pattern.fullmatch(value):
        raise SettingsError(f"{name} is wrong: it must be {meaning}")
    return value


def _password_min_length(environment: Mapping[str, str]) -> int:
    text = environment.get("PASSWORD_MIN_LENGTH", str(PASSWORD_MIN_LENGTH_DEFAULT))
    low, high = PASSWORD_MIN_LENGTH_FLOOR, PASSWORD_MIN_LENGTH_CEILING
    if not _DIGITS.fullmatch(text) or not low <= int(text) <= high:
        raise SettingsError(
            f"PASSWORD_MIN_LENGTH is wrong: it must be a whole number from {low} to {high}"
        )
    return int(text)


def _service_name(environment: Mapping[str, str]) -> str:
    name = environment.get("SERVICE_NAME", "kms-login")
    if not name.strip() or not name.isprintable() or len(name) > 64:
        raise SettingsError("SERVICE_NAME is wrong: it must be 1 to 64 printable characters")
    return name


def _limit(environment: Mapping[str, str], name: str, default: Limit) -> Limit:
    if name not in environment:
        return default
    try:
        return Limit.parse(environment[name])
    except ValueError:
        raise SettingsError(f"{name} is wrong: it must read like 10 per 10 minutes") from None


def _login_limit(environment: Mapping[str, str]) -> Limit:
    limit = _limit(environment, "LOGIN_LIMIT", LOGIN_LIMIT_DEFAULT)
    if limit.count > MAX_FAILURES or not LOGIN_PERIOD_FLOOR <= limit.period <= LONGEST_WAIT:
        raise SettingsError(
            f"LOGIN_LIMIT is wrong: it must be at most {MAX_FAILURES} per"
            f" {LOGIN_PERIOD_FLOOR} seconds to 1 hour, as in 10 per 10 minutes"
        )
    return limit


def _lifetime(environment: Mapping[str, str]) -> int:
    default, ceiling = SESSION_LIFETIME_DEFAULT, SESSION_LIFETIME_CEILING
    return _duration(environment, "SESSION_LIFETIME", default, "30 days", ceiling)


def _duration(
    environment: Mapping[str, str], name: str, default: int, example: str, ceiling: int
) -> int:
    if name not in environment:
        return min(default, ceiling)
    try:
        seconds = parse_duration(environment[name])
    except ValueError:
        seconds = 0
    if not SESSION_FLOOR <= seconds <= ceiling:
        raise SettingsError(
            f"{name} is wrong: it must read like {example}, from {SESSION_FLOOR} seconds up to"
            f" {'SESSION_LIFETIME' if name == 'SESSION_IDLE' else '30 days'}"
        )
    return seconds


def _allowed_origins(environment: Mapping[str, str]) -> frozenset[str]:
    origins = environment.get("ALLOWED_ORIGINS", "").split()
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise SettingsError(
            "ALLOWED_ORIGINS is wrong: it must be origins with spaces between them, in lower case,"
            " as in https://www.example.com https://example.com"
        )
    return frozenset(origins)
