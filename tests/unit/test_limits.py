import pytest

from chalicelib.limits import NEVER, Limit, LoginCount, network, seconds_until


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("10 per 10 minutes", Limit(10, 600)),
        ("1 per second", Limit(1, 1)),
        ("5 per 1 minute", Limit(5, 60)),
        ("20 per hour", Limit(20, 3600)),
        ("999999 per 24 hours", Limit(999_999, 86_400)),
    ],
)
def test_a_limit_reads_like_a_sentence(text: str, limit: Limit) -> None:
    assert Limit.parse(text) == limit


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "10/minute",
        "ten per minute",
        "0 per minute",
        "10 per 0 minutes",
        "10 per 25 hours",
        "10 per 10 days",
        "-1 per minute",
        "1000000 per minute",
        "10 per 10 minutes ",
        "10 per 10 minutes\n",
        "١٠ per minute",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        Limit.parse(text)


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(10, 10), (19, 10), (20, 20), (30, 40), (40, 60), (50, 60), (90, 60)],
)
def test_the_wait_doubles_with_each_round_up_to_an_hour(failures: int, minutes: int) -> None:
    count = LoginCount(failures, 0, 0, 5000.0)
    assert count.next_at(Limit(10, 600)) == 5000 + minutes * 60


def test_the_wait_of_the_smallest_limit_does_not_grow_without_bound() -> None:
    assert LoginCount(99, 0, 0, 0.0).next_at(Limit(1, 1)) == 3600


def test_a_hundred_failures_take_many_hours() -> None:
    limit = Limit(10, 600)
    waits = [LoginCount(n, 0, 0, 0.0).next_at(limit) for n in range(10, 100, 10)]
    assert sum(waits) == (10 + 20 + 40 + 6 * 60) * 60


@pytest.mark.parametrize(("failures", "locked"), [(99, False), (100, True), (101, True)])
def test_a_hundred_failures_lock(failures: int, locked: bool) -> None:
    assert LoginCount(failures, 5, 0, 0.0).is_locked() is locked


@pytest.mark.parametrize(
    ("expires_at", "expired"), [(NEVER, False), (101, False), (100, True), (99, True)]
)
def test_a_count_expires_at_its_time(expires_at: int, expired: bool) -> None:
    assert LoginCount(1, 1, 0, 0.0, expires_at).has_expired(100.0) is expired


@pytest.mark.parametrize(
    ("moment", "seconds"), [(110.0, 10), (109.2, 10), (100.001, 1), (100.0, 1), (90.0, 1)]
)
def test_seconds_are_whole_and_enough(moment: float, seconds: int) -> None:
    assert seconds_until(moment, 100.0) == seconds


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", "unknown"),
        ("", "unknown"),
        ("203.0.113.7, 198.51.100.1", "unknown"),
    ],
)
def test_a_source_is_an_address_or_the_network_that_comes_with_it(
    address: str, source: str
) -> None:
    assert network(address) == source
