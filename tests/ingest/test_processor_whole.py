"""The processor with a plan, contacts, incidents, late data and a shift: restart anywhere."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.processor import Outcome, Processor
from ingest.record import TICK, Record
from telemetry import wire
from telemetry.activity import Activity, ActivityKind, LinkName, PlannedState
from telemetry.alarm import EventKind
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.contact import Contact, ContactSchedule
from telemetry.frame import Frame
from telemetry.incident import Consequence, IncidentRule
from telemetry.limit import Context, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Spacecraft, Value
from telemetry.plan import PlanCommand, PlanVerb
from telemetry.shift import ShiftCommand, ShiftVerb
from telemetry.topics import GROUND, Topics, Verb
from telemetry.wire import Command
from tests.small import ADCS, band, small_database

TOPICS = Topics()
START_NS = 1_634_289_120 * SECOND_NS
Message = tuple[int, str, bytes]


def database() -> MissionDatabase:
    """The small one; ERR may be larger in a manoeuvre, and a MODE explains a VOLT."""
    small = small_database()
    wide = Context(planned=frozenset({PlannedState.MANOEUVRE}), range={Severity.WARNING: band(100)})
    parameters = {p.id: p for p in ADCS}
    err = parameters["ERR"]
    parameters["ERR"] = replace(err, limits=replace(err.limits, contexts=(wide,)))
    iss = small.spacecraft["iss"]
    adcs = replace(iss.subsystems["adcs"], parameters=parameters, links=(LinkName.S_BAND,))
    iss = replace(iss, subsystems={**iss.subsystems, "adcs": adcs})
    ground = Spacecraft(id=GROUND, name="Ground", subsystems={})
    rule = IncidentRule(
        name="drift",
        title="Drift",
        roots=("iss/MODE.limit",),
        consequences=(Consequence(alarm="iss/VOLT.limit"),),
        evidence=("iss/ERR",),
    )
    return MissionDatabase(
        spacecraft={**small.spacecraft, "iss": iss, GROUND: ground},
        version="1",
        incidents={"drift": rule},
    )


DATABASE = database()


def at(second: float) -> int:
    return START_NS + round(second * SECOND_NS)


def frame(
    second: float,
    subsystem: str = "adcs",
    came_s: float | None = None,
    sequence: int | None = None,
    **values: Value,
) -> Message:
    came_ns = at(second if came_s is None else came_s)
    body = Frame(
        spacecraft="iss",
        subsystem=subsystem,
        time_ns=at(second),
        received_ns=came_ns,
        sequence=round(second) if sequence is None else sequence,
        values=values,
    )
    return came_ns, TOPICS.frame("iss", subsystem), wire.encode_frame(body)


def clock() -> Message:
    announced = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=START_NS, wall_ns=START_NS, run="1")
    return START_NS, TOPICS.clock("iss"), wire.encode(announced)


def schedule(out_from_s: float, out_to_s: float) -> Message:
    spans = ((at(0), at(out_from_s)), (at(out_to_s), at(9_000)))
    message = ContactSchedule(
        from_ns=at(0),
        to_ns=at(9_000),
        links=(LinkName.S_BAND,),
        contacts=tuple(
            Contact(link=LinkName.S_BAND, start_ns=start, end_ns=end) for start, end in spans
        ),
    )
    return START_NS, TOPICS.contacts("iss"), wire.encode(message)


def plan(second: float, verb: PlanVerb, by: str, **fields: object) -> Message:
    command = PlanCommand(id=f"{verb}-{second}", by=by, plan="turn", **fields)  # type: ignore[arg-type]
    return at(second), TOPICS.plan_command("iss", verb), wire.encode(command)


def turn(start_s: float, end_s: float) -> Activity:
    return Activity(
        id="turn",
        title="A turn",
        kind=ActivityKind.MANOEUVRE,
        spacecraft="iss",
        start_ns=at(start_s),
        end_ns=at(end_s),
        planned_states=(PlannedState.MANOEUVRE,),
    )


def approved(start_s: float, end_s: float) -> list[Message]:
    proposal = plan(0, PlanVerb.PROPOSE, "Ann", activity=turn(start_s, end_s))
    return [proposal, plan(0, PlanVerb.APPROVE, "Bob")]


def tick(second: float) -> Message:
    return at(second), TICK, b""


def note(second: float) -> Message:
    command = ShiftCommand(id=f"note-{second}", by="Ann", text="all quiet")
    return at(second), TOPICS.shift_command(ShiftVerb.NOTE), wire.encode(command)


def outcomes(processor: Processor, messages: Sequence[Message]) -> list[Outcome]:
    return [processor.process(Record(n, *message)) for n, message in enumerate(messages, 1)]


def heard(found: Sequence[Outcome]) -> list[tuple[str, str, int]]:
    """(alarm, kind, second) of what was annunciated."""
    return [
        (event.alarm.id, event.kind.value, (event.time_ns - START_NS) // SECOND_NS)
        for outcome in found
        for event in outcome.events
        if event.annunciate
    ]


def test_what_is_planned_is_no_alarm_until_its_window_ends() -> None:
    stream = [clock(), *approved(10, 20)]
    stream += [frame(second, ERR=5.0 if second >= 10 else 0.0) for second in range(30)]
    assert heard(outcomes(Processor(DATABASE, TOPICS), stream)) == [("ERR.limit", "VIOLATED", 20)]


def test_a_plan_nobody_else_approved_permits_nothing() -> None:
    stream = [
        clock(),
        plan(0, PlanVerb.PROPOSE, "Ann", activity=turn(10, 20)),
        plan(0, PlanVerb.APPROVE, "ann "),
    ]
    stream += [frame(second, ERR=5.0 if second >= 10 else 0.0) for second in range(15)]
    found = outcomes(Processor(DATABASE, TOPICS), stream)
    assert heard(found) == [("ERR.limit", "VIOLATED", 10)]
    (answer,) = (m for m in found[2].messages if m.topic == TOPICS.plan_event("iss"))
    assert "another person must approve" in wire.decode_plan_change(answer.payload).refused


def test_an_aborted_plan_permits_nothing_any_more() -> None:
    stream = [clock(), *approved(5, 60)]
    stream += [frame(second, ERR=5.0 if second >= 6 else 0.0) for second in range(10)]
    stream += [plan(9.5, PlanVerb.ABORT, "Cid"), frame(10, ERR=5.0)]
    assert heard(outcomes(Processor(DATABASE, TOPICS), stream)) == [("ERR.limit", "VIOLATED", 10)]


def test_an_announced_loss_of_signal_says_what_stood_and_is_no_alarm() -> None:
    stream = [clock(), schedule(10, 40), *(frame(second, ERR=5.0) for second in range(11))]
    # the other subsystem is heard all the while
    stream[2:2] = [frame(s, "eps") for s in range(11)]
    stream += [message for s in range(11, 40) for message in (frame(s, "eps"), tick(s))]
    processor = Processor(DATABASE, TOPICS)
    found = outcomes(processor, stream)
    assert heard(found) == [("ERR.limit", "VIOLATED", 0)]
    signal = wire.decode_signal(processor.retained()[TOPICS.signal("iss")])
    (silence,) = signal.out
    assert (silence.subsystem, silence.announced, signal.standing) == ("adcs", True, 1)
    assert (silence.last_ns, silence.back_ns) == (at(10), at(40))
    assert processor.alarms["iss", "ERR.limit"].unknown_since_ns
    outcomes(processor, [frame(41, ERR=5.0)])
    assert not processor.alarms["iss", "ERR.limit"].unknown_since_ns


def test_what_a_recorder_shows_is_dated_when_it_happened() -> None:
    stream = [clock(), schedule(10, 40), *(frame(second, ERR=0.0) for second in range(11))]
    stream += [frame(second, ERR=0.0) for second in range(41, 46)]
    dump = range(11, 41)
    stream += [frame(s, came_s=45, ERR=5.0 if 20 <= s < 25 else 0.0) for s in dump]
    stream += [frame(second, ERR=0.0) for second in range(46, 200)]
    found = outcomes(Processor(DATABASE, TOPICS), stream)
    assert heard(found) == [("ERR.limit", "VIOLATED", 20)]
    (raised,) = (e for o in found for e in o.events if e.kind is EventKind.VIOLATED)
    assert raised.alarm.late
    assert raised.received_ns >= at(45)


def test_a_consequence_of_an_open_incident_is_held_back_and_listed() -> None:
    stream = [clock(), frame(0, MODE=0), frame(1, MODE=2)]
    stream += [frame(s, "eps", sequence=s, VOLT=200.0 if s >= 10 else 155.0) for s in range(2, 14)]
    processor = Processor(DATABASE, TOPICS)
    found = outcomes(processor, stream)
    assert [alarm for alarm, _, _ in heard(found)] == ["MODE.limit"]
    (incident,) = processor.incidents
    assert [(m.alarm, m.inhibited) for m in incident.members] == [
        ("MODE.limit", False),
        ("VOLT.limit", True),
    ]
    assert TOPICS.incident(incident.id) in processor.retained()


def test_a_note_is_in_the_log_and_on_the_page() -> None:
    processor = Processor(DATABASE, TOPICS)
    (found,) = outcomes(processor, [note(3)])
    assert [m.log for m in found.messages] == ["shift", ""]
    assert [n.text for n in wire.decode_shift(found.messages[1].payload).notes] == ["all quiet"]


def test_a_verb_there_is_not_is_a_reject() -> None:
    command = PlanCommand(id="1", by="Ann", plan="turn")
    message = (START_NS, f"cmd/v1/iss/{'plan'}/sing", wire.encode(command))
    (found,) = outcomes(Processor(DATABASE, TOPICS), [message])
    assert [r.detail for r in found.rejects] == ["plan/sing"]


seconds = st.integers(0, 60)
plain = st.one_of(
    seconds.map(lambda s: frame(s, ERR=5.0)),
    seconds.map(lambda s: frame(s, MODE=s % 3, SLOW=9.0)),
    seconds.map(lambda s: frame(s, ERR=0.0)),
    st.tuples(seconds, seconds).map(lambda two: frame(two[0], came_s=max(two), ERR=5.0)),
    seconds.map(lambda s: frame(s, "eps", sequence=s, VOLT=200.0 if s % 2 else 155.0)),
    seconds.map(tick),
    seconds.map(note),
    st.tuples(seconds, seconds).map(
        lambda two: plan(min(two), PlanVerb.PROPOSE, "Ann", activity=turn(min(two), max(two) + 1))
    ),
    st.tuples(seconds, st.sampled_from(list(PlanVerb)[1:]), st.sampled_from(["Ann", "Bob"])).map(
        lambda three: plan(three[0], three[1], three[2], override=True, comment="drill")
    ),
    st.tuples(seconds, seconds).map(lambda two: schedule(min(two), max(two) + 1)),
)
histories = st.lists(plain, max_size=60).map(
    lambda stream: [clock(), *sorted(stream, key=lambda message: message[0])]
)


@settings(max_examples=200)
@given(histories, st.lists(st.integers(0, 60), max_size=4))
def test_a_restart_anywhere_changes_nothing_that_is_said(
    stream: list[Message], cuts: list[int]
) -> None:
    whole = Processor(DATABASE, TOPICS)
    expected = outcomes(whole, stream)
    processor, found = Processor(DATABASE, TOPICS), []
    for n, message in enumerate(stream, 1):
        if n in cuts:
            state = processor.snapshot()
            processor = Processor(DATABASE, TOPICS)
            processor.restore(state)
        found.append(processor.process(Record(n, *message)))
    assert [(o.events, o.messages) for o in found] == [(o.events, o.messages) for o in expected]
    assert processor.retained() == whole.retained()


@given(histories)
def test_what_stands_is_on_the_board_and_only_listed_alarms_are_held_back(
    stream: list[Message],
) -> None:
    processor = Processor(DATABASE, TOPICS)
    outcomes(processor, stream)
    retained = processor.retained()
    for alarm in processor.alarms.values():
        assert TOPICS.alarm(alarm.spacecraft, alarm.id) in retained
        if alarm.inhibited_by:  # only what is on a rule's list, and up to the end of the incident
            assert alarm.id == "VOLT.limit"
            assert TOPICS.incident(alarm.inhibited_by) in retained


@pytest.mark.parametrize("seed", range(3))
def test_the_property_sees_what_it_is_about(seed: int) -> None:
    """Guards the restart property against histories in which nothing happens."""
    stream = [clock(), schedule(10, 40), *approved(5, 8)]
    stream += [frame(second, ERR=5.0 + seed) for second in range(11)]
    stream += [frame(41, ERR=0.0), note(42), *(frame(s, came_s=42, ERR=5.0) for s in range(11, 20))]
    found = outcomes(Processor(DATABASE, TOPICS), stream)
    kinds = {event.kind for outcome in found for event in outcome.events}
    assert {EventKind.VIOLATED, EventKind.SIGNAL_LOST, EventKind.SIGNAL_BACK} <= kinds


def test_a_warning_is_heard_although_its_caution_was_a_moment_ago() -> None:
    stream = [clock(), *(frame(s, ERR=v) for s, v in enumerate([0.0, 2.5, 0.0, 99.0]))]
    found = heard(outcomes(Processor(DATABASE, TOPICS), stream))
    assert found == [("ERR.limit", "VIOLATED", 1), ("ERR.limit", "VIOLATED", 3)]


def test_what_late_data_left_the_detector_with_is_what_the_book_says() -> None:
    """Two gaps, of which the dump of the second knows nothing of what the first one told."""
    stream = [clock(), frame(0, MODE=0), frame(10), frame(20), frame(5, came_s=20, MODE=2)]
    stream += [frame(s) for s in range(21, 120)]
    stream += [frame(15, came_s=120), *(frame(s) for s in range(121, 220))]
    stream += [frame(s, MODE=0) for s in range(220, 240)]
    processor = Processor(DATABASE, TOPICS)
    outcomes(processor, stream)
    alarm = processor.alarms.get(("iss", "MODE.limit"))
    assert alarm is None or not alarm.state.violated


def test_frames_in_swapped_order_cost_nothing() -> None:
    order = [s for second in range(1, 200, 2) for s in (second + 1, second)]
    came = (max(order[: i + 1]) for i in range(len(order)))
    stream = [clock(), *(frame(s, came_s=c, ERR=0.0) for s, c in zip(order, came, strict=True))]
    assert all(not o.rejects for o in outcomes(Processor(DATABASE, TOPICS), stream))


def test_a_plan_that_comes_before_its_stream_is_not_closed_by_the_wall() -> None:
    processor = Processor(DATABASE, TOPICS)
    outcomes(processor, [*approved(10, 20), (at(90_000_000), TICK, b"")])
    assert [plan.state.value for plan in processor.plans] == ["APPROVED"]


def test_nobody_acknowledges_nothing() -> None:
    stream = [clock(), frame(0, ERR=9.0)]
    command = Command(id="1", alarm="ERR.limit", by=" ", occurrence=f"iss/ERR.limit/{START_NS}")
    stream.append((at(1), TOPICS.command("iss", Verb.ACKNOWLEDGE), wire.encode(command)))
    (answer,) = outcomes(Processor(DATABASE, TOPICS), stream)[-1].events
    assert (answer.kind, answer.reason) == (
        EventKind.REFUSED,
        "nobody asks for it: say who you are",
    )


def test_what_changed_since_it_was_read_is_not_approved() -> None:
    stream = [
        clock(),
        plan(0, PlanVerb.PROPOSE, "Ann", activity=turn(10, 20)),
        plan(1, PlanVerb.PROPOSE, "Ann", activity=turn(0, 80_000)),
        plan(2, PlanVerb.APPROVE, "Bob", version=1),
        plan(3, PlanVerb.APPROVE, "Bob", version=2),
    ]
    processor = Processor(DATABASE, TOPICS)
    found = outcomes(processor, stream)
    answers = [
        wire.decode_plan_change(m.payload).refused
        for outcome in found
        for m in outcome.messages
        if m.topic == TOPICS.plan_event("iss")
    ]
    assert answers == ["", "", "it is version 2 now, you saw 1: look at it again", ""]
    assert processor.plans[0].approved_by == "Bob"
