"""Request headers, right, wrong and misleading."""

from hypothesis import strategies as st

from tests.fuzz.marks import CANARY
from tests.fuzz.texts import INJECTIONS
from tests.fuzz.tokens import Headers, good_headers, no_headers, session_headers
from tests.unit.service import FORM, HTML

HOST = "abc123.execute-api.us-east-1.amazonaws.com"
TYPES = (
    *(FORM, FORM, FORM, FORM.title(), f"{FORM}; charset=utf-8", f'{FORM};charset="UTF-8"'),
    *(f"{FORM}; charset=iso-8859-1", f"{FORM};charset=utf-16", f"{FORM}; charset=utf-7"),
    *(
        f"{FORM}; charset=utf-8; charset=shift_jis",
        f"{FORM};charset",
        f"{FORM};;;=;",
        f"{FORM},{FORM}",
    ),
    *(f"text/plain;{FORM}", f"text/plain, {FORM}", "application/json", "text/plain", "text/xml"),
    *(
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "*/*",
        "",
        ";",
        "\u00ff",
        FORM * 99,
    ),
)
ACCEPTS = (
    *(
        HTML,
        HTML,
        HTML,
        HTML,
        HTML,
        HTML,
        HTML,
        HTML,
        HTML,
        "*/*",
        "application/json",
        "text/html",
        "text/html;q=0",
        "text/html;q=nan",
    ),
    *(
        "text/html;q=1e999",
        "text/html;q=-1,application/json",
        "text/html;q=\u0661",
        "TEXT/HTML",
        "",
    ),
    *(",;,;q=;q=q", "text/html," * 500, "image/png", "application/octet-stream", "text/*"),
)
ORIGINS = (
    *(
        f"https://{HOST}",
        f"http://{HOST}",
        f"https://{HOST.upper()}",
        f"https://{HOST}:443",
        "null",
        "",
    ),
    *("https://evil.example", f"https://{HOST}.evil.example", f"https://a@{HOST}", f"//{HOST}"),
    *(
        f"https://{HOST}/",
        f"https://{HOST}\\@evil.example",
        "https://[",
        "https://[::1]:99999999",
        "\u00ff",
    ),
)
SITES = (
    "same-origin",
    "none",
    "cross-site",
    "same-site",
    "",
    "SAME-ORIGIN",
    "same-origin, none",
    "?1",
)
HOSTS = (
    HOST,
    HOST,
    HOST.upper(),
    "",
    "evil.example",
    f"{HOST}:443",
    "[",
    f"{HOST}, {HOST}",
    *("localhost", "127.0.0.1:8000", "[::1]:8000", "localhost:", "localhost:80a", "LOCALHOST"),
    *("localhost.evil.example", "127.0.0.1.evil.example:80", "localhost:8000"),
    "a" * 5000,
)
OTHERS = (
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"),
    *(
        "X-Http-Method-Override",
        "X-Original-Url",
        "X-Amzn-Trace-Id",
        "Content-Encoding",
        "Forwarded",
    ),
    *("Content-Length", "Transfer-Encoding", "Expect", "Range", "User-Agent", "X-Request-Id"),
)

_printable = "".join(chr(code) for code in (9, *range(0x20, 0x7F), *range(0xA0, 0x100)))
# API Gateway refuses control characters in a header by itself.
header_values = st.one_of(
    st.sampled_from([text for text in INJECTIONS if text.isprintable()]),
    st.sampled_from(
        (CANARY, f"Basic {CANARY}", f"session={CANARY}", "127.0.0.1", "gzip", "a" * 8000)
    ),
    st.text(_printable, max_size=20),
)


def _one_in(chances: int) -> st.SearchStrategy[bool]:
    # In this order, a case that fails shrinks to one without.
    return st.integers(1, chances).map(lambda number: number == chances)


@st.composite
def hostile_headers(draw: st.DrawFn) -> Headers:
    """Any of those that the app looks at may be strange, twice there or missing."""
    found = [("Host", HOST)]
    if not draw(_one_in(8)):
        found.append(("Content-Type", FORM))
    for name, values, chances in (
        *(("Host", HOSTS, 8), ("Content-Type", TYPES, 4), ("Accept", ACCEPTS, 2)),
        # Else little would come past `same_origin`.
        *(("Origin", ORIGINS, 8), ("Referer", ORIGINS, 8), ("Sec-Fetch-Site", SITES, 6)),
    ):
        if draw(_one_in(chances)):
            spelled = draw(st.sampled_from((name, name, name.lower(), name.upper())))
            found.append((spelled, draw(st.sampled_from(values) | header_values)))
    found += draw(session_headers)
    found += draw(st.lists(st.tuples(st.sampled_from(OTHERS), header_values), max_size=3))
    if draw(_one_in(50)):
        found += [(f"X-{number}", "a") for number in range(300)]
    return tuple(found)


def _calm(sessions: st.SearchStrategy[Headers]) -> st.SearchStrategy[Headers]:
    return st.builds(
        lambda accept, session: (
            ("Host", HOST),
            ("Content-Type", FORM),
            ("Accept", accept),
            *session,
        ),
        st.sampled_from(ACCEPTS),
        sessions,
    )


calm_headers = _calm(no_headers)
signed_in_headers = _calm(good_headers)
token_headers = _calm(session_headers)
"""Nothing but the token may be wrong."""
