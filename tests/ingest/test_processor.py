"""Where a run is cut, batched or interleaved cannot be told from its alarm journal."""

import random
from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.processor import DELIVERY_GRACE_NS, SNAPSHOT_VERSION, Processor
from ingest.record import TICK, Record
from telemetry import wire
from telemetry.alarm import Condition, Event, EventKind, State
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.errors import SpoolError
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.topics import Topics, Verb
from telemetry.wire import Command, Reason, encode_frame
from tests.small import small_database

TOPICS = Topics()
DATABASE = small_database()
START_NS = 1_634_289_120 * SECOND_NS

Message = tuple[int, str, bytes]


def clock(spacecraft: str = "iss", run: str = "1", epoch_ns: int = START_NS) -> Message:
    announced = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=epoch_ns, wall_ns=START_NS, run=run)
    return START_NS, TOPICS.clock(spacecraft), wire.encode(announced)


def frame(
    at_s: float, subsystem: str, sequence: int, spacecraft: str = "iss", **values: object
) -> Message:
    time_ns = START_NS + round(at_s * SECOND_NS)
    return _message(time_ns, time_ns, subsystem, sequence, spacecraft, values)


def _message(
    time_ns: int,
    received_ns: int,
    subsystem: str,
    sequence: int,
    spacecraft: str,
    values: dict[str, object],
) -> Message:
    body = Frame(
        spacecraft=spacecraft,
        subsystem=subsystem,
        time_ns=time_ns,
        received_ns=received_ns,
        sequence=sequence,
        values=values,  # type: ignore[arg-type]
    )
    return received_ns, TOPICS.frame(spacecraft, subsystem), encode_frame(body)


def tick(at_s: float) -> Message:
    return START_NS + round(at_s * SECOND_NS), TICK, b""


def records(messages: Iterable[Message]) -> list[Record]:
    return [Record(n, *message) for n, message in enumerate(messages, start=1)]


def journal(messages: Iterable[Message]) -> list[Event]:
    processor = Processor(DATABASE, TOPICS)
    return [e for record in records(messages) for e in processor.process(record).events]


def plain(events: Iterable[Event]) -> list[Event]:
    """The journal without what delivery decides: the order and when things came in."""
    return sorted(
        (msgspec.structs.replace(event, received_ns=0, behind_ns=0) for event in events),
        key=lambda e: (e.time_ns, e.id),
    )


def kinds(events: Iterable[Event]) -> list[tuple[str, EventKind]]:
    return [(e.alarm.id, e.kind) for e in events]


def test_a_violation_becomes_an_alarm_that_comes_and_goes() -> None:
    processor = Processor(DATABASE, TOPICS)
    stream = [
        clock(),
        frame(0, "adcs", 1, ERR=0.0),
        frame(1, "adcs", 2, ERR=2.5),
        frame(2, "adcs", 3, ERR=0.0),
    ]
    events = [e for r in records(stream) for e in processor.process(r).events]
    assert kinds(events) == [
        ("ERR.limit", EventKind.VIOLATED),
        ("ERR.limit", EventKind.RETURNED),
    ]
    assert events[0].alarm.occurrence == f"iss/ERR.limit/{START_NS + SECOND_NS}/1"
    (standing,) = processor.alarms.values()
    assert standing.state is State.RTN_UNACK


def test_gaps_and_repetitions_go_by_sequence_number() -> None:
    processor = Processor(DATABASE, TOPICS)
    stream = [frame(i, "adcs", seq, ERR=0.0) for i, seq in enumerate([1, 2, 5, 5, 6])]
    outcomes = [processor.process(r) for r in records(stream)]
    assert [o.missing for o in outcomes] == [0, 0, 2, 0, 0]
    assert [o.repeated for o in outcomes] == [False, False, False, True, False]


def test_a_new_run_of_the_publisher_starts_counting_anew() -> None:
    processor = Processor(DATABASE, TOPICS)
    earlier_ns = START_NS - 3600 * SECOND_NS
    stream = [
        clock(run="1"),
        frame(0, "adcs", 100, ERR=2.5),
        clock(run="2", epoch_ns=earlier_ns),
        _message(earlier_ns, START_NS, "adcs", 1, "iss", {"ERR": 0.0}),
    ]
    outcomes = [processor.process(r) for r in records(stream)]
    assert not outcomes[-1].repeated
    assert kinds(outcomes[-1].events) == [("ERR.limit", EventKind.RETURNED)]


def test_the_same_day_flown_again_has_occurrences_of_its_own() -> None:
    day = [frame(0, "adcs", 1, ERR=0.0), frame(1, "adcs", 2, ERR=2.5), frame(2, "adcs", 3, ERR=0.0)]
    first = journal([clock(run="1"), *day])
    seen = Command(id="1", alarm="ERR.limit", by="Ann", occurrence=first[0].alarm.occurrence)
    answer = START_NS + 3 * SECOND_NS, TOPICS.command("iss", Verb.ACKNOWLEDGE), wire.encode(seen)
    events = journal([clock(run="1"), *day, answer, clock(run="2"), *day])
    assert [event.kind for event in events].count(EventKind.VIOLATED) == 2
    assert len({event.id for event in events}) == len(events) == 5


def test_silence_is_an_alarm_dated_when_the_frame_was_due() -> None:
    late_s = 1.9 + DELIVERY_GRACE_NS / SECOND_NS
    stream = [clock(), frame(0, "adcs", 1), tick(late_s), tick(late_s + 0.01)]
    raised, other = journal(stream)[:2], journal([*stream, frame(9, "adcs", 2)])
    stale = next(e for e in raised if e.alarm.id == "adcs.stale")
    assert stale.alarm.condition is Condition.STALE
    assert stale.time_ns == START_NS + round(1.9 * SECOND_NS)
    assert kinds(e for e in other if e.alarm.id == "adcs.stale") == [
        ("adcs.stale", EventKind.VIOLATED),
        ("adcs.stale", EventKind.RETURNED),
    ]


def test_a_silence_no_tick_saw_is_journalled_all_the_same() -> None:
    seen = journal([clock(), frame(0, "adcs", 1), tick(5), frame(9, "adcs", 2)])
    unseen = journal([clock(), frame(0, "adcs", 1), frame(9, "adcs", 2)])
    adcs = [e for e in seen if e.alarm.id == "adcs.stale"]
    assert plain(unseen) == plain(adcs)
    assert len(unseen) == 2


def test_a_publisher_met_late_was_not_silent_before() -> None:
    hour_ns = 3600 * SECOND_NS
    announced = StreamClock(
        kind=StreamKind.SIMULATED, epoch_ns=START_NS - hour_ns, wall_ns=START_NS - hour_ns, run="1"
    )
    stream = [(START_NS, TOPICS.clock("iss"), wire.encode(announced)), tick(0.5)]
    assert journal([*stream, frame(1, "adcs", 9), frame(1, "eps", 9), tick(2)]) == []


def test_the_clock_of_a_fast_recording_runs_ahead_of_its_frames() -> None:
    announced = StreamClock(
        kind=StreamKind.PLAYED, epoch_ns=START_NS, wall_ns=START_NS, rate=100_000, heartbeat=False
    )
    played = [(START_NS + SECOND_NS, TOPICS.clock("iss"), wire.encode(announced))]
    played += [frame(second, "adcs", second, SLOW=1.5) for second in range(5)]
    assert kinds(journal(played)) == [("SLOW.limit", EventKind.VIOLATED)]


def test_one_frame_of_a_wrong_time_does_not_blind_what_follows() -> None:
    stream = [clock(), frame(1, "adcs", 1, ERR=0.0)]
    wrong_ns = START_NS + 50 * SECOND_NS
    stream.append(_message(wrong_ns, START_NS + 2 * SECOND_NS, "adcs", 2, "iss", {"ERR": 0.0}))
    stream.append(frame(3, "adcs", 3, ERR=9.0))
    limits = [e for e in journal(stream) if e.alarm.condition is Condition.LIMIT]
    assert kinds(limits) == [("ERR.limit", EventKind.VIOLATED)]
    assert limits[0].time_ns == START_NS + 3 * SECOND_NS


def test_one_frame_of_a_wrong_time_makes_no_other_subsystem_silent() -> None:
    stream = [clock()]
    for second in range(1, 20):
        stream += [frame(second, name, second) for name in ("adcs", "eps")]
        if second == 10:
            wrong_ns = START_NS + 50 * SECOND_NS
            stream.append(_message(wrong_ns, stream[-1][0] + 1, "adcs", 11, "iss", {}))
            stream += [tick(10.5), frame(10.6, "eps", 11), tick(10.9)]
    silent = {e.alarm.id for e in journal(stream) if e.alarm.condition is Condition.STALE}
    # its own gap is told as it is dated, which the frame itself says
    assert silent == {"adcs.stale"}


def test_a_leap_that_a_second_frame_bears_out_is_believed() -> None:
    later_ns = START_NS + 50 * SECOND_NS
    stream = [clock(), frame(1, "adcs", 1), frame(1, "eps", 1)]
    for sequence in (2, 3):
        stream.append(
            _message(later_ns + sequence, START_NS + SECOND_NS, "adcs", sequence, "iss", {})
        )
        stream.append(tick(1.1))
    stale = {e.alarm.id: e.kind for e in journal(stream) if e.alarm.condition is Condition.STALE}
    assert stale == {"adcs.stale": EventKind.RETURNED, "eps.stale": EventKind.VIOLATED}


@pytest.mark.parametrize(
    "payload",
    [
        b'{"t":1,"seq":1,"values":{},"x":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"t":1,"seq":1,"values":{"ERR":' + b"[" * 5000 + b"]" * 5000 + b"}}",
    ],
)
def test_deep_nesting_is_bad_input_and_nothing_worse(payload: bytes) -> None:
    for topic in (TOPICS.frame("iss", "adcs"), TOPICS.clock("iss")):
        outcome = Processor(DATABASE, TOPICS).process(Record(1, START_NS, topic, payload))
        assert len(outcome.rejects) == 1
        assert not outcome.events


def test_no_clock_leads_out_of_time() -> None:
    wild = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=0, wall_ns=0, rate=100_000, run="1")
    command = Command(id="1", alarm="ERR.limit", by="Ann", occurrence="x")
    stream = [
        (START_NS, TOPICS.clock("iss"), wire.encode(wild)),
        (START_NS, TOPICS.command("iss", Verb.RESET), wire.encode(command)),
        tick(9),
    ]
    events = journal(stream)
    assert events
    assert all(msgspec.msgpack.decode(msgspec.msgpack.encode(e), type=Event) == e for e in events)


def test_an_alarm_whose_parameter_is_gone_does_not_stand_for_ever() -> None:
    before = Processor(DATABASE, TOPICS)
    for record in records([clock(), frame(1, "adcs", 1, ERR=9.0)]):
        before.process(record)
    adcs = DATABASE.subsystem("iss", "adcs")
    kept = {id_: p for id_, p in adcs.parameters.items() if id_ != "ERR"}
    iss = replace(DATABASE.spacecraft["iss"], subsystems={"adcs": replace(adcs, parameters=kept)})
    after = Processor(MissionDatabase(spacecraft={"iss": iss}, version="2"), TOPICS)
    after.restore(before.snapshot())
    assert before.alarms
    assert not after.alarms


def test_a_backlog_being_caught_up_is_old_and_not_silent() -> None:
    wall_ns = START_NS + 600 * SECOND_NS
    stream = [clock()]
    for second in range(60):
        time_ns = START_NS + second * SECOND_NS
        stream += [
            _message(time_ns, wall_ns, "adcs", second, "iss", {}),
            _message(time_ns, wall_ns, "eps", second, "iss", {}),
            (wall_ns + second, TICK, b""),
        ]
    assert journal(stream) == []


def test_a_played_recording_promises_no_heartbeat() -> None:
    announced = StreamClock(
        kind=StreamKind.PLAYED, epoch_ns=START_NS, wall_ns=START_NS, heartbeat=False
    )
    stream = [(START_NS, TOPICS.clock("iss"), wire.encode(announced))]
    stream += [frame(0, "adcs", 1), tick(500), frame(900, "adcs", 2)]
    assert journal(stream) == []


def test_a_command_is_answered_on_the_streams_clock() -> None:
    command = Command(id="1", alarm="ERR.limit", by="Ann", occurrence="iss/ERR.limit/1")
    year_earlier_ns = START_NS - 365 * 86_400 * SECOND_NS
    asked = (
        START_NS + SECOND_NS,
        TOPICS.command("iss", Verb.ACKNOWLEDGE),
        wire.encode(command),
    )
    (event,) = journal([clock(epoch_ns=year_earlier_ns), asked])
    assert (event.kind, event.time_ns) == (EventKind.REFUSED, year_earlier_ns + SECOND_NS)


def test_a_command_delivered_twice_is_done_once_whatever_restarts_between() -> None:
    shelved = Command(
        id="1", alarm="ERR.limit", by="Ann", comment="c", until_ns=START_NS + 60 * SECOND_NS
    )
    undone = Command(id="2", alarm="ERR.limit", by="Ann", comment="c")
    shelve = TOPICS.command("iss", Verb.SHELVE), wire.encode(shelved)
    unshelve = TOPICS.command("iss", Verb.UNSHELVE), wire.encode(undone)
    asked = [(START_NS, *shelve), (START_NS + 1, *unshelve)]
    before, after = Processor(DATABASE, TOPICS), Processor(DATABASE, TOPICS)
    told = [before.process(record).events for record in records([clock(), *asked])]
    assert [len(one) for one in told] == [0, 1, 1]
    after.restore(before.snapshot())
    for processor in (before, after):
        assert [processor.process(record).events for record in records(asked)] == [(), ()]


def test_a_state_of_before_commands_were_remembered_is_still_read() -> None:
    state = msgspec.msgpack.decode(Processor(DATABASE, TOPICS).snapshot())
    del state["commands"]
    processor = Processor(DATABASE, TOPICS)
    processor.restore(msgspec.msgpack.encode(state))
    assert msgspec.msgpack.decode(processor.snapshot())["commands"] == []


HOUR_S = 3600


def set_by(
    seconds: float, at_s: int, until_s: int, *, silent_from_s: int = 10_000
) -> list[Message]:
    """One second after another of ISS; from `at_s` on ingest's clock is off by so much."""
    stream = [clock()]
    for second in range(1, until_s):
        off_ns = round(seconds * SECOND_NS) if second >= at_s else 0
        time_ns = START_NS + second * SECOND_NS
        if second < silent_from_s:
            for subsystem in ("adcs", "eps"):
                received_ns = time_ns + off_ns
                stream.append(_message(time_ns, received_ns, subsystem, second, "iss", {}))
        stream.append((time_ns + SECOND_NS // 2 + off_ns, TICK, b""))
    return stream


@pytest.mark.parametrize("step_s", [HOUR_S, -30])
def test_a_clock_that_is_set_makes_nobody_silent(step_s: int) -> None:
    processor = Processor(DATABASE, TOPICS)
    outcomes = [processor.process(record) for record in records(set_by(step_s, 20, 60))]
    assert [e for one in outcomes for e in one.events] == []
    assert [r for one in outcomes for r in one.rejects] == []


def test_who_falls_silent_after_the_clock_was_set_is_found_in_time() -> None:
    stream = set_by(HOUR_S, 20, 30, silent_from_s=25)
    stale = [e for e in journal(stream) if e.alarm.id == "adcs.stale"]
    assert [e.time_ns for e in stale] == [START_NS + round((24 + 1.9) * SECOND_NS)]
    # frames that only come every other second, and are due by then, are no silence
    late = set_by(HOUR_S, 20, 22)
    late.append((START_NS + round((HOUR_S + 22.3) * SECOND_NS), TICK, b""))
    assert journal(late) == []


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S])
def test_a_shelf_ends_when_the_wall_says_so_and_is_not_lost(step_s: int) -> None:
    until_ns = START_NS + 100 * SECOND_NS
    shelved = Command(id="1", alarm="ERR.limit", by="Ann", comment="c", until_ns=until_ns)
    asked = (START_NS, TOPICS.command("iss", Verb.SHELVE), wire.encode(shelved))
    before = [tick(second) for second in range(1, 50)]
    after = [tick(second + step_s) for second in range(50, 110)]
    ended = [tick(second) for second in range(110, 112)]
    events = journal([clock(), asked, *before, *after, *ended])
    ends = [e.received_ns for e in events if e.kind is EventKind.UNSHELVED]
    assert len(ends) == 1
    assert ends[0] >= until_ns


def test_a_clock_a_year_ahead_makes_nothing_old() -> None:
    processor = Processor(DATABASE, TOPICS)
    for record in records([clock(), frame(5, "adcs", 1)]):
        processor.process(record)
    year_later_ns = START_NS + 365 * 86_400 * SECOND_NS
    assert processor.stream_now_ns(year_later_ns) == year_later_ns
    assert processor.certain_now_ns(year_later_ns) == START_NS + 5 * SECOND_NS
    assert processor.certain_now_ns(START_NS + SECOND_NS) == START_NS + SECOND_NS
    assert Processor(DATABASE, TOPICS).certain_now_ns(year_later_ns) is None


def test_rejects_are_reported_and_stop_nothing() -> None:
    processor = Processor(DATABASE, TOPICS)
    stream = [(START_NS, TOPICS.frame("iss", "adcs"), b"{"), frame(1, "adcs", 1, NOPE=1, ERR=9.0)]
    bad, good = (processor.process(r) for r in records(stream))
    assert [r.reason for r in bad.rejects] == [Reason.NOT_JSON]
    assert [r.reason for r in good.rejects] == [Reason.UNKNOWN_PARAMETER]
    assert kinds(good.events) == [("ERR.limit", EventKind.VIOLATED)]


def test_a_snapshot_of_another_version_is_refused() -> None:
    snapshot = msgspec.msgpack.encode({"version": SNAPSHOT_VERSION + 1})
    with pytest.raises(SpoolError, match="use the stationwatch that wrote it"):
        Processor(DATABASE, TOPICS).restore(snapshot)


# --- the property: batches, interleaving, restarts ---

readings = st.fixed_dictionaries(
    {},
    optional={
        "ERR": st.floats(-4, 4),
        "SLOW": st.floats(-3, 3),
        "RATE": st.floats(-30, 30),
        "MODE": st.integers(0, 2),
    },
)
adcs_frames = st.lists(st.tuples(st.sampled_from([0.2, 1.0, 1.0, 1.0, 4.0]), readings), max_size=30)
eps_frames = st.lists(
    st.tuples(
        st.sampled_from([0.5, 2.0, 2.0, 9.0]),
        st.fixed_dictionaries({}, optional={"VOLT": st.floats(140, 170)}),
    ),
    max_size=15,
)


def stream_of(
    subsystem: str, spacecraft: str, frames: list[tuple[float, dict[str, object]]]
) -> list[Message]:
    at_s, out = 0.0, []
    for sequence, (pause_s, values) in enumerate(frames):
        at_s += pause_s
        out.append(frame(at_s, subsystem, sequence, spacecraft, **values))
    return out


def interleave(streams: list[list[Message]], order: random.Random) -> list[Message]:
    """Any merge that keeps each stream's own order."""
    queues = [list(stream) for stream in streams if stream]
    out = []
    while queues:
        queue = order.choice(queues)
        out.append(queue.pop(0))
        queues = [q for q in queues if q]
    return out


@settings(max_examples=150)
@given(adcs_frames, eps_frames, eps_frames, st.randoms(use_true_random=False))
def test_any_interleaving_of_subsystems_gives_the_same_journal(
    adcs: list[tuple[float, dict[str, object]]],
    eps: list[tuple[float, dict[str, object]]],
    soyuz: list[tuple[float, dict[str, object]]],
    order: random.Random,
) -> None:
    streams = [
        stream_of("adcs", "iss", adcs),
        stream_of("eps", "iss", eps),
        stream_of("eps", "soyuz", soyuz),
    ]
    clocks = [clock("iss"), clock("soyuz")]
    in_time = sorted((m for stream in streams for m in stream), key=lambda m: m[0])
    expected = plain(journal([*clocks, *in_time]))
    assert plain(journal([*clocks, *interleave(streams, order)])) == expected


@settings(max_examples=150)
@given(adcs_frames, eps_frames, st.randoms(use_true_random=False), st.data())
def test_any_restart_point_and_any_batches_give_the_same_journal(
    adcs: list[tuple[float, dict[str, object]]],
    eps: list[tuple[float, dict[str, object]]],
    order: random.Random,
    data: st.DataObject,
) -> None:
    streams = [stream_of("adcs", "iss", adcs), stream_of("eps", "iss", eps)]
    ticks = [tick(second) for second in range(0, 60, 3)]
    acknowledge = Command(id="1", alarm="ERR.limit", by="Ann", occurrence="iss/ERR.limit/1")
    command = (
        START_NS + 9,
        TOPICS.command("iss", Verb.ACKNOWLEDGE),
        wire.encode(acknowledge),
    )
    stream = records([clock(), *interleave([*streams, ticks, [command]], order)])
    whole = Processor(DATABASE, TOPICS)
    expected = [e for record in stream for e in whole.process(record).events]

    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    processor, got, saved, journalled = Processor(DATABASE, TOPICS), [], b"", 0
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        for record in stream[start:stop]:
            got += processor.process(record).events
        saved, journalled = processor.snapshot(), len(got)
        # The process dies after some more work that was never saved, and begins again.
        for record in stream[stop : stop + 3]:
            got += processor.process(record).events
        del got[journalled:]
        processor = Processor(DATABASE, TOPICS)
        processor.restore(saved)
    assert got == expected
    assert processor.alarms == whole.alarms


def test_the_property_sees_alarms_at_all(database: MissionDatabase) -> None:
    """Guards the two properties above against agreeing on nothing."""
    stream = stream_of("adcs", "iss", [(1.0, {"ERR": 3.5}), (1.0, {"MODE": 2}), (9.0, {"ERR": 0})])
    found = {e.alarm.condition for e in journal([clock(), *stream])}
    assert found == {Condition.LIMIT, Condition.STALE}


@pytest.mark.parametrize(
    ("late_s", "rate", "behind_s"), [(1, 1.0, 0), (12, 1.0, 12), (12, 4.0, 12)]
)
def test_an_event_heard_long_after_its_time_says_so(
    late_s: int, rate: float, behind_s: int
) -> None:
    """By the wall: of a stream that goes faster, not by its own time."""
    announced_ns, topic, payload = clock()
    stream = msgspec.structs.replace(wire.decode_clock(payload), rate=rate)
    time_ns = START_NS + round(rate * SECOND_NS)  # what the stream has reached a second later
    received_ns = START_NS + (1 + late_s) * SECOND_NS
    bad = _message(time_ns, received_ns, "adcs", 1, "iss", {"ERR": 99.0})
    events = journal([(announced_ns, topic, wire.encode(stream)), bad])
    (violated,) = [e for e in events if e.alarm.id == "ERR.limit"]
    assert round(violated.behind_ns / SECOND_NS) == behind_s
