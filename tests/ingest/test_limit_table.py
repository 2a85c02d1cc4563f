"""Ranges in numpy against the same ranges told one value at a time, on frames and on blocks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ingest.limit_table import LimitTable, level_of
from telemetry.limit import LEVELS, Band, Severity

edges = st.floats(0.5, 5).map(lambda x: round(x, 1))


@st.composite
def bands(draw: st.DrawFn) -> dict[Severity, Band]:
    """Any number of nested bands, each open on one side, the other or none."""
    found: dict[Severity, Band] = {}
    low = high = 0.0
    open_low, open_high = draw(st.booleans()), draw(st.booleans())
    for severity in LEVELS:
        low, high = low - draw(edges), high + draw(edges)
        if draw(st.booleans()) and not (open_low and open_high):
            found[severity] = Band(low=None if open_low else low, high=None if open_high else high)
    return found


values = st.floats(-25, 25).map(lambda x: round(x, 1)) | st.sampled_from([np.nan, np.inf, -np.inf])


@given(st.lists(bands(), min_size=1, max_size=4), st.data())
def test_a_block_and_its_frames_and_its_values_are_judged_alike(
    by_parameter: list[dict[Severity, Band]], data: st.DataObject
) -> None:
    rows = data.draw(st.integers(1, 6))
    shape = (rows, len(by_parameter))
    block = data.draw(arrays.arrays(float, shape, elements=values))
    table = LimitTable(by_parameter)
    levels = table.levels(block)
    assert levels.shape == shape
    for row, judged in zip(block, levels, strict=True):
        assert list(table.levels(row)) == list(judged)
        one_by_one = [level_of(b, value) for b, value in zip(by_parameter, row, strict=True)]
        assert list(judged) == one_by_one


@given(bands(), bands(), values)
def test_putting_other_bands_in_force_leaves_nothing_of_the_old(
    old: dict[Severity, Band], new: dict[Severity, Band], value: float
) -> None:
    table = LimitTable([old])
    table.put(0, new)
    assert table.levels(np.array([value]))[0] == level_of(new, value)
