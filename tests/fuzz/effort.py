"""How many cases: few as part of `make test`, many in `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

CASES = int(os.environ.get("FUZZ_CASES", "1000"))
"""Requests in process. Everything else is a share of it."""


def share(part: float) -> settings:
    """The same cases on every machine and in every run: `part` of CASES.

    The health checks left out are about speed, and about fixtures that outlast a case: ours puts
    the tables back before each.
    """
    return settings(
        max_examples=max(1, round(CASES * part)),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ],
    )
