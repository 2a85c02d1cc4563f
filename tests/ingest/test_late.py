"""What comes late is judged as if it had come in time, and told as late."""

import random
from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import late
from ingest.detect import Detection, Detector
from ingest.late import Arrival, Judged, LateData, arrival
from ingest.late_finding import Finding, FindingKind, Key
from telemetry.activity import PlannedState
from telemetry.alarm import Condition
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.limit import Context, Limits, Severity
from telemetry.parameter import Parameter, ParameterType, Value
from tests.small import ADCS, RESPONSE, subsystem

NOMINAL, ADVISORY, CAUTION, WARNING, _ = Severity
SUBSYSTEM = subsystem("adcs", 1.0, ADCS)

Readings = dict[str, Value]
#: A key, when it was violated, when it returned; None while it stands.
Span = tuple[Key, int, int | None]


def frame(second: float, values: Readings, sequence: int | None = None) -> Frame:
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=round(second * SECOND_NS),
        received_ns=0,
        sequence=round(second) if sequence is None else sequence,
        values={id_: value for id_, value in values.items() if value is not None},
        invalid={id_: 2 for id_, value in values.items() if value is None},
    )


class Ground:
    """A live detector and the late data beside it, put together as the processor does it."""

    def __init__(self) -> None:
        self.detector = Detector(SUBSYSTEM)
        self.late = LateData(SUBSYSTEM)
        self.newest: Frame | None = None
        self.said: list[Detection] = []
        self.findings: list[Finding] = []
        self.filled: list[int] = []

    def take(self, one: Frame) -> None:
        newest = self.newest
        how = arrival(one, newest and newest.sequence, newest and newest.time_ns)
        if how is Arrival.LATE:
            self._keep(self.late.take(one))
            return
        assert how is Arrival.LIVE
        missing = one.sequence - newest.sequence - 1 if newest else 0
        if newest and missing:
            state = self.detector.snapshot()
            self._keep(self.late.gap(state, newest.time_ns, one.time_ns, missing))
        found = self.detector.check(one)
        self.newest, self.said = one, self.said + found
        self._keep(self.late.live(one, found))

    def _keep(self, judged: Judged) -> None:
        self.findings += judged.findings
        self.filled += judged.filled
        self.said += [f.detection for f in judged.findings if f.kind is FindingKind.LATEST]
        for known in judged.take_over:
            state = known.into(self.detector.snapshot())
            self.detector = Detector(SUBSYSTEM)
            self.detector.restore(state)

    def restarted(self) -> "Ground":
        saved = msgspec.msgpack.encode([self.detector.snapshot(), self.late.snapshot()])
        detector, late_ = msgspec.msgpack.decode(saved)
        after = Ground()
        after.detector.restore(detector)
        after.late.restore(late_)
        after.newest, after.said = self.newest, list(self.said)
        after.findings, after.filled = list(self.findings), list(self.filled)
        return after


def heard(frames: Iterable[Frame]) -> Ground:
    ground = Ground()
    for one in frames:
        ground.take(one)
    return ground


def history(*values: float, of: str = "ERR") -> list[Frame]:
    return [frame(second, {of: value}) for second, value in enumerate(values)]


def dumped(frames: list[Frame], first: int, end: int) -> list[Frame]:
    """Frames first..end-1 come after all the others."""
    return [*frames[:first], *frames[end:], *frames[first:end]]


def told(findings: Iterable[Finding]) -> list[tuple[FindingKind, float, Severity, float, float]]:
    return [
        (
            f.kind,
            f.detection.time_ns / SECOND_NS,
            f.detection.severity,
            f.returned_ns / SECOND_NS,
            f.live_ns / SECOND_NS,
        )
        for f in findings
    ]


QUIET = [0.0] * 12


def changes(of: str, values: dict[int, float], until: int) -> list[Frame]:
    """A parameter that is sent on change only, by the second."""
    return [frame(s, {of: values[s]} if s in values else {}) for s in range(until)]


def test_what_came_and_went_unheard_is_found_with_its_worst() -> None:
    frames = history(0, 0, 1.5, 3.5, 1.5, 0, 0, *QUIET)
    ground = heard(dumped(frames, 1, 7))
    assert told(ground.findings) == [(FindingKind.OVER, 2, WARNING, 5, 0)]
    (found,) = ground.findings
    assert (found.detection.value, found.detection.limit) == (3.5, "above 3 deg")
    assert (found.returned.severity, found.returned.time_ns) == (NOMINAL, 5 * SECOND_NS)
    assert ground.said == []


def test_a_live_alarm_is_told_when_it_began_and_nothing_else() -> None:
    frames = history(0, 0, 0, 2.5, 2.5, *[2.5] * 12)
    ground = heard(dumped(frames, 1, 5))
    assert [one.time_ns for one in ground.said] == [5 * SECOND_NS]
    assert told(ground.findings) == [(FindingKind.BEGAN, 3, CAUTION, 0, 5)]


def test_a_violation_that_ripens_across_the_gaps_end_is_one() -> None:
    frames = history(0, 0, 0, 0, 1.5, 1.5, *[1.5] * 12, of="SLOW")
    ground = heard(dumped(frames, 1, 6))
    assert [one.time_ns for one in ground.said] == [9 * SECOND_NS]
    assert told(ground.findings) == [(FindingKind.BEGAN, 7, CAUTION, 0, 9)]


def test_what_stood_is_told_when_it_ended() -> None:
    frames = history(2.5, 2.5, 0, 0, *QUIET)
    ground = heard(dumped(frames, 1, 4))
    assert told(ground.findings) == [(FindingKind.ENDED, 2, NOMINAL, 0, 0)]


def test_what_stood_and_got_worse_unheard_is_told() -> None:
    frames = history(2.5, 2.5, 3.5, 2.5, *[2.4] * 12)
    ground = heard(dumped(frames, 1, 4))
    assert told(ground.findings) == [(FindingKind.WORSE, 2, WARNING, 0, 0)]


def test_what_stood_on_through_the_gap_is_nothing_new() -> None:
    ground = heard(dumped(history(*[2.5] * 20), 1, 9))
    assert ground.findings == []
    assert ground.filled == [9 * SECOND_NS]


def test_nothing_stays_violated_that_live_data_have_as_normal() -> None:
    """Beyond what the late frames tell, and by the hysteresis alone, it ends with the gap."""
    frames = history(0, 0, 1.5, 1.5, *[0.7] * 12)
    ground = heard(dumped(frames, 1, 4))
    assert told(ground.findings) == [(FindingKind.OVER, 2, ADVISORY, 4, 0)]


def test_what_is_sent_on_change_only_stands_as_late_data_leave_it() -> None:
    frames = changes("MODE", {0: 0, 3: 2, 20: 0}, 25)
    ground = heard([frames[0], *frames[8:14], *frames[1:8]])
    assert told(ground.findings) == [(FindingKind.LATEST, 3, WARNING, 0, 0)]
    for one in frames[14:]:
        ground.take(one)
    assert spans(ground.said) == {(("MODE", Condition.LIMIT), 3 * SECOND_NS, 20 * SECOND_NS)}


def test_what_is_sent_on_change_only_is_over_when_late_data_say_so() -> None:
    frames = changes("MODE", {0: 2, 3: 0}, 25)
    ground = heard([frames[0], *frames[8:], *frames[1:8]])
    kinds = [one.kind for one in ground.findings]
    assert kinds == [FindingKind.ENDED, FindingKind.LATEST]
    assert spans(ground.said) == {(("MODE", Condition.LIMIT), 0, 3 * SECOND_NS)}
    assert ground.detector.reported("MODE", Condition.LIMIT) is NOMINAL


def test_what_returned_in_the_gap_and_is_measured_violated_much_later_began_again_then() -> None:
    frames = changes("MODE", {0: 2, 3: 0, 20: 1}, 30)
    ground = heard(dumped(frames, 1, 8))
    assert told(ground.findings) == [
        (FindingKind.ENDED, 3, NOMINAL, 0, 0),
        (FindingKind.BEGAN, 20, ADVISORY, 0, 0),
    ]


def test_a_rate_of_late_frames_is_theirs() -> None:
    frames = history(0, 0, 50, 50, 50, *[50.0] * 12, of="RATE")
    ground = heard(dumped(frames, 1, 5))
    assert told(ground.findings) == [(FindingKind.OVER, 2, WARNING, 3, 0)]


def test_late_frames_are_judged_by_what_was_planned_then() -> None:
    drift = frozenset({PlannedState.FREE_DRIFT})
    limits = Limits(
        states={WARNING: frozenset({1})},
        contexts=(Context(planned=frozenset({PlannedState.FREE_DRIFT}), states={}),),
        response=RESPONSE,
    )
    mode = Parameter(
        id="MODE", name="M", type=ParameterType.ENUMERATION, states={0: "A", 1: "B"}, limits=limits
    )
    adcs = subsystem("adcs", 1.0, (mode,))
    frames = [frame(s, {"MODE": int(s in (2, 5))}) for s in range(20)]
    detector, data = Detector(adcs), LateData(adcs, lambda t: drift if t < 4e9 else frozenset())
    detector.check(frames[0], drift)
    data.gap(detector.snapshot(), 0, 8 * SECOND_NS, 7)
    for one in frames[8:]:
        data.live(one, detector.check(one))
    findings = [found for one in frames[1:8] for found in data.take(one).findings]
    assert told(findings) == [(FindingKind.OVER, 5, WARNING, 6, 0)]


def test_a_dump_that_breaks_off_is_concluded_on_and_goes_on_later() -> None:
    frames = history(0, 0, 2.5, 2.5, 0, 3.5, 0, *[0.0] * 200)
    ground = heard([frames[0], *frames[7:20], *frames[1:4]])
    assert ground.findings == []
    for one in frames[20:90]:
        ground.take(one)
    assert told(ground.findings) == [(FindingKind.OVER, 2, CAUTION, 7, 0)]
    assert ground.filled == []
    for one in frames[4:7]:
        ground.take(one)
    assert told(ground.findings[1:]) == [
        (FindingKind.ENDED, 4, NOMINAL, 0, 0),
        (FindingKind.OVER, 5, WARNING, 6, 0),
    ]
    assert ground.filled == [7 * SECOND_NS]


def test_a_long_dump_tells_before_it_is_through() -> None:
    frames = history(0, 0, 3.5, 0, *[0.0] * 60)
    ground = heard([frames[0], *frames[40:60], *frames[1:13]])
    assert ground.findings == []
    ground.take(frames[13])
    assert told(ground.findings) == [(FindingKind.OVER, 2, WARNING, 3, 0)]


def test_a_hole_in_the_dump_is_no_filled_gap() -> None:
    frames = history(*[0.0] * 120)
    dump = [one for one in frames[1:20] if one.sequence not in (7, 8, 9)]
    assert heard([frames[0], *frames[20:30], *dump, *frames[30:]]).filled == []


def test_late_frames_of_no_known_gap_are_counted_and_not_judged() -> None:
    frames = history(0, 9, 9, *QUIET)
    ground = heard([*frames[2:], *frames[:2]])
    assert ground.findings == []
    assert ground.late.unjudged == 2


def test_a_late_frame_that_comes_again_counts_once() -> None:
    frames = history(0, 0, 3.5, 0, *QUIET)
    ground = heard([frames[0], *frames[4:], frames[2], frames[2], frames[1]])
    assert ground.findings == []
    ground.take(frames[3])
    ground.take(frames[3])
    assert told(ground.findings) == [(FindingKind.OVER, 2, WARNING, 3, 0)]
    assert ground.late.unjudged == 2


def test_what_is_held_is_bounded_and_what_does_not_fit_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(late, "MAX_HELD", 5)
    frames = history(*[0.0] * 60)
    ground = heard([frames[0], *frames[40:], *frames[20:10:-1]])
    assert ground.late.dropped == 5


def test_gaps_are_bounded_and_the_shortest_gives_way() -> None:
    frames = history(*[0.0] * 30, 3.5, *[0.0] * 20, *[0.0] * 60)
    losses = set(range(51, 51 + 2 * late.MAX_GAPS, 2))
    live = [one for one in frames if not (20 <= one.sequence < 50 or one.sequence in losses)]
    ground = heard([*live, frames[51], *frames[20:50]])
    assert ground.late.unjudged == 1
    assert told(ground.findings) == [(FindingKind.OVER, 30, WARNING, 31, 0)]


def test_a_new_run_concludes_and_forgets() -> None:
    frames = history(0, 0, 3.5, 3.5, *QUIET)
    ground = heard([frames[0], *frames[4:], *frames[1:3]])
    assert told(ground.late.start_run().findings) == [(FindingKind.OVER, 2, WARNING, 4, 0)]
    ground.late.take(frames[3])
    assert ground.late.unjudged == 1


@pytest.mark.parametrize(
    ("sequence", "second", "how"),
    [
        (11, 101, Arrival.LIVE),
        (11, 100, Arrival.LIVE),
        (90, 200, Arrival.LIVE),
        (3, 101, Arrival.LIVE),
        (10, 100, Arrival.REPEATED),
        (9, 100, Arrival.REPEATED),
        (9, 99, Arrival.LATE),
        (0, 0, Arrival.LATE),
        (11, 99, Arrival.STEPPED_BACK),
    ],
)
def test_how_a_frame_arrives(sequence: int, second: int, how: Arrival) -> None:
    one = frame(second, {}, sequence)
    assert arrival(one, 10, 100 * SECOND_NS) is how
    assert arrival(one, None, None) is Arrival.LIVE


def test_a_recorder_dump_and_a_clock_put_right_are_told_apart() -> None:
    ground = heard(history(0, 0, 0)[:2])
    assert ground.newest is not None
    newest = ground.newest.sequence, ground.newest.time_ns
    assert arrival(frame(0.5, {}, 0), *newest) is Arrival.LATE
    assert arrival(frame(0.5, {}, 2), *newest) is Arrival.STEPPED_BACK


# --- properties: order, completeness, restarts ---


def spans(said: Iterable[Detection]) -> set[Span]:
    open_: dict[Key, int] = {}
    out: set[Span] = set()
    for one in said:
        key = one.subject, one.condition
        if one.severity:
            open_.setdefault(key, one.time_ns)
        elif key in open_:
            out.add((key, open_.pop(key), one.time_ns))
    return out | {(key, began, None) for key, began in open_.items()}


END = 2**62


def put_together(said: Iterable[Detection], findings: list[Finding]) -> set[Span]:
    """The occurrences of live data, put right by what late data show."""
    out, rest = spans(said), dict[Key, int | None]()
    for kind in (FindingKind.ENDED, FindingKind.BEGAN, FindingKind.OVER):
        for found in (f for f in findings if f.kind is kind):
            one = found.detection
            key = one.subject, one.condition
            if kind is FindingKind.OVER:
                out.add((key, one.time_ns, found.returned_ns))
            elif kind is FindingKind.BEGAN and not found.live_ns:
                out.add((key, one.time_ns, rest.pop(key)))
            elif kind is FindingKind.BEGAN:
                (old,) = (s for s in out if s[:2] == (key, found.live_ns))
                out = (out - {old}) | {(key, one.time_ns, old[2])}
            else:
                # none where what was known latest has ended it already
                for old in {s for s in out if s[0] == key and s[1] < one.time_ns < (s[2] or END)}:
                    out = (out - {old}) | {(key, old[1], one.time_ns)}
                    rest[key] = old[2]
    return out


#: Steps that no hysteresis holds, so that what live data say is soon the same.
readings = st.fixed_dictionaries(
    {
        "ERR": st.sampled_from([0.0, 0.0, 1.5, 2.5, 3.5, None]),
        "SLOW": st.sampled_from([0.0, 1.5, 1.5, 2.5]),
    },
    optional={"MODE": st.sampled_from([0, 0, 1, 2])},
)
#: Each lasts for a while, as measurements do.
histories = st.lists(st.tuples(readings, st.integers(1, 5)), min_size=5, max_size=25)


@st.composite
def passes(draw: st.DrawFn) -> tuple[list[Frame], int, int]:
    """A history, and which of its frames are not heard in time."""
    lasting = [values for values, times in draw(histories) for _ in range(times)]
    before, after = draw(st.integers(1, len(lasting))), 6
    values = [*lasting[:before], lasting[before - 1] | {"SLOW": 0.0}, *lasting[before:]]
    end = draw(st.integers(before + 2, before + 2 + len(lasting)))
    values += [values[-1]] * max(0, end + after - len(values))
    return [frame(i, one) for i, one in enumerate(values)], before + 1, end


@settings(max_examples=250)
@given(passes())
def test_a_gap_and_its_dump_give_the_occurrences_of_the_same_history_heard_live(
    passed: tuple[list[Frame], int, int],
) -> None:
    frames, first, end = passed
    ground, whole = heard(dumped(frames, first, end)), heard(frames)
    assert put_together(ground.said, ground.findings) == spans(whole.said)
    assert ground.filled == [end * SECOND_NS]
    assert (ground.late.unjudged, ground.late.dropped) == (0, 0)


@settings(max_examples=120)
@given(passes(), st.randoms(use_true_random=False))
def test_late_frames_out_of_order_by_5_s_give_the_same(
    passed: tuple[list[Frame], int, int], order: random.Random
) -> None:
    frames, first, end = passed
    live, dump = [*frames[:first], *frames[end:]], frames[first:end]
    disordered = sorted(dump, key=lambda one: one.time_ns + order.uniform(0, 5) * SECOND_NS)
    assert heard([*live, *disordered]).findings == heard([*live, *dump]).findings


@settings(max_examples=120)
@given(passes(), st.data())
def test_a_restart_anywhere_changes_nothing(
    passed: tuple[list[Frame], int, int], data: st.DataObject
) -> None:
    frames, first, end = passed
    # the dump comes between live frames
    live, dump = frames[end + 1 :], frames[first:end]
    mixed = [one for pair in zip(dump, live, strict=False) for one in pair]
    rest = dump[len(live) :] or live[len(dump) :]
    stream = [*frames[:first], frames[end], *mixed, *rest]
    ground = Ground()
    cuts = data.draw(st.sets(st.integers(0, len(stream) - 1), max_size=4))
    for i, one in enumerate(stream):
        if i in cuts:
            ground = ground.restarted()
        ground.take(one)
    whole = heard(stream)
    assert (ground.findings, ground.filled) == (whole.findings, whole.filled)
    assert put_together(whole.said, whole.findings) == spans(heard(frames).said)


def test_the_properties_see_every_kind_of_finding() -> None:
    """Guards the properties above against agreeing on nothing."""
    stands = heard(dumped(history(2.5, 0, 0, 2.5, *[2.5] * 12), 1, 4))
    kinds = [one.kind for one in stands.findings]
    assert kinds == [FindingKind.ENDED, FindingKind.BEGAN]
    assert put_together(stands.said, stands.findings) == {
        (("ERR", Condition.LIMIT), 0, SECOND_NS),
        (("ERR", Condition.LIMIT), 3 * SECOND_NS, None),
    }
