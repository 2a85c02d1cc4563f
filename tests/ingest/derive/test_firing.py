import random
from itertools import pairwise

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from ingest.derive.firing import FiringDerivation
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.plan import Plan, PlanState
from tests.ingest.derive.firings import (
    ALL,
    DATABASE,
    Pulse,
    Ship,
    at,
    between,
    derive,
    first_above,
    frame,
    last,
    on_ms,
    plan,
    seconds,
)
from tests.small import small_database

UNPLANNED, OVERLONG = "DER_FIRING_UNPLANNED", "DER_FIRING_OVERLONG"
JETS = "DER_FIRING_JETS"
ON_TIME = "SIM_SOYUZ_DPO07_ONTIME"
#: In which the tests of one window may fire.
WINDOW = plan(10, 100)


def ship(*pulses: Pulse, jet: str = "DPO-07") -> Ship:
    return Ship(pulses={jet: pulses})


# --- the frame itself ---


def test_each_propulsion_frame_gives_one_derived_frame_of_its_time_and_sequence() -> None:
    frames = ship((20_000, 20_400)).frames(30_000)
    derived = derive(frames)
    assert [(d.time_ns, d.sequence, d.received_ns) for d in derived] == [
        (f.time_ns, f.sequence, f.received_ns) for f in frames
    ]
    assert {(d.spacecraft, d.subsystem) for d in derived} == {("soyuz", "derived")}
    known = DATABASE.subsystem("soyuz", "derived").parameters
    for one in derived:
        for parameter, value in one.values.items():
            assert known[parameter].typed(value) == value


def test_other_frames_give_nothing() -> None:
    other = Frame(spacecraft="iss", subsystem="adcs", time_ns=1, received_ns=1, sequence=0)
    assert derive([other]) == []


def test_a_database_without_the_ship_gives_nothing() -> None:
    frames = ship((0, 5_000)).frames(5_000)
    assert derive(frames, of=FiringDerivation(small_database())) == []


# --- outside the window ---


def test_a_pulse_without_any_plan_is_seen_in_the_first_frame_that_shows_it() -> None:
    derived = derive(ship((20_000, 20_400)).frames(30_000))
    assert first_above(derived, UNPLANNED) == 20.1
    assert last(derived, UNPLANNED) == 0.4
    assert last(derived, JETS) == "DPO-07"


def test_a_pulse_in_its_window_is_permitted() -> None:
    derived = derive(ship((20_000, 20_400)).frames(30_000), [WINDOW])
    assert {d.values[UNPLANNED] for d in derived} == {0.0}
    assert {d.values[JETS] for d in derived} == {""}


@pytest.mark.parametrize(
    "permit",
    [
        plan(10, 100, state=PlanState.PROPOSED),
        plan(10, 100, may_fire=("soyuz/DPO-08",)),
        plan(10, 100, may_fire=("progress",)),
        plan(10, 100, state=PlanState.ABORTED, ended_s=15),
        plan(10, 15),
        plan(30, 100),
    ],
    ids=["proposed", "another thruster", "another vehicle", "aborted", "before", "after"],
)
def test_a_plan_that_does_not_permit_it_permits_nothing(permit: Plan) -> None:
    derived = derive(ship((20_000, 20_400)).frames(30_000), [permit])
    assert last(derived, UNPLANNED) == 0.4


def test_a_single_thruster_may_be_named() -> None:
    permit = plan(10, 100, may_fire=("soyuz/DPO-07",))
    both = Ship(pulses={"DPO-07": [(20_000, 20_400)], "DPO-08": [(20_000, 20_300)]})
    derived = derive(both.frames(30_000), [permit])
    assert last(derived, UNPLANNED) == 0.3
    assert last(derived, JETS) == "DPO-08"


def test_of_several_thrusters_the_worst_counts_and_all_are_named() -> None:
    firing = {jet: [(20_000, 20_000 + 100 * n)] for n, jet in enumerate(ALL, 1)}
    derived = derive(Ship(pulses=firing).frames(30_000))
    assert last(derived, UNPLANNED) == 2.8
    assert last(derived, JETS) == ", ".join(ALL)


def test_two_windows_permit_together() -> None:
    # the pulse reaches from one into the other, and beyond what either allows
    windows = [plan(10, 21, longest_pulse_s=None, id_="a"), plan(21, 22, longest_pulse_s=None)]
    derived = derive(ship((20_000, 23_000)).frames(30_000), windows)
    assert last(derived, UNPLANNED) == 1.0


def test_a_pulse_begun_in_the_window_may_end_after_it() -> None:
    frames = ship((99_800, 100_300)).frames(110_000)
    assert last(derive(frames, [WINDOW]), UNPLANNED) == 0.0


def test_a_pulse_under_way_when_telemetry_begins_may_have_begun_in_the_window() -> None:
    frames = ship((99_500, 101_400)).frames(110_000)
    permit = plan(10, 100, longest_pulse_s=2.0)
    heard = [one for one in frames if one.time_ns >= at(100.5)]
    assert last(derive(heard, [permit]), UNPLANNED) == 0.0
    # but for no longer than the longest pulse
    heard = [one for one in ship((99_500, 105_000)).frames(110_000) if one.time_ns >= at(100.5)]
    assert first_above(derive(heard, [permit]), UNPLANNED) == 102.1


def test_it_may_not_end_later_than_the_longest_pulse() -> None:
    derived = derive(ship((99_800, 102_000)).frames(110_000), [WINDOW])
    assert first_above(derived, UNPLANNED) == 100.6
    assert last(derived, UNPLANNED) == 1.5


def test_a_pulse_begun_after_the_window_has_no_such_grace() -> None:
    derived = derive(ship((99_000, 99_400), (100_100, 100_300)).frames(110_000), [WINDOW])
    assert first_above(derived, UNPLANNED) == 100.2


def test_a_run_of_firing_ends_after_a_minute_without() -> None:
    pulses = [(20_000, 20_400), (79_000, 79_400), (200_000, 200_200)]
    derived = derive(ship(*pulses).frames(210_000))
    assert last(derived, UNPLANNED, 100) == 0.8
    assert last(derived, UNPLANNED, 139) == 0.8
    assert last(derived, UNPLANNED, 140) == 0.0
    assert last(derived, JETS, 140) == ""
    assert last(derived, UNPLANNED) == 0.2


# --- frames lost, late, repeated ---


def test_rounding_of_on_time_adds_up_to_no_firing() -> None:
    """A counter in steps of 0.04 s, in a burn of its whole window."""
    frames = [frame(n / 10, n, {ON_TIME: round(0.04 * round(2.5 * n), 2)}) for n in range(600)]
    rises = {round(b - a, 2) for a, b in pairwise(float(f.values[ON_TIME]) for f in frames)}
    assert max(rises) > 0.1
    burn = plan(0, 120, longest_pulse_s=None)
    assert {d.values[UNPLANNED] for d in derive(frames, [burn])} == {0.0}


def test_a_rise_over_lost_frames_is_permitted_as_far_as_the_window_reaches_into_them() -> None:
    frames = between(ship((99_000, 109_000)).frames(120_000), 90, 115)
    # 10 s of on-time in [89.9, 115+], of which 10.1 + 0.5 were permitted
    assert last(derive(frames, [WINDOW]), UNPLANNED) == 0.0
    frames = between(ship((95_000, 114_000)).frames(116_000), 90, 115)
    derived = derive([*frames, frame(116.1, 10_000, {ON_TIME: 19.0})], [WINDOW])
    assert last(derived, UNPLANNED) == pytest.approx(19 - 11 - 0.5)


def test_frames_lost_do_not_hide_a_pulse_from_the_next_that_has_the_counter() -> None:
    frames = between(ship((20_000, 20_400)).frames(40_000), 20, 21)
    derived = derive([*frames, frame(40.5, 10_000, {ON_TIME: 0.4})])
    assert first_above(derived, UNPLANNED) == 40.5
    assert last(derived, UNPLANNED) == 0.4


def test_a_frame_without_the_counter_after_a_loss_says_nothing_of_it() -> None:
    """Else a planned pulse would seem to be of the time its counter is sent again."""
    frames = between(ship((99_000, 99_400)).frames(150_000), 99, 100)
    derived = derive([*frames, frame(150.1, 10_000, {ON_TIME: 0.4})], [WINDOW])
    assert last(derived, UNPLANNED) == 0.0


def test_a_counter_that_was_invalid_may_have_risen_meanwhile() -> None:
    frames = [
        frame(90, 0, {ON_TIME: 0.0}),
        frame(91, 1, {}, {ON_TIME: 1}),
        *(frame(s, s - 90, {}) for s in range(92, 120)),
        frame(120, 30, {ON_TIME: 0.4}),
    ]
    assert last(derive(frames, [WINDOW]), UNPLANNED) == 0.0


def test_a_counter_that_leapt_is_no_firing_and_hides_none_that_follows() -> None:
    """A channel that was not sent for a while, or a bad sensor: when it rose cannot be told."""
    frames = [frame(s, s - 90, {ON_TIME: 0.0} if s == 90 else {}) for s in range(90, 130)]
    leaps = [frame(129.1 + n / 10, 40 + n, {ON_TIME: 8.0 + n / 10}) for n in range(3)]
    derived = derive([*frames, *leaps])
    assert [d.values[UNPLANNED] for d in derived[-3:]] == [0.0, 0.1, 0.2]


def test_a_reset_is_no_firing_and_hides_none() -> None:
    fires = Ship(pulses={"DPO-07": [(20_000, 20_400), (40_000, 40_300)]}, resets=(30_000,))
    derived = derive(fires.frames(50_000))
    assert last(derived, UNPLANNED, 39) == 0.4
    assert last(derived, UNPLANNED) == 0.7


def test_a_reset_at_the_windows_start_leaves_it_silent() -> None:
    fires = Ship(pulses={"DPO-07": [(5_000, 5_400), (40_000, 40_300)]}, resets=(10_000,))
    derived = derive(fires.frames(200_000), [plan(4, 6, id_="earlier"), WINDOW])
    assert {d.values[UNPLANNED] for d in derived} == {0.0}


@pytest.mark.parametrize("wrong", [500.0, -3.0])
def test_one_impossible_sample_is_no_firing(wrong: float) -> None:
    frames = [
        frame(20, 0, {ON_TIME: 1.2}),
        frame(21, 1, {ON_TIME: wrong}),
        frame(22, 2, {ON_TIME: 1.2}),
        frame(23, 3, {}),
        frame(24, 4, {ON_TIME: 1.5}),
    ]
    assert [d.values[UNPLANNED] for d in derive(frames)] == [0.0, 0.0, 0.0, 0.0, 0.3]


def test_a_counter_that_goes_on_from_another_value_is_believed_again() -> None:
    frames = [
        frame(20, 0, {ON_TIME: 1.2}),
        frame(21, 1, {ON_TIME: 500.0}),
        frame(22, 2, {ON_TIME: 500.4}),
    ]
    assert [d.values[UNPLANNED] for d in derive(frames)] == [0.0, 0.0, 0.4]
    # also when it has stood for longer than the leap was long
    frames = [
        frame(20, 0, {ON_TIME: 1.2}),
        frame(21, 1, {ON_TIME: 31.2}),
        *(frame(s, s - 20, {}) for s in range(22, 81)),
        frame(81, 61, {ON_TIME: 31.2}),
    ]
    assert last(derive(frames), UNPLANNED) == 0.0


def test_a_repeated_frame_gives_nothing() -> None:
    frames = ship((20_000, 20_400)).frames(25_000)
    repeated = [one for each in frames for one in (each, each)]
    assert derive(repeated) == derive(frames)


def test_what_comes_late_is_judged_as_it_happened() -> None:
    """After loss of signal live frames go on, and the recorder's come between and behind them."""
    frames = ship((99_000, 99_400), (105_000, 105_400)).frames(150_000)
    recorded = [one for one in frames if at(95) <= one.time_ns < at(110)]
    before, after = frames[: recorded[0].sequence], frames[recorded[-1].sequence + 1 :]
    mixed = [*before, *after[:5]]
    for n, one in enumerate(recorded):
        mixed += [one, *after[5 + n : 6 + n]]
    mixed += after[5 + len(recorded) :]
    assert len(mixed) == len(frames)
    in_time = {d.sequence: d for d in derive(frames, [WINDOW])}
    arrived = derive(mixed, [WINDOW])
    assert len(arrived) == len(frames)
    late = [d for d in arrived if at(95) <= d.time_ns < at(110)]
    assert late == [in_time[d.sequence] for d in late]
    assert first_above(late, UNPLANNED) == 105.1
    # live frames cannot know yet whether it was in the window
    assert {d.values[UNPLANNED] for d in arrived if d.time_ns >= at(110)} == {0.0}


def test_a_clock_put_right_takes_no_firing_with_it() -> None:
    """Generation times were an hour ahead; firing goes on through the correction."""
    fires = ship((20_000, 29_000)).frames(40_000)
    wrong = [
        replace(one, time_ns=one.time_ns + 3_600 * SECOND_NS)
        if at(22) <= one.time_ns < at(25)
        else one
        for one in fires
    ]
    derived = derive(wrong, [plan(10, 22)])
    assert float(last(derived, UNPLANNED)) > 3.5
    assert len(derived) == len(fires)


def test_a_run_of_firing_ends_by_the_clock_that_was_put_right() -> None:
    an_hour = 3_600
    frames = [
        frame(20 + an_hour, 0, {ON_TIME: 0.0}),
        frame(20.5 + an_hour, 1, {ON_TIME: 0.5}),
        frame(21 + an_hour, 3, {}),  # one was lost: the counter stands unknown
        frame(22, 4, {}),
        frame(23, 5, {ON_TIME: 0.9}),
        *(frame(s, s - 18, {}) for s in range(24, 90)),
    ]
    derived = derive(frames)
    assert last(derived, UNPLANNED, 23) == 0.9
    assert last(derived, UNPLANNED, 82) == 0.9
    assert last(derived, UNPLANNED, 83) == 0.0


def test_a_new_run_of_the_publisher_is_compared_with_nothing() -> None:
    derivation = FiringDerivation(DATABASE)
    derive(ship((20_000, 20_400)).frames(30_000), of=derivation)
    derivation.start_run("iss")
    assert last(derive([frame(30.5, 10_000, {})], of=derivation), UNPLANNED) == 0.4
    derivation.start_run("soyuz")
    derived = derive([frame(5, 0, {ON_TIME: 3.0}), frame(5.1, 1, {ON_TIME: 3.1})], of=derivation)
    assert [d.values[UNPLANNED] for d in derived] == [0.0, 0.1]


# --- longer than its pulse ---


def test_a_pulse_too_long_is_told_within_a_tick_of_the_longest_allowed() -> None:
    derived = derive(ship((20_000, 28_000)).frames(40_000), [WINDOW])
    assert first_above(derived, OVERLONG) == 20.6
    assert last(derived, OVERLONG) == 7.5
    assert last(derived, JETS) == "DPO-07"
    assert last(derived, UNPLANNED) == 0.0


def test_a_pulse_of_just_the_longest_is_not_too_long() -> None:
    derived = derive(ship((20_000, 20_500), (21_030, 21_530)).frames(40_000), [WINDOW])
    assert {d.values[OVERLONG] for d in derived} == {0.0}


def test_without_a_longest_pulse_none_is_too_long() -> None:
    derived = derive(ship((20_000, 60_000)).frames(70_000), [plan(10, 100, longest_pulse_s=None)])
    assert {d.values[OVERLONG] for d in derived} == {0.0}


def test_a_pulse_outside_any_window_is_not_also_called_too_long() -> None:
    derived = derive(ship((20_000, 28_000)).frames(40_000))
    assert {d.values[OVERLONG] for d in derived} == {0.0}


def test_nor_is_one_that_begins_while_frames_of_the_windows_end_are_lost() -> None:
    frames = between(ship((104_000, 110_000)).frames(115_000), 98, 104.5)
    derived = derive(frames, [WINDOW])
    assert {d.values[OVERLONG] for d in derived} == {0.0}
    assert float(last(derived, UNPLANNED)) > 5


def test_pulses_with_a_break_are_not_one() -> None:
    pulses = [(20_000 + 500 * n, 20_400 + 500 * n) for n in range(20)]
    derived = derive(ship(*pulses).frames(40_000), [WINDOW])
    assert {d.values[OVERLONG] for d in derived} == {0.0}


def test_two_pulses_joined_by_lost_frames_are_not_one() -> None:
    # the second is under way when frames come again
    frames = between(ship((20_000, 20_400), (48_000, 48_400)).frames(60_000), 20, 48)
    derived = derive(frames, [WINDOW])
    assert {d.values[OVERLONG] for d in derived} == {0.0}


def test_a_long_pulse_is_told_although_every_other_frame_is_lost() -> None:
    frames = ship((20_000, 28_000)).frames(40_000)
    derived = derive(frames[::2], [WINDOW])
    assert first_above(derived, OVERLONG) == pytest.approx(20.6, abs=0.21)


def test_a_pulse_that_filled_a_gap_is_one() -> None:
    frames = between(ship((20_000, 28_000)).frames(40_000), 22, 27)
    derived = derive(frames, [WINDOW])
    assert last(derived, OVERLONG) == pytest.approx(7.5)


# --- restart ---


@given(st.integers(0, 400), st.randoms(use_true_random=False))
def test_a_restart_anywhere_changes_nothing(cut: int, chance: random.Random) -> None:
    fires = Ship(
        pulses={"DPO-07": [(12_000, 12_400), (18_000, 21_000)], "DPO-08": [(19_000, 19_350)]},
        resets=(10_000,),
        pressure={"DPO-08": []},
    )
    plans = [plan(10, 20, on_time_s=2.0, propellant_kg=0.1)]
    frames = fires.frames(40_000)
    frames = [one for one in frames if chance.random() > 0.05]
    held = frames[len(frames) // 3 : len(frames) // 2]
    frames = [one for one in frames if one not in held] + held  # late
    expected = derive(frames, plans)
    first = FiringDerivation(DATABASE)
    head = derive(frames[:cut], plans, first)
    second = FiringDerivation(DATABASE)
    second.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(first.snapshot())))
    assert head + derive(frames[cut:], plans, second) == expected


def test_a_restart_with_other_thrusters_begins_the_new_and_drops_the_old() -> None:
    derivation = FiringDerivation(DATABASE)
    derive(ship((20_000, 20_400)).frames(30_000), of=derivation)
    state = derivation.snapshot()
    jets = state["present"]["jets"]
    jets["DPO-99"] = jets.pop("DPO-08")
    again = FiringDerivation(DATABASE)
    again.restore(state)
    fires = {"SIM_SOYUZ_DPO07_ONTIME": 0.7, "SIM_SOYUZ_DPO08_ONTIME": 0.5}
    derived = derive([frame(31, 307, {}), frame(32, 308, fires)], of=again)
    assert last(derived, JETS) == "DPO-07"
    assert again.snapshot()["present"]["jets"].keys() == set(ALL)


# --- random histories ---

#: Breaks are never shorter than a tick, as of a real valve.
_PULSES = st.lists(
    st.tuples(st.integers(100, 20_000), st.integers(20, 3_000)), min_size=1, max_size=8
)


def _pulses(gaps_and_lengths: list[tuple[int, int]]) -> list[Pulse]:
    pulses, ms = [], 0
    for gap, length in gaps_and_lengths:
        pulses.append((ms + gap, ms + gap + length))
        ms += gap + length
    return pulses


def _unplanned_ms(pulses: list[Pulse], start: int, end: int, tail: int, until: int) -> int:
    """The truth: on-time outside the window, but for the tail of a pulse begun in it."""
    total = 0
    for a, b in pulses:
        total += on_ms([(a, b)], 0, min(until, start)) if a < start else 0
        total += on_ms([(a, b)], end + (tail if a < end else 0), max(until, end))
    return total


@example(  # a reset amid a pulse that began just within the window
    pulses=[(301, 1_200)],
    window=(0, 302),
    longest=2.0,
    resets=[520],
    loss=0.0,
    chance=random.Random(0),
)
@given(
    pulses=_PULSES,
    window=st.tuples(st.integers(0, 60_000), st.integers(100, 60_000)),
    longest=st.sampled_from([None, 0.5, 2.0]),
    resets=st.lists(st.integers(0, 100_000), max_size=2),
    loss=st.floats(0, 0.9),
    chance=st.randoms(use_true_random=False),
)
def test_never_more_than_truly_unplanned_whatever_is_lost(
    pulses: list[tuple[int, int]],
    window: tuple[int, int],
    longest: float | None,
    resets: list[int],
    loss: float,
    chance: random.Random,
) -> None:
    fired = _pulses(pulses)
    start, end = window[0], window[0] + window[1]
    permit = plan(start / 1_000, end / 1_000, longest_pulse_s=longest)
    fires = Ship(pulses={"DPO-07": fired}, resets=tuple(resets))
    frames = [one for one in fires.frames(fired[-1][1] + 3_000) if chance.random() >= loss]
    for one in derive(frames, [permit]):
        until = round(seconds(one) * 1_000)
        truth_s = _unplanned_ms(fired, start, end, round((longest or 0) * 1_000), until) / 1_000
        # counters are told to the millisecond: of a pulse that begins within one of the window's
        # end, begin and length may each be one off
        assert float(one.values[UNPLANNED]) <= truth_s + 0.0021
        if longest is not None:
            worst_s = max(min(b, until) - a for a, b in fired) / 1_000
            assert float(one.values[OVERLONG]) <= max(0.0, worst_s - longest) + 0.001


@given(pulses=_PULSES, loss=st.floats(0, 0.9), chance=st.randoms(use_true_random=False))
def test_without_a_plan_every_pulse_is_seen_by_the_next_frame_with_its_counter(
    pulses: list[tuple[int, int]], loss: float, chance: random.Random
) -> None:
    fired = _pulses(pulses)
    all_frames = ship(*fired).frames(fired[-1][1] + 3_000)
    frames = all_frames[:1] + [one for one in all_frames[1:] if chance.random() >= loss]
    counted = 0.0
    for one, derived in zip(frames, derive(frames), strict=True):
        value = one.values.get(ON_TIME)
        if isinstance(value, float) and value > counted + 0.001:
            counted = value
            assert float(derived.values[UNPLANNED]) > 0


@given(
    gap=st.integers(0, 30_000),
    length=st.integers(50, 5_000),
    planned=st.sets(st.integers(0, 80), max_size=4),
)
def test_a_pulse_after_the_window_is_seen_by_the_next_frame_when_none_is_lost(
    gap: int, length: int, planned: set[int]
) -> None:
    inside = [(12_000 + 1_000 * s, 12_400 + 1_000 * s) for s in sorted(planned)]
    begun = 100_000 + 600 + gap
    derived = derive(ship(*inside, (begun, begun + length)).frames(140_000), [WINDOW])
    spoke_s = first_above(derived, UNPLANNED)
    assert spoke_s is not None
    assert begun / 1_000 < spoke_s <= begun / 1_000 + 0.2
