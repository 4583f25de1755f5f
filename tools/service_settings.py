"""The service's settings, checked by a tool before anything is started or made."""

from collections.abc import Mapping

from chalicelib.settings import Settings, SettingsError
from tools.errors import ToolError

_NOT_KNOWN_YET = {"USER_TABLE": "not-known-yet", "KEY_ID": "alias/not-known-yet"}


def check_settings(variables: Mapping[str, str]) -> None:
    """Refuse settings that the service would refuse at start; table and key may be missing.

    Raises:
        ToolError: one is wrong; the message names it.
    """
    try:
        Settings.from_environment(_NOT_KNOWN_YET | dict(variables))
    except SettingsError as error:
        raise ToolError(str(error)) from None
