"""Real telemetry through real parts: what is stored is what was recorded, whatever breaks.

The recording is played through mosquitto into ingest, a process of its own, and on into InfluxDB.
What must come out is read from its files by a parser that shares nothing with the product.
"""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from ingest.processor import Processor
from ingest.record import Record
from telemetry import wire
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame
from telemetry.isslive import frames, read_recording
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.missiondb import MissionDatabase, load
from telemetry.parameter import ParameterType
from telemetry.store.base import Store
from telemetry.store.influx import InfluxStore
from telemetry.topics import Kind, Topics
from tests.eventually import eventually
from tests.servers.influx_proxy import InfluxProxy
from tests.servers.influxd import RestartableInfluxd
from tests.servers.mosquitto import Mosquitto
from tests.system.programs import Program, metric

RECORDING = Path(__file__).parent.parent / "data" / "iss-2022-05-20"
YEAR_START_NS = 1_640_995_200 * SECOND_NS  # 2022-01-01T00:00:00Z
FAR_NS = 2**62

Contents = dict[tuple[str, int], object]


def read_independently(database: MissionDatabase) -> tuple[Contents, dict[str, int]]:
    """(parameter, time) -> value as its files say, and what was wrong in them."""
    expected: Contents = {}
    counts = {"lines": 0, "duplicates": 0, "backward steps": 0, "unreadable lines": 0}
    for path in sorted(RECORDING.glob("*.txt")):
        last = 0
        for line in path.read_text().splitlines():
            counts["lines"] += 1
            try:
                hours, text = line.split()
                time_ns = YEAR_START_NS + round((Decimal(hours) - 24) * 3600 * SECOND_NS)
                assert Decimal(hours) < 367 * 24
            except (ValueError, ArithmeticError, AssertionError):
                counts["unreadable lines"] += 1
                continue
            parameter = database.parameter("iss", path.stem)
            value = float(text) if parameter.type is ParameterType.FLOAT else int(float(text))
            counts["backward steps"] += time_ns < last
            counts["duplicates"] += (path.stem, time_ns) in expected
            expected[path.stem, time_ns] = value
            last = time_ns
    return expected, counts


def journal_expected(database: MissionDatabase) -> list[Event]:
    """What the processor makes of the recording when nothing breaks."""
    processor = Processor(database, Topics("play"))
    start = StreamClock(
        kind=StreamKind.PLAYED, epoch_ns=YEAR_START_NS, wall_ns=1, heartbeat=False, run="x"
    )
    records = [Record(1, 1, Topics("play").clock("iss"), wire.encode(start))]
    for frame in frames(read_recording(RECORDING, 2022, database)):
        topic = Topics("play").frame("iss", frame.subsystem)
        records.append(Record(len(records) + 1, 1, topic, wire.encode_frame(frame)))
    return [event for record in records for event in processor.process(record).events]


def comparable(events: list[Event]) -> list[Event]:
    return sorted(
        (msgspec.structs.replace(event, received_ns=0) for event in events),
        key=lambda event: (event.time_ns, event.id),
    )


async def contents(store: Store, database: MissionDatabase) -> Contents:
    found: Contents = {}
    for subsystem in database.spacecraft["iss"].subsystems:
        async for block in store.read("iss", subsystem, 0, FAR_NS):
            for parameter, column in block.columns.items():
                for row in column.valid.nonzero()[0]:
                    found[parameter, int(block.time_ns[row])] = column.values[row].item()
    return found


@pytest.fixture(scope="module")
def database() -> MissionDatabase:
    return load()


@pytest.fixture
async def influx(restartable_influxd: RestartableInfluxd) -> AsyncIterator[InfluxProxy]:
    restartable_influxd.query("CREATE DATABASE played")
    async with InfluxProxy(restartable_influxd.url).running() as proxy:
        yield proxy


class Watch:
    """Ingest under a root of its own, to be killed and started again."""

    def __init__(self, broker: Mosquitto, root: str, influx: InfluxProxy, folder: Path) -> None:
        self.port = 0
        self._broker, self.root, self._folder = broker, root, folder
        self._store = f"influxdb+{influx.url}/played"

    def start(self) -> Program:
        program = Program(
            self._folder / "ingest.log",
            "ingest",
            f"--broker={self._broker.url}",
            f"--root={self.root}",
            f"--state={self._folder / 'state'}",
            f"--store={self._store}",
            f"--ingest-port={self.port}",
        )
        program.await_ready()
        return program

    def player(self, speed: str) -> Program:
        return Program(
            self._folder / "play.log",
            "play",
            str(RECORDING),
            "--year=2022",
            f"--speed={speed}",
            f"--broker={self._broker.url}",
            f"--root={self.root}",
        )


@pytest.fixture
def watch(
    broker: Mosquitto, root: str, influx: InfluxProxy, tmp_path: Path, free_port: int
) -> Watch:
    watch = Watch(broker, root, influx, tmp_path)
    watch.port = free_port
    return watch


async def assert_all_is_there(
    influx: InfluxProxy, database: MissionDatabase, expected: Contents
) -> list[Event]:
    """Every sample once, and the journal; what is stored of it is returned."""
    async with InfluxStore(influx.url, "played", database) as store:
        found = await eventually(
            lambda: contents(store, database), lambda seen: len(seen) >= len(expected)
        )
        assert found == expected

        async def journal() -> list[Event]:
            return [e async for e in store.read_events(0, FAR_NS, "iss")]

        wanted = comparable(journal_expected(database))
        events = await eventually(journal, lambda seen: len(seen) >= len(wanted))
    assert comparable(events) == wanted
    return events


async def test_a_recording_is_stored_as_it_was(
    watch: Watch, influx: InfluxProxy, database: MissionDatabase
) -> None:
    expected, counts = read_independently(database)
    print(f"\nindependent parser: {counts}, {len(expected)} samples")
    reader = read_recording(RECORDING, 2022, database)
    print("\n".join(reader.summary()))
    ingest = watch.start()
    try:
        player = watch.player("max")
        assert await asyncio.to_thread(player.process.wait, 60) == 0, player.log.read_text()
        await assert_all_is_there(influx, database, expected)
    finally:
        ingest.stop()


async def test_nothing_is_lost_or_told_twice_when_ingest_is_killed(
    watch: Watch, influx: InfluxProxy, database: MissionDatabase
) -> None:
    expected, _ = read_independently(database)
    total = sum(1 for _ in frames(read_recording(RECORDING, 2022, database)))
    ingest = watch.start()
    try:
        player = watch.player("max")
        for share in (0.25, 0.5):

            async def received() -> float:
                return metric(watch.port, "frames_received_total")

            enough = total * share * 0.5
            assert await eventually(received, lambda n, e=enough: n > e) > 0
            ingest.kill()
            ingest = watch.start()
        assert await asyncio.to_thread(player.process.wait, 60) == 0, player.log.read_text()
        await assert_all_is_there(influx, database, expected)
    finally:
        ingest.stop()


async def test_alarms_keep_coming_while_the_store_is_stopped(
    watch: Watch,
    broker: Mosquitto,
    influx: InfluxProxy,
    restartable_influxd: RestartableInfluxd,
    database: MissionDatabase,
) -> None:
    expected, _ = read_independently(database)
    total = sum(1 for _ in frames(read_recording(RECORDING, 2022, database)))
    topics = Topics(watch.root)
    ingest = watch.start()
    try:
        player = watch.player("120")

        async def received() -> float:
            return metric(watch.port, "frames_received_total")

        assert await eventually(received, lambda n: n > total / 3) > total / 3
        restartable_influxd.stop()
        async with connect(
            BrokerAddress.parse(broker.url), LinkOptions(identifier=f"{watch.root}-listener")
        ) as listener:
            await listener.subscribe([topics.every(Kind.EVENT)], qos=1)
            violation = Frame(
                spacecraft="soyuz",
                subsystem="tanks",
                time_ns=YEAR_START_NS,
                received_ns=0,
                sequence=1,
                values={"SIM_SOYUZ_HE1_P": 0.0},
            )
            clock = StreamClock(
                kind=StreamKind.PLAYED, epoch_ns=YEAR_START_NS, wall_ns=1, heartbeat=False
            )
            await listener.publish(topics.clock("soyuz"), wire.encode(clock))
            await listener.publish(topics.frame("soyuz", "tanks"), wire.encode_frame(violation))
            heard = [wire.decode_event(m.payload) for m in await listener.receive(1)]
        assert [event.alarm.id for event in heard] == ["SIM_SOYUZ_HE1_P.limit"]
        assert await eventually(received, lambda n: n > total * 2 / 3) > total * 2 / 3
        assert metric(watch.port, "store_available") == 0
        restartable_influxd.start()
        assert await asyncio.to_thread(player.process.wait, 60) == 0, player.log.read_text()
        await assert_all_is_there(influx, database, expected)
    finally:
        ingest.stop()
