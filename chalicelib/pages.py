"""The HTML pages of `static/`, filled in, and what they are dressed with."""

import html
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Literal, get_args

STATIC = Path(__file__).parent.parent / "static"
"""Beside `chalicelib` in the project and in the Lambda's zip alike."""

PageName = Literal["account", "delete", "index", "login", "message", "password", "signup"]
AssetName = Literal["favicon.svg", "page.js", "style.css"]
ASSET_TYPES: Mapping[AssetName, str] = {
    "favicon.svg": "image/svg+xml; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
}
_NAMES = get_args(PageName)
_FIELDS = ("current", "new", "password", "uname")
_BLANKS = (
    *("heading", "message", "next", "note", "root", "since", "since_machine", "uname", "wait"),
    *("way", "way_words"),
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
        self.assets: Mapping[AssetName, str] = {
            name: (folder / name).read_text("utf-8") for name in ASSET_TYPES
        }

    def render(self, name: PageName, **values: str) -> str:
        """The page `name` with each `$blank` filled. Every value is text, and escaped here."""
        filled = dict.fromkeys(_BLANKS, "") | _at_fields(values) | values | self._settings
        return self._templates[name].substitute(
            {blank: html.escape(value) for blank, value in filled.items()}
        )


def _at_fields(values: Mapping[str, str]) -> dict[str, str]:
    """What a page says of its fields: whose they are, which is wrong, where to go on typing."""
    wrong = [field for field in _FIELDS if values.get(f"{field}_error")]
    uname = values.get("uname")
    blanks = {
        "refused": "Error: " if wrong or values.get("message") else "",
        "whose": f"Signed in as {uname}." if uname else "",
    }
    for field in _FIELDS:
        blanks[f"{field}_error"] = ""
        blanks[f"{field}_invalid"] = "true" if field in wrong else "false"
        blanks[f"{field}_focus"] = "autofocus" if wrong[:1] == [field] else ""
    return blanks
