import json
from typing import get_args

import pytest

from chalicelib import errors
from chalicelib.answers import COMMON_HEADERS, Answer, Answers, Client, Event
from chalicelib.pages import Pages

answers = Answers(Pages("Coral Reef", 15))
PROGRAM, BROWSER = Client(html=False), Client(html=True)
NAME = {"uname": "doryfish"}


def body(answer: Answer) -> object:
    return json.loads(answer.body)


class TestJson:
    def test_success_is_the_tutorials_words(self) -> None:
        answer = answers.signed_up(PROGRAM)
        assert (answer.status, answer.body) == (200, '{"status":"Signup Success"}')

    @pytest.mark.parametrize(
        ("event", "status"),
        [
            ("signup", "Signup Failed"),
            ("login", "Login Failed"),
            ("logout", "Logout Failed"),
            ("password", "Password Change Failed"),
            ("delete", "Account Deletion Failed"),
        ],
    )
    def test_what_failed_is_named(self, event: Event, status: str) -> None:
        answer = answers.refusal(event, errors.CrossSite(), PROGRAM, {})
        assert answer.status == 403
        assert json.loads(answer.body)["status"] == status

    def test_without_a_session_it_is_401_and_says_how_to_bring_one(self) -> None:
        answer = answers.refusal("session", errors.NotSignedIn(), PROGRAM, {})
        assert answer.status == 401
        assert answer.headers == {"WWW-Authenticate": "Bearer"}
        assert json.loads(answer.body)["status"] == "Not Signed In"

    @pytest.mark.parametrize(("event", "field"), [("password", "current"), ("delete", "password")])
    def test_the_wrong_password_of_somebody_signed_in_is_403_at_its_field(
        self, event: Event, field: str
    ) -> None:
        answer = answers.refusal(event, errors.WrongCredentials("x"), PROGRAM, {})
        assert answer.status == 403
        assert json.loads(answer.body)["field"] == field
        assert json.loads(answer.body)["error"] == "The password is wrong."

    def test_a_weak_new_password_is_said_at_the_new_one(self) -> None:
        error = errors.WeakPassword("Too short.", ("Add a word.",))
        answer = answers.refusal("password", error, PROGRAM, {})
        assert (answer.status, json.loads(answer.body)["field"]) == (400, "new")

    def test_a_change_made_meanwhile_is_a_conflict(self) -> None:
        assert answers.refusal("password", errors.ChangedMeanwhile(), PROGRAM, {}).status == 409

    def test_wrong_credentials_say_nothing_more(self) -> None:
        answer = answers.refusal("login", errors.WrongCredentials("x"), PROGRAM, NAME)
        assert answer == Answer(401, '{"status":"Login Failed"}')

    def test_a_taken_name_says_so(self) -> None:
        answer = answers.refusal("signup", errors.UsernameTaken("Taken."), PROGRAM, NAME)
        assert answer.status == 409
        assert body(answer) == {"status": "Signup Failed", "error": "Taken."}

    @pytest.mark.parametrize("client", [PROGRAM, BROWSER])
    def test_too_many_attempts_say_when_to_come_back(self, client: Client) -> None:
        answer = answers.refusal("login", errors.TooManyAttempts(61), client, NAME)
        assert (answer.status, answer.headers) == (429, {"Retry-After": "61"})
        assert "Try again in 61 seconds." in answer.body

    @pytest.mark.parametrize("client", [PROGRAM, BROWSER])
    def test_a_locked_name_says_that_waiting_does_not_help(self, client: Client) -> None:
        answer = answers.refusal("login", errors.AccountLocked(), client, NAME)
        assert (answer.status, answer.headers) == (429, {})
        assert "Ask whoever runs this service" in answer.body

    def test_refused_input_names_its_field(self) -> None:
        error = errors.RefusedInput("Empty.", "uname")
        answer = answers.refusal("login", error, PROGRAM, {})
        assert answer.status == 400
        assert body(answer) == {"status": "Login Failed", "error": "Empty.", "field": "uname"}

    def test_a_refused_form_names_none(self) -> None:
        answer = answers.refusal("login", errors.RefusedInput("Not UTF-8."), PROGRAM, {})
        assert body(answer) == {"status": "Login Failed", "error": "Not UTF-8."}

    def test_a_weak_password_comes_with_suggestions(self) -> None:
        error = errors.WeakPassword("Too short.", ("Add a word.",))
        answer = answers.refusal("signup", error, PROGRAM, NAME)
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
        answer = answers.refusal("signup", error, PROGRAM, {})
        assert answer.status == status
        assert body(answer) == {"status": "Signup Failed", "error": "x"}

    def test_unavailable_says_when_to_come_back_and_not_why(self) -> None:
        answer = answers.unavailable(PROGRAM)
        assert answer.status == 503
        assert answer.headers["Retry-After"].isdigit()
        assert json.loads(answer.body)["status"] == "Unavailable"

    def test_a_fault_is_named_by_its_request_only(self) -> None:
        answer = answers.unforeseen("request-1", PROGRAM)
        assert (answer.status, body(answer)) == (
            500,
            {"status": "Error", "request_id": "request-1"},
        )

    def test_a_wrong_method_is_told_the_right_ones(self) -> None:
        answer = answers.wrong_method("GET, POST", PROGRAM)
        assert (answer.status, answer.headers) == (405, {"Allow": "GET, POST"})


class TestPages:
    def test_the_form_comes_back_with_the_name_and_the_reason_at_its_field(self) -> None:
        error = errors.WeakPassword("Too short.", ("Add a word.",))
        answer = answers.refusal("signup", error, BROWSER, {"uname": "DoryFish"})
        assert answer.status == 400
        assert answer.content_type == "text/html; charset=utf-8"
        assert 'value="DoryFish"' in answer.body
        assert 'id="password-error" role="alert">Too short. Add a word.</p>' in answer.body

    def test_a_taken_name_is_said_at_the_name(self) -> None:
        answer = answers.refusal("signup", errors.UsernameTaken("Taken."), BROWSER, NAME)
        assert 'id="uname-error" role="alert">Taken.</p>' in answer.body

    def test_wrong_credentials_are_said_above_the_form(self) -> None:
        answer = answers.refusal("login", errors.WrongCredentials("Wrong."), BROWSER, NAME)
        assert answer.status == 401
        assert '<p class="error" role="alert">Wrong.</p>' in answer.body

    def test_a_name_with_control_characters_is_not_kept(self) -> None:
        error = errors.RefusedInput("No.", "uname")
        assert 'value=""' in answers.refusal("login", error, BROWSER, {"uname": "dory\0fish"}).body

    def test_without_a_session_the_log_in_is_shown_and_the_way_back_kept(self) -> None:
        client = Client(html=True, root="../")
        answer = answers.refusal("delete", errors.NotSignedIn(), client, {})
        location = "../login?next=account/delete"
        assert (answer.status, answer.headers) == (303, {"Location": location})

    @pytest.mark.parametrize(("event", "field"), [("password", "current"), ("delete", "password")])
    def test_the_wrong_password_of_somebody_signed_in_is_said_at_its_field(
        self, event: Event, field: str
    ) -> None:
        answer = answers.refusal(event, errors.WrongCredentials("x"), BROWSER, {})
        assert answer.status == 403
        assert f'id="{field}-error" role="alert">The password is wrong.</p>' in answer.body

    def test_a_refused_log_out_is_a_page_of_its_own(self) -> None:
        answer = answers.refusal("logout", errors.CrossSite(), BROWSER, {})
        assert answer.status == 403
        assert "sent from another site" in answer.body

    @pytest.mark.parametrize(
        "answer",
        [
            answers.signed_up(BROWSER),
            answers.unavailable(BROWSER),
            answers.unforeseen("request-1", BROWSER),
            answers.wrong_method("POST", BROWSER),
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
        errors.ChangedMeanwhile: errors.ChangedMeanwhile(),
        errors.NotSignedIn: errors.NotSignedIn(),
    }
    for kind in set(kinds) - {errors.AccountError, errors.Unavailable}:
        error = made.get(kind) or kind("x")
        for event in get_args(Event):
            assert 400 <= answers.refusal(event, error, PROGRAM, {}).status < 500
            shown = answers.refusal(event, error, BROWSER, {}).status
            assert 400 <= shown < 500 or (shown == 303 and kind is errors.NotSignedIn)


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
