"""Whether the rule of the soak sees what grows, and only that."""

import numpy as np
import pytest

from bench.soak_trend import Verdict, theil_sen, trend

TIMES = np.arange(0.0, 1_800.0, 5.0)
NOISE = np.random.default_rng(7).normal(0, 1.0, len(TIMES))


def test_theil_sen_is_the_slope_of_a_line() -> None:
    assert theil_sen(TIMES, 3.0 + 0.25 * TIMES) == pytest.approx(0.25)


def test_theil_sen_is_not_moved_by_spikes() -> None:
    values = 0.25 * TIMES
    values[::7] += 10_000
    assert theil_sen(TIMES, values) == pytest.approx(0.25, rel=0.1)


def test_theil_sen_of_one_moment_is_zero() -> None:
    assert theil_sen(np.array([5.0]), np.array([1.0])) == 0.0


def test_trend_grows_if_a_day_would_add_a_fifth() -> None:
    # 100 MB and 24 MB a day more
    found = trend(list(TIMES), list(100 + TIMES * 24 / 86_400), noise=1.0)
    assert found.verdict is Verdict.GROWS
    assert found.per_hour == pytest.approx(1.0)


def test_trend_is_flat_if_a_day_would_add_less() -> None:
    assert trend(list(TIMES), list(100 + TIMES * 16 / 86_400), noise=1.0).verdict is Verdict.FLAT


def test_trend_is_flat_if_it_rises_less_than_the_noise() -> None:
    assert trend(list(TIMES), list(1 + TIMES * 24 / 86_400), noise=30.0).verdict is Verdict.FLAT


def test_trend_does_not_judge_what_fills_at_the_start() -> None:
    filling = np.minimum(TIMES, 600.0)
    assert trend(list(TIMES), list(filling), noise=0.0).verdict is Verdict.FLAT


def test_trend_does_not_judge_a_short_run() -> None:
    found = trend(list(TIMES[:60]), list(TIMES[:60]), noise=0.0)
    assert found.verdict is Verdict.TOO_SHORT


def test_trend_of_nothing_says_nothing() -> None:
    assert trend([], [], noise=0.0).verdict is Verdict.TOO_SHORT


def test_trend_says_levels_at_five_minutes_and_at_the_end() -> None:
    found = trend(list(TIMES), list(TIMES), noise=0.0)
    assert (found.first, found.last, found.most) == (310.0, 1_785.0, 1_795.0)


def test_trend_sees_growth_through_noise() -> None:
    assert trend(list(TIMES), list(100 + NOISE + TIMES / 60), noise=1.0).verdict is Verdict.GROWS
