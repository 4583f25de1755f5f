"""Whether a browser sent a form from one of this service's own pages."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from chalicelib.errors import CrossSite


def check(headers: Mapping[str, str], allowed_origins: frozenset[str]) -> None:
    """Let pass what a page of this service sent, what an allowed one did, and what no browser did.

    A form posted from another site would sign its visitors up, or log them in to an account of
    somebody else's (OWASP ASVS 5.0, 3.5.1; OWASP Cross-Site Request Forgery Prevention Cheat
    Sheet). Browsers say where a form comes from, and pages cannot change what they say: in
    `Sec-Fetch-Site`; the older ones in `Origin`, or in `Referer`. curl says nothing.

    Args:
        headers: of the request, looked up in lower case.
        allowed_origins: other sites whose pages may send it.

    Raises:
        CrossSite: it came from elsewhere, or from a page that hides where it is.
    """
    origin = headers.get("origin")
    if origin is not None and origin in allowed_origins:
        return
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
        raise CrossSite
    claimed = origin if origin is not None else headers.get("referer")
    if claimed is not None and not _is_own(claimed, headers.get("host", "")):
        raise CrossSite


def _is_own(claimed: str, host: str) -> bool:
    # `urlsplit` drops spaces in front, and tabs anywhere.
    if any(character <= " " for character in claimed):
        return False
    try:
        parts = urlsplit(claimed)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and parts.netloc == host.lower()
