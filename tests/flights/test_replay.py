"""ms18 with operators and a restart in it, from the archive: the same journal from wherever.

What the replay worker does with processes and a broker is tests/system/test_replay.py's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingest.archive import Archive, Checkpoint
from ingest.processor import Processor
from ingest.record import TICK, Record
from ingest.segment import pack
from ingest.stream_time import StreamState
from simulators.publishing.plan import announcements
from simulators.scenarios import read
from simulators.simulation import Simulation
from telemetry.alarm import Event, EventKind
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.missiondb import MissionDatabase, load
from telemetry.topics import Topics, Verb
from telemetry.wire import Command, encode, encode_frame

TOPICS = Topics()
#: The firing begins at 09:12:18, control is lost at 09:12:58.
UNTIL = "09:14:30"
RESTART_AFTER = 900
CHECKPOINT_EVERY = 400


@dataclass
class Flown:
    database: MissionDatabase
    archive: Archive
    #: Of each record, in order, what it brought about.
    journal: list[tuple[int, Event]] = field(default_factory=list)
    last_n: int = 0

    def after(self, n: int) -> list[Event]:
        return [event for at, event in self.journal if at > n]


def messages(database: MissionDatabase) -> Iterator[tuple[int, str, bytes]]:
    """What a live simulation sends, with a tick a second."""
    scenario = read("ms18", database=database)
    simulation = Simulation(scenario, database, spacecraft=("iss", "soyuz"))
    start_ns, until_ns = scenario.start_ns, scenario.instant_ns(UNTIL)
    clock = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=start_ns, wall_ns=start_ns, run="1")
    for craft in ("iss", "soyuz"):
        yield start_ns, TOPICS.clock(craft), encode(clock)
        for said in announcements(simulation, TOPICS, craft):
            yield start_ns, said.topic, said.payload
    ticked_ns = start_ns
    while simulation.next_ns <= until_ns:
        for frame in simulation.step(simulation.next_ns):
            while frame.received_ns >= ticked_ns + SECOND_NS:
                ticked_ns += SECOND_NS
                yield ticked_ns, TICK, b""
            topic = TOPICS.frame(frame.spacecraft, frame.subsystem)
            yield frame.received_ns, topic, encode_frame(frame)


def asked(event: Event) -> Iterator[tuple[int, str, bytes]]:
    """What the operator does about an event: acknowledges the sixth, shelves the ninth."""
    alarm = event.alarm
    if event.kind is not EventKind.VIOLATED:
        return
    for verb, id_ in ((Verb.ACKNOWLEDGE, "a"), (Verb.SHELVE, "s")):
        command = Command(
            id=f"{id_}-{event.id}"[:64],
            alarm=alarm.id,
            by="Ann",
            occurrence=alarm.occurrence,
            comment="seen",
            until_ns=event.received_ns + 30 * SECOND_NS if verb is Verb.SHELVE else 0,
        )
        yield event.received_ns + 1, TOPICS.command(alarm.spacecraft, verb), encode(command)


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Flown:
    folder: Path = tmp_path_factory.mktemp("archive")
    database = load()
    flown = Flown(database, Archive.open(folder))
    processor = Processor(database, TOPICS)
    records: list[Record] = []

    def take(received_ns: int, topic: str, payload: bytes) -> list[Event]:
        nonlocal processor
        record = Record(len(records) + 1, received_ns, topic, payload)
        records.append(record)
        events = list(processor.process(record).events)
        flown.journal += [(record.n, event) for event in events]
        if record.n == RESTART_AFTER:
            state = processor.snapshot()
            processor = Processor(database, TOPICS)
            processor.restore(state)
        if record.n == RESTART_AFTER or record.n % CHECKPOINT_EVERY == 0:
            flown.archive.put_checkpoint(
                Checkpoint(
                    n=record.n,
                    missiondb=database.version,
                    state=processor.snapshot(),
                    restart=record.n == RESTART_AFTER,
                )
            )
        return events

    violated = 0
    for message in messages(database):
        for event in take(*message):
            violated += event.kind is EventKind.VIOLATED
            if violated in (6, 9):
                for command in asked(event):
                    take(*command)
    state = StreamState()
    for i in range(0, len(records), 700):
        packed = pack(records[i : i + 700], state)
        flown.archive.append(packed)
        state = packed.after
    flown.last_n = len(records)
    return flown


def test_the_flight_has_in_it_what_it_should(flown: Flown) -> None:
    kinds = {event.kind for _, event in flown.journal}
    assert {EventKind.VIOLATED, EventKind.ACKNOWLEDGED, EventKind.SHELVED} <= kinds
    assert EventKind.REFUSED not in kinds
    assert flown.last_n > 2 * RESTART_AFTER


def test_from_its_start_it_says_what_live_said(flown: Flown) -> None:
    processor = Processor(flown.database, TOPICS)
    said = [
        event
        for timed in flown.archive.timed(1, flown.last_n)
        for event in processor.process(timed.record).events
    ]
    assert said == flown.after(0)


@pytest.mark.parametrize("at", ["09:12:10", "09:12:19", "09:12:40", "09:13:05", "09:14:00"])
def test_from_the_middle_it_says_the_rest(flown: Flown, at: str) -> None:
    scenario = read("ms18", database=flown.database)
    span = flown.archive.find(scenario.instant_ns(at), scenario.instant_ns(UNTIL))
    assert span is not None
    checkpoint = flown.archive.checkpoint(span.first_n - 1)
    assert checkpoint is not None
    processor = Processor(flown.database, TOPICS)
    processor.restore(checkpoint.state)
    said = [
        (timed.record.n, event)
        for timed in flown.archive.timed(checkpoint.n + 1, flown.last_n)
        for event in processor.process(timed.record).events
    ]
    assert [event for n, event in said if n >= span.first_n] == flown.after(span.first_n - 1)
