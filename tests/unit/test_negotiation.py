import pytest

from chalicelib.negotiation import wants_html


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
def test_a_browser_gets_pages(accept: str) -> None:
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
def test_everybody_else_gets_json(accept: str | None) -> None:
    assert not wants_html(accept)
