import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.trend_view import MAX_POINTS, read_view, width_ns
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from tests.small import small_database

DATABASE = small_database()
NOW_NS = 1_634_289_180 * SECOND_NS


def test_without_a_range_it_follows_the_stream() -> None:
    view = read_view(["iss/ERR"], "1 h", "", " ", NOW_NS, DATABASE)
    assert view.live
    assert (view.start_ns, view.stop_ns) == (NOW_NS - 3600 * SECOND_NS, NOW_NS)
    assert [line.key for line in view.lines] == ["iss/ERR"]


def test_a_range_is_fixed_and_may_be_by_day_of_year() -> None:
    view = read_view(["iss/ERR"], "1 h", "2021-288T09:00", "2021-10-15 10:00", NOW_NS, DATABASE)
    assert not view.live
    assert view.span_ns == 3600 * SECOND_NS


def test_one_end_alone_takes_the_other_from_the_span_or_from_now() -> None:
    to = read_view([], "1 h", "", "2021-10-15 09:00", NOW_NS, DATABASE)
    assert to.span_ns == 3600 * SECOND_NS
    since = read_view([], "1 h", "2021-10-15 09:00", "", NOW_NS, DATABASE)
    assert since.stop_ns == NOW_NS


@pytest.mark.parametrize(
    ("start", "stop", "why"),
    [
        ("2021-10-15 10:00", "2021-10-15 09:00", "not after"),
        ("soon", "", "is no time"),
        ("2021-10-15 10:00", "2021-10-15 10:00:00.01", "shows nothing"),
    ],
)
def test_a_range_that_is_none_says_why(start: str, stop: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_view([], "1 h", start, stop, NOW_NS, DATABASE)


def test_what_is_unknown_or_too_much_is_said_and_the_rest_shown() -> None:
    view = read_view(["iss/NOSUCH", "iss/ERR", "iss/ERR"], "1 h", "", "", NOW_NS, DATABASE)
    assert len(view.lines) == 1
    assert view.notes == ("not in the mission database: iss/NOSUCH",)


@given(st.integers(SECOND_NS // 10, 10 * 366 * 86_400 * SECOND_NS), st.integers(1, 8000))
def test_no_more_points_than_pixels_and_not_far_fewer(span_ns: int, pixels: int) -> None:
    points = min(max(pixels, 100), MAX_POINTS)
    width = width_ns(span_ns, pixels)
    assert span_ns <= width * points
    assert width <= 1_000_000 or span_ns * 3 > width * points
