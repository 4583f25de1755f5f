"""Hostile requests, and the event that API Gateway makes of each."""

import base64
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.bodies import bodies, good_forms
from tests.fuzz.headers import Headers, calm_headers, hostile_headers
from tests.fuzz.marks import CANARY, reveal, reveal_encoded

REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
RESOURCES = ("/login", "/signup")
PAGES = ("/", "/login", "/signup", "/style.css")
METHODS = ("PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "post", "PROPFIND")


@dataclass(frozen=True)
class HostileRequest:
    """A request as far as API Gateway lets it come. Its printout has marks for secrets."""

    method: str
    resource: str
    path: str
    headers: Headers
    query: dict[str, list[str]] | None
    body: bytes
    base64: bool
    source: str

    def received_body(self) -> bytes:
        """The body as the app has it. Text that is not UTF-8 comes as U+FFFD."""
        sent = reveal_encoded(self.body)
        return sent if self.base64 else sent.decode(errors="replace").encode()

    def is_from_another_site(self) -> bool:
        """Whether its browser said so. API Gateway hands on the last of several."""
        sites = [value for name, value in self.headers if name.lower() == "sec-fetch-site"]
        return bool(sites) and reveal(sites[-1]) not in ("same-origin", "none")

    def event(self) -> dict[str, Any]:
        """What the Lambda is handed."""
        body = self.received_body()
        text = base64.b64encode(body).decode() if self.base64 else body.decode()
        headers = [(name, reveal(value)) for name, value in self.headers]
        several: dict[str, list[str]] = {}
        for name, value in headers:
            several.setdefault(name, []).append(value)
        return {
            "resource": self.resource,
            "path": self.path,
            "httpMethod": self.method,
            "headers": dict(headers) or None,
            "multiValueHeaders": several or None,
            "multiValueQueryStringParameters": self.query,
            "pathParameters": None,
            "stageVariables": None,
            "requestContext": {
                "httpMethod": self.method,
                "resourcePath": self.resource,
                "path": self.path,
                "protocol": "HTTP/1.1",
                "requestId": REQUEST_ID,
                "identity": {"sourceIp": self.source},
            },
            "body": text if body else None,
            "isBase64Encoded": self.base64 and bool(body),
        }


_queries = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from(("uname", "password", "a[b][c][d]", "", "__proto__", "q" * 4000)),
        st.lists(
            st.sampled_from((CANARY, "", "<script>", "%00", "..%2f")), min_size=1, max_size=50
        ),
        max_size=3,
    ),
)
_sources = st.sampled_from(("203.0.113.7", "2001:db8::7", "::ffff:203.0.113.7", "198.51.100.1"))


@st.composite
def _requests(draw: st.DrawFn, method: str | None, calm: bool) -> HostileRequest:
    resource = draw(st.sampled_from(RESOURCES if method == "POST" else PAGES))
    stage = draw(st.sampled_from(("/api", "/api", "", "/base/path")))
    path = stage + resource.rstrip("/") + draw(st.sampled_from(("", "", "/", "//")))
    return HostileRequest(
        method=method or draw(st.sampled_from(METHODS)),
        resource=resource,
        path=path or "/",
        headers=draw(calm_headers if calm else hostile_headers()),
        query=draw(_queries),
        body=draw(good_forms() if calm else bodies),
        base64=draw(st.booleans()),
        source=draw(_sources),
    )


posts = _requests("POST", calm=False)
"""Anything may be wrong with them."""
attempts = _requests("POST", calm=True)
"""Nothing is wrong with the request itself, so that all of them come to accounts."""
visits = _requests("GET", calm=False)
"""Of the pages."""
wrong_methods = _requests(None, calm=False)
"""As `chalice local` lets them through; a deployed API Gateway does not."""
