"""Whether growth is judged as it is said to be."""

import pytest

from bench.growth_series import Better, Expect, Series, median, table


def series(
    *points: tuple[float, float],
    expect: Expect = Expect.FLAT,
    better: Better = Better.LESS,
) -> Series:
    return Series(
        what="a", unit="ms", over="sizes", expect=expect, better=better, points=tuple(points)
    )


def test_a_cost_that_stays_is_flat_and_one_that_doubles_is_not() -> None:
    assert series((1, 10), (7, 11)).holds
    assert not series((1, 10), (7, 20)).holds


def test_a_rate_may_rise_but_not_fall() -> None:
    assert series((1, 10), (10, 90), better=Better.MORE).holds
    assert series((1, 10), (10, 5), better=Better.MORE).worst == pytest.approx(2)


def test_flat_finds_a_middle_that_is_worse_than_both_ends() -> None:
    assert not series((1, 10), (2, 30), (3, 10)).holds


def test_zero_is_a_size_of_what_is_flat() -> None:
    assert series((0, 10), (1_000, 10)).holds


def test_linear_is_allowed_and_its_square_is_found_behind_a_large_constant() -> None:
    linear = [(x, 100 + 3 * x) for x in (1, 50, 200)]
    square = [(x, 100 + x * x) for x in (1, 50, 200)]
    assert series(*linear, expect=Expect.LINEAR).holds
    assert not series(*square, expect=Expect.LINEAR).holds


def test_median_is_of_each_size() -> None:
    runs = [series((1, 10), (7, 30)), series((1, 12), (7, 20)), series((1, 90), (7, 25))]
    assert median(runs).points == ((1, 12), (7, 25))


def test_table_says_what_does_not_hold() -> None:
    text = table([series((1, 10), (7, 11)), series((1, 10), (7, 20))])
    assert text.count("| holds |") == 1
    assert text.count("**does not hold**") == 1
