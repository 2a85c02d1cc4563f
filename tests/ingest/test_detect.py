"""Limits in numpy against the same limits in plain words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.detect import Detection, Detector
from ingest.limit_table import LimitTable
from telemetry.alarm import Condition
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.limit import LEVELS, Band, Context, Limits, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Value
from tests.small import ADCS, RESPONSE, subsystem

NOMINAL, ADVISORY, CAUTION, WARNING, EMERGENCY = Severity


@pytest.fixture
def detector(database: MissionDatabase) -> Detector:
    return Detector(database.subsystem("iss", "adcs"))


def frame(seconds: float, invalid: dict[str, int] | None = None, **values: Value) -> Frame:
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=round(seconds * SECOND_NS),
        received_ns=0,
        sequence=0,
        values=values,
        invalid=invalid or {},
    )


def severities(found: list[Detection]) -> list[tuple[str, Condition, Severity]]:
    return [(d.subject, d.condition, d.severity) for d in found]


def limit(severity: Severity, subject: str = "ERR") -> list[tuple[str, Condition, Severity]]:
    return [(subject, Condition.LIMIT, severity)]


@pytest.mark.parametrize(
    ("value", "severity"),
    [(1.0, None), (-1.0, None), (1.001, ADVISORY), (2.001, CAUTION), (-99.0, WARNING)],
)
def test_a_value_on_its_limit_is_in_limits(
    detector: Detector, value: float, severity: Severity | None
) -> None:
    expected = limit(severity) if severity else []
    assert severities(detector.check(frame(1, ERR=value))) == expected


def test_a_detection_says_value_and_the_limit_it_broke(detector: Detector) -> None:
    (found,) = detector.check(frame(1, ERR=-2.5))
    assert (found.value, found.limit, found.time_ns) == (-2.5, "below -2 deg", SECOND_NS)


def test_coming_back_takes_the_hysteresis(detector: Detector) -> None:
    steps = [
        (2.5, CAUTION),
        (1.9, None),
        (1.5, ADVISORY),
        (0.9, None),
        (0.51, None),
        (0.5, NOMINAL),
    ]
    for second, (value, severity) in enumerate(steps):
        expected = limit(severity) if severity is not None else []
        assert severities(detector.check(frame(second, ERR=value))) == expected, value


def test_a_violation_counts_when_it_has_lasted(detector: Detector) -> None:
    assert detector.check(frame(0, SLOW=1.5)) == []
    assert detector.check(frame(2.9, SLOW=1.5)) == []
    assert severities(detector.check(frame(3, SLOW=1.5))) == limit(CAUTION, "SLOW")


def test_an_unchanged_value_lasts_by_the_heartbeat_alone(detector: Detector) -> None:
    assert detector.check(frame(0, SLOW=1.5)) == []
    assert severities(detector.check(frame(3))) == limit(CAUTION, "SLOW")


def test_a_worse_violation_lasts_by_itself_and_a_glitch_starts_anew(detector: Detector) -> None:
    detector.check(frame(0, SLOW=1.5))
    assert severities(detector.check(frame(3, SLOW=5.0))) == limit(CAUTION, "SLOW")
    assert detector.check(frame(5, SLOW=5.0)) == []
    assert severities(detector.check(frame(6, SLOW=5.0))) == limit(WARNING, "SLOW")
    assert severities(detector.check(frame(7, SLOW=0.0))) == limit(NOMINAL, "SLOW")
    assert detector.check(frame(8, SLOW=1.5)) == []
    assert detector.check(frame(9, SLOW=0.0)) == []
    assert detector.check(frame(12, SLOW=1.5)) == []


def test_rate_of_change_per_second(detector: Detector) -> None:
    rate = Condition.RATE
    assert detector.check(frame(0, RATE=0.0)) == []
    assert detector.check(frame(1, RATE=10.0)) == []
    assert severities(detector.check(frame(1.5, RATE=16.0))) == [("RATE", rate, WARNING)]
    assert severities(detector.check(frame(2.5, RATE=16.0))) == [("RATE", rate, NOMINAL)]


def test_a_rate_ends_when_nothing_more_is_heard_of_it(detector: Detector) -> None:
    detector.check(frame(0, RATE=0.0))
    assert len(detector.check(frame(1, RATE=50.0))) == 1
    assert detector.check(frame(2.9)) == []
    assert severities(detector.check(frame(2.91))) == [("RATE", Condition.RATE, NOMINAL)]


def test_states_violate_by_name_and_say_so(detector: Detector) -> None:
    assert detector.check(frame(0, MODE=0)) == []
    assert severities(detector.check(frame(1, MODE=1))) == limit(ADVISORY, "MODE")
    (worse,) = detector.check(frame(2, MODE=2))
    assert (worse.severity, worse.value, worse.limit) == (WARNING, 2, "is LOST")
    assert severities(detector.check(frame(3, MODE=0))) == limit(NOMINAL, "MODE")


def test_invalid_is_a_condition_of_its_own_and_holds_the_limit_where_it_was(
    detector: Detector,
) -> None:
    detector.check(frame(0, ERR=5.0))
    found = detector.check(frame(1, {"ERR": 2}))
    assert severities(found) == [("ERR", Condition.INVALID, ADVISORY)]
    assert detector.check(frame(2, {"ERR": 2})) == []
    assert severities(detector.check(frame(3, ERR=5.0))) == [("ERR", Condition.INVALID, NOMINAL)]


def test_an_older_sample_than_the_latest_changes_nothing(detector: Detector) -> None:
    detector.check(frame(10, ERR=0.0))
    assert detector.check(frame(5, ERR=9.0)) == []
    assert severities(detector.check(frame(10, ERR=9.0))) == limit(WARNING)


def test_a_spike_that_was_never_reported_is_not_held_by_the_hysteresis(
    database: MissionDatabase,
) -> None:
    limits = Limits(
        range={WARNING: Band(high=1.5)}, persistence_s=3, hysteresis=0.2, response=RESPONSE
    )
    parameter = Parameter(id="P", name="P", type=ParameterType.FLOAT, unit="V", limits=limits)
    detector = Detector(subsystem("adcs", 1.0, (parameter,)))
    assert detector.check(frame(0, P=1.6)) == []
    assert [detector.check(frame(second, P=1.4)) for second in range(1, 6)] == [[]] * 5


def test_a_violation_does_not_ripen_while_its_parameter_is_invalid(detector: Detector) -> None:
    assert detector.check(frame(0, SLOW=9.0)) == []
    found = [d for second in (1, 2, 3, 4) for d in detector.check(frame(second, {"SLOW": 2}))]
    assert severities(found) == [("SLOW", Condition.INVALID, ADVISORY)]


def test_a_late_good_sample_does_not_end_a_newer_invalidity(detector: Detector) -> None:
    detector.check(frame(1, ERR=0.0))
    assert len(detector.check(frame(5, {"ERR": 2}))) == 1
    assert detector.check(frame(4, ERR=0.0)) == []
    assert severities(detector.check(frame(6, ERR=0.0))) == [("ERR", Condition.INVALID, NOMINAL)]


def test_a_rate_ends_in_a_new_run_that_is_silent_of_it(detector: Detector) -> None:
    detector.check(frame(0, RATE=0.0))
    assert len(detector.check(frame(1, RATE=50.0))) == 1
    detector.start_run()
    assert severities(detector.check(frame(3))) == [("RATE", Condition.RATE, NOMINAL)]


def test_what_stands_is_expected_to_return(detector: Detector) -> None:
    detector.expect("ERR", Condition.LIMIT, WARNING)
    assert severities(detector.check(frame(0, ERR=0.0))) == limit(NOMINAL)


def test_strings_and_channels_without_limits_are_left_alone(detector: Detector) -> None:
    assert detector.check(frame(0, NAME="x", FLAG=True, COUNT=2**60)) == []


values = st.floats(-4, 4) | st.sampled_from([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0])


@given(st.lists(values, min_size=1, max_size=60))
def test_a_block_is_judged_as_its_frames_are(series: list[float]) -> None:
    bands = {Severity.ADVISORY: Band(low=-1, high=1), Severity.WARNING: Band(high=3)}
    table = LimitTable([bands, {}])
    block = np.column_stack([series, series])
    levels = table.levels(block)
    for row, value in zip(levels, series, strict=True):
        in_words = WARNING if value > 3 else ADVISORY if abs(value) > 1 else NOMINAL
        assert list(row) == [in_words, NOMINAL]
        assert list(table.levels(np.array([value, value]))) == list(row)


def scalar_oracle(samples: Sequence[tuple[float, float]], persistence_s: float) -> list[Severity]:
    """The severity after each sample, told one at a time in plain words (no hysteresis)."""
    since: dict[Severity, float] = {}
    said, out = NOMINAL, []
    for seconds, value in samples:
        level = WARNING if abs(value) > 2 else CAUTION if abs(value) > 1 else NOMINAL
        since = {s: since.get(s, seconds) for s in LEVELS if s <= level}
        ripe = max((s for s, t in since.items() if seconds - t >= persistence_s), default=NOMINAL)
        said = max(min(said, level), NOMINAL if ripe in (ADVISORY,) else ripe)
        out.append(said)
    return out


@given(st.lists(st.tuples(st.integers(1, 4), values), max_size=60))
def test_persistence_agrees_with_a_scalar_oracle(history: list[tuple[int, float]]) -> None:
    detector, now, said = Detector(subsystem("adcs", 1.0, ADCS)), 0, NOMINAL
    samples, got = [], []
    for pause, value in history:
        now += pause
        samples.append((float(now), value))
        for found in detector.check(frame(now, SLOW=value)):
            said = found.severity
        got.append(said)
    assert got == scalar_oracle(samples, 3.0)


@given(
    st.lists(st.tuples(st.sampled_from(["ERR", "SLOW", "RATE"]), values), max_size=40), st.data()
)
def test_a_snapshot_anywhere_changes_nothing(
    history: list[tuple[str, float]], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(history)))
    whole, first = (Detector(subsystem("adcs", 1.0, ADCS)) for _ in range(2))
    expected = [whole.check(frame(i, **{p: v})) for i, (p, v) in enumerate(history)]
    got = [first.check(frame(i, **{p: v})) for i, (p, v) in enumerate(history[:cut])]
    second = Detector(subsystem("adcs", 1.0, ADCS))
    second.restore(first.snapshot())
    got += [second.check(frame(i, **{p: v})) for i, (p, v) in enumerate(history[cut:], start=cut)]
    assert got == expected


class Careful(Detector):
    """Never takes the short cut that a calm subsystem allows."""

    _calm = property(lambda self: False, lambda self, calm: None)


_SAMPLES = st.fixed_dictionaries(
    {},
    optional={
        "ERR": st.sampled_from([0.0, 0.6, 0.9, 1.5, 2.5, -4.0, float("nan")]),
        "SLOW": st.sampled_from([0.0, 1.5, 3.0]),
        "RATE": st.sampled_from([0.0, 5.0, 40.0]),
        "MODE": st.integers(0, 2),
        "GAIN": st.sampled_from([0.0, 1.0, 2.0]),
        "AUX": st.integers(0, 1),
    },
)
_STEPS = st.one_of(
    st.tuples(
        st.just("check"),
        st.integers(-2, 4),
        _SAMPLES,
        st.sets(st.sampled_from(["ERR", "MODE"]), max_size=1),
    ),
    st.tuples(st.sampled_from(["start_run", "forget_pending", "expect", "restore", "rejudge"])),
)
#: With two whose limits depend on the mode.
_CONTEXTUAL = (
    *ADCS,
    Parameter(
        id="GAIN",
        name="Gain",
        type=ParameterType.FLOAT,
        limits=Limits(
            range={CAUTION: Band(high=5)},
            contexts=(
                Context(mode={"MODE": frozenset({"HOLD"})}, range={WARNING: Band(high=0.5)}),
            ),
            response=RESPONSE,
        ),
    ),
    Parameter(
        id="AUX",
        name="Auxiliary",
        type=ParameterType.ENUMERATION,
        states={0: "OFF", 1: "ON"},
        limits=Limits(
            contexts=(
                Context(mode={"MODE": frozenset({"HOLD"})}, states={ADVISORY: frozenset({1})}),
            )
        ),
    ),
)


@example(
    steps=[("check", 1, {"AUX": 1}, set()), ("check", 1, {"MODE": 0}, set())], numbers_only=True
)
@given(steps=st.lists(_STEPS, max_size=40), numbers_only=st.booleans())
def test_a_calm_subsystem_is_judged_as_one_that_is_looked_at_closely(
    steps: list[tuple[Any, ...]], numbers_only: bool
) -> None:
    known = tuple(p for p in _CONTEXTUAL if not numbers_only or p.type is not ParameterType.STRING)
    pair: list[Any] = [kind(subsystem("adcs", 1.0, known)) for kind in (Detector, Careful)]
    now = 0
    for verb, *more in steps:
        if verb == "check":
            step, values, invalid = more
            now += step
            given = {id_: value for id_, value in values.items() if id_ not in invalid}
            one = frame(now, dict.fromkeys(invalid, 1), **given)
            said = [each.check(one) for each in pair]
        elif verb == "expect":
            said = [each.expect("ERR", Condition.LIMIT, CAUTION) for each in pair]
        elif verb == "restore":
            said = [each.restore(each.snapshot()) for each in pair]
        else:
            said = [getattr(each, verb)() for each in pair]
        assert repr(said[0]) == repr(said[1])
        assert repr(pair[0].snapshot()) == repr(pair[1].snapshot())
