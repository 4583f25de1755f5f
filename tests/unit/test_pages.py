from html.parser import HTMLParser
from pathlib import Path
from typing import get_args
from urllib.parse import urljoin

import pytest

from chalicelib.pages import STATIC, PageName, Pages

ALL: tuple[PageName, ...] = get_args(PageName)
ADDRESSES = [
    "",
    "signup",
    "login",
    "logout",
    "account",
    "password",
    "account/delete",
    "style.css",
]
"""Of this service, within its stage."""
PROJECT = Path(__file__).parent.parent.parent


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


pages = Pages("Coral Reef", 15)


@pytest.mark.parametrize("name", ALL)
def test_no_blank_is_left_unfilled(name: PageName) -> None:
    assert "$" not in pages.render(name)


@pytest.mark.parametrize("name", ALL)
def test_the_service_is_named_in_the_title(name: PageName) -> None:
    page = pages.render(name)
    assert "Coral Reef</title>" in page


@pytest.mark.parametrize("name", ALL)
def test_a_page_needs_nothing_that_the_content_security_policy_forbids(name: PageName) -> None:
    elements = Elements(pages.render(name))
    for tag, attributes in elements.found:
        assert tag not in {"script", "style", "img", "iframe", "base"}
        assert not any(key == "style" or key.startswith("on") for key in attributes)
    assert [link["href"] for link in elements.attributes("link")] == ["style.css"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", ALL)
def test_links_are_relative_so_that_any_stage_path_works(name: PageName, address: str) -> None:
    stage = "https://reef.example/stage/"
    root = "../" * address.count("/")
    for tag, attributes in Elements(pages.render(name, root=root)).found:
        for key in {"href", "action", "src"} & attributes.keys():
            value = attributes[key] or ""
            assert not value.startswith("/")
            assert "//" not in value
            led_to = urljoin(stage + address, value)
            assert led_to.removeprefix(stage) in ADDRESSES, (tag, key, value)


def test_the_sign_up_page_says_how_long_a_password_has_to_be() -> None:
    assert "At least 15 characters" in pages.render("signup")


@pytest.mark.parametrize(
    ("name", "action", "fields"),
    [("password", "password", ["current", "new"]), ("delete", "account/delete", ["password"])],
)
def test_a_form_of_somebody_signed_in_posts_passwords_only(
    name: PageName, action: str, fields: list[str]
) -> None:
    elements = Elements(pages.render(name))
    (form,) = elements.attributes("form")
    assert (form["action"], form["method"]) == (action, "post")
    inputs = elements.attributes("input")
    assert [field["name"] for field in inputs] == fields
    assert [label["for"] for label in elements.attributes("label")] == [f["id"] for f in inputs]
    for field in inputs:
        assert field["type"] == "password"
        assert "value" not in field


@pytest.mark.parametrize("name", ["signup", "login"])
def test_a_form_posts_the_tutorials_fields_and_every_field_has_its_label(name: PageName) -> None:
    elements = Elements(pages.render(name))
    (form,) = elements.attributes("form")
    assert (form["action"], form["method"]) == (name, "post")
    inputs = elements.attributes("input")
    assert [field["name"] for field in inputs] == ["uname", "password"]
    assert [label["for"] for label in elements.attributes("label")] == [f["id"] for f in inputs]
    assert inputs[1]["type"] == "password"
    assert "value" not in inputs[1]


def test_what_was_typed_is_escaped() -> None:
    nasty = "\"><script>alert('x')</script>&amp;"
    page = pages.render("login", uname=nasty, message=nasty, uname_error=nasty)
    elements = Elements(page)
    assert elements.attributes("script") == []
    assert elements.attributes("input")[0]["value"] == nasty
    assert elements.text.count(nasty) == 2


def test_the_service_name_is_escaped() -> None:
    assert "<b>" not in Pages("<b>Reef", 15).render("index")


def test_blanks_in_values_are_not_filled_again() -> None:
    assert "$uname" in pages.render("login", message="$uname", uname="doryfish")


def test_chalice_packs_the_pages_through_the_link_in_vendor() -> None:
    assert (PROJECT / "vendor" / "static").resolve() == STATIC.resolve()
