import math
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from simulators.sensing.fault import MAX_FAULTS, Fault, FaultKind, check, measured
from simulators.sensing.quality import Quality
from simulators.sensing.sensor import Telemetry
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.frame import QUALITY_UNSPECIFIED, Frame
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem, Value

EPOCH_NS = 1_634_284_800 * SECOND_NS
STOP = 12


def subsystem(identity: str, **kinds: ParameterType) -> Subsystem:
    parameters = {
        p: Parameter(id=p, name=p, type=kind, states={0: "A", 1: "B"}) for p, kind in kinds.items()
    }
    return Subsystem(id=identity, name=identity, period_s=1.0, parameters=parameters)


A = subsystem("a", P=ParameterType.FLOAT, Q=ParameterType.FLOAT, MODE=ParameterType.ENUMERATION)
B = subsystem("b", R=ParameterType.FLOAT, TEXT=ParameterType.STRING)
SHIP = Spacecraft(id="ship", name="Ship", subsystems={"a": A, "b": B})
NOISY = Quality(quantum=0.01, noise=1.0, threshold=0.01, refresh_s=0.1)
QUIET = Quality(quantum=0.01, noise=0.0, refresh_s=60.0)
STATE = Quality(quantum=1.0, refresh_s=60.0)


def at(second: float) -> int:
    return EPOCH_NS + round(second * SECOND_NS)


def fault(
    kind: FaultKind,
    start: float,
    stop: float | None = None,
    parameter: str = "P",
    value: float | None = None,
    rate_per_s: float | None = None,
) -> Fault:
    return Fault(
        spacecraft="ship",
        parameter=parameter,
        kind=kind,
        start_ns=at(start),
        end_ns=None if stop is None else at(stop),
        value=value,
        rate_per_s=rate_per_s,
    )


def truth(now: float) -> Mapping[str, Mapping[str, float]]:
    """P counts seconds, the others stand still; what noise there is differs at every look."""
    return {"a": {"P": now, "Q": 5.0, "MODE": 1}, "b": {"R": 7.0}}


def run(*faults: Fault, quality: Quality = QUIET, stop: int = STOP) -> list[list[Frame]]:
    """The frames of each second, those that the faults spoil."""
    qualities = dict.fromkeys(("P", "Q", "R"), quality) | {
        "MODE": replace(STATE, refresh_s=quality.refresh_s),
        "TEXT": replace(STATE, refresh_s=quality.refresh_s),
    }
    telemetry = Telemetry(SHIP, qualities, epoch_ns=EPOCH_NS, seed=3)
    for one in faults:
        telemetry.inject(one)
    return [
        telemetry.frames(at(second), lambda s, now=second: truth(now)[s])
        for second in range(stop + 1)
    ]


def sent(ticks: list[list[Frame]], identity: str = "P") -> dict[int, Value]:
    """By the second they left in."""
    return {
        second: frame.values[identity]
        for second, frames in enumerate(ticks)
        for frame in frames
        if identity in frame.values
    }


def changed(ticks: list[list[Frame]], identity: str = "P") -> dict[int, Value]:
    clean = sent(run(), identity)
    return {s: v for s, v in sent(ticks, identity).items() if clean.get(s) != v}


def test_a_stuck_value_stays_at_what_was_sent_last_and_comes_back() -> None:
    ticks = run(fault(FaultKind.STUCK, 4, 8))
    assert sent(ticks) == {0: 0, 1: 1, 2: 2, 3: 3, 8: 8, 9: 9, 10: 10, 11: 11, 12: 12}


def test_a_value_may_be_stuck_elsewhere_and_a_state_too() -> None:
    assert sent(run(fault(FaultKind.STUCK, 4, 6, value=99.5))) | {5: 99.5} == sent(run()) | {
        4: 99.5,
        5: 99.5,
    }
    assert sent(run(fault(FaultKind.STUCK, 4, 6, "MODE", value=0)), "MODE") == {0: 1, 4: 0, 6: 1}


def test_a_value_stuck_from_the_beginning_is_the_first_there_was() -> None:
    assert sent(run(fault(FaultKind.STUCK, 0))) == {0: 0.0}


def test_a_spike_without_an_end_is_one_sample() -> None:
    assert changed(run(fault(FaultKind.SPIKE, 4, value=-50))) == {4: -46.0}


def test_a_spike_with_an_end_lasts() -> None:
    assert changed(run(fault(FaultKind.SPIKE, 4, 6, value=0.5))) == {4: 4.5, 5: 5.5}


def test_a_drift_grows_from_its_start() -> None:
    drifting = changed(run(fault(FaultKind.DRIFT, 4.5, 8, rate_per_s=0.5)))
    assert drifting == {5: 5.25, 6: 6.75, 7: 8.25}


def test_a_swapped_sign() -> None:
    assert changed(run(fault(FaultKind.SWAPPED_SIGN, 4, 6))) == {4: -4.0, 5: -5.0}


def test_an_invalid_sample_says_so_once_and_the_value_comes_back() -> None:
    ticks = run(fault(FaultKind.INVALID, 4, 8, "Q"))
    assert sent(ticks, "Q") == {0: 5.0, 8: 5.0}
    invalid = {s: dict(f.invalid) for s, frames in enumerate(ticks) for f in frames if f.invalid}
    assert invalid == {4: {"Q": QUALITY_UNSPECIFIED}}


def test_a_dropout_sends_nothing_of_the_parameter_and_all_of_the_others() -> None:
    ticks = run(fault(FaultKind.DROPOUT, 4, 8), quality=replace(QUIET, refresh_s=0.1))
    assert sorted(sent(ticks)) == [0, 1, 2, 3, 8, 9, 10, 11, 12]
    assert sorted(sent(ticks, "Q")) == list(range(13))


def test_a_stale_sample_comes_with_the_time_and_sequence_it_had() -> None:
    ticks = run(fault(FaultKind.STALE_RESEND, 4, 6))
    assert ticks[4][0] == Frame(
        spacecraft="ship",
        subsystem="a",
        time_ns=at(3),
        received_ns=at(4),
        sequence=3,
        values={"P": 3.0},
    )
    assert [(f.time_ns, f.sequence) for f in ticks[5]] == [(at(3), 3), (at(5), 5), (at(5), 5)]
    assert sent(ticks)[6] == 6.0


def test_a_stale_sample_may_be_an_invalid_one_and_none_that_never_was() -> None:
    ticks = run(fault(FaultKind.INVALID, 3, 5), fault(FaultKind.STALE_RESEND, 4, 5))
    assert ticks[4][0].invalid == {"P": QUALITY_UNSPECIFIED}
    assert ticks[4][0].time_ns == at(3)
    assert sent(run(fault(FaultKind.STALE_RESEND, 0, 2)))[2] == 2.0
    assert min(sent(run(fault(FaultKind.STALE_RESEND, 0, 2)))) == 2


def test_a_lost_subsystem_shows_as_a_gap_in_its_sequence() -> None:
    ticks = run(fault(FaultKind.DROPOUT, 4, 6, "a"))
    assert [f.sequence for frames in ticks for f in frames if f.subsystem == "a"] == [
        *range(4),
        *range(6, 13),
    ]
    assert [f.sequence for frames in ticks for f in frames if f.subsystem == "b"] == [*range(13)]


def test_a_lost_spacecraft_sends_nothing_not_even_old_samples() -> None:
    ticks = run(fault(FaultKind.STALE_RESEND, 2), fault(FaultKind.DROPOUT, 4, 6, "ship"))
    assert [len(frames) for frames in ticks[3:7]] == [3, 0, 0, 3]


def test_a_stale_subsystem_sends_its_last_frame_again() -> None:
    clean, ticks = run(), run(fault(FaultKind.STALE_RESEND, 4, 6, "a"))
    for second in (4, 5):
        old, other = ticks[second]
        assert old == structs.replace(clean[3][0], received_ns=at(second))
        assert other == clean[second][1]
    assert ticks[6:] == clean[6:]


def test_the_frame_sent_again_is_the_last_with_a_value() -> None:
    ticks = run(fault(FaultKind.STALE_RESEND, 4, 6, "b"))
    assert ticks[3][1].values == {}
    assert ticks[4][0] == structs.replace(ticks[0][1], received_ns=at(4))


def test_a_clock_that_jumps_dates_its_frames_wrong_and_no_others() -> None:
    clean, ticks = run(), run(fault(FaultKind.CLOCK_JUMP, 4, 6, "a", value=-3600.5))
    assert ticks[:4] + ticks[6:] == clean[:4] + clean[6:]
    for second in (4, 5):
        of = {f.subsystem: f for f in ticks[second]}
        assert of["a"] == structs.replace(clean[second][0], time_ns=at(second - 3600.5))
        assert of["b"] == clean[second][1]


def test_faults_act_in_the_order_they_were_injected() -> None:
    spike = fault(FaultKind.SPIKE, 4, 5, value=1)
    swapped = fault(FaultKind.SWAPPED_SIGN, 4, 5)
    assert changed(run(spike, swapped)) == {4: -5.0}
    assert changed(run(swapped, spike)) == {4: -3.0}
    assert sent(run(fault(FaultKind.STUCK, 4), fault(FaultKind.DRIFT, 4, rate_per_s=1)))[9] == 8.0
    jumps = [fault(FaultKind.CLOCK_JUMP, 4, 5, of, value=10.0) for of in ("a", "ship")]
    assert {f.subsystem: f.time_ns for f in run(*jumps)[4]} == {"a": at(24), "b": at(14)}


spans = st.tuples(st.integers(1, STOP - 2), st.integers(1, 3))
sensor_faults = st.builds(
    lambda kind, span, parameter: fault(
        kind,
        span[0],
        span[0] + span[1],
        parameter,
        value=1.5 if kind is FaultKind.SPIKE else None,
        rate_per_s=0.7 if kind is FaultKind.DRIFT else None,
    ),
    st.sampled_from([kind for kind in FaultKind if kind is not FaultKind.CLOCK_JUMP]),
    spans,
    st.sampled_from(["P", "Q", "R"]),
)
link_faults = st.builds(
    lambda kind, span, target: fault(
        kind,
        span[0],
        span[0] + span[1],
        target,
        value=-7.5 if kind is FaultKind.CLOCK_JUMP else None,
    ),
    st.sampled_from([FaultKind.CLOCK_JUMP, FaultKind.DROPOUT, FaultKind.STALE_RESEND]),
    spans,
    st.sampled_from(["a", "b", "ship"]),
)


@given(st.lists(sensor_faults | link_faults, min_size=1, max_size=5))
def test_outside_of_faults_all_is_as_without_them(faults: list[Fault]) -> None:
    """Every channel is noisy and sent at each look, so that whole frames can be compared."""
    clean, ticks = run(quality=NOISY), run(*faults, quality=NOISY)
    for second in range(STOP + 1):
        if not any(one.acts(at(second)) for one in faults):
            assert ticks[second] == clean[second]


@given(st.lists(sensor_faults, min_size=1, max_size=5))
def test_a_faulty_sensor_leaves_the_others_alone(faults: list[Fault]) -> None:
    clean, ticks = run(quality=NOISY), run(*faults, quality=NOISY)
    for identity in {"P", "Q", "R", "MODE"} - {one.parameter for one in faults}:
        assert sent(ticks, identity) == sent(clean, identity)


@given(st.lists(sensor_faults, min_size=1, max_size=3))
def test_sent_on_change_the_next_sample_after_a_fault_is_true(faults: list[Fault]) -> None:
    over = max(round((one.end_ns or 0) - EPOCH_NS) // SECOND_NS for one in faults)
    ticks = run(*faults, quality=replace(QUIET, threshold=0.01), stop=20)
    assert all(value == second for second, value in sent(ticks).items() if second >= over)
    last = {p: sent(ticks, p) for p in ("P", "Q", "R")}
    assert {p: of[max(of)] for p, of in last.items()} == {"P": 20, "Q": 5, "R": 7}


@pytest.mark.parametrize("kind", FaultKind)
def test_a_measurement_that_is_none_stays_none(kind: FaultKind) -> None:
    one = fault(kind, 0, value=None, rate_per_s=1.0)
    assert math.isnan(measured(one, math.nan, math.nan, at(3)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (fault(FaultKind.STUCK, 0, parameter="MOD"), "no such .*did you mean 'MODE'"),
        (fault(FaultKind.STUCK, 0, parameter="a"), "needs a parameter; a subsystem can have"),
        (fault(FaultKind.CLOCK_JUMP, 0, value=1), "needs a subsystem or a spacecraft"),
        (fault(FaultKind.CLOCK_JUMP, 0, parameter="a"), "value is missing"),
        (fault(FaultKind.CLOCK_JUMP, 0, parameter="a", value=1e10), "within 315576000 s"),
        (fault(FaultKind.SPIKE, 0), "value is missing"),
        (fault(FaultKind.DRIFT, 0), "rate_per_s is missing"),
        (fault(FaultKind.DRIFT, 0, value=1, rate_per_s=1), "takes no value"),
        (fault(FaultKind.STUCK, 0, rate_per_s=1), "takes no rate_per_s"),
        (fault(FaultKind.SPIKE, 0, value=math.inf), "must be a finite number"),
        (fault(FaultKind.SWAPPED_SIGN, 0, parameter="MODE"), "for numbers only"),
        (fault(FaultKind.STUCK, 0, parameter="TEXT"), "a text cannot be stuck"),
        (fault(FaultKind.STUCK, 3, 3), "ends before it has begun"),
        (replace(fault(FaultKind.STUCK, 3), spacecraft="iss"), "is of 'iss', not of 'ship'"),
    ],
)
def test_a_fault_that_means_nothing_is_refused_in_one_line(wrong: Fault, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        check(wrong, SHIP)
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match=message):
        run(wrong)


@pytest.mark.parametrize("parameter", ["P", "a"])
def test_faults_are_bounded_and_make_room_when_they_end(parameter: str) -> None:
    telemetry = Telemetry(
        SHIP, dict.fromkeys(("P", "Q", "MODE", "R", "TEXT"), QUIET), epoch_ns=EPOCH_NS, seed=0
    )
    for _ in range(MAX_FAULTS):
        telemetry.inject(fault(FaultKind.DROPOUT, 0, 1, parameter))
    with pytest.raises(UsageError, match="ship has 64 faults"):
        telemetry.inject(fault(FaultKind.DROPOUT, 0))
    telemetry.frames(at(1), lambda _: {})
    telemetry.inject(fault(FaultKind.DROPOUT, 0))
