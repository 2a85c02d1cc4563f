"""ms18 live, with operators and a crash of ingest in it; then again, and again, the same journal.

Real mosquitto, ingest with DuckDB, simulators and replay sessions as processes of their own.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from backtest.run import run
from ingest.archive import Archive, Span
from ingest.archive_client import ArchiveClient
from ingest.happened import History, holds_derived
from telemetry import wire
from telemetry.alarm import Event, EventKind
from telemetry.clock import SECOND_NS
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.missiondb import load
from telemetry.replay import (
    AS_FAST_AS_IT_GOES,
    Replay,
    ReplayChange,
    ReplayCommand,
    ReplayOrder,
    ReplaySpec,
    ReplayState,
    ReplayVerb,
)
from telemetry.store.remote import RemoteStore
from telemetry.topics import Kind, Topics, Verb, parse
from telemetry.wire import Command
from tests.eventually import eventually
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import Listener, listening
from tests.system.programs import Program, metric, running

#: 2021-10-15T09:11:50Z; the firing begins at 09:12:18, control is lost at 09:12:58.
START_NS = 1_634_289_110 * SECOND_NS
#: Of stream time. The range ends before the flight: after its end there is only silence, and that
#: lasts for as long as anybody waits.
LASTS_S = 110
STOP_NS = START_NS + 105 * SECOND_NS
SPEED = 10
ASKED = {EventKind.ACKNOWLEDGED, EventKind.SHELVED}


@dataclass(frozen=True)
class Lived:
    """What was said in that flight, in order, and where its records are kept."""

    broker: Mosquitto
    root: str
    state: Path
    events: tuple[Event, ...]

    def of(self, span: Span, said: list[Event]) -> list[Event]:
        """What came of a span's records.

        An event says when its record was received, and records of one batch were received at once:
        of those at the two ends, so many are taken as were said.
        """
        with Archive.open(self.state, readonly=True) as archive:
            (first,) = archive.timed(span.first_n, span.first_n)
            (last,) = archive.timed(span.last_n, span.last_n)
        from_ns, to_ns = first.record.received_ns, last.record.received_ns
        certain = [event for event in self.events if from_ns < event.received_ns < to_ns]
        begins = self.events.index(certain[0])
        before = said.index(certain[0]) if certain[0] in said else 0
        found = list(self.events[begins - before : begins - before + len(said)])
        assert found[before : before + len(certain)] == certain
        assert all(from_ns <= event.received_ns <= to_ns for event in found)
        return found


def journal(listener: Listener) -> list[Event]:
    """Each line of the alarm journal once, in the order it was first heard."""
    heard: dict[str, Event] = {}
    for message in listener.messages:
        address = parse(message.topic)
        if address is not None and (address.kind, address.leaf) == (Kind.EVENT, "alarm"):
            event = wire.decode_event(message.payload)
            heard.setdefault(event.id, event)
    return list(heard.values())


@asynccontextmanager
async def operator(broker: Mosquitto, root: str, listener: Listener) -> AsyncIterator[None]:
    """Acknowledges the second alarm that is heard and shelves the fourth."""
    topics = Topics(root)

    async def watch() -> None:
        asked = set()
        options = LinkOptions(identifier=f"{root}-operator")
        async with connect(BrokerAddress.parse(broker.url), options) as connection:
            while True:
                raised = [e for e in journal(listener) if e.kind is EventKind.VIOLATED]
                for place, verb in ((1, Verb.ACKNOWLEDGE), (3, Verb.SHELVE)):
                    if len(raised) > place and verb not in asked:
                        asked.add(verb)
                        alarm = raised[place].alarm
                        command = Command(
                            id=uuid.uuid4().hex,
                            alarm=alarm.id,
                            by="Ann",
                            occurrence=alarm.occurrence,
                            comment="seen",
                            until_ns=raised[place].received_ns + 3600 * SECOND_NS
                            if verb is Verb.SHELVE
                            else 0,
                        )
                        topic = topics.command(alarm.spacecraft, verb)
                        await connection.publish(topic, wire.encode(command))
                heard = len(listener.messages)
                await listener.until(lambda heard=heard: len(listener.messages) > heard)  # type: ignore[misc]

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def ingest(broker: Mosquitto, root: str, tmp_path: Path, free_port: int) -> Iterator[Program]:
    with running(
        tmp_path / "ingest.log",
        "ingest",
        f"--broker={broker.url}",
        f"--root={root}",
        f"--state={tmp_path / 'state'}",
        f"--store=duckdb://{tmp_path / 'telemetry.duckdb'}",
        f"--ingest-port={free_port}",
    ) as program:
        yield program


async def live(broker: Mosquitto, root: str, ingest: Program, folder: Path, port: int) -> Lived:
    """Fly it, act, crash ingest at 40 s and go on."""
    async with listening(broker.url, root) as listener, operator(broker, root, listener):
        simulator = Program(
            folder / "simulator.log",
            *("simulate", "--scenario=ms18", "--at=09:11:50", f"--for={LASTS_S}"),
            *(f"--speed={SPEED}", f"--broker={broker.url}", f"--root={root}"),
        )
        await listener.until(lambda: {event.kind for event in journal(listener)} >= ASKED)
        ingest.kill()
        again = Program(ingest.log, *ingest.arguments)
        ingest.process = again.process
        await asyncio.to_thread(ingest.await_ready)
        assert await asyncio.to_thread(simulator.wait) == 0

        async def unread() -> float:
            return metric(port, "spool_unread_processor") + metric(port, "journal_unpublished")

        assert await eventually(unread, lambda left: left == 0) == 0
        count = len(journal(listener))
        await listener.until(lambda: len(journal(listener)) >= count)
        return Lived(broker, root, folder / "state", tuple(journal(listener)))


async def replayed(lived: Lived, spec: ReplaySpec) -> tuple[Replay, list[Event]]:
    """What a session says from its creation to its end."""
    topics = Topics(lived.root)
    address = BrokerAddress.parse(lived.broker.url)
    async with (
        listening(lived.broker.url, lived.root, f"{lived.root}-sessions") as sessions,
        connect(address, LinkOptions(identifier=f"{lived.root}-asks")) as connection,
    ):

        async def ask(
            verb: ReplayVerb, session: str = "", spec: ReplaySpec | None = None
        ) -> Replay:
            command = ReplayCommand(id=uuid.uuid4().hex, by="Ann", session=session, spec=spec)
            await connection.publish(topics.replay_command(verb), wire.encode(command))

            def answers() -> list[ReplayChange]:
                told = map(wire.decode_replay_change, sessions.payloads(topics.replay_event))
                return [one for one in told if one.command == command.id]

            await sessions.until(lambda: bool(answers()))
            (answer,) = answers()
            assert answer.refused == ""
            assert answer.replay is not None
            return answer.replay

        created = await ask(ReplayVerb.CREATE, spec=spec)

        def last() -> Replay | None:
            told = [payload for payload in sessions.payloads(topics.replay(created.id)) if payload]
            return wire.decode_replay(told[-1]) if told else None

        async with listening(lived.broker.url, created.root) as listener:
            await ask(ReplayVerb.PLAY, created.id)
            await sessions.until(
                lambda: (now := last()) is not None and now.state is ReplayState.FINISHED
            )
            ended = last()
            assert ended is not None
            await listener.until(lambda: len(journal(listener)) >= ended.events)
            await ask(ReplayVerb.END, created.id)
            await sessions.until(
                lambda: (now := last()) is not None and now.state is ReplayState.ENDED
            )
            return ended, journal(listener)


async def backtested(port: int) -> list[Event]:
    """What a back-test of the range says."""
    url, database = f"http://127.0.0.1:{port}", load()
    async with RemoteStore(url, database) as store, ArchiveClient(url) as archive:
        span = await archive.find(START_NS, STOP_NS)
        assert span is not None
        history = History(
            store=store,
            database=database,
            start_ns=START_NS,
            stop_ns=STOP_NS,
            derive=not await holds_derived(store, database, START_NS, STOP_NS),
            announcements=await archive.announcements(span.lap, span.last_n),
        )
        (journal,) = await run(history, [database], lambda _: None)
        return journal.events


@pytest.mark.timeout(300)
async def test_a_replay_as_received_says_what_live_said_at_any_speed_and_from_the_middle(
    broker: Mosquitto, root: str, tmp_path: Path, free_port: int, ingest: Program
) -> None:
    lived = await live(broker, root, ingest, tmp_path, free_port)
    kinds = {event.kind for event in lived.events}
    assert {EventKind.VIOLATED, EventKind.ACKNOWLEDGED, EventKind.SHELVED} <= kinds

    whole = ReplaySpec(start_ns=START_NS, stop_ns=STOP_NS, paused=True)
    async with ArchiveClient(f"http://127.0.0.1:{free_port}") as archive:
        archived = await archive.find(START_NS, STOP_NS)
        rest = await archive.find(START_NS + 60 * SECOND_NS, STOP_NS)
    assert archived is not None
    assert rest is not None
    for speed in (float(SPEED), 100.0, AS_FAST_AS_IT_GOES):
        ended, said = await replayed(lived, replace(whole, speed=speed))
        assert [e.id for e in said] == [e.id for e in lived.of(archived, said)], speed
        assert said == lived.of(archived, said), speed
    middle = replace(whole, at_ns=START_NS + 60 * SECOND_NS, speed=AS_FAST_AS_IT_GOES)
    ended, said = await replayed(lived, middle)
    assert said == lived.of(rest, said)
    assert ended.events == len(said) > 0

    happened = replace(whole, order=ReplayOrder.HAPPENED, speed=AS_FAST_AS_IT_GOES)
    ended, said = await replayed(lived, happened)
    assert said == await backtested(free_port)
    assert ended.events == len(said) > 0
