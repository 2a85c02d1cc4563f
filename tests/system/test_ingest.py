"""Ingest as a process of its own, on a real broker: what it tells, keeps and refuses."""

import json
import signal
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from telemetry import wire
from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.clock import LIVE_CLOCK, SECOND_NS
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, Connection, LinkOptions, Message, connect
from telemetry.missiondb import load
from telemetry.store.remote import RemoteStore
from telemetry.topics import Kind, Topics, Verb, parse
from telemetry.wire import Command, Reason
from tests.eventually import eventually
from tests.servers.mosquitto import Mosquitto
from tests.system.programs import Program, get, metric, running

ATTITUDE_ERROR = "USLAB000022"
WARNING_DEG = 9.0


class Ingest:
    """How to start one ingest of this test, again if need be."""

    def __init__(self, broker: Mosquitto, root: str, folder: Path, port: int) -> None:
        self.port = port
        self.folder = folder
        self.arguments = (
            "ingest",
            f"--broker={broker.url}",
            f"--root={root}",
            f"--state={folder / 'state'}",
            f"--store=duckdb://{folder / 'telemetry.duckdb'}",
            f"--ingest-port={port}",
        )

    def start(self) -> Program:
        program = Program(self.folder / "ingest.log", *self.arguments)
        program.await_ready()
        return program


@pytest.fixture
def ingest(broker: Mosquitto, root: str, tmp_path: Path, free_port: int) -> Ingest:
    return Ingest(broker, root, tmp_path, free_port)


@pytest.fixture
def started(ingest: Ingest) -> Iterator[Program]:
    with running(ingest.folder / "ingest.log", *ingest.arguments) as program:
        yield program


class Station:
    """A publisher of single frames, and an ear for what comes back."""

    def __init__(self, connection: Connection, topics: Topics) -> None:
        self.connection = connection
        self.topics = topics
        self._sequence = 0
        self._time_ns = time.time_ns()

    async def say(self, **values: float) -> Frame:
        """Publish a frame five seconds after the last: longer than any limit's persistence."""
        self._sequence += 1
        self._time_ns = now_ns = self._time_ns + 5 * SECOND_NS
        frame = Frame(
            spacecraft="iss",
            subsystem="adcs",
            time_ns=now_ns,
            received_ns=now_ns,
            sequence=self._sequence,
            values=values,
        )
        topic = self.topics.frame("iss", "adcs")
        await self.connection.publish(topic, wire.encode_frame(frame))
        return frame

    async def hear(self, kind: Kind, leaf: str) -> Message:
        """The next message of a kind with that last level, about the ISS."""
        while True:
            (message,) = await self.connection.receive(1)
            address = parse(message.topic)
            assert address is not None
            if (address.kind, address.leaf, address.spacecraft) == (kind, leaf, "iss"):
                return message

    async def hear_alarm(self, alarm: str) -> Alarm | None:
        """What is now retained of an alarm; None when it is withdrawn."""
        payload = (await self.hear(Kind.ALARM, alarm)).payload
        return wire.decode_alarm(payload) if payload else None

    async def hear_event(self, kind: EventKind) -> Event:
        """The next line of the journal of that kind."""
        while True:
            event = wire.decode_event((await self.hear(Kind.EVENT, "alarm")).payload)
            if event.kind is kind:
                return event

    async def raise_alarm(self, alarm: str) -> Alarm:
        """Break the limit of ATTITUDE_ERROR for long enough."""
        await self.say(USLAB000022=WARNING_DEG)
        await self.say(USLAB000022=WARNING_DEG)
        raised = await self.hear_alarm(alarm)
        assert raised is not None
        return raised

    async def ask(self, verb: Verb, alarm: str, occurrence: str) -> None:
        command = Command(id=uuid.uuid4().hex, alarm=alarm, by="Ann", occurrence=occurrence)
        await self.connection.publish(self.topics.command("iss", verb), wire.encode(command))


@pytest.fixture
async def station(broker: Mosquitto, root: str) -> AsyncIterator[Station]:
    topics = Topics(root)
    address = BrokerAddress.parse(broker.url)
    async with connect(address, LinkOptions(identifier=f"{root}-station")) as connection:
        # No heartbeat: what these tests do not send is no silence.
        clock = msgspec.structs.replace(LIVE_CLOCK, heartbeat=False)
        await connection.publish(topics.clock("iss"), wire.encode(clock), retain=True)
        await connection.subscribe([topics.every(Kind.ALARM), topics.every(Kind.EVENT)], qos=1)
        yield Station(connection, topics)


async def test_an_alarm_is_raised_acknowledged_and_withdrawn(
    started: Program, station: Station
) -> None:
    alarm_id = f"{ATTITUDE_ERROR}.limit"
    raised = await station.raise_alarm(alarm_id)
    assert (raised.state, raised.value) == (State.UNACK, WARNING_DEG)

    await station.ask(Verb.ACKNOWLEDGE, alarm_id, "iss/other/1")
    refused = await station.hear_event(EventKind.REFUSED)
    assert "that occurrence is over" in refused.reason

    await station.ask(Verb.ACKNOWLEDGE, alarm_id, raised.occurrence)
    state = raised
    while state is not None and state.state is not State.ACKED:
        state = await station.hear_alarm(alarm_id)
    assert state is not None
    assert state.acknowledged_by == "Ann"

    await station.say(USLAB000022=0.0)
    while state is not None:
        state = await station.hear_alarm(alarm_id)


async def test_every_kind_of_bad_input_is_counted_kept_and_skipped(
    ingest: Ingest, started: Program, station: Station
) -> None:
    frame, now = station.topics.frame("iss", "adcs"), time.time_ns()
    bad = {
        Reason.NOT_JSON: (frame, b"{"),
        Reason.WRONG_SHAPE: (frame, b'{"t":1.5,"seq":1,"values":{}}'),
        Reason.TOO_LARGE: (frame, b" " * ((1 << 20) - 64) + b" " * 65),
        Reason.UNKNOWN_PARAMETER: (frame, _frame(now, '"NOPE":1,"USLAB000023":0.25')),
        Reason.WRONG_TYPE: (frame, _frame(now + 1, '"USLAB000022":"1","USLAB000024":0.5')),
        Reason.NOT_FINITE: (frame, _frame(now + 2, '"USLAB000022":NaN,"USLAB000025":0.75')),
        Reason.ABSURD_TIME: (frame, _frame(4_000_000_000_000_000_000, '"USLAB000022":1')),
        Reason.UNKNOWN_TOPIC: (station.topics.frame("mir", "adcs"), _frame(now, "")),
    }
    for reason, (topic, payload) in bad.items():
        if reason is not Reason.TOO_LARGE:  # the broker's own bound keeps that one from us
            await station.connection.publish(topic, payload)

    async def counted() -> dict[Reason, float]:
        return {r: metric(ingest.port, f"dead_{r}") for r in bad if r is not Reason.TOO_LARGE}

    assert set((await eventually(counted, lambda c: min(c.values()) >= 1)).values()) == {1.0}
    dead = station.topics.dead("+", "+", "+")
    await station.connection.subscribe([dead], qos=1)
    expected, told = {r.value for r in bad} - {Reason.TOO_LARGE.value}, set()
    while told != expected:
        (message,) = await station.connection.receive(1)
        if message.topic.startswith(f"{station.topics.dead_root}/"):
            told.add(wire.decode_dead(message.payload).reason.value)
    kept = json.loads(get(f"http://127.0.0.1:{ingest.port}/dead"))
    assert {d["reason"] for d in kept} == {r.value for r in bad} - {Reason.TOO_LARGE.value}

    async with RemoteStore(f"http://127.0.0.1:{ingest.port}", load()) as store:

        async def stored() -> dict[str, object]:
            return {p: s.value for p, s in (await store.last("iss", "adcs")).items()}

        good = {"USLAB000023": 0.25, "USLAB000024": 0.5, "USLAB000025": 0.75}
        assert await eventually(stored, lambda seen: seen == good) == good


def _frame(time_ns: int, values: str) -> bytes:
    return f'{{"t":{time_ns},"seq":1,"values":{{{values}}}}}'.encode()


async def test_what_stood_before_a_crash_stands_after_it_and_is_not_told_twice(
    ingest: Ingest, station: Station
) -> None:
    program = ingest.start()
    try:
        alarm_id = f"{ATTITUDE_ERROR}.limit"
        raised = await station.raise_alarm(alarm_id)
        program.kill()
        program = ingest.start()
        again = await station.hear_alarm(alarm_id)
        assert again is not None
        assert (again.occurrence, again.events) == (raised.occurrence, raised.events)
        await station.ask(Verb.ACKNOWLEDGE, alarm_id, raised.occurrence)
        acknowledged = await station.hear_event(EventKind.ACKNOWLEDGED)
        assert acknowledged.alarm.occurrence == raised.occurrence
    finally:
        program.stop()


async def test_a_retained_alarm_that_does_not_stand_is_withdrawn(
    ingest: Ingest, station: Station
) -> None:
    orphan = Alarm(
        spacecraft="iss",
        id="USLAB000010.limit",
        subject="USLAB000010",
        condition=Condition.LIMIT,
        state=State.UNACK,
        occurrence="iss/USLAB000010.limit/1",
    )
    topic = station.topics.alarm("iss", orphan.id)
    await station.connection.publish(topic, wire.encode(orphan), retain=True)
    assert await station.hear_alarm(orphan.id) == orphan
    with running(ingest.folder / "ingest.log", *ingest.arguments):
        assert await station.hear_alarm(orphan.id) is None


async def test_an_orderly_stop_says_goodbye_and_loses_nothing(
    ingest: Ingest, station: Station
) -> None:
    link = station.topics.link("ground")
    program = ingest.start()
    await station.connection.subscribe([link], qos=1)
    (message,) = await station.connection.receive(1)
    assert wire.decode_link(message.payload).online
    frame = await station.say(USLAB000022=0.125)

    async def received() -> float:
        return metric(ingest.port, "frames_received_total")

    await eventually(received, lambda n: n >= 1)
    assert program.stop() == 0
    (message,) = await station.connection.receive(1)
    assert not wire.decode_link(message.payload).online
    with running(ingest.folder / "ingest.log", *ingest.arguments):
        async with RemoteStore(f"http://127.0.0.1:{ingest.port}", load()) as store:
            last = await store.last("iss", "adcs")
    assert (last[ATTITUDE_ERROR].time_ns, last[ATTITUDE_ERROR].value) == (frame.time_ns, 0.125)


def test_a_second_ingest_on_the_same_state_is_told_so(
    ingest: Ingest, started: Program, tmp_path: Path
) -> None:
    second = Program(tmp_path / "second.log", *ingest.arguments, "--ingest-port=0")
    assert second.wait() == 3
    (line,) = second.log.read_text().splitlines()
    assert line.startswith("stationwatch: ")
    assert "in use by another ingest" in line


def test_it_listens_on_loopback_only(ingest: Ingest, started: Program) -> None:
    listening = [
        c.laddr.ip
        for c in psutil.Process(started.process.pid).net_connections()
        if c.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def test_health_says_what_is_wrong(ingest: Ingest, started: Program) -> None:
    health = json.loads(get(f"http://127.0.0.1:{ingest.port}/healthz"))
    assert health == {"status": "ok", "broker": True, "store": True}


def test_an_interrupt_ends_it_in_order_too(ingest: Ingest) -> None:
    program = ingest.start()
    program.process.send_signal(signal.SIGINT)
    assert program.wait() == 0
    assert program.log.read_text() == ""
