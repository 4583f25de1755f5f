import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.settings import Settings, SettingsError

PROJECT = Path(__file__).parent.parent.parent
GOOD = {"USER_TABLE": "users", "KEY_ID": "alias/kms-login"}


def test_defaults_are_used_for_what_is_not_set() -> None:
    settings = Settings.from_environment(GOOD)
    assert settings == Settings("users", "alias/kms-login", 15, "kms-login")


def test_every_setting_is_read() -> None:
    environment = GOOD | {"PASSWORD_MIN_LENGTH": "20", "SERVICE_NAME": "Reef & Co"}
    settings = Settings.from_environment(environment)
    assert (settings.password_min_length, settings.service_name) == (20, "Reef & Co")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings.from_environment(GOOD).user_table = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["USER_TABLE", "KEY_ID"])
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


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"USER_TABLE": ""}, "USER_TABLE"),
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
