"""Limits that hold instead while something is planned or a mode is on."""

import pytest

from ingest.detect import Detection, Detector
from telemetry.activity import PlannedState
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.limit import Band, Context, Limits, Severity
from telemetry.parameter import Parameter, ParameterType, Value
from tests.small import RESPONSE, band, subsystem

NOMINAL, ADVISORY, CAUTION, WARNING, EMERGENCY = Severity
MANOEUVRE = frozenset({PlannedState.MANOEUVRE})
NOTHING: frozenset[PlannedState] = frozenset()

RATE = Parameter(
    id="RATE",
    name="Rate",
    type=ParameterType.FLOAT,
    limits=Limits(
        range={CAUTION: band(1), WARNING: band(2)},
        persistence_s=2.0,
        response=RESPONSE,
        contexts=(
            Context(planned=MANOEUVRE, range={WARNING: band(10)}),
            Context(mode={"MODE": frozenset({"DRIFT"})}, range={}),
        ),
    ),
)
SWITCH = Parameter(
    id="SWITCH",
    name="Switch",
    type=ParameterType.ENUMERATION,
    states={0: "ON", 1: "OFF"},
    limits=Limits(
        states={ADVISORY: frozenset({1})}, contexts=(Context(planned=MANOEUVRE, states={}),)
    ),
)
MODE = Parameter(
    id="MODE", name="Mode", type=ParameterType.ENUMERATION, states={0: "HOLD", 1: "DRIFT"}
)
COUNT = Parameter(
    id="COUNT",
    name="Count",
    type=ParameterType.INTEGER,
    limits=Limits(increase={CAUTION: Band(high=5)}, increase_over_s=60, response=RESPONSE),
)


@pytest.fixture
def detector() -> Detector:
    return Detector(subsystem("adcs", 1.0, (RATE, SWITCH, MODE, COUNT)))


def check(
    detector: Detector, second: float, planned: frozenset[PlannedState], **values: Value
) -> list[tuple[str, Severity]]:
    frame = Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=round(second * SECOND_NS),
        received_ns=0,
        sequence=0,
        values=values,
    )
    return [(d.subject, d.severity) for d in detector.check(frame, planned)]


def test_what_is_planned_has_limits_of_its_own(detector: Detector) -> None:
    assert check(detector, 0, MANOEUVRE, RATE=5.0) == []
    assert check(detector, 9, MANOEUVRE, RATE=5.0) == []
    check(detector, 10, MANOEUVRE, RATE=11.0)
    assert check(detector, 12, MANOEUVRE, RATE=11.0) == [("RATE", WARNING)]


def test_when_the_plan_ends_a_value_that_stayed_is_judged_anew(detector: Detector) -> None:
    assert check(detector, 0, MANOEUVRE, RATE=1.5, SWITCH=1) == []
    # no new sample: what is sent on change has not changed, but it is no longer planned
    assert check(detector, 5, NOTHING) == [("SWITCH", ADVISORY)]
    assert check(detector, 7, NOTHING) == [("RATE", CAUTION)]


def test_when_a_plan_begins_what_it_plans_is_over(detector: Detector) -> None:
    check(detector, 0, NOTHING, RATE=1.5, SWITCH=1)
    assert check(detector, 2, NOTHING) == [("RATE", CAUTION)]
    assert check(detector, 3, MANOEUVRE) == [("RATE", NOMINAL), ("SWITCH", NOMINAL)]


def test_a_mode_counts_from_the_frame_it_comes_with(detector: Detector) -> None:
    assert check(detector, 0, NOTHING, RATE=50.0, MODE=1) == []
    assert check(detector, 9, NOTHING, RATE=50.0) == []
    assert check(detector, 10, NOTHING, MODE=0) == []
    assert check(detector, 12, NOTHING) == [("RATE", WARNING)]


def test_the_first_context_that_holds_counts(detector: Detector) -> None:
    check(detector, 0, MANOEUVRE, RATE=50.0, MODE=1)
    assert check(detector, 2, MANOEUVRE) == [("RATE", WARNING)]


def test_a_counter_may_grow_so_much_in_its_time(detector: Detector) -> None:
    assert check(detector, 0, NOTHING, COUNT=100) == []
    assert check(detector, 1, NOTHING, COUNT=105) == []
    assert check(detector, 2, NOTHING, COUNT=106) == [("COUNT", CAUTION)]
    assert check(detector, 61, NOTHING) == [("COUNT", NOMINAL)]


def test_an_invalid_value_is_not_judged_when_the_plan_changes(detector: Detector) -> None:
    check(detector, 0, MANOEUVRE, SWITCH=1)
    bad = Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=SECOND_NS,
        received_ns=0,
        sequence=0,
        invalid={"SWITCH": 4},
    )
    detector.check(bad, MANOEUVRE)
    assert check(detector, 2, NOTHING) == []
    assert check(detector, 3, NOTHING, SWITCH=1) == [("SWITCH", NOMINAL), ("SWITCH", ADVISORY)]


def test_a_restart_within_a_context_goes_on_in_it() -> None:
    def fly(cut_at: int | None) -> list[list[Detection]]:
        found = []
        detector = Detector(subsystem("adcs", 1.0, (RATE, SWITCH, MODE, COUNT)))
        for second in range(12):
            planned = MANOEUVRE if 3 <= second < 8 else NOTHING
            if second == cut_at:
                state = detector.snapshot()
                detector = Detector(subsystem("adcs", 1.0, (RATE, SWITCH, MODE, COUNT)))
                detector.restore(state)
            frame = Frame(
                spacecraft="iss",
                subsystem="adcs",
                time_ns=second * SECOND_NS,
                received_ns=0,
                sequence=second,
                values={"RATE": 1.5, "SWITCH": 1, "COUNT": second * 2} if second % 2 else {},
            )
            found.append(detector.check(frame, planned))
        return found

    whole = fly(None)
    assert sum(map(len, whole)) >= 5
    for cut in range(12):
        assert fly(cut) == whole
