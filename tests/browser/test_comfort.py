"""What the pages do better with JavaScript, and that they say only what is so."""

from itertools import count

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import SERVICE_NAME
from tests.browser.visitor import NARROW, Hand, Visitor, visitor
from tests.e2e.local_run import OTHER, PASSWORD

FINE = "Long enough. How easy it is to guess is checked when you send it."
names = (f"coral{number}" for number in count())


def advice(somebody: Visitor, password: str) -> str:
    """What is said of a new password once typing pauses."""
    place = somebody.page.locator("[data-advice-for]")
    somebody.type("Password", "")
    expect(place).to_be_hidden()
    somebody.type("Password", password)
    expect(place).to_be_visible()
    return place.text_content() or ""


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
def test_a_password_is_shown_and_hidden_again(browser: Browser, url: str, hand: Hand) -> None:
    with visitor(browser, url, hand=hand, size=NARROW) as somebody:
        somebody.open("/login")
        somebody.type("Password", PASSWORD)
        password = somebody.field("Password")
        for name, shown_as in (("Show password", "text"), ("Hide password", "password")):
            somebody.press(name)
            assert password.get_attribute("type") == shown_as
            assert password.input_value() == PASSWORD


def test_a_shown_password_is_sent_as_a_password(browser: Browser, url: str) -> None:
    with visitor(browser, url, hand="keyboard") as somebody:
        somebody.open("/login")
        # The page stays, so that one can look.
        somebody.page.route("**/login", lambda route: route.fulfill(status=204))
        somebody.type("User name", "coral")
        somebody.type("Password", PASSWORD)
        somebody.press("Show password")
        somebody.press("Log in")
        expect(somebody.field("Password")).to_have_attribute("type", "password")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("kelp forest", "4 more characters to go."),
        ("kelp forests h", "1 more character to go."),
        ("🐠" * 13, "2 more characters to go."),
        ("doryfish doryfish", "It is built from the user name or the name of this service."),
        ("D.O.R.Y.F.I.S.H-12345", "It is built from the user name or the name of this service."),
        ("coral reef coral reef", "It is built from the user name or the name of this service."),
        ("aaaaaaaaaaaaaaaaaaaa", "It repeats itself, or runs along the keyboard."),
        ("hm!hm!hm!hm!hm!hm!hm!", "It repeats itself, or runs along the keyboard."),
        ("abcdefghijklmnopqrst", "It repeats itself, or runs along the keyboard."),
        ("qwertyuiopasdfghjkl", "It repeats itself, or runs along the keyboard."),
        (PASSWORD, FINE),
    ],
)
def test_advice_is_given_while_typing(browser: Browser, url: str, password: str, said: str) -> None:
    with visitor(browser, url) as somebody:
        somebody.open("/signup")
        assert SERVICE_NAME in somebody.page.title()
        somebody.type("User name", "DoryFish")
        assert advice(somebody, password) == said


def test_advice_asks_nobody(browser: Browser, url: str) -> None:
    with visitor(browser, url) as somebody:
        somebody.open("/signup")
        requests: list[str] = []
        somebody.page.on("request", lambda request: requests.append(request.url))
        advice(somebody, PASSWORD)
        assert [request for request in requests if not request.endswith("/favicon.svg")] == []


def test_what_was_said_of_a_bad_password_goes_with_it(browser: Browser, url: str) -> None:
    with visitor(browser, url) as somebody:
        somebody.open("/signup")
        somebody.type("User name", "coral")
        somebody.type("Password", "short")
        somebody.send("Sign up")
        assert somebody.field("Password").get_attribute("aria-invalid") == "true"
        assert advice(somebody, PASSWORD) == FINE
        assert somebody.field("Password").get_attribute("aria-invalid") == "false"
        assert not somebody.sees("The password is too short")


def test_a_form_is_sent_once_until_the_answer_is_late(browser: Browser, url: str) -> None:
    with visitor(browser, url, hand="keyboard") as somebody:
        somebody.page.clock.install()
        somebody.open("/login")
        sent: list[str] = []

        def keep(route: Route) -> None:
            sent.append(route.request.method)
            route.fulfill(status=204)

        somebody.page.route("**/login", keep)
        somebody.type("User name", "coral")
        somebody.type("Password", PASSWORD)
        somebody.press("Log in")
        button = somebody.page.get_by_role("button", name="Log in", exact=True)
        expect(button).to_be_disabled()
        somebody.type("Password", PASSWORD)
        somebody.page.keyboard.press("Enter")
        somebody.page.clock.fast_forward("00:31")
        expect(button).to_be_enabled()
        assert sent == ["POST"]


def test_a_form_that_one_comes_back_to_can_be_sent(browser: Browser, url: str) -> None:
    with visitor(browser, url) as somebody:
        somebody.open("/login")
        somebody.type("User name", "coral")
        somebody.type("Password", PASSWORD)
        somebody.send("Log in")
        somebody.page.go_back()
        expect(somebody.page.get_by_role("button", name="Log in", exact=True)).to_be_enabled()


def test_too_many_attempts_say_when_to_come_back_and_count_down(browser: Browser, url: str) -> None:
    with visitor(browser, url) as somebody:
        somebody.page.clock.install()
        somebody.open("/login")
        somebody.type("User name", next(names))
        for _ in range(11):
            somebody.type("Password", OTHER)
            somebody.send("Log in")
        assert somebody.sees("Too many attempts. Try again in 10 minutes.")
        assert somebody.accessibility() == []
        timer = somebody.page.get_by_role("timer")
        expect(timer).to_contain_text("You can try again in ")
        somebody.page.clock.fast_forward("08:00")
        expect(timer).to_contain_text("You can try again in 1:")
        somebody.page.clock.fast_forward("03:00")
        expect(timer).to_have_text("You can try again now.")


def test_and_without_a_script_they_say_it_in_words(browser: Browser, url: str) -> None:
    with visitor(browser, url, script="off") as somebody:
        somebody.open("/login")
        somebody.type("User name", next(names))
        for _ in range(11):
            somebody.type("Password", OTHER)
            somebody.send("Log in")
        assert somebody.sees("Try again in 10 minutes.")
        expect(somebody.page.get_by_role("timer")).to_be_hidden()


def test_without_a_script_there_is_no_button_that_needs_one(browser: Browser, url: str) -> None:
    with visitor(browser, url, script="off") as somebody:
        somebody.open("/signup")
        assert somebody.page.get_by_role("button").all_text_contents() == ["Sign up"]


def test_the_time_is_the_readers(browser: Browser, url: str) -> None:
    with visitor(browser, url) as somebody:
        uname = next(names)
        somebody.open("/signup")
        somebody.type("User name", uname)
        somebody.type("Password", PASSWORD)
        somebody.send("Sign up")
        somebody.type("Password", PASSWORD)
        somebody.send("Log in")
        assert "UTC" not in (somebody.page.locator("time").text_content() or "UTC")
