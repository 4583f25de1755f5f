import pytest

from chalicelib.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90 seconds", 90), ("1 minute", 60), ("12 hours", 43_200), ("30 days", 2_592_000)],
)
def test_a_duration_reads_as_people_write_it(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "12", "hours", "0 hours", "-1 hours", "12h", "12 hours ", "1.5 hours", "2 weeks"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        parse_duration(text)
