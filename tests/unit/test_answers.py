import json

import pytest

from chalicelib import errors
from chalicelib.answers import COMMON_HEADERS, Answer, Answers, Event, wants_html
from chalicelib.pages import Pages

answers = Answers(Pages("Coral Reef", 15))


def body(answer: Answer) -> object:
    return json.loads(answer.body)


class TestNegotiation:
    @pytest.mark.parametrize(
        "accept",
        [
            "text/html",
            "TEXT/HTML;q=0.9",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "application/json, text/html",
            "application/json;q=0.5, text/html; charset=utf-8; q=0.6",
        ],
    )
    def test_a_browser_gets_pages(self, accept: str) -> None:
        assert wants_html(accept)

    @pytest.mark.parametrize(
        "accept",
        [
            None,
            "",
            "*/*",
            "text/*",
            "application/json",
            "application/json, text/html;q=0.9",
            "text/html;q=0",
            "text/html;q=nonsense",
            "text/html;q=nan",
            "image/png",
            ";;,,;q=1",
        ],
    )
    def test_everybody_else_gets_json(self, accept: str | None) -> None:
        assert not wants_html(accept)


class TestJson:
    @pytest.mark.parametrize(
        ("event", "status"), [("signup", "Signup Success"), ("login", "Login Success")]
    )
    def test_success_is_the_tutorials_words(self, event: Event, status: str) -> None:
        answer = answers.success(event, html=False)
        assert (answer.status, answer.body) == (200, f'{{"status":"{status}"}}')

    def test_wrong_credentials_say_nothing_more(self) -> None:
        answer = answers.refusal("login", errors.WrongCredentials("x"), False, "doryfish")
        assert answer == Answer(401, '{"status":"Login Failed"}')

    def test_a_taken_name_says_so(self) -> None:
        answer = answers.refusal("signup", errors.UsernameTaken("Taken."), False, "doryfish")
        assert answer.status == 409
        assert body(answer) == {"status": "Signup Failed", "error": "Taken."}

    @pytest.mark.parametrize("html", [False, True])
    def test_too_many_attempts_say_when_to_come_back(self, html: bool) -> None:
        answer = answers.refusal("login", errors.TooManyAttempts(61), html, "doryfish")
        assert (answer.status, answer.headers) == (429, {"Retry-After": "61"})
        assert "Try again in 61 seconds." in answer.body

    @pytest.mark.parametrize("html", [False, True])
    def test_a_locked_name_says_that_waiting_does_not_help(self, html: bool) -> None:
        answer = answers.refusal("login", errors.AccountLocked(), html, "doryfish")
        assert (answer.status, answer.headers) == (429, {})
        assert "Ask whoever runs this service" in answer.body

    def test_refused_input_names_its_field(self) -> None:
        error = errors.RefusedInput("Empty.", "uname")
        answer = answers.refusal("login", error, False, "")
        assert answer.status == 400
        assert body(answer) == {"status": "Login Failed", "error": "Empty.", "field": "uname"}

    def test_a_refused_form_names_none(self) -> None:
        answer = answers.refusal("login", errors.RefusedInput("Not UTF-8."), False, "")
        assert body(answer) == {"status": "Login Failed", "error": "Not UTF-8."}

    def test_a_weak_password_comes_with_suggestions(self) -> None:
        error = errors.WeakPassword("Too short.", ("Add a word.",))
        answer = answers.refusal("signup", error, False, "doryfish")
        assert answer.status == 400
        assert body(answer) == {
            "status": "Signup Failed",
            "error": "Too short.",
            "field": "password",
            "suggestions": ["Add a word."],
        }

    @pytest.mark.parametrize(
        ("error", "status"), [(errors.BodyTooLarge("x"), 413), (errors.NotAForm("x"), 415)]
    )
    def test_other_bodies_have_their_status(self, error: errors.AccountError, status: int) -> None:
        answer = answers.refusal("signup", error, False, "")
        assert answer.status == status
        assert body(answer) == {"status": "Signup Failed", "error": "x"}

    def test_unavailable_says_when_to_come_back_and_not_why(self) -> None:
        answer = answers.unavailable(html=False)
        assert answer.status == 503
        assert answer.headers["Retry-After"].isdigit()
        assert json.loads(answer.body)["status"] == "Unavailable"

    def test_a_fault_is_named_by_its_request_only(self) -> None:
        answer = answers.unforeseen("request-1", html=False)
        assert (answer.status, body(answer)) == (
            500,
            {"status": "Error", "request_id": "request-1"},
        )

    def test_a_wrong_method_is_told_the_right_ones(self) -> None:
        answer = answers.wrong_method("GET, POST", html=False)
        assert (answer.status, answer.headers) == (405, {"Allow": "GET, POST"})


class TestPages:
    def test_the_form_comes_back_with_the_name_and_the_reason_at_its_field(self) -> None:
        error = errors.WeakPassword("Too short.", ("Add a word.",))
        answer = answers.refusal("signup", error, True, "DoryFish")
        assert answer.status == 400
        assert answer.content_type == "text/html; charset=utf-8"
        assert 'value="DoryFish"' in answer.body
        assert 'id="password-error" role="alert">Too short. Add a word.</p>' in answer.body

    def test_a_taken_name_is_said_at_the_name(self) -> None:
        answer = answers.refusal("signup", errors.UsernameTaken("Taken."), True, "doryfish")
        assert 'id="uname-error" role="alert">Taken.</p>' in answer.body

    def test_wrong_credentials_are_said_above_the_form(self) -> None:
        answer = answers.refusal("login", errors.WrongCredentials("Wrong."), True, "doryfish")
        assert answer.status == 401
        assert '<p class="error" role="alert">Wrong.</p>' in answer.body

    def test_a_name_with_control_characters_is_not_kept(self) -> None:
        error = errors.RefusedInput("No.", "uname")
        assert 'value=""' in answers.refusal("login", error, True, "dory\0fish").body

    @pytest.mark.parametrize(
        "answer",
        [
            answers.success("signup", html=True),
            answers.unavailable(html=True),
            answers.unforeseen("request-1", html=True),
            answers.wrong_method("POST", html=True),
        ],
    )
    def test_every_other_answer_is_a_page_too(self, answer: Answer) -> None:
        assert answer.content_type == "text/html; charset=utf-8"
        assert answer.body.startswith("<!doctype html>")


def test_every_error_is_mapped() -> None:
    kinds = [errors.AccountError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    made = {
        errors.TooManyAttempts: errors.TooManyAttempts(7),
        errors.AccountLocked: errors.AccountLocked(),
        errors.CrossSite: errors.CrossSite(),
    }
    for kind in set(kinds) - {errors.AccountError, errors.Unavailable}:
        error = made.get(kind) or kind("x")
        for html in (False, True):
            assert 400 <= answers.refusal("signup", error, html, "").status < 500


def test_the_common_headers_are_asvs() -> None:
    assert COMMON_HEADERS["Cache-Control"] == "no-store"
    assert COMMON_HEADERS["X-Content-Type-Options"] == "nosniff"
    assert COMMON_HEADERS["Referrer-Policy"] == "same-origin"
    hsts = COMMON_HEADERS["Strict-Transport-Security"]
    assert hsts == "max-age=31536000; includeSubDomains"
    assert COMMON_HEADERS["Vary"] == "Accept"
    assert COMMON_HEADERS["X-Frame-Options"] == "DENY"
    policy = COMMON_HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
