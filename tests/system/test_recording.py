"""Real telemetry through real parts: what is stored is what was recorded, whatever breaks.

The recording is played through mosquitto into ingest, a process of its own, and on into InfluxDB.
What must come out is read from its files by a parser that shares nothing with the product.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from ingest.processor import Processor
from ingest.record import Record
from telemetry import wire
from telemetry.alarm import Alarm, Event, EventKind
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame
from telemetry.isslive import Defect, frames, read_recording
from telemetry.link import BrokerAddress, Connection, LinkOptions, connect
from telemetry.missiondb import SHIPPED, MissionDatabase, load
from telemetry.parameter import ParameterType
from telemetry.store.base import Store
from telemetry.store.influx import InfluxStore
from telemetry.topics import Kind, Topics
from tests.eventually import eventually
from tests.servers.influx_proxy import InfluxProxy
from tests.servers.influxd import Influxd
from tests.servers.mosquitto import Mosquitto
from tests.system.programs import Program, metric

#: A cut of the real recording; the whole of it, wherever you have it, takes a minute or two.
RECORDING = Path(
    os.environ.get("STATIONWATCH_RECORDING")
    or Path(__file__).parent.parent / "data" / "iss-2022-05-20"
)
YEAR_START_NS = 1_640_995_200 * SECOND_NS  # 2022-01-01T00:00:00Z
FAR_NS = 2**62

Contents = dict[tuple[str, int], object]


def read_independently(
    database: MissionDatabase, recording: Path = RECORDING
) -> tuple[Contents, dict[str, int]]:
    """(parameter, time) -> value as its files say, and what was wrong in them."""
    expected: Contents = {}
    counts = {"lines": 0, "duplicates": 0, "backward steps": 0, "unreadable lines": 0}
    for path in sorted(recording.glob("*.txt")):
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


def journal_expected(database: MissionDatabase, recording: Path) -> list[Event]:
    """What the processor makes of the recording when nothing breaks."""
    processor = Processor(database, Topics("play"))
    start = StreamClock(
        kind=StreamKind.PLAYED, epoch_ns=YEAR_START_NS, wall_ns=1, heartbeat=False, run="x"
    )
    records = [Record(1, 1, Topics("play").clock("iss"), wire.encode(start))]
    for frame in frames(read_recording(recording, 2022, database)):
        topic = Topics("play").frame("iss", frame.subsystem)
        records.append(Record(len(records) + 1, 1, topic, wire.encode_frame(frame)))
    return [event for record in records for event in processor.process(record).events]


def comparable(events: list[Event]) -> list[Event]:
    """Without when they came in, and in which run: a player chooses its own.

    And without what incidents hold back: one ends with the wall clock's ticks, which come between
    other frames each time a recording is played as fast as it goes.
    """
    kept = (event for event in events if event.kind is not EventKind.UNINHIBITED)
    return sorted(map(_of_no_run, kept), key=lambda event: (event.time_ns, event.id))


def _of_no_run(event: Event) -> Event:
    occurrence, _, _ = event.alarm.occurrence.rpartition("/")
    alarm = msgspec.structs.replace(
        event.alarm, occurrence=occurrence, inhibited_by="", annunciated_ns=0, events=0
    )
    id_ = f"{occurrence}/{event.kind}"
    return msgspec.structs.replace(event, id=id_, alarm=alarm, received_ns=0, annunciate=False)


async def contents(store: Store, database: MissionDatabase) -> Contents:
    found: Contents = {}
    for subsystem in database.spacecraft["iss"].measured.subsystems:
        async for block in store.read("iss", subsystem, 0, FAR_NS):
            for parameter, column in block.columns.items():
                for row in column.valid.nonzero()[0]:
                    found[parameter, int(block.time_ns[row])] = column.values[row].item()
    return found


@pytest.fixture(scope="module")
def missiondb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped mission database with limits so narrow that the recording breaks them often."""
    folder = tmp_path_factory.mktemp("missiondb")
    shutil.copytree(SHIPPED, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py*"))
    loops = folder / "iss" / "etcs.toml"
    tables = loops.read_text().split("\n\n")
    for parameter, high in {"P1000002": 2186.0, "P1000003": 4.2, "S1000002": 1806.0}.items():
        (at,) = (i for i, t in enumerate(tables) if t.startswith(f"[parameter.{parameter}]"))
        kept = [
            line
            for line in tables[at].splitlines()
            if not line.startswith(("range.", "rate.", "persistence_s", "hysteresis"))
        ]
        tables[at] = "\n".join([*kept, f"range.advisory = {{ high = {high} }}"])
    loops.write_text("\n\n".join(tables))
    return folder


@pytest.fixture(scope="module")
def database(missiondb: Path) -> MissionDatabase:
    return load(missiondb)


@pytest.fixture
def steady(tmp_path: Path) -> Path:
    """The recording less the few channels that speak hours later: 24 minutes, 12 s at 120x."""
    folder = tmp_path / "steady"
    shutil.copytree(RECORDING, folder, ignore=shutil.ignore_patterns("S000000[6-9]*", "S1000009*"))
    return folder


@pytest.fixture
async def influx(influx_server: Influxd, root: str) -> AsyncIterator[InfluxProxy]:
    influx_server.query(f'CREATE DATABASE "{root}"')
    async with InfluxProxy(influx_server.url).running() as proxy:
        yield proxy
    influx_server.query(f'DROP DATABASE "{root}"')


class Watch:
    """Ingest under a root of its own, to be killed and started again."""

    def __init__(
        self,
        broker: Mosquitto,
        root: str,
        influx: InfluxProxy,
        missiondb: Path,
        folder: Path,
        port: int,
    ) -> None:
        self.root = root
        self.port = port
        self._common = (f"--broker={broker.url}", f"--root={root}", f"--missiondb={missiondb}")
        self._folder = folder
        self._store = f"influxdb+{influx.url}/{root}"

    def start(self) -> Program:
        program = Program(
            self._folder / "ingest.log",
            "ingest",
            *self._common,
            f"--state={self._folder / 'state'}",
            f"--store={self._store}",
            f"--ingest-port={self.port}",
        )
        program.await_ready()
        return program

    def player(self, speed: str, recording: Path = RECORDING) -> Program:
        return Program(
            self._folder / "play.log",
            "play",
            str(recording),
            "--year=2022",
            f"--speed={speed}",
            *self._common,
        )


@pytest.fixture
def watch(
    broker: Mosquitto,
    root: str,
    influx: InfluxProxy,
    missiondb: Path,
    tmp_path: Path,
    free_port: int,
) -> Watch:
    return Watch(broker, root, influx, missiondb, tmp_path, free_port)


async def assert_all_is_there(
    influx: InfluxProxy,
    bucket: str,
    database: MissionDatabase,
    expected: Contents,
    recording: Path = RECORDING,
) -> None:
    """Every sample once and as it was, and the journal as if nothing had happened."""
    async with InfluxStore(influx.url, bucket, database) as store:
        found = await eventually(
            lambda: contents(store, database),
            lambda seen: len(seen) >= len(expected),
            within_s=100 if recording is not RECORDING else 300,
        )
        assert found == expected

        async def journal() -> list[Event]:
            return [e async for e in store.read_events(0, FAR_NS, "iss")]

        wanted = comparable(journal_expected(database, recording))
        assert len(wanted) > 20, "a journal worth comparing"
        events = await eventually(journal, lambda seen: len(seen) >= len(wanted))
    assert comparable(events) == wanted


@pytest.mark.timeout(600)
async def test_a_recording_is_stored_as_it_was(
    watch: Watch,
    influx: InfluxProxy,
    database: MissionDatabase,
    capsys: pytest.CaptureFixture[str],
) -> None:
    expected, counts = read_independently(database)
    reader = read_recording(RECORDING, 2022, database)
    with capsys.disabled():
        print(f"\nindependent parser: {counts}, {len(expected)} samples")
        print("\n".join(reader.summary()))
    assert counts == {
        # The file of no known name has one line, and nothing on it.
        "lines": reader.samples + reader.counts[Defect.UNREADABLE] + 1,
        "duplicates": reader.counts[Defect.DUPLICATE],
        "backward steps": reader.counts[Defect.BACKWARD],
        "unreadable lines": reader.counts[Defect.UNREADABLE] + 1,
    }
    ingest = watch.start()
    try:
        player = watch.player("max")
        assert await asyncio.to_thread(player.wait) == 0, player.log.read_text()
        await assert_all_is_there(influx, watch.root, database, expected)
    finally:
        ingest.stop()


@pytest.mark.timeout(240)
async def test_nothing_is_lost_or_told_twice_when_ingest_is_killed(
    watch: Watch, influx: InfluxProxy, database: MissionDatabase, steady: Path
) -> None:
    expected, _ = read_independently(database, steady)
    total = sum(1 for _ in frames(read_recording(steady, 2022, database)))

    async def received() -> float:
        return metric(watch.port, "frames_received_total")

    ingest = watch.start()
    try:
        player = watch.player("120", steady)
        for _ in range(2):
            assert await eventually(received, lambda n: n > total / 4) > total / 4
            assert player.process.poll() is None, "killed amid the recording, not after it"
            ingest.kill()
            ingest = watch.start()
        assert await asyncio.to_thread(player.wait) == 0, player.log.read_text()
        await assert_all_is_there(influx, watch.root, database, expected, steady)
    finally:
        ingest.stop()


async def hear(listener: Connection) -> Alarm:
    (message,) = await listener.receive(1)
    return wire.decode_event(message.payload).alarm


@pytest.mark.timeout(240)
async def test_alarms_keep_coming_while_the_store_is_stopped(
    watch: Watch,
    broker: Mosquitto,
    influx: InfluxProxy,
    influx_server: Influxd,
    database: MissionDatabase,
    steady: Path,
) -> None:
    expected, _ = read_independently(database, steady)
    total = sum(1 for _ in frames(read_recording(steady, 2022, database)))
    topics = Topics(watch.root)
    stopped, ingest = False, watch.start()
    try:
        player = watch.player("120", steady)

        async def received() -> float:
            return metric(watch.port, "frames_received_total")

        assert await eventually(received, lambda n: n > total / 3) > total / 3
        influx_server.stop()
        stopped = True
        async with connect(
            BrokerAddress.parse(broker.url), LinkOptions(identifier=f"{watch.root}-listener")
        ) as listener:
            await listener.subscribe([topics.every(Kind.EVENT)], qos=1)
            clock = StreamClock(
                kind=StreamKind.PLAYED, epoch_ns=YEAR_START_NS, wall_ns=1, heartbeat=False
            )
            await listener.publish(topics.clock("soyuz"), wire.encode(clock))
            for sequence in (1, 2):  # twice, for the limit must be broken for a while
                violation = Frame(
                    spacecraft="soyuz",
                    subsystem="tanks",
                    time_ns=YEAR_START_NS + sequence * 3600 * SECOND_NS,
                    received_ns=0,
                    sequence=sequence,
                    values={"SIM_SOYUZ_HE1_P": 0.0},
                )
                topic = topics.frame("soyuz", "tanks")
                await listener.publish(topic, wire.encode_frame(violation))
            while (heard := await hear(listener)).spacecraft != "soyuz":
                pass
        assert heard.id == "SIM_SOYUZ_HE1_P.limit"
        assert await eventually(received, lambda n: n > total * 2 / 3) > total * 2 / 3
        assert metric(watch.port, "store_available") == 0
        influx_server.start()
        stopped = False
        assert await asyncio.to_thread(player.wait) == 0, player.log.read_text()
        await assert_all_is_there(influx, watch.root, database, expected, steady)
    finally:
        ingest.stop()
        if stopped:
            influx_server.start()
