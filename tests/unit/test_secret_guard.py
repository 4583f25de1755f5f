import base64
import json
from urllib.parse import quote, urlencode

import pytest

from tests.secret_guard import leaks, secret

WATCHED = secret("a sécret of this test & more")


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(f"x{WATCHED}x", id="as it is"),
        pytest.param(urlencode({"password": WATCHED}), id="in a form"),
        pytest.param(quote(WATCHED), id="percent-encoded"),
        pytest.param(json.dumps({"password": WATCHED}), id="in JSON"),
        pytest.param(repr(f"x{WATCHED}".encode()), id="in bytes"),
        pytest.param(base64.b64encode(f"{WATCHED}x".encode()).decode(), id="in base64"),
        pytest.param(base64.b64encode(f"x{WATCHED}x".encode()).decode(), id="in base64, by 1"),
        pytest.param(base64.b64encode(f"xx{WATCHED}x".encode()).decode(), id="in base64, by 2"),
        pytest.param("hash is $argon2" + "id$v=19$...", id="any Argon2 hash"),
    ],
)
def test_a_secret_is_seen(output: str) -> None:
    assert leaks(output)


def test_plain_output_is_not_a_leak() -> None:
    assert not leaks('{"event": "login", "outcome": "success"}')
