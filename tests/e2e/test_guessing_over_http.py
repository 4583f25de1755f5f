"""Guesses at the real zip behind API Gateway, many at once: counted, and nothing told by them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.errors import TooManyAttempts
from tests.e2e.dev_stage import Dev
from tests.e2e.local_run import OTHER, PASSWORD, ask

Answer = tuple[int, dict[str, str], str]
OF_THE_REQUEST = {
    "content-length",
    "date",
    "retry-after",
    "x-request-id",
    # The local AWS's own, now one and now the other.
    "x-amz-request-id",
    "x-amzn-requestid",
}


def guess(dev: Dev, uname: str, password: str = OTHER) -> Answer:
    """An answer without what is of this request only. How long to wait is checked, and left out."""
    status, headers, body = ask("POST", f"{dev.url}/login", {"uname": uname, "password": password})
    if status == 429:
        wait = int(headers["Retry-After"])
        assert 0 < wait <= 600
        assert str(TooManyAttempts(wait)) in body
        body = body.replace(str(TooManyAttempts(wait)), "")
    same = {name: value for name, value in headers.items() if name.lower() not in OF_THE_REQUEST}
    return status, same, body


@pytest.fixture(scope="module")
def answers(dev: Dev) -> dict[str, list[Answer]]:
    """Of 40 wrong guesses at once at a user, and at a name without one."""
    assert dev.sign_up("guessed-at")[0] == 200
    with ThreadPoolExecutor(40) as threads:
        return {
            uname: list(threads.map(lambda _, uname=uname: guess(dev, uname), range(40)))
            for uname in ("guessed-at", "never-seen")
        }


@pytest.mark.parametrize("uname", ["guessed-at", "never-seen"])
def test_of_40_guesses_at_once_ten_are_looked_at(
    answers: dict[str, list[Answer]], uname: str
) -> None:
    statuses = Counter(status for status, _, _ in answers[uname])
    assert statuses == {401: 10, 429: 30}


@pytest.mark.parametrize("uname", ["guessed-at", "never-seen"])
@pytest.mark.usefixtures("answers")
def test_the_right_password_comes_too_late(dev: Dev, uname: str) -> None:
    assert guess(dev, uname, PASSWORD)[0] == 429


def test_the_answers_do_not_tell_which_name_has_an_account(
    answers: dict[str, list[Answer]],
) -> None:
    for status in (401, 429):
        first, *others = [
            answer for uname in answers for answer in answers[uname] if answer[0] == status
        ]
        assert others == [first] * len(others)
