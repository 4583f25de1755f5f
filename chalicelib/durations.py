"""Times as people write them in a setting: "12 hours"."""

import re

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_DURATION = re.compile(r"([0-9]{1,5}) (second|minute|hour|day)s?")


def parse_duration(text: str) -> int:
    """The seconds in "90 seconds", "1 hour", "30 days"; at least 1.

    Raises:
        ValueError: it does not read like that.
    """
    found = _DURATION.fullmatch(text)
    if not found or int(found[1]) < 1:
        raise ValueError(text)
    return int(found[1]) * _SECONDS[found[2]]
