"""What is drawn of a parameter: every sample or every bucket, held where it holds, broken where
nothing is known.
"""

import numpy as np
import pytest

from dashboard.trends_series import Line, Series, line, silences
from telemetry.clock import SECOND_NS
from telemetry.frame import Sample
from tests.dashboard.trending import NAN, buckets, samples


def drawn(series: Series, start_s: float, stop_s: float) -> list[tuple[float, float]]:
    """(second, value) of each point of the line."""
    made = line(series, round(start_s * SECOND_NS), round(stop_s * SECOND_NS))
    return list(zip((made.time_ns / SECOND_NS).tolist(), made.mean.tolist(), strict=True))


def same(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> bool:
    return np.allclose(np.array(one), np.array(other), equal_nan=True) and len(one) == len(other)


def test_a_sample_holds_until_the_next_and_the_last_to_the_end() -> None:
    series = samples("iss/RATE", {10: 1.0, 12: 2.0})
    assert same(drawn(series, 10, 20), [(10, 1), (12, 2), (20, 2), (20, NAN)])


def test_what_is_repeated_and_stops_is_a_gap() -> None:
    # repeated at least each 60 s, and 1.9 times that may pass
    series = samples("iss/RATE", {0: 1.0, 300: 2.0})
    assert same(
        drawn(series, 0, 301), [(0, 1), (114, 1), (114, NAN), (300, 2), (301, 2), (301, NAN)]
    )


def test_what_is_sent_on_change_only_holds_for_ever() -> None:
    series = samples("iss/ERR", {0: 1.0, 3000: 2.0})
    assert same(drawn(series, 0, 4000), [(0, 1), (3000, 2), (4000, 2), (4000, NAN)])


def test_a_subsystem_that_was_not_heard_is_a_gap_of_all_it_sends() -> None:
    series = samples("iss/ERR", {0: 1.0, 50: 2.0}, silences=((20 * SECOND_NS, 40 * SECOND_NS),))
    assert same(drawn(series, 0, 60), [(0, 1), (20, 1), (20, NAN), (50, 2), (60, 2), (60, NAN)])


def test_an_invalid_sample_breaks_the_line() -> None:
    series = samples("iss/RATE", {0: 1.0, 1: None, 2: 3.0})
    assert same(drawn(series, 0, 3), [(0, 1), (1, NAN), (2, 3), (3, 3), (3, NAN)])
    assert series.total == 2


def test_nothing_is_drawn_beyond_what_was_heard() -> None:
    series = samples("iss/RATE", {0: 1.0}, heard_ns=5 * SECOND_NS)
    assert same(drawn(series, 0, 100), [(0, 1), (5, 1), (5, NAN)])


def test_an_older_flight_is_drawn_although_the_stream_is_before_it() -> None:
    series = samples("iss/RATE", {10: 1.0, 11: 2.0}, heard_ns=0)
    assert same(drawn(series, 10, 20), [(10, 1), (11, 2), (11, 2), (11, NAN)])


def test_what_held_before_the_range_is_drawn_from_its_start() -> None:
    before = Sample(5 * SECOND_NS, 7.0)
    series = samples("iss/RATE", {20: 1.0}, before=before)
    assert same(drawn(series, 10, 20.5), [(10, 7), (20, 1), (20.5, 1), (20.5, NAN)])


def test_what_held_too_long_ago_is_not_drawn() -> None:
    series = samples("iss/RATE", {500: 1.0}, before=Sample(0, 7.0))
    assert same(drawn(series, 400, 501), [(500, 1), (501, 1), (501, NAN)])


def test_nothing_recorded_is_nothing_drawn() -> None:
    assert same(drawn(samples("iss/RATE", {}), 5, 10), [(5, NAN)])


def test_of_states_every_change_is_kept_and_no_repetition() -> None:
    series = samples("iss/MODE", {0: 1, 1: 1, 2: 0, 3: 1, 4: None, 5: 1, 6: 9})
    assert series.names == ("HOLD", "DRIFT", "UNKNOWN STATE 9")
    assert same(
        drawn(series, 0, 7), [(0, 1), (2, 0), (3, 1), (4, NAN), (5, 1), (6, 2), (7, 2), (7, NAN)]
    )
    assert series.total == 6


def test_a_state_before_the_range_is_one_of_its_states() -> None:
    series = samples("iss/MODE", {20: 0}, before=Sample(0, 2))
    assert series.names == ("HOLD", "LOST")
    assert same(drawn(series, 10, 21), [(10, 1), (20, 0), (21, 0), (21, NAN)])


def test_texts_and_flags_have_states_of_their_own() -> None:
    assert samples("iss/NAME", {0: "b", 1: "a", 2: "b"}).names == ("b", "a")
    assert samples("iss/FLAG", {0: True, 1: False}).names == ("True", "False")


def test_a_bucket_keeps_its_spike_and_is_drawn_over_its_width() -> None:
    series = buckets("iss/RATE", 10, {0: (1, 2, 1.5, 10), 10: (1, 99, 10.8, 10)})
    made: Line = line(series, 0, 20 * SECOND_NS)
    assert (made.time_ns / SECOND_NS).tolist() == [0, 10, 20, 20]
    assert made.high.tolist()[:3] == [2, 99, 99]
    assert made.low.tolist()[:3] == [1, 1, 1]
    assert np.isnan(made.mean[-1])


@pytest.mark.parametrize(
    ("heard", "expected"),
    [([], ()), ([1, 2, 3], ()), ([1, 2, 9, 10], ((2, 9),)), ([8], ((0, 8),))],
)
def test_silences_are_where_frames_stop(
    heard: list[int], expected: tuple[tuple[int, int], ...]
) -> None:
    assert silences(np.array(heard, np.int64), 0, 2) == expected
