"""What every simulated spacecraft must keep, held on the day flown unless told else."""

import math
from collections import defaultdict
from itertools import pairwise

import pytest

from simulators import scenarios
from simulators.scenarios.scenario import Scenario
from simulators.simulation import Simulation
from telemetry import missiondb
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import ParameterType
from telemetry.wire import decode_frame, encode_frame

MINUTES_NS = 20 * 60 * SECOND_NS
TYPES = {
    ParameterType.FLOAT: float,
    ParameterType.INTEGER: int,
    ParameterType.ENUMERATION: int,
    ParameterType.BOOLEAN: bool,
    ParameterType.STRING: str,
}


@pytest.fixture(scope="module")
def database() -> MissionDatabase:
    return missiondb.load()


@pytest.fixture(scope="module")
def scenario(database: MissionDatabase) -> Scenario:
    return scenarios.read("nominal-day", database=database)


@pytest.fixture(scope="module", params=["iss", "soyuz"])
def spacecraft(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def flight(scenario: Scenario, database: MissionDatabase, spacecraft: str) -> list[Frame]:
    simulation = Simulation(scenario, database, spacecraft=[spacecraft])
    return simulation.step(scenario.start_ns + MINUTES_NS)


def test_every_parameter_is_in_the_first_frames(
    flight: list[Frame], spacecraft: str, database: MissionDatabase, scenario: Scenario
) -> None:
    subsystems = database.spacecraft[spacecraft].measured.subsystems
    first = {f.subsystem: set(f.values) for f in flight if f.time_ns == scenario.start_ns}
    assert first == {s.id: set(s.parameters) for s in subsystems.values()}


def test_every_value_has_its_type_and_can_be_sent(
    flight: list[Frame], database: MissionDatabase
) -> None:
    for frame in flight:
        assert frame.values.keys() == decode_frame(encode_frame(frame)).body.values.keys()
        assert frame.invalid == {}
        for identity, value in frame.values.items():
            parameter = database.parameter(frame.spacecraft, identity)
            assert type(value) is TYPES[parameter.type], identity
            if parameter.type is ParameterType.ENUMERATION:
                assert value in parameter.states, identity
            if parameter.type is ParameterType.FLOAT:
                assert math.isfinite(value), identity


def test_every_subsystem_beats_at_its_period_and_counts_its_frames(
    flight: list[Frame], spacecraft: str, database: MissionDatabase, scenario: Scenario
) -> None:
    times = [frame.time_ns for frame in flight]
    assert times == sorted(times)
    end_ns = scenario.start_ns + MINUTES_NS
    for subsystem in database.spacecraft[spacecraft].measured.subsystems.values():
        own = [frame for frame in flight if frame.subsystem == subsystem.id]
        assert [frame.sequence for frame in own] == list(range(len(own)))
        longest_ns = max(after.time_ns - frame.time_ns for frame, after in pairwise(own))
        assert longest_ns <= subsystem.period_s * SECOND_NS
        assert end_ns - own[-1].time_ns < subsystem.period_s * SECOND_NS + 1


def test_no_parameter_stays_away_for_longer_than_a_newcomer_would_wait(
    flight: list[Frame], scenario: Scenario
) -> None:
    """A minute, but for channels whose recording shows longer silences: ten."""
    times = defaultdict(list)
    for frame in flight:
        for identity in frame.values:
            times[identity].append(frame.time_ns)
    longest_ns = {
        identity: max(b - a for a, b in pairwise([*sent, scenario.start_ns + MINUTES_NS]))
        for identity, sent in times.items()
    }
    assert max(longest_ns.values()) <= 610 * SECOND_NS
    patient = {identity for identity, gap_ns in longest_ns.items() if gap_ns > 70 * SECOND_NS}
    assert not any(identity.startswith(("USLAB", "RUSSEG", "SIM")) for identity in patient)


def test_many_small_steps_are_one_long_one(
    flight: list[Frame], spacecraft: str, database: MissionDatabase, scenario: Scenario
) -> None:
    simulation = Simulation(scenario, database, spacecraft=[spacecraft])
    end_ns = scenario.start_ns + 20 * SECOND_NS
    frames: list[Frame] = []
    while simulation.next_ns <= end_ns:
        frames.extend(simulation.step(simulation.next_ns))
    assert frames == [frame for frame in flight if frame.time_ns <= end_ns]


@pytest.mark.parametrize("spacecraft", ["iss"], indirect=True)
def test_attitude_and_orbit_are_told_as_they_are(flight: list[Frame]) -> None:
    """Unit quaternions; radius and speed of the element set's orbit, by its eccentricity."""

    def rows(numbers: range) -> list[list[float]]:
        names = [f"USLAB{n:06}" for n in numbers]
        return [[float(f.values[n]) for n in names] for f in flight if f.values.keys() >= {*names}]

    quaternions, positions, velocities = (
        rows(range(18, 22)),
        rows(range(32, 35)),
        rows(range(35, 38)),
    )
    assert quaternions
    assert positions
    for quaternion in quaternions:
        assert math.hypot(*quaternion) == pytest.approx(1, abs=3e-6)
    for position_km in positions:
        assert math.hypot(*position_km) == pytest.approx(6_795, abs=20)
    for velocity_m_s in velocities:
        assert math.hypot(*velocity_m_s) == pytest.approx(7_662, abs=12)
