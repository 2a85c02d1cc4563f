"""Whether answers are held against each other, and the rows asked about are as they should be."""

import numpy as np

from bench.bare import Rows, Table
from bench.load import Shape
from bench.queries import CONSOLE_NS, EXACT_NS, START_NS, agree, stored
from telemetry.clock import SECOND_NS
from telemetry.store.rollups import level_of
from telemetry.tally import DAY_NS

TABLE: Table = [np.array([START_NS, START_NS + 1]), np.array([1.0, 2.0])]


def test_answers_agree_to_the_nanosecond_and_nearly_in_value() -> None:
    assert agree(TABLE, [TABLE[0], TABLE[1] * (1 + 1e-12)])
    assert not agree(TABLE, [TABLE[0] + 1, TABLE[1]])
    assert not agree(TABLE, [TABLE[0], TABLE[1] + 0.1])


def test_answers_of_other_columns_or_rows_do_not_agree() -> None:
    assert not agree(TABLE, [*TABLE, TABLE[1]])
    assert not agree(TABLE, [column[:1] for column in TABLE])


def test_stored_is_each_subsystem_from_the_start_of_the_day() -> None:
    one, two = stored(Shape(parameters=2, a_frame=2, subsystems=2), SECOND_NS, 60 * SECOND_NS)
    assert (one.key, two.key) == (("craft00", "sub00"), ("craft00", "sub01"))
    assert one.ids == ("SUB00_000", "SUB00_001")
    assert (one.start_ns, one.stop_ns) == (START_NS, START_NS + 60 * SECOND_NS)


def test_pages_are_all_rows_within_limits() -> None:
    rows = Rows(("craft", "sub"), ("A", "B"), START_NS, 10, 2_500)
    pages = list(rows.pages())
    times = np.concatenate([times for times, _ in pages])
    values = np.concatenate([values for _, values in pages])
    assert np.array_equal(times, START_NS + np.arange(2_500) * 10)
    assert values.shape == (2_500, 2)
    assert np.abs(values).max() <= 9.0


def test_the_console_asks_for_roll_ups_and_an_exact_thousand_is_of_samples() -> None:
    assert level_of(CONSOLE_NS) is not None
    assert level_of(EXACT_NS) is None
    assert START_NS % EXACT_NS == 0
    assert DAY_NS // EXACT_NS == 1_000
