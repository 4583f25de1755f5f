"""Hostile requests, and the event that API Gateway makes of each."""

import base64
import re
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.bodies import FORMS, bodies, good_forms
from tests.fuzz.headers import calm_headers, hostile_headers, signed_in_headers, token_headers
from tests.fuzz.marks import CANARY, reveal, reveal_encoded
from tests.fuzz.tokens import Headers, tokens

REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
PAGES = ("/", "/login", "/signup", "/style.css", "/page.js", "/favicon.svg")
SIGNED_IN = ("/session", "/account", "/password", "/account/delete")
"""What shows whose session it is."""
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

    def header(self, name: str) -> str | None:
        """As the app has it. API Gateway hands on the last of several."""
        handed_on = {other: value for other, value in self.headers}  # noqa: C416
        found = [value for other, value in handed_on.items() if other.lower() == name]
        return reveal(found[-1]) if found else None

    def is_from_another_site(self) -> bool:
        """Whether its browser said so."""
        site, origin = self.header("sec-fetch-site"), self.header("origin")
        if site is not None:
            return site not in ("same-origin", "none")
        claimed = origin if origin is not None else self.header("referer")
        host = (self.header("host") or "").lower()
        own = rf"https?://{re.escape(host)}([/?#].*)?"
        return claimed is not None and not (host and re.fullmatch(own, claimed, re.DOTALL))

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
            "multiValueQueryStringParameters": self._query(),
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

    def _query(self) -> dict[str, list[str]] | None:
        if self.query is None:
            return None
        return {name: [reveal(value) for value in values] for name, values in self.query.items()}


_query_names = (
    *("uname", "password", "a[b][c][d]", "", "__proto__", "q" * 4000, "token", "session", "done"),
    *("access_token", "__Host-session", "Authorization", "everywhere", "current", "new"),
)
_queries = st.one_of(
    st.none(),
    # Nothing but a token.
    st.dictionaries(
        st.sampled_from(("token", "session", "access_token")),
        tokens.map(lambda token: [token]),
        min_size=1,
    ),
    st.dictionaries(
        st.sampled_from(_query_names),
        st.lists(
            st.sampled_from((CANARY, "", "<script>", "%00", "..%2f", "password", "1")) | tokens,
            min_size=1,
            max_size=50,
        ),
        max_size=3,
    ),
)
_sources = st.sampled_from(("203.0.113.7", "2001:db8::7", "::ffff:203.0.113.7", "198.51.100.1"))


@st.composite
def _requests(
    draw: st.DrawFn,
    method: str | None,
    resources: tuple[str, ...],
    headers: st.SearchStrategy[Headers],
    *,
    calm: bool = False,
) -> HostileRequest:
    resource = draw(st.sampled_from(resources))
    stage = draw(st.sampled_from(("/api", "/api", "", "/base/path")))
    path = stage + resource.rstrip("/") + draw(st.sampled_from(("", "", "/", "//")))
    form = FORMS.get(resource, FORMS["/login"])
    return HostileRequest(
        method=method or draw(st.sampled_from(METHODS)),
        resource=resource,
        path=path or "/",
        headers=draw(headers),
        query=draw(_queries),
        body=draw(good_forms(form) if calm else bodies(form)),
        base64=draw(st.booleans()),
        source=draw(_sources),
    )


_hostile = hostile_headers()
_attempts = ("/login", "/signup")
_account = ("/password", "/password", "/account/delete", "/logout")
posts = _requests("POST", (*_attempts, *_account), _hostile)
"""Anything may be wrong with them."""
attempts = _requests("POST", _attempts, calm_headers | signed_in_headers, calm=True)
"""Nothing is wrong with the request itself, so that all of them come to accounts."""
changes = _requests("POST", _account, signed_in_headers, calm=True)
"""By somebody with a token, who types good forms."""
visits = _requests("GET", (*PAGES, *SIGNED_IN, *SIGNED_IN), _hostile)
"""Of the pages."""
checks = _requests("GET", SIGNED_IN, token_headers | signed_in_headers)
"""Of sessions, with little else than the token that may be wrong."""
wrong_methods = _requests(None, (*PAGES, *SIGNED_IN, "/logout"), _hostile)
"""As `chalice local` lets them through; a deployed API Gateway does not."""
