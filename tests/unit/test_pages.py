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
    "favicon.svg",
    "page.js",
    "style.css",
]
"""Of this service, within its stage."""
PROJECT = Path(__file__).parent.parent.parent


BLANKS = ("heading", "message", "next", "note", "root", "since", "uname", "uname_error", "wait")


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


def typed(elements: Elements) -> list[dict[str, str | None]]:
    """The fields that somebody types in."""
    hidden = [f for f in elements.attributes("input") if "hidden" in (f.get("type"), *f)]
    return [field for field in elements.attributes("input") if field not in hidden]


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
        assert tag not in {"style", "iframe", "base"}
        assert not any(key == "style" or key.startswith("on") for key in attributes)
    assert [link["href"] for link in elements.attributes("link")] == ["favicon.svg", "style.css"]
    (script,) = elements.attributes("script")
    assert script == {"src": "page.js", "defer": None}


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


@pytest.mark.parametrize("name", ALL)
def test_its_language_is_set(name: PageName) -> None:
    assert Elements(pages.render(name)).attributes("html") == [{"lang": "en"}]


def test_the_sign_up_page_says_how_long_a_password_has_to_be() -> None:
    assert "At least 15 characters" in pages.render("signup")


@pytest.mark.parametrize("name", ["signup", "login"])
def test_a_form_posts_the_tutorials_fields(name: PageName) -> None:
    elements = Elements(pages.render(name))
    (form,) = elements.attributes("form")
    assert (form["action"], form["method"]) == (name, "post")
    assert [field["name"] for field in typed(elements)] == ["uname", "password"]


@pytest.mark.parametrize(
    ("name", "action", "fields"),
    [("password", "password", ["current", "new"]), ("delete", "account/delete", ["password"])],
)
def test_a_form_of_somebody_signed_in_asks_for_passwords_only(
    name: PageName, action: str, fields: list[str]
) -> None:
    elements = Elements(pages.render(name))
    (form,) = elements.attributes("form")
    assert (form["action"], form["method"]) == (action, "post")
    assert [field["name"] for field in typed(elements)] == fields
    assert {field["type"] for field in typed(elements)} == {"password"}


@pytest.mark.parametrize("name", ALL)
def test_every_field_that_is_shown_has_its_label(name: PageName) -> None:
    elements = Elements(pages.render(name))
    shown = [field["id"] for field in typed(elements)]
    assert [label["for"] for label in elements.attributes("label")] == shown


@pytest.mark.parametrize("name", ALL)
def test_a_password_is_never_filled_in(name: PageName) -> None:
    for field in Elements(pages.render(name)).attributes("input"):
        assert field.get("type") != "password" or "value" not in field


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("signup", ["username", "new-password"]),
        ("login", ["username", "current-password"]),
        ("password", ["username", "current-password", "new-password"]),
        ("delete", ["username", "current-password"]),
    ],
)
def test_password_managers_are_told_what_is_what(name: PageName, expected: list[str]) -> None:
    page = pages.render(name, uname="doryfish")
    fields = [f for f in Elements(page).attributes("input") if f.get("name") != "next"]
    assert [field["autocomplete"] for field in fields] == expected
    assert fields[0]["value"] == "doryfish"


@pytest.mark.parametrize(("name", "field"), [("signup", "password"), ("password", "new")])
def test_they_are_told_the_rules_of_a_new_password(name: PageName, field: str) -> None:
    (new,) = (f for f in Elements(pages.render(name)).attributes("input") if f.get("id") == field)
    assert new["passwordrules"] == "minlength: 15; maxlength: 512;"


def test_an_error_is_tied_to_its_field_and_typing_goes_on_there() -> None:
    elements = Elements(pages.render("signup", password_error="Too short."))
    uname, password = typed(elements)
    assert (uname["aria-invalid"], password["aria-invalid"]) == ("false", "true")
    assert "autofocus" not in uname
    assert "autofocus" in password
    assert "password-error" in (password["aria-describedby"] or "").split()
    assert "Error: Sign up" in elements.text


@pytest.mark.parametrize("name", ALL)
def test_what_describes_a_field_is_there(name: PageName) -> None:
    elements = Elements(pages.render(name))
    ids = {attributes["id"] for _, attributes in elements.found if "id" in attributes}
    for field in typed(elements):
        assert set((field["aria-describedby"] or "").split()) <= ids


def test_what_was_typed_is_escaped() -> None:
    nasty = "\"><script>alert('x')</script>&amp;"
    page = pages.render("login", uname=nasty, message=nasty, uname_error=nasty)
    elements = Elements(page)
    assert len(elements.attributes("script")) == 1
    assert elements.attributes("input")[0]["value"] == nasty
    assert elements.text.count(nasty) == 2


@pytest.mark.parametrize("name", ALL)
def test_every_blank_is_escaped(name: PageName) -> None:
    nasty = "'\"><script>alert(1)</script>"
    page = pages.render(name, **dict.fromkeys(BLANKS, nasty))
    assert "alert(1)</script>" not in page
    assert page.count("<script") == 1


def test_the_service_name_is_escaped() -> None:
    assert "<b>" not in Pages("<b>Reef", 15).render("index")


def test_blanks_in_values_are_not_filled_again() -> None:
    assert "$uname" in pages.render("login", message="$uname", uname="doryfish")


def test_chalice_packs_the_pages_through_the_link_in_vendor() -> None:
    assert (PROJECT / "vendor" / "static").resolve() == STATIC.resolve()


def test_script_and_stylesheet_are_small() -> None:
    sizes = {name: len(text.encode()) for name, text in pages.assets.items()}
    assert max(sizes.values()) < 6000, sizes


def test_nothing_is_asked_from_elsewhere() -> None:
    for name in ("page.js", "style.css"):
        text = (STATIC / name).read_text("utf-8")
        assert "//" not in text.replace("// ", ""), name
        assert "url(" not in text
        assert "import" not in text
