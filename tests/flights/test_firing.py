"""Soyuz thrusters against the plan, in whole scenarios: what ingest derives and what it raises."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import msgspec
import pytest

from ingest.derive.firing import FiringDerivation
from ingest.detect import Detection, Detector
from simulators.scenarios import read
from simulators.scenarios.actions import CloseManifold
from simulators.scenarios.scenario import Scenario
from simulators.simulation import Simulation
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.limit import Severity
from telemetry.parameter import Value
from telemetry.plan import Plan, PlanState
from tests.flights.flight import shipped, simulate

UNPLANNED, OVERLONG = "DER_FIRING_UNPLANNED", "DER_FIRING_OVERLONG"
FIRING = "09:12:18"


def plans(scenario: Scenario) -> list[Plan]:
    return [
        Plan(
            activity=activity,
            state=PlanState.APPROVED,
            version=1,
            proposed_by="a",
            approved_by="b",
            changed_by="b",
            changed_ns=0,
        )
        for activity in scenario.activities
    ]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """frames: of propulsion, all that were sent."""

    scenario: Scenario
    frames: Sequence[Frame]

    def derived(self, frames: Sequence[Frame] | None = None) -> list[Frame]:
        derivation, permits = FiringDerivation(shipped()), plans(self.scenario)
        taken = self.frames if frames is None else frames
        return [one for frame in taken for one in derivation.take(frame, permits)]

    def without(self, since: str, until: str) -> list[Frame]:
        low, high = self.scenario.instant_ns(since), self.scenario.instant_ns(until)
        return [one for one in self.frames if not low <= one.time_ns < high]

    def s(self, one: Frame | Detection, since: str) -> float:
        return round((one.time_ns - self.scenario.instant_ns(since)) / SECOND_NS, 3)


@cache
def watched(name: str, *sets: str, until: str | None = None) -> Watched:
    flight = simulate(name, *sets, until=until, spacecraft=("soyuz",))
    frames = [frame for frame in flight.frames if frame.subsystem == "propulsion"]
    return Watched(scenario=flight.scenario, frames=frames)


def raised(derived: Sequence[Frame]) -> list[Detection]:
    """What its limits make of it, in order; returns left out."""
    detector = Detector(shipped().subsystem("soyuz", "derived"))
    found = [one for frame in derived for one in detector.check(frame)]
    return [one for one in found if one.severity]


def values(derived: Sequence[Frame], parameter: str) -> set[Value]:
    return {frame.values[parameter] for frame in derived if parameter in frame.values}


def ms18(*sets: str) -> Watched:
    return watched("ms18", *sets, until="09:16")


def test_ms18_is_told_in_two_seconds_with_its_thrusters() -> None:
    derived = ms18().derived()
    first, *others = raised(derived)
    assert (first.subject, first.severity) == (UNPLANNED, Severity.WARNING)
    assert 0 < ms18().s(first, FIRING) <= 0.2
    named = next(frame for frame in derived if frame.time_ns == first.time_ns)
    assert named.values["DER_FIRING_JETS"] == "DPO-07, DPO-08"
    assert others == []
    assert values(derived, OVERLONG) == {0.0}


def test_ms18_counts_what_the_thrusters_fired() -> None:
    counter = "SIM_SOYUZ_DPO07_ONTIME"
    firing_ns = ms18().scenario.instant_ns(FIRING)
    of_test, *_, at_end = (
        float(frame.values[counter])
        for frame in ms18().frames
        if counter in frame.values and (frame.time_ns >= firing_ns - 60 * SECOND_NS)
    )
    told_s = max(float(value) for value in values(ms18().derived(), UNPLANNED))
    assert told_s == pytest.approx(at_end - of_test, abs=0.001)
    assert told_s == pytest.approx(130, abs=1)


def test_ms18_with_a_longer_window_is_told_by_the_pulse() -> None:
    late = ms18("window_end=09:14")
    found = raised(late.derived())
    first = found[0]
    assert (first.subject, first.severity) == (OVERLONG, Severity.WARNING)
    # the longest allowed pulse is 0.5 s
    assert 0.5 < late.s(first, FIRING) <= 0.7
    outside = [one for one in found if one.subject == UNPLANNED]
    assert [late.s(one, "09:14") for one in outside] == [pytest.approx(0.6, abs=0.11)]
    budgets = {one.subject: one.severity for one in found if "BUDGET" in one.subject}
    assert budgets == dict.fromkeys(
        ("DER_BUDGET_ON_TIME", "DER_BUDGET_PROPELLANT"), Severity.WARNING
    )


@pytest.mark.parametrize("seed", range(1, 8))
def test_a_test_that_goes_right_raises_nothing(seed: int) -> None:
    right = watched("soyuz-test", f"seed={seed}")
    derived = right.derived()
    assert raised(derived) == []
    at_end = [one for one in derived if one.time_ns < right.scenario.instant_ns("09:12")][-1]
    # 1.6 of 5 s, 1.41 of 3 kg
    assert at_end.values["DER_BUDGET_ON_TIME"] == pytest.approx(32.0, abs=0.1)
    assert at_end.values["DER_BUDGET_PROPELLANT"] == pytest.approx(47.1, abs=0.2)
    for parameter in (UNPLANNED, OVERLONG, "DER_CMD_NO_PRESSURE", "DER_PRESSURE_NO_CMD"):
        assert values(derived, parameter) == {0.0}


@pytest.mark.parametrize(
    ("since", "until", "by_s"),
    [
        ("09:11:00", "09:12:05", 0.2),  # over the window's end
        ("09:12:10", "09:12:18.5", 0.6),  # over the firing's start
        ("09:12:01", "09:12:25", 7.1),  # between window and firing
        # what the first frame tells may have been in the window, what the second tells may not
        ("09:11:55", "09:12:19", 1.1),
    ],
)
def test_ms18_with_frames_lost_is_told_by_the_next(since: str, until: str, by_s: float) -> None:
    found = raised(ms18().derived(ms18().without(since, until)))
    assert [one.subject for one in found] == [UNPLANNED]
    assert 0 < ms18().s(found[0], FIRING) <= by_s


@pytest.mark.parametrize("seed", range(5))
def test_a_test_that_goes_right_raises_nothing_whatever_is_lost(seed: int) -> None:
    right, chance = watched("soyuz-test"), random.Random(seed)
    frames = list(right.frames)
    # scattered losses, and losses of signal
    frames = [one for one in frames if chance.random() > 0.2]
    for _ in range(4):
        low = chance.randrange(len(frames))
        del frames[low : low + chance.randrange(200)]
    assert raised(right.derived(frames)) == []


def test_ms18_with_a_restart_at_any_moment_is_the_same() -> None:
    frames, permits = ms18().frames, plans(ms18().scenario)
    expected = ms18().derived()
    derived: list[Frame] = []
    derivation = FiringDerivation(shipped())
    for n, frame in enumerate(frames):
        derived += derivation.take(frame, permits)
        if n % 7 == 0:
            state = msgspec.msgpack.encode(derivation.snapshot())
            derivation = FiringDerivation(shipped())
            derivation.restore(msgspec.msgpack.decode(state))
    assert derived == expected


def test_one_jet_and_all_jets_are_named() -> None:
    one = ms18("firing_jets=DPO-11")
    assert values(one.derived(), "DER_FIRING_JETS") == {"", "DPO-11"}
    every = ",".join(f"DPO-{n:02}" for n in range(1, 29))
    everything = ms18(f"firing_jets={every}")
    first = raised(everything.derived())[0]
    assert everything.s(first, FIRING) <= 0.2
    assert every.replace(",", ", ") in values(everything.derived(), "DER_FIRING_JETS")


def disturbed(name: str, when: str, until: str, do: Callable[[Simulation], None]) -> Watched:
    """A scenario in which something else happens too."""
    scenario = read(name, (), database=shipped())
    simulation = Simulation(scenario, shipped(), spacecraft=("soyuz",))
    frames = simulation.step(scenario.instant_ns(when))
    do(simulation)
    frames += simulation.step(scenario.instant_ns(until))
    return Watched(scenario=scenario, frames=[f for f in frames if f.subsystem == "propulsion"])


def closes_manifold(simulation: Simulation) -> None:
    def refuse(error: UsageError) -> None:
        raise error

    simulation.apply(CloseManifold(vehicle="soyuz", manifold=1), refuse)


def test_a_valve_that_opens_by_itself_is_told_as_firing_and_as_pressure() -> None:
    def stick(simulation: Simulation) -> None:
        simulation.station.soyuz.propulsion.degrade("DPO-07", stuck="open")

    stuck = disturbed("soyuz-test", "09:15:10", "09:15:20", stick)
    found = [(one.subject, one.severity.name) for one in raised(stuck.derived())]
    assert found == [
        (UNPLANNED, "WARNING"),
        ("DER_PRESSURE_NO_CMD", "CAUTION"),
        ("DER_PRESSURE_NO_CMD", "WARNING"),
    ]
    assert stuck.s(raised(stuck.derived())[0], "09:15:10") <= 2
    assert values(stuck.derived(), "DER_MISMATCH_JETS") == {"", "DPO-07"}


def test_a_test_behind_a_closed_manifold_is_commands_without_pressure() -> None:
    closed = disturbed("soyuz-test", "09:02:30", "09:13", closes_manifold)
    found = raised(closed.derived())
    assert {(one.subject, one.severity) for one in found} == {
        ("DER_CMD_NO_PRESSURE", Severity.CAUTION)
    }
    named = {
        jet for text in values(closed.derived(), "DER_MISMATCH_JETS") for jet in text.split(", ")
    }
    assert named - {""} == {f"DPO-{n:02}" for n in range(1, 29, 2)}  # manifold 1


def test_the_way_out_of_ms18_leaves_a_command_standing() -> None:
    closed = disturbed("ms18", "09:12:25", "09:15", closes_manifold)
    found = [one.subject for one in raised(closed.derived())]
    assert found == [UNPLANNED, "DER_CMD_NO_PRESSURE"]
