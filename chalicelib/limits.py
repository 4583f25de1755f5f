"""How often is too often: the numbers, and what follows from them. Nothing here keeps a count."""

import ipaddress
import math
import re
from dataclasses import dataclass
from typing import NamedTuple

MAX_FAILURES = 100
"""Failed log-ins in a row after which an account is locked until an operator unlocks it: NIST SP
800-63B-4 section 3.2.2."""
LONGEST_WAIT = 3600
"""Seconds to wait at most before the next round of log-ins: NIST SP 800-63B-4 section 3.2.2."""

NEVER = 253_402_300_799
"""When what is remembered for ever is forgotten: at the end of the year 9999."""

_UNITS = {"second": 1, "minute": 60, "hour": 3600}
_LIMIT = re.compile(r"([0-9]{1,6}) per (?:([0-9]{1,5}) )?(second|minute|hour)s?")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in so long: `Limit.parse("10 per 10 minutes")`.

    Attributes:
        count: how many; at least 1.
        period: seconds; from 1 to 86,400.
    """

    count: int
    period: int

    @classmethod
    def parse(cls, text: str) -> "Limit":
        """Read "10 per 10 minutes", "1 per second", "20 per 1 hour".

        Raises:
            ValueError: it does not read like that, or a number is out of its range.
        """
        found = _LIMIT.fullmatch(text)
        if not found:
            raise ValueError(text)
        limit = cls(int(found[1]), int(found[2] or 1) * _UNITS[found[3]])
        if limit.count < 1 or not 1 <= limit.period <= 86_400:
            raise ValueError(text)
        return limit


class LoginCount(NamedTuple):
    """What is counted of the log-ins on one user name.

    Attributes:
        failures: failed ones since the last success; those in flight count until they succeed.
        tries_left: how many more may begin before the next wait.
        in_flight: begun, and not known to have ended.
        last_at: when the last one began; Unix time.
        expires_at: when all of this is forgotten; Unix time.
    """

    failures: int
    tries_left: int
    in_flight: int
    last_at: float
    expires_at: int = NEVER

    def has_expired(self, now: float) -> bool:
        """Whether it counts for nothing, although DynamoDB may not have removed it yet."""
        return self.expires_at <= now

    def is_locked(self) -> bool:
        """Whether only an operator can bring the next try."""
        return self.failures >= MAX_FAILURES

    def next_at(self, limit: Limit) -> float:
        """When the next round begins, once no try is left.

        The wait is the limit's period, doubled with each further round of failures, up to an hour.
        It runs from the last try, so that no stretch of one period without a success
        ever holds more than `limit.count` of them.
        """
        rounds = max(1, self.failures // limit.count)
        # Doubled so often, every period from a second on is longer than an hour.
        wait = limit.period << min(rounds - 1, 12)
        return self.last_at + min(wait, max(LONGEST_WAIT, limit.period))


def seconds_until(moment: float, now: float) -> int:
    """Whole seconds after which `moment` has come; at least 1."""
    return max(1, math.ceil(moment - now))


def network(address: str) -> str:
    """What stands for one source of requests: an IPv4 address, or the /64 of an IPv6 address.

    A household or a server is given a /64 at least (RFC 6177): whoever has one of its addresses
    has all. What is no address counts as one source.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
