"""What every simulated spacecraft must keep; the two models are run for an hour of stream time."""

import math
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

import pytest

from simulators.demonstration import CYCLE_S, TEST_END_S, TEST_START_S, disturbance
from simulators.orbit import EARTH_RADIUS_KM, MU_KM3_S2, PERIOD_S, RADIUS_KM, orbit
from simulators.publisher import MODELS
from telemetry import missiondb
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Value
from telemetry.wire import decode_frame, encode_frame

EPOCH_NS = 1_634_288_400 * SECOND_NS  # 15 October 2021, 09:00 UTC
HOUR_NS = 3_600 * SECOND_NS
#: What the demonstration may bring out of limits; nothing else may ever be.
DISTURBED = {
    *(f"USLAB{n:06}" for n in (6, 7, 8, 10, 22, 23, 24, 25, 26, 27)),
    *(f"SIM_SOYUZ_RATE_{axis}" for axis in "XYZ"),
    *(f"SIM_SOYUZ_DPO{n:02}_ONTIME" for n in (7, 8)),
}
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


@pytest.fixture(scope="module", params=sorted(MODELS))
def spacecraft(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


Fly = Callable[[str, int, int], list[Frame]]


@pytest.fixture(scope="module")
def fly(database: MissionDatabase) -> Fly:
    def fly(spacecraft: str, seconds: int, seed: int = 0) -> list[Frame]:
        model = MODELS[spacecraft](database.spacecraft[spacecraft], EPOCH_NS, seed)
        return list(model.step(EPOCH_NS + seconds * SECOND_NS))

    return fly


@pytest.fixture(scope="module")
def hour(fly: Fly, spacecraft: str) -> list[Frame]:
    return fly(spacecraft, 3_600, 3)


def severity(parameter: Parameter, value: Value, rate: float | None) -> Severity:
    """The worst limit broken, without persistence: stricter than any detector."""
    limits = parameter.limits
    worst = Severity.NOMINAL
    for level, codes in limits.states.items():
        if value in codes:
            worst = max(worst, level)
    for bands, number in ((limits.range, value), (limits.rate, rate)):
        for level, band in bands.items():
            if isinstance(number, int | float) and band.describe_breach(number, "") != (
                "within limits"
            ):
                worst = max(worst, level)
    return worst


def violations(
    frames: list[Frame], database: MissionDatabase
) -> dict[str, list[tuple[float, Severity]]]:
    """By parameter, (seconds since the epoch, severity) of each sample out of limits."""
    found = defaultdict(list)
    before: dict[str, tuple[int, Value]] = {}
    for frame in frames:
        for identity, value in frame.values.items():
            rate = None
            if identity in before and not isinstance(value, str):
                time_ns, last = before[identity]
                assert not isinstance(last, str)
                rate = (value - last) / ((frame.time_ns - time_ns) / SECOND_NS)
            before[identity] = (frame.time_ns, value)
            level = severity(database.parameter(frame.spacecraft, identity), value, rate)
            if level:
                found[identity].append(((frame.time_ns - EPOCH_NS) / SECOND_NS, level))
    return found


def test_every_parameter_is_in_the_first_frames(
    fly: Fly, spacecraft: str, database: MissionDatabase
) -> None:
    subsystems = database.spacecraft[spacecraft].subsystems
    first = {frame.subsystem: set(frame.values) for frame in fly(spacecraft, 0, 0)}
    assert first == {s.id: set(s.parameters) for s in subsystems.values()}


def test_every_value_has_its_type_and_can_be_sent(
    hour: list[Frame], database: MissionDatabase
) -> None:
    for frame in hour:
        assert frame.values.keys() == decode_frame(encode_frame(frame)).body.values.keys()
        for identity, value in frame.values.items():
            parameter = database.parameter(frame.spacecraft, identity)
            assert type(value) is TYPES[parameter.type], identity
            if parameter.type is ParameterType.ENUMERATION:
                assert value in parameter.states, identity


def test_every_subsystem_beats_at_its_period_and_counts_its_frames(
    hour: list[Frame], spacecraft: str, database: MissionDatabase
) -> None:
    times = [frame.time_ns for frame in hour]
    assert times == sorted(times)
    for subsystem in database.spacecraft[spacecraft].subsystems.values():
        own = [frame for frame in hour if frame.subsystem == subsystem.id]
        assert [frame.sequence for frame in own] == list(range(len(own)))
        longest_ns = max(after.time_ns - frame.time_ns for frame, after in pairwise(own))
        assert longest_ns <= subsystem.period_s * SECOND_NS
        assert EPOCH_NS + HOUR_NS - own[-1].time_ns < subsystem.period_s * SECOND_NS + 1


def test_no_parameter_comes_faster_than_its_period_or_stays_away_for_minutes(
    hour: list[Frame], database: MissionDatabase
) -> None:
    times = defaultdict(list)
    for frame in hour:
        for identity in frame.values:
            times[identity].append(frame.time_ns)
    for identity, sent in times.items():
        parameter = database.parameter(hour[0].spacecraft, identity)
        gaps = [after - before for before, after in pairwise(sent)]
        assert min(gaps) >= (parameter.period_s or 0) * SECOND_NS
        assert max(gaps) <= (60 + (parameter.period_s or 10)) * SECOND_NS


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_quiet_flight_violates_nothing_but_what_the_demonstration_disturbs(
    fly: Fly, spacecraft: str, database: MissionDatabase, seed: int
) -> None:
    found = violations(fly(spacecraft, 3_600, seed), database)
    assert found.keys() <= DISTURBED
    for identity, samples in found.items():
        for elapsed_s, _ in samples:
            phase_s = elapsed_s % CYCLE_S
            counter = identity.endswith("_ONTIME")  # stands until the next test resets it
            assert counter or TEST_START_S < phase_s < 46, (identity, elapsed_s)


def test_the_first_minute_raises_and_clears_alarms_of_each_severity(
    fly: Fly, database: MissionDatabase
) -> None:
    found = violations(fly("iss", 60, 0) + fly("soyuz", 60, 0), database)
    pitch = found["USLAB000023"]
    assert [level for _, level in pitch[:1]] == [Severity.ADVISORY]
    assert {level for _, level in pitch} == {
        Severity.ADVISORY,
        Severity.CAUTION,
        Severity.WARNING,
    }
    on_time = [level for _, level in found["SIM_SOYUZ_DPO07_ONTIME"]]
    assert on_time == sorted(on_time)
    assert on_time[-1] is Severity.CAUTION
    assert max(t for t, _ in pitch) < 46


def test_the_next_test_resets_the_counters(fly: Fly) -> None:
    values = [
        f.values["SIM_SOYUZ_DPO07_ONTIME"]
        for f in fly("soyuz", 320, 0)
        if "SIM_SOYUZ_DPO07_ONTIME" in f.values
        and (f.time_ns - EPOCH_NS) / SECOND_NS >= CYCLE_S - 70
    ]
    assert values[0] == 14.0
    assert 0.0 in values


def test_the_same_seed_flies_the_same_flight(fly: Fly, spacecraft: str) -> None:
    assert fly(spacecraft, 30, 5) == fly(spacecraft, 30, 5)
    assert fly(spacecraft, 30, 5) != fly(spacecraft, 30, 6)


def test_many_small_steps_are_one_long_one(
    fly: Fly, spacecraft: str, database: MissionDatabase
) -> None:
    model = MODELS[spacecraft](database.spacecraft[spacecraft], EPOCH_NS, 0)
    frames: list[Frame] = []
    while model.next_ns <= EPOCH_NS + 20 * SECOND_NS:
        frames.extend(model.step(model.next_ns))
    assert frames == fly(spacecraft, 20, 0)


def column(frames: list[Frame], numbers: range) -> list[list[float]]:
    """Rows of the frames that have all of the parameters."""
    names = [f"USLAB{n:06}" for n in numbers]
    rows = [[f.values[n] for n in names] for f in frames if all(n in f.values for n in names)]
    return [[float(value) for value in row] for row in rows]


def test_position_and_velocity_are_those_of_a_circular_orbit(fly: Fly) -> None:
    frames = fly("iss", 600, 0)
    for position_km, velocity_m_s in zip(
        column(frames, range(32, 35)), column(frames, range(35, 38)), strict=True
    ):
        assert math.hypot(*position_km) == pytest.approx(RADIUS_KM, abs=1e-4)
        speed = math.sqrt(MU_KM3_S2 / RADIUS_KM) * 1_000
        assert math.hypot(*velocity_m_s) == pytest.approx(speed, abs=0.01)
        across = sum(p * v for p, v in zip(position_km, velocity_m_s, strict=True))
        assert across == pytest.approx(0, abs=0.1)


def test_quaternions_have_unit_norm(fly: Fly) -> None:
    for quaternion in column(fly("iss", 60, 0), range(18, 22)):
        assert math.hypot(*quaternion) == pytest.approx(1, abs=3e-6)


def test_momentum_wanders_between_8_and_18_percent_when_nothing_disturbs(fly: Fly) -> None:
    momentum = [
        float(f.values["USLAB000010"])
        for f in fly("iss", 7_200, 1)
        if "USLAB000010" in f.values and (f.time_ns - EPOCH_NS) / SECOND_NS % CYCLE_S > TEST_END_S
    ]
    assert min(momentum) > 8
    assert max(momentum) < 18
    assert max(momentum) - min(momentum) > 4


def test_the_orbit_is_a_third_in_shadow_at_low_beta() -> None:
    # a day near which the node makes beta small; a circle of 6788 km is 38 % in shadow at beta 0
    states = [orbit(EPOCH_NS / 1e9 + PERIOD_S * part / 1_000, 0.0, 0.0) for part in range(1_000)]
    dark = sum(not state.sunlit for state in states) / 1_000
    beta = states[0].beta_rad
    half = math.acos(
        min(1.0, math.sqrt(RADIUS_KM**2 - EARTH_RADIUS_KM**2) / (RADIUS_KM * math.cos(beta)))
    )
    assert dark == pytest.approx(half / math.pi, abs=0.005)


def test_the_disturbance_rate_is_the_derivative_of_its_error() -> None:
    for tenth in range(0, 4_000, 7):
        now_s, step_s = tenth / 10, 1e-4
        before, after = disturbance(now_s), disturbance(now_s + step_s)
        slope = (after.error_deg - before.error_deg) / step_s
        assert slope == pytest.approx(before.rate_deg_s, abs=1e-3)
