import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.clock import LAST_NS, SECOND_NS, utc
from telemetry.errors import UsageError
from telemetry.moments import exact_utc, parse_time

NINE_TWELVE = 1_634_289_120 * SECOND_NS


@pytest.mark.parametrize(
    "text",
    [
        "2021-10-15T09:12:00Z",
        "2021-10-15T09:12:00+00:00",
        "2021-10-15 09:12",
        "2021-288T09:12:00",
        "2021-288 09:12Z",
        " 2021-10-15T09:12:00.000 ",
    ],
)
def test_a_time_is_read_in_every_form_people_use(text: str) -> None:
    assert parse_time(text) == NINE_TWELVE


def test_what_is_left_out_at_the_end_is_zero() -> None:
    assert utc(parse_time("2021-10-15")) == "2021-10-15T00:00:00.000Z"
    assert utc(parse_time("2021-288")) == "2021-10-15T00:00:00.000Z"
    assert utc(parse_time("2021-10-15T09")) == "2021-10-15T09:00:00.000Z"
    assert utc(parse_time("2020-366")) == "2020-12-31T00:00:00.000Z"


@given(st.integers(0, LAST_NS))
def test_a_time_that_is_said_exactly_is_read_exactly(time_ns: int) -> None:
    assert parse_time(exact_utc(time_ns)) == time_ns


def test_no_more_digits_are_said_than_needed() -> None:
    assert exact_utc(NINE_TWELVE) == "2021-10-15T09:12:00Z"
    assert exact_utc(NINE_TWELVE + 120) == "2021-10-15T09:12:00.00000012Z"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "write UTC as"),
        ("yesterday", "write UTC as"),
        ("2021-10-15T09:12:00+02:00", "write UTC as"),
        ("2021-10-15T", "write UTC as"),
        ("2021-10-15T09:12:00.0000000001", "write UTC as"),
        ("2021-13-15", "month"),
        ("2021-02-29", "day"),
        ("2021-366", "2021 has no day 366"),
        ("2021-000", "2021 has no day 000"),
        ("0001-000", "is no time"),
        ("2021-10-15T24:00", "hour"),
        ("2021-10-15T23:59:60", "second"),
        ("1969-12-31", "1970"),
        ("9999-12-31", "beyond 2116"),
    ],
)
def test_what_is_no_time_is_refused_with_why(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        parse_time(text)
    assert "\n" not in str(caught.value)
