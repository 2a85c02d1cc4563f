"""A simulation as whoever runs it sees it: the same again, in order, joined late, told to act."""

from dataclasses import replace

import pytest

from simulators.physics.links import MAX_GAPS
from simulators.scenarios import read
from simulators.scenarios.actions import Action, Desaturation, Fire, Gap, Undock
from simulators.scenarios.scenario import Event, Scenario
from simulators.simulation import TRUTH, Simulation
from telemetry.activity import LinkName
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.parameter import ParameterType
from telemetry.wire import encode_frame
from tests.flights.flight import BOTH, shipped

TENTH_NS = SECOND_NS // 10


def ms18(*sets: str) -> Scenario:
    return read("ms18", sets, database=shipped())


def fly(simulation: Simulation, until: str) -> list[Frame]:
    return simulation.step(simulation.scenario.instant_ns(until))


def frames(scenario: Scenario, until: str = "09:04") -> list[Frame]:
    return fly(Simulation(scenario, shipped(), spacecraft=BOTH), until)


def wire(scenario: Scenario, until: str = "09:04") -> list[tuple[str, str, bytes]]:
    return [(f.spacecraft, f.subsystem, encode_frame(f)) for f in frames(scenario, until)]


def refuse(error: UsageError) -> None:
    raise error


def no_noise(simulation: Simulation) -> dict[str, object]:
    """What is true now, of both spacecraft."""
    station, database = simulation.station, shipped()
    return {
        parameter: value
        for spacecraft in BOTH
        for subsystem in database.spacecraft[spacecraft].measured.subsystems
        for parameter, value in TRUTH[spacecraft](station, subsystem).items()
    }


def test_the_same_scenario_and_seed_give_the_same_bytes() -> None:
    assert wire(ms18()) == wire(ms18())


def test_another_seed_gives_other_noise_and_the_same_story() -> None:
    one, other = (
        Simulation(ms18(), shipped(), spacecraft=BOTH),
        Simulation(ms18("seed=2"), shipped(), spacecraft=BOTH),
    )
    sent, sent_other = fly(one, "09:13:10"), fly(other, "09:13:10")
    assert [encode_frame(f) for f in sent] != [encode_frame(f) for f in sent_other]
    # noise is measured, not flown
    assert one.station.control.motion == other.station.control.motion
    assert one.station.control.lost_station


def test_a_step_at_a_time_gives_what_one_long_step_gives() -> None:
    simulation = Simulation(ms18(), shipped(), spacecraft=BOTH)
    end_ns = simulation.scenario.instant_ns("09:04")
    stepped = []
    while simulation.next_ns <= end_ns:
        stepped += simulation.step(simulation.next_ns)
    assert stepped == frames(ms18())


def test_frames_come_in_order_of_time() -> None:
    """Of arrival whatever happens, of generation without a recorder; no sequence number twice."""
    arrived = frames(ms18())
    assert [f.received_ns for f in arrived] == sorted(f.received_ns for f in arrived)
    assert [f.time_ns for f in arrived] == sorted(f.time_ns for f in arrived)
    by_subsystem: dict[tuple[str, str], list[int]] = {}
    for frame in arrived:
        by_subsystem.setdefault((frame.spacecraft, frame.subsystem), []).append(frame.sequence)
    assert len(by_subsystem) == sum(
        len(shipped().spacecraft[spacecraft].measured.subsystems) for spacecraft in BOTH
    )
    for sequence in by_subsystem.values():
        assert sequence == list(range(len(sequence)))


# --- joining late ---


@pytest.mark.parametrize("at", ["09:05", "09:12:18", "09:12:20.3"])
def test_who_joins_late_finds_the_same_truth(at: str) -> None:
    through = Simulation(ms18("noise_scale=0"), shipped(), spacecraft=BOTH)
    late = Simulation(ms18("noise_scale=0"), shipped(), spacecraft=BOTH)
    at_ns = through.scenario.instant_ns(at)
    heard = through.step(at_ns - 1)
    late.skip(at_ns)
    assert no_noise(late) == no_noise(through)
    end_ns = at_ns + 5 * SECOND_NS
    heard += through.step(end_ns)
    joined = late.step(end_ns)
    assert no_noise(late) == no_noise(through)
    assert min(frame.time_ns for frame in joined) >= at_ns
    # who joins hears every state at once, and what the others know of it
    assert states(joined) == states(heard)
    assert len(states(joined)) > 100


def states(heard: list[Frame]) -> dict[str, object]:
    """The latest of every enumeration and flag, which no noise touches."""
    kinds = {
        p.id: p.type
        for spacecraft in BOTH
        for subsystem in shipped().spacecraft[spacecraft].measured.subsystems.values()
        for p in subsystem.parameters.values()
    }
    return {
        parameter: value
        for frame in heard
        for parameter, value in frame.values.items()
        if kinds[parameter] in (ParameterType.ENUMERATION, ParameterType.BOOLEAN)
    }


# --- events ---


def with_events(*actions: Action) -> Scenario:
    scenario = ms18()
    at_ns = scenario.start_ns + 2 * SECOND_NS
    return replace(scenario, events=tuple(Event(at_ns=at_ns, action=one) for one in actions))


@pytest.mark.parametrize("last", ["enabled", "inhibited"])
def test_events_of_one_instant_keep_their_order(last: str) -> None:
    first = "inhibited" if last == "enabled" else "enabled"
    simulation = Simulation(
        with_events(*(Desaturation(state=state) for state in (first, last))),  # type: ignore[arg-type]
        shipped(),
        spacecraft=BOTH,
    )
    simulation.step(simulation.scenario.start_ns + 3 * SECOND_NS)
    assert simulation.station.control.desaturation == (last == "enabled")


def test_thruster_commands_are_in_telemetry_within_a_tenth() -> None:
    """Pulses of 0.4 s begin and end between whole seconds, and every edge is sent by itself."""
    command = "SIM_SOYUZ_DPO07_CMD"
    edges = [
        (frame.time_ns, frame.received_ns, frame.values[command])
        for frame in frames(ms18(), "09:05")
        if command in frame.values
    ]
    on_ns = ms18().instant_ns("09:03")
    heard = [(time_ns, received_ns) for time_ns, received_ns, value in edges if value]
    assert on_ns <= heard[0][0] <= on_ns + TENTH_NS
    assert heard[0][1] - heard[0][0] <= TENTH_NS
    off = next(time_ns for time_ns, _, value in edges if not value and time_ns > on_ns)
    pulse_ns = round(0.4 * SECOND_NS)
    assert on_ns + pulse_ns <= off <= on_ns + pulse_ns + TENTH_NS


# --- told while it runs ---


def test_an_injected_action_is_done_within_a_tenth() -> None:
    simulation = Simulation(ms18(), shipped(), spacecraft=BOTH)
    fly(simulation, "09:01")
    at_ns = simulation.station.time_ns
    simulation.apply(Fire(vehicle="soyuz", jets=("DPO-07",), for_s=1.0), refuse)
    assert simulation.next_ns == at_ns + TENTH_NS
    told = [f for f in fly(simulation, "09:01:03") if f.values.get("SIM_SOYUZ_DPO07_CMD")]
    assert told[0].time_ns == at_ns + TENTH_NS
    assert simulation.station.soyuz.propulsion.used_kg == pytest.approx(0.0465, rel=0.01)


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (Fire(vehicle="soyuz", jets=("DPO-07", "DPO-99")), "DPO-99"),
        (Fire(vehicle="shuttle", jets=("DPO-07",)), "shuttle"),
        (Undock(vehicle="progress"), "progress"),
    ],
)
def test_a_refused_action_says_why_and_changes_nothing(action: Action, says: str) -> None:
    asked, left_alone = (Simulation(ms18(), shipped(), spacecraft=BOTH) for _ in range(2))
    for simulation in (asked, left_alone):
        fly(simulation, "09:01")
    refusals: list[UsageError] = []
    asked.apply(action, refusals.append)
    fly(asked, "09:02:30")
    fly(left_alone, "09:02:30")
    assert len(refusals) == 1
    assert says in str(refusals[0])
    assert "\n" not in str(refusals[0])
    # a tick more is a step cut in two: the same to the integration's own error
    assert no_noise(asked) == pytest.approx(no_noise(left_alone), rel=1e-8, abs=1e-9)
    assert asked.station.vehicles.active is False


def test_too_many_gaps_are_refused_and_no_reason_to_stop() -> None:
    simulation = Simulation(ms18(), shipped(), spacecraft=BOTH)
    simulation.step(simulation.scenario.start_ns)
    refusals: list[UsageError] = []
    for _ in range(MAX_GAPS + 1):
        simulation.apply(Gap(link=LinkName.RUSSIAN, for_s=60), refusals.append)
    simulation.step(simulation.scenario.start_ns + SECOND_NS)
    assert len(refusals) == 1
    assert str(MAX_GAPS) in str(refusals[0])


def test_what_is_asked_after_a_refusal_is_still_done() -> None:
    simulation = Simulation(ms18(), shipped(), spacecraft=BOTH)
    refusals: list[UsageError] = []
    simulation.step(simulation.scenario.start_ns)
    simulation.apply(Undock(vehicle="progress"), refusals.append)
    simulation.apply(Desaturation(state="enabled"), refuse)
    simulation.step(simulation.scenario.start_ns + SECOND_NS)
    assert len(refusals) == 1
    assert simulation.station.control.desaturation


def test_a_scenario_flies_on_when_what_was_asked_makes_its_own_actions_impossible() -> None:
    """At 09:12:18 the scenario fires a Soyuz that has been told to leave."""
    simulation = Simulation(ms18(), shipped(), spacecraft=BOTH)
    fly(simulation, "09:02:30")
    refusals: list[UsageError] = []
    simulation.apply(Undock(vehicle="soyuz"), refusals.append)
    fly(simulation, "09:12:30")
    assert simulation.station.time_ns == simulation.scenario.instant_ns("09:12:30")
    assert refusals
    assert all("'soyuz'" in str(error) for error in refusals)
    assert not simulation.station.control.lost_station
