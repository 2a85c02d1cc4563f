import pytest

from simulators.sensor import Telemetry, nominal
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.limit import Band, Limits, Severity
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem, Value

FLOAT = ParameterType.FLOAT


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


def ship(*parameters: Parameter, period_s: float = 1.0) -> Spacecraft:
    subsystem = Subsystem(
        id="s", name="S", period_s=period_s, parameters={p.id: p for p in parameters}
    )
    return Spacecraft(id="ship", name="Ship", subsystems={"s": subsystem})


def sent(frames: list[Frame], identity: str = "P") -> list[tuple[float, Value]]:
    return [(f.time_ns / SECOND_NS, f.values[identity]) for f in frames if identity in f.values]


def test_a_state_is_sent_when_it_changes_and_again_after_a_minute() -> None:
    telemetry = Telemetry(
        ship(parameter(kind=ParameterType.ENUMERATION, states={0: "A", 1: "B"})),
        {"s": lambda elapsed_s: {"P": 3 <= elapsed_s < 5}},
        0,
        0,
    )
    frames = telemetry.step(70 * SECOND_NS)
    assert sent(frames) == [(0, 0), (3, 1), (5, 0), (65, 0)]
    assert len(frames) == 71


def test_a_number_is_sampled_at_its_period_and_sent_past_its_threshold() -> None:
    telemetry = Telemetry(
        ship(parameter(period_s=2.0)),
        {"s": lambda elapsed_s: {"P": 1.0 if elapsed_s < 5 else 1.0 + 2e-6}},
        0,
        0,
    )
    assert sent(telemetry.step(10 * SECOND_NS)) == [(0, 1.0), (6, 1.000002)]


def test_periods_that_do_not_divide_each_other_are_kept() -> None:
    telemetry = Telemetry(
        ship(parameter(period_s=5.0), period_s=2.0), {"s": lambda now: {"P": now}}, 0, 0
    )
    frames = telemetry.step(15 * SECOND_NS)
    assert [time for time, _ in sent(frames)] == [0, 5, 10, 15]
    assert [f.time_ns // SECOND_NS for f in frames] == [0, 2, 4, 5, 7, 9, 10, 12, 14, 15]


def test_noise_is_of_the_unit_and_quantised() -> None:
    telemetry = Telemetry(
        ship(parameter(unit="deg", period_s=1.0)), {"s": lambda now: {"P": now}}, 0, 1
    )
    values = [(t, float(v)) for t, v in sent(telemetry.step(50 * SECOND_NS))]
    assert all(abs(value - time) < 0.02 for time, value in values)
    assert any(value != time for time, value in values)
    assert all(round(value, 3) == value for _, value in values)


def test_without_a_truth_a_parameter_stands_at_its_nominal_value() -> None:
    limits = Limits(range={Severity.ADVISORY: Band(low=2.0, high=4.0)})
    telemetry = Telemetry(ship(parameter(limits=limits)), {}, 0, 0)
    assert sent(telemetry.step(0)) == [(0, 3.0)]


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
