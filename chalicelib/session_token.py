"""How a session's token travels: in a cookie for browsers, in a header for programs."""

from collections.abc import Mapping

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def read(headers: Mapping[str, str]) -> str | None:
    """The token that a request brings, or None. A header goes before a cookie; a URL never counts.

    Args:
        headers: of the request, looked up in lower case.
    """
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        return token if scheme.lower() == "bearer" else None
    name = _cookie_name(headers.get("host", ""))
    pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").split(";"))
    found = [value for key, _, value in pairs if key == name]
    # Two are one too many: somebody planted one of them.
    return found[0] if len(found) == 1 else None


def cookie(token: str, host: str, max_age: int) -> str:
    """The `Set-Cookie` that brings a token to a browser (OWASP ASVS 5.0, 3.3.1 to 3.3.4).

    Args:
        host: the request's `Host`. On plain HTTP, which is served to the own machine only,
            browsers may refuse `Secure` and `__Host-`: there the cookie goes without.
        max_age: seconds.
    """
    security = "" if _is_local(host) else " Secure;"
    return (
        f"{_cookie_name(host)}={token}; Path=/;{security} HttpOnly; SameSite=Lax; Max-Age={max_age}"
    )


def no_cookie(host: str) -> str:
    """The `Set-Cookie` that takes the token back."""
    return cookie("", host, 0)


def _cookie_name(host: str) -> str:
    return "kms-login-session" if _is_local(host) else "__Host-session"


def _is_local(host: str) -> bool:
    name, _, port = host.rpartition(":")
    return host in _LOCAL_HOSTS or (name in _LOCAL_HOSTS and port.isdigit())
