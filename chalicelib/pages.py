"""The HTML pages of `static/`, filled in."""

import html
from pathlib import Path
from string import Template
from typing import Literal, get_args

STATIC = Path(__file__).parent.parent / "static"
"""Beside `chalicelib` in the project and in the Lambda's zip alike."""

PageName = Literal["account", "delete", "index", "login", "message", "password", "signup"]
_NAMES = get_args(PageName)
_BLANKS = (
    "current_error",
    "message",
    "new_error",
    "password_error",
    "root",
    "since",
    "uname",
    "uname_error",
)


class Pages:
    """Reads every page once.

    Args:
        service_name: what the pages call the service.
        min_length: the fewest characters of a new password, for its hint.
    """

    def __init__(self, service_name: str, min_length: int, folder: Path = STATIC) -> None:
        self._settings = {"service": service_name, "min_length": str(min_length)}
        self._templates = {
            name: Template((folder / f"{name}.html").read_text("utf-8")) for name in _NAMES
        }
        self.stylesheet = (folder / "style.css").read_text("utf-8")

    def render(self, name: PageName, **values: str) -> str:
        """The page `name` with each `$blank` filled. Every value is text, and escaped here."""
        filled = dict.fromkeys(_BLANKS, "") | values | self._settings
        return self._templates[name].substitute(
            {blank: html.escape(value) for blank, value in filled.items()}
        )
