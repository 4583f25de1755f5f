import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.durations import parse_duration
from chalicelib.limits import Limit
from chalicelib.settings import Settings, SettingsError

PROJECT = Path(__file__).parent.parent.parent
GOOD = {
    "USER_TABLE": "users",
    "KEY_ID": "alias/kms-login",
    "ATTEMPT_TABLE": "attempts",
    "SESSION_TABLE": "sessions",
}


def test_defaults_are_used_for_what_is_not_set() -> None:
    settings = Settings.from_environment(GOOD)
    assert settings == Settings(
        user_table="users",
        key_id="alias/kms-login",
        attempt_table="attempts",
        session_table="sessions",
        password_min_length=15,
        service_name="kms-login",
        login_limit=Limit(10, 600),
        signup_limit=Limit(20, 3600),
        session_idle=12 * 3600,
        session_lifetime=30 * 86_400,
        allowed_origins=frozenset(),
    )


def test_every_setting_is_read() -> None:
    environment = GOOD | {
        "PASSWORD_MIN_LENGTH": "20",
        "SERVICE_NAME": "Reef & Co",
        "LOGIN_LIMIT": "100 per 30 seconds",
        "SIGNUP_LIMIT": "3 per 24 hours",
        "SESSION_IDLE": "90 minutes",
        "SESSION_LIFETIME": "7 days",
        "ALLOWED_ORIGINS": "https://www.reef.example http://localhost:3000",
    }
    settings = Settings.from_environment(environment)
    assert (settings.password_min_length, settings.service_name) == (20, "Reef & Co")
    assert settings.login_limit == Limit(100, 30)
    assert settings.signup_limit == Limit(3, 86_400)
    assert (settings.session_idle, settings.session_lifetime) == (5400, 7 * 86_400)
    assert settings.allowed_origins == {"https://www.reef.example", "http://localhost:3000"}


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Settings.from_environment(GOOD).user_table = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["USER_TABLE", "ATTEMPT_TABLE", "SESSION_TABLE", "KEY_ID"])
def test_a_missing_required_setting_is_named(name: str) -> None:
    environment = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(SettingsError, match=f"^{name} is not set: [^\n]+$"):
        Settings.from_environment(environment)


@pytest.mark.parametrize(
    "key_id",
    [
        "arn:aws:kms:eu-west-1:123456789012:key/4b8827cb-32de-4488-b468-492076c7092a",
        "arn:aws:kms:eu-west-1:123456789012:alias/kms-login",
        "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-4b8827cb32de4488b468492076c7092a",
        "4b8827cb-32de-4488-b468-492076c7092a",
        "alias/kms-login",
    ],
)
def test_every_way_to_name_a_key_is_taken(key_id: str) -> None:
    assert Settings.from_environment(GOOD | {"KEY_ID": key_id}).key_id == key_id


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("USER_TABLE", "ab"),
        ("USER_TABLE", "a b c"),
        ("USER_TABLE", "users\n"),
        ("ATTEMPT_TABLE", "a b c"),
        ("SESSION_TABLE", "a b c"),
        ("SESSION_IDLE", ""),
        ("SESSION_IDLE", "3600"),
        ("SESSION_IDLE", "0 hours"),
        ("SESSION_IDLE", "59 seconds"),
        ("SESSION_IDLE", "31 days"),
        ("SESSION_LIFETIME", ""),
        ("SESSION_LIFETIME", "for ever"),
        ("SESSION_LIFETIME", "59 seconds"),
        ("SESSION_LIFETIME", "31 days"),
        ("LOGIN_LIMIT", ""),
        ("LOGIN_LIMIT", "none"),
        ("LOGIN_LIMIT", "101 per 10 minutes"),
        ("LOGIN_LIMIT", "10 per 29 seconds"),
        ("LOGIN_LIMIT", "10 per 61 minutes"),
        ("SIGNUP_LIMIT", "20"),
        ("SIGNUP_LIMIT", "0 per hour"),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "null"),
        ("ALLOWED_ORIGINS", "www.reef.example"),
        ("ALLOWED_ORIGINS", "https://www.reef.example/"),
        ("ALLOWED_ORIGINS", "https://www.Reef.example"),
        ("ALLOWED_ORIGINS", "https://a.example,https://b.example"),
        ("KEY_ID", "my key"),
        ("KEY_ID", "arn:aws:s3:::bucket"),
        ("KEY_ID", "alias/"),
        ("PASSWORD_MIN_LENGTH", "7"),
        ("PASSWORD_MIN_LENGTH", "65"),
        ("PASSWORD_MIN_LENGTH", ""),
        ("PASSWORD_MIN_LENGTH", "15.0"),
        ("PASSWORD_MIN_LENGTH", " 15"),
        ("PASSWORD_MIN_LENGTH", "١٥"),
        ("SERVICE_NAME", ""),
        ("SERVICE_NAME", "  "),
        ("SERVICE_NAME", "a\nb"),
        ("SERVICE_NAME", "x" * 65),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_that_names_the_variable(
    name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is [^\n]+$"):
        Settings.from_environment(GOOD | {name: value})


@pytest.mark.parametrize("value", ["8", "64"])
def test_the_bounds_of_the_minimum_length_belong_to_it(value: str) -> None:
    settings = Settings.from_environment(GOOD | {"PASSWORD_MIN_LENGTH": value})
    assert settings.password_min_length == int(value)


@pytest.mark.parametrize("value", ["60 seconds", "30 days"])
def test_the_bounds_of_a_session_belong_to_it(value: str) -> None:
    change = {"SESSION_IDLE": value, "SESSION_LIFETIME": value}
    settings = Settings.from_environment(GOOD | change)
    assert settings.session_idle == settings.session_lifetime == parse_duration(value)


def test_a_session_cannot_be_idle_for_longer_than_it_lasts() -> None:
    lifetime = {"SESSION_LIFETIME": "1 hour"}
    assert Settings.from_environment(GOOD | lifetime).session_idle == 3600
    with pytest.raises(SettingsError, match=r"^SESSION_IDLE is wrong: .* SESSION_LIFETIME$"):
        Settings.from_environment(GOOD | lifetime | {"SESSION_IDLE": "61 minutes"})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"USER_TABLE": ""}, "USER_TABLE"),
        ({"SESSION_LIFETIME": "1 year"}, "SESSION_LIFETIME"),
        ({"PASSWORD_MIN_LENGTH": "3"}, "PASSWORD_MIN_LENGTH"),
        ({"AWS_DEFAULT_REGION": ""}, "AWS_DEFAULT_REGION"),
        ({"AWS_ENDPOINT_URL": "nonsense"}, "AWS_ENDPOINT_URL"),
    ],
)
def test_the_app_does_not_start_on_a_wrong_setting(change: dict[str, str], named: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", "import app"],
        cwd=PROJECT,
        env=dict(os.environ) | GOOD | change,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("kms-login cannot start: ")
    assert named in result.stderr
