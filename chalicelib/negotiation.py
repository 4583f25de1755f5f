"""Who gets a page and who gets JSON."""


def wants_html(accept: str | None) -> bool:
    """Whether an `Accept` header names HTML and does not rank JSON above it (RFC 9110, 12.5.1).

    A wildcard does not count: curl sends `*/*` and is to get JSON.
    """
    weights: dict[str, float] = {}
    for part in (accept or "").lower().split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        weights[media_type] = _weight(parameters)
    html = weights.get("text/html", 0.0)
    return html > 0 and html >= weights.get("application/json", 0.0)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
