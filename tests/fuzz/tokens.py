"""Tokens of sessions, as marks: which ones there are, and the headers that bring them or nearly."""

from hypothesis import strategies as st

LIVE = (
    *("FirstOfDory", "SecondOfDory", "FirstOfForgotten", "FirstOfWaiting", "FirstOfLocked"),
    "FirstOfLasttry",
)
"""Of those who are signed in. The second of Dory is prolonged when it is used."""
DEAD = ("EndedOfDory", "IdleOfDory", "AgedOfDory", "TraceOfGone", "OrphanOfGone")
"""Rows that count for nothing: ended by a log-out everywhere, unused, too old; the one that has
deleted its account, and another of that account."""
NONE = (
    *("CutOfDory", "LongerOfDory", "SwappedOfDory", "CrossedOfDory", "DigestOfDory"),
    *("SecretOfDory", "FamilyOfDory", "SpacedOfDory", "EscapedOfDory", "QuotedOfDory"),
    *("WideOfDory", "PlantedByHand"),
)
"""Made of a live one, and none: see `people`."""

tokens = st.one_of(st.sampled_from(LIVE), st.sampled_from(LIVE), st.sampled_from(DEAD + NONE))
_NAMES = (
    *(6 * ["__Host-session"]),
    *(3 * ["kms-login-session"]),
    "session",
    "__host-session",
    "__Secure-session",
)
_names = st.sampled_from((*_NAMES, "__Host-session ", "__Host-sessio\u00f1", "Session", ""))
_SCHEMES = (
    *("Bearer ", "Bearer ", "bearer ", "BEARER ", "Bearer  ", "Bearer\t", "Bearer", "Bearer: "),
    *(" Bearer ", "Basic ", "Token ", "", " ", "Bearer\u00a0", "Be\u00e4rer ", "Bearer Bearer "),
    *("Bearer token=", 'Bearer "', "Bearer x, Bearer ", "DPoP "),
)
_AFTER = (*(12 * [""]), " ", ", ", "\u00ff", '"', "=", ";", "\t", ".", "\u00a0", "a" * 8000)
_FILLERS = ("a=b", "a", "=", "", " ", "lang=en; theme=dark", "$Version=1", "x=" + "y" * 8000)
_CROWDS = ("a=b; " * 2000, ";" * 7000, "session=; " * 700, "__Host-session=; ", "=;" * 2000)
_SEPARATORS = ("; ", "; ", "; ", ";", ";  ", ", ", ",", "&", " ", ";\u00a0", ";\t")


@st.composite
def _cookies(draw: st.DrawFn) -> str:
    """Some cookies, of which none, one or several are the session's."""
    ours = st.builds(
        lambda name, equals, token, after: name + equals + token + after,
        _names,
        st.sampled_from(("=", "=", "=", "=", " = ", "==", "")),
        tokens,
        st.sampled_from(_AFTER),
    )
    # Most often one: two are refused, which is soon seen.
    pairs = draw(st.lists(ours, min_size=1, max_size=draw(st.sampled_from((1, 1, 1, 2, 3)))))
    for filler in draw(st.lists(st.sampled_from(_FILLERS), max_size=2)):
        pairs.insert(draw(st.integers(0, len(pairs))), filler)
    crowd = draw(st.sampled_from(_CROWDS)) if draw(st.integers(0, 15)) == 15 else ""
    return crowd + draw(st.sampled_from(_SEPARATORS)).join(pairs)


_bearers = tokens.map("Bearer {}".format)
_authorizations = st.builds(
    lambda scheme, token, after: scheme + token + after,
    *(st.sampled_from(_SCHEMES), tokens, st.sampled_from(_AFTER)),
)
_one_cookie = tokens.map("__Host-session={}".format)

Headers = tuple[tuple[str, str], ...]


def _as(values: st.SearchStrategy[str], *names: str) -> st.SearchStrategy[Headers]:
    return st.tuples(st.tuples(st.sampled_from(names), values))


no_headers: st.SearchStrategy[Headers] = st.just(())
good_headers = _as(_bearers, "Authorization") | _as(_one_cookie, "Cookie")
"""One token, and nothing wrong with how it travels."""
_strange = st.one_of(
    _as(_authorizations, "Authorization", "authorization", "AUTHORIZATION"),
    _as(_cookies(), "Cookie", "cookie"),
    _as(_cookies(), "Cookie", "COOKIE"),
    _as(_bearers, "Proxy-Authorization", "X-Authorization", "X-Session-Token", "Cookie2"),
)
session_headers = st.one_of(
    *(no_headers, no_headers),
    *(good_headers, good_headers, _strange, _strange),
    st.builds(lambda one, other: one + other, _strange, _strange | good_headers),
)
"""Any may be wrong, and several there."""
