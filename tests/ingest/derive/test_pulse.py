"""Single parts: a counter read through losses, a pulse told from on-time, what a plan permits."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.derive.counter import Counter, Rise
from ingest.derive.permits import longest_pulse_s, permitted_s
from ingest.derive.pulse import Pulse
from telemetry.clock import SECOND_NS
from telemetry.plan import PlanState
from tests.ingest.derive.firings import at, on_ms, plan

TENTH_NS = SECOND_NS // 10


def rise(from_s: float, to_s: float, amount: float) -> Rise:
    return Rise(at(from_s), at(to_s), amount)


def test_a_settled_counter_rose_since_the_last_frame() -> None:
    counter = Counter()
    assert counter.read(1.0, at(0), at(0)) is None
    assert counter.read(1.4, at(10), at(9)) == rise(9, 10, pytest.approx(0.4))


def test_an_unsettled_counter_rose_since_it_was_known() -> None:
    counter = Counter()
    counter.read(1.0, at(0), at(0))
    counter.unsettle(at(5))
    counter.unsettle(at(8))  # lost again before it was sent again
    assert counter.read(1.4, at(10), at(9)) == rise(5, 10, pytest.approx(0.4))


def test_a_counter_below_what_it_was_counts_from_its_reset() -> None:
    counter = Counter()
    counter.read(1.0, at(0), at(0))
    assert counter.read(0.3, at(10), at(9)) == Rise(at(9), at(10), 0.3, reset=True)


def test_a_counter_can_be_faster_than_time() -> None:
    counter = Counter(fastest=1.4)
    counter.read(1.0, at(0), at(0))
    assert counter.read(2.3, at(1), at(0)) == rise(0, 1, pytest.approx(1.3))


@given(
    st.lists(st.tuples(st.integers(100, 3_000), st.integers(20, 3_000)), min_size=1, max_size=6),
    st.lists(st.integers(1, 5_000), min_size=1, max_size=30),
)
def test_a_pulse_is_never_told_longer_than_it_was(
    gaps_and_lengths: list[tuple[int, int]], steps: list[int]
) -> None:
    """Whatever the intervals: any of them may be a gap."""
    pulses, ms = [], 0
    for gap, length in gaps_and_lengths:
        pulses.append((ms + gap, ms + gap + length))
        ms += gap + length
    times = [0]
    while times[-1] < ms:
        times.append(times[-1] + steps[len(times) % len(steps)])
    told = Pulse()
    for a, b in pairwise(times):
        length_s = told.take(rise(a / 1e3, b / 1e3, on_ms(pulses, a, b) / 1e3))
        longest = max((min(end, b) - start for start, end in pulses if start < b), default=0)
        assert length_s <= longest / 1e3 + 1e-6
        if told.live and (on := [start for start, end in pulses if start < b <= end]):
            assert told.begun_ns <= at(on[0] / 1e3) + 1


@given(st.integers(0, 99), st.integers(1, 50))
def test_a_pulse_seen_tick_by_tick_is_told_to_a_tick(offset: int, tenths: int) -> None:
    start, end = 1_000 + offset, 1_000 + offset + 100 * tenths
    told, longest_s = Pulse(), 0.0
    for ms in range(0, 8_000, 100):
        on_s = on_ms([(start, end)], ms, ms + 100) / 1e3
        longest_s = max(longest_s, told.take(rise(ms / 1e3, (ms + 100) / 1e3, on_s)))
    assert longest_s == pytest.approx((end - start) / 1e3, abs=0.11)
    assert not told.live


@given(
    windows=st.lists(st.tuples(st.integers(0, 100), st.integers(1, 50)), max_size=4),
    states=st.lists(
        st.sampled_from([PlanState.PROPOSED, PlanState.APPROVED]), min_size=4, max_size=4
    ),
    ended=st.one_of(st.none(), st.integers(1, 150)),
    interval=st.tuples(st.integers(0, 120), st.integers(1, 60)),
)
def test_what_is_permitted_is_what_is_in_force_moment_by_moment(
    windows: list[tuple[int, int]],
    states: list[PlanState],
    ended: int | None,
    interval: tuple[int, int],
) -> None:
    plans = [
        plan(a, a + n, state=state, ended_s=ended, longest_pulse_s=None)
        for (a, n), state in zip(windows, states, strict=False)
    ]
    a, b = interval[0], sum(interval)
    moments = [any(one.in_force(at(s + 0.5)) for one in plans) for s in range(a, b)]
    span = rise(a, b, 1.0)
    assert permitted_s(plans, "DPO-01", span, span.from_ns) == pytest.approx(sum(moments))
    assert (longest_pulse_s(plans, "DPO-01", span) is not None) == any(moments)


def test_of_several_activities_the_longest_pulse_counts() -> None:
    plans = [plan(0, 10, longest_pulse_s=0.5), plan(0, 10, longest_pulse_s=2.0, id_="other")]
    assert longest_pulse_s(plans, "DPO-01", rise(1, 2, 0.1)) == 2.0
    assert longest_pulse_s(plans[:1], "DPO-01", rise(10, 11, 0.1)) is None


def test_a_break_across_two_intervals_parts_two_pulses() -> None:
    told = Pulse()
    told.take(rise(0, 1, 0.95))
    assert told.take(rise(1, 2, 0.95)) == 0.95
    # and where no break fits, there is none
    assert told.take(rise(2, 3, 0.99)) == pytest.approx(1.94)
