import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.sensing.quality import SHIPPED, Quality, Source, load_qualities
from simulators.sensing.sensor import Telemetry, nominal
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.frame import QUALITY_UNSPECIFIED, Frame
from telemetry.limit import Band, Limits, Severity
from telemetry.missiondb import load
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem, Value

FLOAT = ParameterType.FLOAT
EPOCH_NS = 1_634_284_800 * SECOND_NS
#: True values at a time in seconds since the epoch, whatever the subsystem.
History = Callable[[float], Mapping[str, float]]


def parameter(
    identity: str = "P",
    kind: ParameterType = FLOAT,
    period_s: float | None = None,
    limits: Limits | None = None,
    unit: str = "",
    states: dict[int, str] | None = None,
) -> Parameter:
    return Parameter(
        id=identity,
        name=identity,
        type=kind,
        unit=unit,
        period_s=period_s,
        limits=limits or Limits(),
        states=states or {},
    )


def subsystem(identity: str, *parameters: Parameter, period_s: float = 1.0) -> Subsystem:
    return Subsystem(
        id=identity, name=identity, period_s=period_s, parameters={p.id: p for p in parameters}
    )


def ship(*parameters: Parameter, period_s: float = 1.0) -> Spacecraft:
    return ship_of(subsystem("s", *parameters, period_s=period_s))


def ship_of(*subsystems: Subsystem) -> Spacecraft:
    return Spacecraft(id="ship", name="Ship", subsystems={s.id: s for s in subsystems})


def telemetry(
    spacecraft: Spacecraft,
    seed: int = 0,
    noise_scale: float = 1.0,
    fast: frozenset[str] = frozenset(),
    **quality: object,
) -> Telemetry:
    """With the shipped units, changed alike for every channel."""
    qualities = {
        identity: replace(one, **quality)  # type: ignore[arg-type]
        for identity, one in load_qualities(spacecraft).items()
    }
    return Telemetry(
        spacecraft, qualities, epoch_ns=EPOCH_NS, seed=seed, noise_scale=noise_scale, fast=fast
    )


def fly(sender: Telemetry, history: History, tenths: Iterable[int]) -> list[Frame]:
    frames = []
    for tenth in tenths:
        frames += sender.frames(
            EPOCH_NS + tenth * SECOND_NS // 10, lambda _, now=tenth / 10: history(now)
        )
    return frames


def seconds(stop: int) -> range:
    return range(0, 10 * stop + 1, 10)


def elapsed_s(frame: Frame) -> float:
    return (frame.time_ns - EPOCH_NS) / SECOND_NS


def sent(frames: list[Frame], identity: str = "P") -> list[tuple[float, Value]]:
    return [(elapsed_s(f), f.values[identity]) for f in frames if identity in f.values]


def test_a_state_is_sent_when_it_changes_and_again_after_a_minute() -> None:
    ours = ship(parameter(kind=ParameterType.ENUMERATION, states={0: "A", 1: "B"}))
    frames = fly(telemetry(ours), lambda now: {"P": 3 <= now < 5}, seconds(70))
    assert sent(frames) == [(0, 0), (3, 1), (5, 0), (65, 0)]
    assert [type(value) for _, value in sent(frames)] == [int] * 4
    assert len(frames) == 71
    assert [f.sequence for f in frames] == list(range(71))


def test_a_number_is_sampled_at_its_period_and_sent_past_its_threshold() -> None:
    sender = telemetry(ship(parameter(period_s=2.0)))
    frames = fly(sender, lambda now: {"P": 1.0 if now < 5 else 1.0 + 2e-6}, seconds(10))
    assert sent(frames) == [(0, 1.0), (6, 1.000002)]


def test_one_quantum_is_a_change_whatever_floats_make_of_it() -> None:
    sender = telemetry(ship(parameter()), quantum=0.01, threshold=0.01)
    frames = fly(sender, lambda now: {"P": now / 100}, seconds(50))
    assert sent(frames) == [(second, round(second / 100, 2)) for second in range(51)]


def test_a_threshold_is_counted_from_what_was_sent_last() -> None:
    sender = telemetry(ship(parameter()), quantum=0.1, threshold=0.3)
    frames = fly(sender, lambda now: {"P": now / 10}, seconds(9))
    assert sent(frames) == [(0, 0.0), (3, 0.3), (6, 0.6), (9, 0.9)]


def test_a_threshold_of_whole_quanta_is_kept_whatever_floats_make_of_it() -> None:
    sender = telemetry(ship(parameter()), quantum=0.01, threshold=0.07)
    frames = fly(sender, lambda now: {"P": now / 100}, seconds(14))
    assert [time for time, _ in sent(frames)] == [0, 7, 14]


def test_periods_count_from_the_epoch_and_need_not_divide_each_other() -> None:
    sender = telemetry(ship(parameter(period_s=5.0), period_s=2.0))
    frames = fly(sender, lambda now: {"P": now}, seconds(15))
    assert [time for time, _ in sent(frames)] == [0, 5, 10, 15]
    assert [elapsed_s(f) for f in frames] == [0, 2, 4, 5, 6, 8, 10, 12, 14, 15]


def test_noise_is_of_the_unit_and_quantised() -> None:
    sender = telemetry(ship(parameter(unit="deg", period_s=1.0)), seed=1)
    values = [(t, float(v)) for t, v in sent(fly(sender, lambda now: {"P": now}, seconds(400)))]
    errors = [value - time for time, value in values]
    assert len(values) == 401
    assert math.sqrt(sum(e * e for e in errors) / len(errors)) == pytest.approx(0.002, rel=0.15)
    assert all(round(value, 3) == value for _, value in values)


def test_noise_is_scaled_where_it_is_assumed_only() -> None:
    ours = ship(parameter("ASSUMED", unit="deg"), parameter("KNOWN", unit="deg"))
    row = Quality(quantum=0.001, noise=0.1, refresh_s=1.0)
    qualities = {"ASSUMED": row, "KNOWN": replace(row, source=Source.RECORDING)}

    def at(noise_scale: float, identity: str) -> list[tuple[float, Value]]:
        sender = Telemetry(ours, qualities, epoch_ns=EPOCH_NS, seed=0, noise_scale=noise_scale)
        return sent(fly(sender, lambda now: {"ASSUMED": 1, "KNOWN": 1}, seconds(20)), identity)

    assert {value for _, value in at(0, "ASSUMED")} == {1.0}
    assert at(0, "KNOWN") == at(1, "KNOWN") == at(5, "KNOWN")
    for (_, once), (_, five) in zip(at(1, "ASSUMED"), at(5, "ASSUMED"), strict=True):
        assert float(five) - 1 == pytest.approx(5 * (float(once) - 1), abs=0.003)


@given(
    st.sampled_from([1e-6, 1e-5, 5e-4, 0.001, 0.01, 0.05, 0.1, 0.25, 1.0, 5.0]),
    st.floats(-1e4, 1e4),
)
def test_values_are_short_decimals_near_the_truth(quantum: float, truth: float) -> None:
    sender = telemetry(ship(parameter()), quantum=quantum)
    [(_, value)] = sent(sender.frames(EPOCH_NS, lambda _: {"P": truth}))
    assert isinstance(value, float)
    assert abs(value - truth) <= quantum * 0.5001
    assert len(f"{value:.15g}".lstrip("-")) >= len(repr(value).lstrip("-").removesuffix(".0"))
    assert math.copysign(1, value) == 1 or value < 0


def test_what_cannot_be_measured_is_sent_as_invalid_once() -> None:
    sender = telemetry(ship(parameter()))
    frames = fly(sender, lambda now: {"P": math.nan if 2 <= now < 5 else 7.0}, seconds(10))
    assert sent(frames) == [(0, 7.0), (5, 7.0)]
    invalid = [(elapsed_s(f), dict(f.invalid)) for f in frames if f.invalid]
    assert invalid == [(2, {"P": QUALITY_UNSPECIFIED})]


def test_values_have_the_type_of_their_parameter() -> None:
    kinds = {
        "B": ParameterType.BOOLEAN,
        "E": ParameterType.ENUMERATION,
        "F": FLOAT,
        "I": ParameterType.INTEGER,
        "S": ParameterType.STRING,
    }
    sender = telemetry(ship(*(parameter(i, kind, states={}) for i, kind in kinds.items())))
    [frame] = sender.frames(EPOCH_NS, lambda _: {"B": 1, "E": 2.0, "F": 3, "I": 4.0})
    assert frame.values == {"B": True, "E": 2, "F": 3.0, "I": 4, "S": ""}
    assert [type(value) for value in frame.values.values()] == [bool, int, float, int, str]


def test_without_a_truth_a_parameter_stands_at_its_nominal_value() -> None:
    limits = Limits(range={Severity.ADVISORY: Band(low=2.0, high=4.0)})
    assert sent(fly(telemetry(ship(parameter(limits=limits))), lambda now: {}, [0])) == [(0, 3.0)]


def test_a_truth_of_no_parameter_is_refused() -> None:
    with pytest.raises(ValueError, match="ship s has no Q"):
        fly(telemetry(ship(parameter())), lambda now: {"Q": 1.0}, [0])


TWO = ship_of(
    subsystem("fast", parameter("F", unit="deg"), parameter("SLOW", unit="deg", period_s=2.0)),
    subsystem("slow", parameter("S", unit="deg"), period_s=5.0),
)


def rising(now: float) -> Mapping[str, float]:
    return {"F": now, "SLOW": now}


def both(asked: list[str]) -> Callable[[str], Mapping[str, float]]:
    def truth(identity: str) -> Mapping[str, float]:
        asked.append(identity)
        return {"F": 1.0} if identity == "fast" else {"S": 1.0}

    return truth


def test_between_whole_seconds_only_fast_subsystems_are_looked_at() -> None:
    sender = telemetry(TWO, fast=frozenset({"fast"}))
    asked: list[str] = []
    sender.frames(EPOCH_NS, both(asked))
    assert asked == ["fast", "slow"]
    sender.frames(EPOCH_NS + SECOND_NS // 10, both(asked))
    assert asked == ["fast", "slow", "fast"]


def test_a_subsystem_is_asked_for_when_a_channel_is_due_only() -> None:
    sender = telemetry(
        ship_of(subsystem("slow", parameter("S", period_s=5.0), parameter("T", period_s=10.0)))
    )
    times = []
    for second in range(21):
        asked: list[str] = []
        sender.frames(EPOCH_NS + second * SECOND_NS, both(asked))
        times += [second] * len(asked)
    assert times == [0, 5, 10, 15, 20]


def test_a_fast_channel_is_sent_within_a_tenth_and_a_periodic_one_keeps_its_period() -> None:
    ours = ship_of(TWO.subsystems["fast"])
    sender = telemetry(ours, fast=frozenset({"fast"}), noise_scale=0.0)
    frames = fly(sender, rising, range(31))
    assert [time for time, _ in sent(frames, "F")] == [tenth / 10 for tenth in range(31)]
    assert [time for time, _ in sent(frames, "SLOW")] == [0, 2]


def test_heartbeats_come_at_whole_seconds_only() -> None:
    sender = telemetry(ship(parameter(period_s=100.0), period_s=1.5))
    frames = fly(sender, lambda now: {}, range(61))
    assert [elapsed_s(f) for f in frames] == [0, 2, 3, 5, 6]


def test_an_unknown_fast_subsystem_is_refused() -> None:
    with pytest.raises(ValueError, match="ship has no subsystem 'x'"):
        telemetry(TWO, fast=frozenset({"x"}))


@given(st.sets(st.integers(1, 99)), st.integers(0, 5))
def test_fine_ticks_leave_the_samples_of_whole_seconds_as_they_are(
    fine: set[int], seed: int
) -> None:
    """Every channel is sent each time it is looked at, so samples can be compared."""

    def run(tenths: Iterable[int]) -> list[tuple[int, str, Mapping[str, Value]]]:
        sender = telemetry(TWO, seed, fast=frozenset({"fast"}), refresh_s=1e-3)
        frames = fly(sender, lambda now: {}, tenths)
        return [(f.time_ns, f.subsystem, f.values) for f in frames if f.time_ns % SECOND_NS == 0]

    assert run(sorted({*fine, *seconds(10)})) == run(seconds(10))


def test_the_same_seed_gives_the_same_frames_and_another_gives_others() -> None:
    ours = load().spacecraft["soyuz"]
    runs = [fly(telemetry(ours, seed), lambda now: {}, seconds(30)) for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


@pytest.mark.parametrize("identity", ["iss", "soyuz"])
def test_every_shipped_channel_is_sent_as_the_mission_database_wants_it(identity: str) -> None:
    ours = load().spacecraft[identity]
    frames = fly(telemetry(ours), lambda now: {}, [0])
    assert [f.subsystem for f in frames] == list(ours.subsystems)
    for frame in frames:
        parameters = ours.subsystems[frame.subsystem].parameters
        assert frame.values.keys() == parameters.keys()
        for p, value in frame.values.items():
            typed = parameters[p].typed(value)
            assert (type(typed), typed) == (type(value), value)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(None, None, 0), (2, 4, 3), (5, None, 6), (-5, None, 0), (None, 5, 0), (None, -5, -5)],
)
def test_nominal_numbers_are_within_limits(
    low: float | None, high: float | None, expected: float
) -> None:
    limits = Limits(range={Severity.CAUTION: Band(low=low, high=high)})
    value = nominal(parameter(limits=limits))
    assert isinstance(value, float)
    assert low is None or value >= low
    assert high is None or value <= high
    assert value == pytest.approx(expected, abs=2.5)


def test_nominal_states_do_not_violate() -> None:
    states = {0: "OK", 1: "BAD", 2: "WORSE"}
    limits = Limits(states={Severity.CAUTION: frozenset({1}), Severity.WARNING: frozenset({2})})
    kind = ParameterType.ENUMERATION
    assert nominal(parameter(kind=kind, states=states, limits=limits)) == 0
    assert nominal(parameter(kind=kind, states=states)) == 1
    assert nominal(parameter(kind=ParameterType.BOOLEAN, limits=limits)) is False
    assert nominal(parameter(kind=ParameterType.STRING)) == ""


def qualities(tmp_path: Path, text: str, kind: ParameterType = FLOAT) -> Quality:
    (tmp_path / "units.toml").write_text('[unit."deg"]\nquantum = 0.01\nnoise = 0.1\n')
    (tmp_path / "ship.toml").write_text(text)
    return load_qualities(ship(parameter(kind=kind, unit="deg", period_s=2.0)), tmp_path)["P"]


def test_a_channel_row_goes_before_its_unit_and_the_mission_database(tmp_path: Path) -> None:
    assert qualities(tmp_path, "") == Quality(period_s=2.0, quantum=0.01, noise=0.1)
    assert qualities(tmp_path, "").smallest_change == pytest.approx(0.3)
    row = '[channel.P]\nperiod_s = 5\nnoise = 0\nthreshold = 0.05\nsource = "recording"'
    assert qualities(tmp_path, row) == Quality(
        period_s=5.0, quantum=0.01, noise=0.0, threshold=0.05, source=Source.RECORDING
    )
    assert qualities(tmp_path, "[channel.P]\nrefresh_s = 10").refresh_s == 10
    own_unit = "[unit.deg]\nquantum = 0.5\nthreshold = 2"
    assert qualities(tmp_path, own_unit) == Quality(period_s=2.0, quantum=0.5, threshold=2.0)
    assert qualities(tmp_path, f"{own_unit}\n[channel.P]\nnoise = 1").smallest_change == 3


def test_units_are_of_floats_and_a_count_is_exact(tmp_path: Path) -> None:
    assert qualities(tmp_path, "", ParameterType.INTEGER).quantum == 1
    assert qualities(tmp_path, "", ParameterType.INTEGER).noise == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[channel.p]", r"^sensors/ship.toml: \[channel.p\]: no such parameter"),
        ("[channel.P]\nquantum = 0", r"\[channel.P\] quantum: must be above 0, not 0"),
        ("[channel.P]\nnoise = -1", r"\[channel.P\] noise: must not be negative"),
        ("[channel.P]\nnoise = nan", r"noise: must be a finite number"),
        ("[channel.P]\nquantum = 'x'", r"quantum: must be a number, not the text 'x'"),
        ("[channel.P]\nperiod = 1", r"period: unknown key \(did you mean 'period_s'\?\)"),
        ("[channel.P]\nperiod_s = 1e300", r"period_s: must be 0.1 to 1e\+06 s, not 1e\+300"),
        ("[channel.P]\nsource = 'guess'", r"source: must be recording or assumed, not 'guess'"),
        ("[channels.P]", r"channels: unknown key \(did you mean 'channel'\?\)"),
        ("channel = 1", r"channel: must be a table, not the number 1"),
        ("[unit]\ndeg = 1\nx = 2", r"\[unit\] deg: must be a table.*\(and 1 more\)"),
        ("[unit.deg]", r"\[unit.deg\] quantum: is missing"),
        ("[channel.P", r"ship.toml: is not TOML"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        qualities(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_state_has_no_noise(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"only a number has quantum.*type enumeration"):
        qualities(tmp_path, "[channel.P]\nnoise = 1", ParameterType.ENUMERATION)


def test_every_shipped_file_is_of_a_spacecraft_and_can_be_read() -> None:
    ships = load().spacecraft
    files = {file.stem for file in SHIPPED.glob("*.toml")}
    assert "units" in files
    assert files - {"units"} <= ships.keys()
    for one in ships.values():
        assert load_qualities(one)
