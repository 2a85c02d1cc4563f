"""Kurs range and range rate of a vehicle on its way to a port."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.craft.approach import CONTACT_SPEED_M_S, Approaching


def approaching(from_range_m: float, for_s: float, elapsed_s: float = 0.0) -> Approaching:
    return Approaching(
        vehicle="progress",
        port="zvezda-aft",
        from_range_m=from_range_m,
        for_s=for_s,
        elapsed_s=elapsed_s,
    )


#: What the action `approach` lets through.
ways = st.tuples(st.floats(0.1, 200_000.0), st.floats(1.0, 864_000.0))


@given(ways)
def test_range_begins_as_given_falls_all_the_way_and_ends_at_contact(
    way: tuple[float, float],
) -> None:
    from_range_m, for_s = way
    states = [approaching(*way, elapsed_s=for_s * i / 200) for i in range(201)]
    ranges = [state.range_m for state in states]
    assert ranges[0] == pytest.approx(from_range_m)
    assert ranges[-1] == pytest.approx(0.0, abs=1e-9 * from_range_m)
    rounding_m = 1e-9 * from_range_m
    assert all(later <= earlier + rounding_m for earlier, later in pairwise(ranges))
    assert all(state.rate_m_s <= 0 for state in states)


@given(ways, st.floats(0.01, 0.99))
def test_rate_is_the_change_of_range(way: tuple[float, float], share: float) -> None:
    from_range_m, for_s = way
    tick_s = 1e-4 * for_s
    before, now, after = (
        approaching(*way, elapsed_s=share * for_s + i * tick_s) for i in (-1, 0, 1)
    )
    change = (after.range_m - before.range_m) / (2 * tick_s)
    # of a cosine; a hundredth more where the straight part is cut in two
    assert change == pytest.approx(now.rate_m_s, abs=0.01 * from_range_m / for_s)


def test_rate_has_no_step_where_the_straight_part_begins() -> None:
    before, after = (approaching(400.0, 1_200.0, elapsed_s=1_140.0 + x) for x in (-1e-6, 1e-6))
    assert before.rate_m_s == pytest.approx(after.rate_m_s, abs=1e-6)
    assert before.range_m == pytest.approx(after.range_m, abs=1e-6)


@pytest.mark.parametrize(("from_range_m", "for_s"), [(400.0, 1_200.0), (96_348.0, 7_200.0)])
def test_contact_is_made_at_a_speed_that_is_usual_and_held_after_it(
    from_range_m: float, for_s: float
) -> None:
    assert 0.06 <= CONTACT_SPEED_M_S <= 0.15  # usual, from a cosmonaut's log
    for elapsed_s in (for_s - 1, for_s, for_s + 3_600):
        state = approaching(from_range_m, for_s, elapsed_s)
        assert state.rate_m_s == pytest.approx(-CONTACT_SPEED_M_S)
        assert state.range_m == pytest.approx(CONTACT_SPEED_M_S * max(for_s - elapsed_s, 0.0))
        assert state.contact == (elapsed_s >= for_s)


def test_a_way_that_is_slower_than_contact_is_even_and_never_backs_away() -> None:
    """10 m in 20 minutes: half a metre a minute throughout."""
    for elapsed_s in (0.0, 300.0, 1_100.0, 1_190.0):
        state = approaching(10.0, 1_200.0, elapsed_s)
        assert state.rate_m_s == pytest.approx(-10.0 / 1_200.0)
        assert state.range_m == pytest.approx(10.0 * (1 - elapsed_s / 1_200.0))


def test_middle_of_a_long_way_is_the_fastest() -> None:
    """A cosine is at its fastest pi / 2 of its mean speed; the straight part takes off a little."""
    rates = [-approaching(400.0, 1_200.0, float(t)).rate_m_s for t in range(1_200)]
    assert rates.index(max(rates)) == pytest.approx(570, abs=2)
    assert max(rates) == pytest.approx(math.pi / 2 * 400 / 1_200, rel=0.12)
