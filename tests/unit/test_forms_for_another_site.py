from pathlib import Path

import pytest

from tests.unit.test_pages import Elements
from tools.errors import ToolError
from tools.forms import write_forms
from tools.service_settings import check_settings

SETTINGS = check_settings({"SERVICE_NAME": "Coral Reef", "PASSWORD_MIN_LENGTH": "20"})


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("https://login.example.com", "https://login.example.com/"),
        ("https://abc.example.com/api", "https://abc.example.com/api/"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
    ],
)
def test_everything_on_them_is_at_the_one_address(tmp_path: Path, address: str, root: str) -> None:
    files = write_forms(address, SETTINGS, tmp_path / "forms")
    assert [file.name for file in files] == ["login.html", "signup.html"]
    for file in files:
        for _, attributes in Elements(file.read_text("utf-8")).found:
            for key in {"href", "action", "src"} & attributes.keys():
                assert (attributes[key] or "").startswith(root)


def test_they_say_what_the_service_would(tmp_path: Path) -> None:
    _, sign_up = write_forms("https://login.example.com", SETTINGS, tmp_path)
    text = sign_up.read_text("utf-8")
    assert "Sign up · Coral Reef</title>" in text
    assert "At least 20 characters" in text


@pytest.mark.parametrize(
    "address", ["", "login.example.com", "file:///tmp", "https://x/?a=b", 'https://x/"><script>']
)
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ToolError, match="ADDRESS must be"):
        write_forms(address, SETTINGS, tmp_path)
