"""The arithmetic of roll-ups; what stores make of it is in `tests/contract`."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.parameter import ParameterType
from telemetry.store.rollups import (
    LEVELS_NS,
    MAX_EMPTY,
    MINUTE_NS,
    Mark,
    chosen,
    combine,
    gaps,
    in_spans,
    level_of,
    marks_of,
    rollup_schema,
    spans_of,
    whole_minutes,
)
from telemetry.store.rows import sum_up
from telemetry.store.schema import declared
from tests.contract.mission import MISSION

M = MINUTE_NS


@pytest.mark.parametrize(
    ("width_s", "level_s"),
    [(60, 60), (3600, 60), (86_400, 60), (10, 10), (30, 10), (90, 10), (5, None), (61, None)],
)
def test_the_widest_level_that_fits_is_taken(width_s: int, level_s: int | None) -> None:
    found = level_of(width_s * 10**9)
    assert found == (None if level_s is None else level_s * 10**9)


def test_every_level_divides_a_minute_and_no_table_is_too_wide() -> None:
    assert all(MINUTE_NS % level == 0 for level in LEVELS_NS)
    assert list(LEVELS_NS) == sorted(LEVELS_NS, reverse=True)
    # InfluxDB 3 has 500 columns a measurement, three of which are the row's own; with 200
    # parameters, the most a frame has, two statistics a table fit and three do not
    tables = rollup_schema(declared(MISSION))
    assert max(len(types) for types in tables.values()) <= 2 * 150


def test_minutes_are_whole() -> None:
    assert whole_minutes(0, 1) == (0, M)
    assert whole_minutes(M - 1, M + 1) == (0, 2 * M)
    assert whole_minutes(M, 2 * M) == (M, 2 * M)


MINUTES = st.sets(st.integers(0, 400), max_size=60).map(
    lambda some: np.array(sorted(some), np.int64) * M
)


@given(MINUTES, st.integers(0, 400), st.integers(1, 100), st.none() | st.integers(2, 5))
def test_spans_and_gaps_share_out_a_range(
    minutes: Any, start: int, length: int, most: int | None
) -> None:
    begin, end = start * M, (start + length) * M
    inside = minutes[(minutes >= begin) & (minutes < end)]
    spans = spans_of(inside)
    found = gaps(spans, begin, end, most)
    open_ = {m for a, b in found for m in range(a, b, M)}
    missing = set(range(begin, end, M)) - set(inside.tolist())
    assert open_ == missing if most is None else open_ >= missing
    assert most is None or len(found) <= most
    assert all(a < b for a, b in found)
    assert all(b < c for (_, b), (c, _) in pairwise(found))


@given(MINUTES, st.lists(st.integers(-M, 402 * M), max_size=20))
def test_a_time_lies_in_the_spans_if_its_minute_does(minutes: Any, times: list[int]) -> None:
    at = np.array(times, np.int64)
    expected = [time // M * M in minutes.tolist() for time in times]
    assert in_spans(at, spans_of(minutes)).tolist() == expected


@given(MINUTES)
def test_marks_say_where_samples_are_and_leave_long_silence_out(minutes: Any) -> None:
    span = (0, 401 * M)
    marks = marks_of(span, minutes)
    occupied = set(minutes.tolist())
    assert {m for m, mark in marks.items() if mark is Mark.SUMMED} == occupied
    for a, b in gaps(spans_of(minutes), *span):
        silent = [marks.get(m) for m in range(a, b, M)]
        short = len(silent) <= MAX_EMPTY
        assert silent == [Mark.EMPTY if short else None] * len(silent)


SAMPLES = st.lists(
    st.tuples(st.integers(0, 300), st.floats(-1e6, 1e6)),
    min_size=1,
    max_size=40,
    unique_by=lambda s: s[0],
).map(sorted)


@given(SAMPLES, st.integers(1, 20), st.integers(1, 10), st.data())
def test_buckets_of_buckets_are_buckets_of_samples(
    samples: list[tuple[int, float]], narrow: int, factor: int, data: st.DataObject
) -> None:
    times = np.array([t for t, _ in samples], np.int64)
    values = np.array([v for _, v in samples])
    kind = ParameterType.FLOAT
    parts = sum_up(kind, times, values, narrow)
    # in two, in whatever order
    some = np.array(data.draw(st.lists(st.booleans(), min_size=len(parts.time_ns))), np.bool_)
    some = some[: len(parts.time_ns)]
    found = combine([chosen(parts, ~some), chosen(parts, some)], kind, narrow * factor)
    expected = sum_up(kind, times, values, narrow * factor)
    for name in ("time_ns", "minimum", "maximum", "count", "last"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-9, atol=1e-6)
