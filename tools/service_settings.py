"""The service's settings, as the tools that start or deploy it need them."""

from collections.abc import Mapping

from chalicelib.settings import Settings, SettingsError
from tools.errors import ToolError

OUTPUTS = {
    "USER_TABLE": "UserTable",
    "ATTEMPT_TABLE": "AttemptTable",
    "SESSION_TABLE": "SessionTable",
    "KEY_ID": "KeyArn",
}
"""The settings that a resource stack decides, and the outputs that hold them."""
OPTIONAL = (
    "ALLOWED_ORIGINS",
    "LOGIN_LIMIT",
    "PASSWORD_MIN_LENGTH",
    "SERVICE_NAME",
    "SESSION_IDLE",
    "SESSION_LIFETIME",
    "SIGNUP_LIMIT",
)
"""The settings that an operator may give."""

_NOT_KNOWN_YET = dict.fromkeys(OUTPUTS, "not-known-yet") | {"KEY_ID": "alias/not-known-yet"}


def resource_settings(outputs: Mapping[str, str]) -> dict[str, str]:
    """The settings that name what a stack with these outputs has made."""
    return {name: outputs[output] for name, output in OUTPUTS.items()}


def check_settings(variables: Mapping[str, str]) -> Settings:
    """The settings, unless the service would refuse them at start; tables and key may be missing.

    Raises:
        ToolError: one is wrong; the message names it.
    """
    try:
        return Settings.from_environment(_NOT_KNOWN_YET | dict(variables))
    except SettingsError as error:
        raise ToolError(str(error)) from None
