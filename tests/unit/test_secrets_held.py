"""Values that hold a password or a token do not show it, and nothing writes them out by mistake."""

import json

import pytest

from chalicelib.answers import Answer
from chalicelib.forms import Credentials, PasswordChange
from chalicelib.logins import LoggedIn
from chalicelib.sessions import Ticket
from tests.secret_guard import secret

HELD = secret("held-by-a-value")
TICKET = Ticket(HELD, 1, 2)


@pytest.mark.parametrize(
    "value",
    [
        Credentials("doryfish", HELD),
        PasswordChange(HELD, HELD),
        TICKET,
        LoggedIn(TICKET),
        Answer(200, HELD, headers={"Set-Cookie": HELD}),
    ],
    ids=lambda value: type(value).__name__,
)
class TestAValueWithASecret:
    def test_does_not_show_it(self, value: object) -> None:
        assert (HELD in repr(value), HELD in f"{value}") == (False, False)

    def test_is_not_written_out(self, value: object) -> None:
        with pytest.raises(TypeError, match="not JSON serializable"):
            json.dumps(value)
