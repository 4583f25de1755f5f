import pytest

from chalicelib import same_origin
from chalicelib.errors import CrossSite

HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
OWN = f"https://{HOST}"
OTHER = "https://evil.example"
PARTNER = "https://www.reef.example"


def passes(**headers: str) -> bool:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        same_origin.check({"host": HOST} | named, frozenset({PARTNER}))
    except CrossSite:
        return False
    return True


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="curl"),
        pytest.param({"sec_fetch_site": "same-origin", "origin": OWN}, id="own page"),
        pytest.param({"sec_fetch_site": "same-origin"}, id="own page, no origin"),
        pytest.param(
            {"sec_fetch_site": "same-origin", "origin": "https://shop.example"},
            id="own page behind a proxy that changes the host",
        ),
        pytest.param({"sec_fetch_site": "none"}, id="typed by the user"),
        pytest.param({"origin": OWN}, id="own page in an older browser"),
        pytest.param({"origin": OWN, "host": HOST.upper()}, id="host in capitals"),
        pytest.param(
            {"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}, id="on a laptop"
        ),
        pytest.param({"referer": f"{OWN}/api/login?x=1"}, id="own page by its referrer"),
        pytest.param({"origin": PARTNER}, id="allowed, older browser"),
        pytest.param({"origin": PARTNER, "sec_fetch_site": "cross-site"}, id="allowed"),
        pytest.param({"origin": PARTNER, "sec_fetch_site": "same-site"}, id="allowed, same site"),
    ],
)
def test_it_passes(headers: dict[str, str]) -> None:
    assert passes(**headers)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"sec_fetch_site": "cross-site", "origin": OTHER}, id="another site"),
        pytest.param({"sec_fetch_site": "cross-site"}, id="another site, no origin"),
        pytest.param({"sec_fetch_site": "same-site", "origin": OTHER}, id="a neighbour"),
        pytest.param({"sec_fetch_site": "cross-site", "origin": OWN}, id="contradiction"),
        pytest.param({"sec_fetch_site": "same-origin, cross-site"}, id="two values"),
        pytest.param({"sec_fetch_site": ""}, id="an empty value"),
        pytest.param({"sec_fetch_site": "SAME-ORIGIN"}, id="no browser's spelling"),
        pytest.param({"origin": OTHER}, id="older browser"),
        pytest.param({"origin": "null"}, id="a page that hides where it is"),
        pytest.param({"origin": ""}, id="empty origin"),
        pytest.param({"origin": "null", "referer": f"{OWN}/"}, id="hidden, with a referrer"),
        pytest.param({"origin": f"{OWN}:8443"}, id="another port"),
        pytest.param({"origin": f"ftp://{HOST}"}, id="another scheme"),
        pytest.param({"origin": f"https://{HOST}.evil.example"}, id="own name as a prefix"),
        pytest.param({"origin": f"https://evil{HOST}"}, id="own name as a suffix"),
        pytest.param({"origin": f"https://{HOST}@evil.example"}, id="own name as a user"),
        pytest.param({"origin": f"https://{HOST[:4]}\t{HOST[4:]}"}, id="own name with a tab in it"),
        pytest.param({"origin": f" {OWN}"}, id="a space in front"),
        pytest.param({"referer": f"{OWN}\t"}, id="own referrer with a tab after it"),
        pytest.param({"origin": "https://[", "host": "["}, id="no address"),
        pytest.param({"origin": "https://", "host": ""}, id="no host"),
        pytest.param({"referer": f"{OTHER}/?{OWN}"}, id="another by its referrer"),
        pytest.param({"origin": PARTNER.replace("https", "http")}, id="allowed, unencrypted"),
        pytest.param({"origin": f"{PARTNER}.evil.example"}, id="allowed as a prefix"),
    ],
)
def test_it_does_not(headers: dict[str, str]) -> None:
    assert not passes(**headers)
