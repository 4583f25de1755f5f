"""`make forms`: sign-up and log-in as files that any web server can serve."""

import os
import re
import sys
from pathlib import Path

from chalicelib.pages import PageName, Pages
from chalicelib.settings import Settings
from tools.errors import ToolError
from tools.service_settings import OPTIONAL, check_settings

FORMS: tuple[PageName, ...] = ("login", "signup")
"""The pages that somebody needs who is not signed in. All others are the service's own."""
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")


def write_forms(address: str, settings: Settings, folder: Path) -> list[Path]:
    """Write the forms to `folder`, and return the files.

    Args:
        address: where the service is, its stage path included: where the forms are sent,
            where their links lead, and where stylesheet, script and icon come from.
        settings: of the service; its name and shortest password are on the forms.

    Raises:
        ToolError: `address` is none.
    """
    if not _ADDRESS.fullmatch(address):
        raise ToolError(
            "ADDRESS must be where the service is, such as https://login.example.com or"
            " https://abc123.execute-api.eu-central-1.amazonaws.com/api"
        )
    pages = Pages(settings.service_name, settings.password_min_length)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name in FORMS:
        file = folder / f"{name}.html"
        file.write_text(pages.render(name, root=f"{address.rstrip('/')}/"), "utf-8")
        files.append(file)
    return files


def main() -> int:
    """Write the forms for the address of the environment, and say where they are."""
    variables = {name: os.environ[name] for name in OPTIONAL if name in os.environ}
    folder = Path.cwd() / ".local" / "forms"
    try:
        settings = check_settings(variables)
        files = write_forms(os.environ.get("ADDRESS", ""), settings, folder)
    except ToolError as error:
        print(f"kms-login: {error}.", file=sys.stderr)
        return 1
    for file in files:
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
