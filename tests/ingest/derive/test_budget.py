import pytest

from ingest.derive.firing import FiringDerivation
from ingest.detect import Detector
from telemetry.alarm import Condition
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from telemetry.plan import PlanState
from tests.ingest.derive.firings import (
    DATABASE,
    Ship,
    between,
    derive,
    first_above,
    frame,
    last,
    plan,
)

ON_TIME, PROPELLANT = "DER_BUDGET_ON_TIME", "DER_BUDGET_PROPELLANT"


def test_the_most_used_thruster_and_all_propellant_count() -> None:
    fires = Ship(
        pulses={"DPO-07": [(20_000, 20_400), (30_000, 30_400)], "DPO-08": [(20_000, 20_400)]}
    )
    derived = derive(fires.frames(40_000), [plan(10, 100, on_time_s=2, propellant_kg=0.0744)])
    assert last(derived, ON_TIME) == 40.0
    assert last(derived, PROPELLANT) == pytest.approx(75.0)


def test_it_counts_from_the_windows_start_through_resets() -> None:
    fires = Ship(
        pulses={"DPO-07": [(5_000, 5_400), (20_000, 20_400), (30_000, 30_400)]}, resets=(25_000,)
    )
    derived = derive(fires.frames(40_000), [plan(4, 6, id_="earlier"), plan(10, 100, on_time_s=2)])
    assert last(derived, ON_TIME) == 40.0


def test_it_counts_from_approval() -> None:
    frames = Ship(pulses={"DPO-07": [(20_000, 20_400), (30_000, 30_200)]}).frames(40_000)
    derivation = FiringDerivation(DATABASE)
    proposed = plan(10, 100, on_time_s=2, state=PlanState.PROPOSED)
    early = derive(between(frames, 25, 99), [proposed], derivation)
    assert not any(ON_TIME in one.values for one in early)
    approved = plan(10, 100, on_time_s=2)
    assert last(derive(between(frames, 0, 25), [approved], derivation), ON_TIME) == 10.0


def test_without_a_budget_there_is_none() -> None:
    derived = derive(Ship(pulses={"DPO-07": []}).frames(30_000), [plan(10, 100)])
    assert not any({ON_TIME, PROPELLANT} & one.values.keys() for one in derived)


def test_another_vehicles_budget_is_not_ours() -> None:
    permit = plan(10, 100, may_fire=("progress",), on_time_s=2, propellant_kg=1)
    derived = derive(Ship(pulses={"DPO-07": []}).frames(30_000), [permit])
    assert not any({ON_TIME, PROPELLANT} & one.values.keys() for one in derived)


def test_firing_after_the_window_uses_nothing_of_it() -> None:
    fires = Ship(pulses={"DPO-07": [(20_000, 20_400), (35_000, 38_000)]})
    derived = derive(fires.frames(40_000), [plan(10, 30, on_time_s=2)])
    assert last(derived, ON_TIME) == 20.0


def test_it_stands_for_ten_minutes_and_then_ends_with_a_zero() -> None:
    """Absent at once, a broken limit would stay broken for ever."""
    fires = Ship(pulses={"DPO-07": [(20_000, 23_000)]})
    derived = derive(fires.frames(640_000), [plan(10, 30, on_time_s=2, longest_pulse_s=None)])
    assert last(derived, ON_TIME, 629.9) == 150.0
    assert last(derived, ON_TIME, 630) == 0.0
    assert ON_TIME not in derived[-1].values
    detector = Detector(DATABASE.subsystem("soyuz", "derived"))
    said = [
        (round(one.time_ns / SECOND_NS - derived[0].time_ns / SECOND_NS, 1), one.severity)
        for frame in derived
        for one in detector.check(frame)
        if (one.subject, one.condition) == (ON_TIME, Condition.LIMIT)
    ]
    assert said == [
        (21.7, Severity.ADVISORY),
        (22.1, Severity.CAUTION),
        (630.0, Severity.NOMINAL),
    ]


def test_the_activity_in_force_goes_before_one_that_is_over() -> None:
    fires = Ship(pulses={"DPO-07": [(15_000, 15_500), (40_000, 40_200)]})
    plans = [plan(10, 30, on_time_s=0.5, id_="first"), plan(35, 60, on_time_s=2, id_="second")]
    derived = derive(fires.frames(70_000), plans)
    assert last(derived, ON_TIME, 34) == 100.0
    assert last(derived, ON_TIME, 50) == 10.0


def test_a_window_wholly_in_a_loss_of_signal_is_counted_afterwards() -> None:
    fires = Ship(pulses={"DPO-07": [(20_000, 20_400), (90_000, 90_100)]})
    frames = between(fires.frames(100_000), 5, 50)
    derived = derive(frames, [plan(10, 30, on_time_s=2), plan(80, 95, id_="next")])
    assert first_above(derived, ON_TIME) == 90.1
    assert last(derived, ON_TIME) == 25.0  # with what the gap leaves open


def test_propellant_over_lost_frames_is_counted_as_far_as_the_window_has_room() -> None:
    used = "SIM_SOYUZ_PROP_USED_KG"
    frames = [frame(s, s, {used: 0.0} if s == 10 else {}) for s in range(10, 29)]
    after = [frame(s, s, {used: 10.0} if s == 41 else {}) for s in range(40, 50)]
    derived = derive([*frames, *after], [plan(10, 30, propellant_kg=2.8)])
    # two seconds of all thrusters
    assert last(derived, PROPELLANT) == pytest.approx(100.0)


def test_an_activity_planned_anew_begins_anew() -> None:
    frames = Ship(pulses={"DPO-07": [(20_000, 20_400), (45_000, 45_200)]}).frames(60_000)
    derivation = FiringDerivation(DATABASE)
    derive(between(frames, 35, 99), [plan(10, 30, on_time_s=2)], derivation)
    later = derive(between(frames, 0, 35), [plan(40, 70, on_time_s=2)], derivation)
    assert last(later, ON_TIME) == 10.0
