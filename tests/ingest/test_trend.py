"""Rates fitted over a time, and counters that grow."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.trend import Growth, Slope
from telemetry.clock import SECOND_NS


def ns(seconds: float) -> int:
    return round(seconds * SECOND_NS)


def test_a_slope_over_nothing_is_that_between_two_samples() -> None:
    slope = Slope(0, ns(5))
    slope.add(ns(0), 1.0)
    assert slope.at(ns(0)) is None
    slope.add(ns(2), 5.0)
    assert slope.at(ns(2)) == 2.0
    slope.add(ns(4), 5.0)
    assert slope.at(ns(4)) == 0.0


def test_a_slope_waits_for_most_of_its_stretch_and_is_gone_with_silence() -> None:
    slope = Slope(ns(20), ns(3))
    for second in range(0, 15, 2):
        slope.add(ns(second), -0.1 * second)
        assert slope.at(ns(second)) is None
    slope.add(ns(16), -1.6)
    assert math.isclose(slope.at(ns(16)) or 0, -0.1)
    assert slope.at(ns(19)) is not None
    assert slope.at(ns(19.1)) is None


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=12, max_size=40),
    st.sampled_from([0.5, 1.0, 2.0]),
)
def test_a_slope_is_the_least_squares_fit_of_its_stretch(
    values: list[float], period_s: float
) -> None:
    slope = Slope(ns(5), ns(9))
    times = [i * period_s for i in range(len(values))]
    for time_s, value in zip(times, values, strict=True):
        slope.add(ns(time_s), value)
    kept = [(t, v) for t, v in zip(times, values, strict=True) if t >= times[-1] - 5]
    (expected, _) = np.polyfit([t - times[-1] for t, _ in kept], [v for _, v in kept], 1)
    found = slope.at(ns(times[-1]))
    assert found is not None
    assert math.isclose(found, expected, rel_tol=1e-6, abs_tol=1e-4)


def test_a_counter_that_falls_was_reset_and_counts_anew() -> None:
    growth = Growth(ns(60))
    for second, value in enumerate([100.0, 103.0, 2.0, 4.0]):
        growth.add(ns(second), value)
    assert growth.at(ns(3)) == 3 + 2 + 2


def test_growth_is_forgotten_after_its_time() -> None:
    growth = Growth(ns(60))
    growth.add(ns(0), 5.0)
    growth.add(ns(10), 8.0)
    assert growth.at(ns(69)) == 3.0
    assert growth.at(ns(70)) == 0.0


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 9)), max_size=60))
def test_growth_is_the_sum_of_the_steps_in_its_time(steps: list[tuple[int, int]]) -> None:
    growth, now, value = Growth(ns(60)), 0, 0
    growth.add(ns(0), 0.0)
    history: list[tuple[int, int]] = []
    for wait, step in steps:
        now, value = now + wait, value + step
        growth.add(ns(now), float(value))
        history.append((now, step))
        assert growth.at(ns(now)) == sum(s for at, s in history if at > now - 60)


def test_both_go_on_after_a_restart() -> None:
    slope, growth = Slope(ns(5), ns(9)), Growth(ns(60))
    for second in range(6):
        slope.add(ns(second), second * 2.0)
        growth.add(ns(second), second * 2.0)
    slope_again, growth_again = Slope(ns(5), ns(9)), Growth(ns(60))
    slope_again.restore(slope.snapshot())
    growth_again.restore(growth.snapshot())
    for each in (slope, growth, slope_again, growth_again):
        each.add(ns(6), 30.0)
    assert slope_again.at(ns(6)) == slope.at(ns(6))
    assert growth_again.at(ns(6)) == growth.at(ns(6)) == 30.0


@given(
    seed=st.integers(0, 2**32),
    over_s=st.sampled_from((0.0, 1.0, 6.0, 60.0)),
    known=st.integers(0, 20),
    scale=st.sampled_from((1e-3, 1.0, 1e6)),
)
def test_slopes_of_many_samples_are_those_of_one_after_another(
    seed: int, over_s: float, known: int, scale: float
) -> None:
    made = np.random.default_rng(seed)
    steps = made.integers(SECOND_NS // 10, 3 * SECOND_NS, 300)
    times = np.cumsum(steps) + 1_634_289_120 * SECOND_NS
    values = scale * (made.normal(size=300).cumsum() + made.choice([0, 1e3]))
    at_once, singly = (Slope(round(over_s * SECOND_NS), 9 * SECOND_NS) for _ in range(2))
    for time_ns, value in zip(times[:known].tolist(), values[:known].tolist(), strict=True):
        at_once.add(time_ns, value)
        singly.add(time_ns, value)
    slopes, margins = at_once.after(times[known:], values[known:])
    for row, (time_ns, value) in enumerate(
        zip(times[known:].tolist(), values[known:].tolist(), strict=True)
    ):
        singly.add(time_ns, value)
        slope = singly.at(time_ns)
        assert (slope is None) == bool(np.isnan(slopes[row]))
        if slope is not None:
            assert abs(slope - slopes[row]) <= margins[row]
