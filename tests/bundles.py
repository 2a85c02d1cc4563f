"""A small incident bundle, made as `stationwatch bundle create` makes one; and ways to spoil it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web
from msgspec.structs import replace

from ingest.archive import Archive, files_of
from ingest.archive_client import ArchiveClient
from ingest.archive_http import archive_routes
from ingest.archiving import Archivist
from ingest.bundle.container import opened, write_bundle
from ingest.bundle.form import Manifest
from ingest.http import serve
from ingest.processor import Processor
from ingest.record import TICK, Record
from ingest.spool import Position, Spool
from recordings.bundle import Making, Wanted, make_bundle
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame
from telemetry.incident import Incident
from telemetry.missiondb import MissionDatabase, load
from telemetry.plan import Plan
from telemetry.store.memory import MemoryStore
from telemetry.topics import Topics, Verb
from telemetry.wire import Command, encode, encode_frame

TOPICS: Final = Topics()
START_NS: Final = 1_634_289_120 * SECOND_NS
#: It was received five years later.
RECEIVED_NS: Final = START_NS + 5 * 365 * 86_400 * SECOND_NS
#: The error is out of limits from then on; it is acknowledged; one sample of it is invalid.
ALARM_S, ACKNOWLEDGED_S, INVALID_S, LASTS_S = 30, 40, 45, 60
#: Where the processor's snapshots are taken.
SNAPSHOTS: Final = (0, 12, 45)
ACKNOWLEDGE: Final = Command(id="1", alarm="ERR.limit", by="Ann", comment="seen")

_FILES: Final = {
    "iss/spacecraft.toml": 'name = "ISS"\nsource = "a test"\n',
    "iss/adcs.toml": """\
[subsystem]
name = "Attitude"
period_s = 1.0

[parameter.ERR]
name = "Attitude error"
type = "float"
unit = "deg"
period_s = 1.0
range.caution = { low = -1.0, high = 1.0 }
response.cause = "c"
response.consequence = "c"
response.action = "a"
response.time_available = "t"
""",
}


def at(second: float) -> int:
    return START_NS + round(second * SECOND_NS)


def small_missiondb(folder: Path) -> Path:
    """A mission database of one parameter, as files."""
    for name, content in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def frames() -> list[Frame]:
    """One a second, the first of them with nothing in it and one with an invalid sample."""
    return [_frame(second) for second in range(LASTS_S)]


def _frame(second: int) -> Frame:
    value = 2.5 if second >= ALARM_S else 0.1 * (second % 7)
    invalid = {"ERR": 4} if second == INVALID_S else {}
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=at(second),
        received_ns=RECEIVED_NS + second * SECOND_NS,
        sequence=second,
        values={} if second == 0 or invalid else {"ERR": value},
        invalid=invalid,
    )


def records(acknowledged: str) -> list[Record]:
    """What was received. acknowledged: the occurrence that is."""
    said: list[tuple[int, str, bytes]] = []
    clock = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=START_NS, wall_ns=RECEIVED_NS, run="r")
    said.append((RECEIVED_NS, TOPICS.clock("iss"), encode(clock)))
    for frame in frames():
        said.append((frame.received_ns, TOPICS.frame("iss", "adcs"), encode_frame(frame)))
        said.append((frame.received_ns + SECOND_NS // 2, TICK, b""))
        if frame.time_ns == at(ACKNOWLEDGED_S):
            topic = TOPICS.command("iss", Verb.ACKNOWLEDGE)
            command = replace(ACKNOWLEDGE, occurrence=acknowledged)
            said.append((frame.received_ns + 1, topic, encode(command)))
    return [Record(n, *one) for n, one in enumerate(sorted(said, key=lambda one: one[0]), 1)]


@dataclass(frozen=True)
class Lived:
    """An ingest that has lived through it: what it has, and what it said."""

    missiondb: Path
    database: MissionDatabase
    store: MemoryStore
    archive: Archive
    client: ArchiveClient
    events: tuple[Event, ...]

    async def bundle(
        self,
        out: Path,
        start_s: float = 20,
        stop_s: float = 50,
        plans: Sequence[Plan] = (),
        incidents: Sequence[Incident] = (),
    ) -> Manifest:
        wanted = Wanted(
            start_ns=at(start_s),
            stop_ns=at(stop_s),
            by="Ann",
            created_ns=RECEIVED_NS,
            notes="an error",
        )

        def making(folder: Path) -> Making:
            return Making(
                store=self.store,
                archive=self.client,
                database=self.database,
                missiondb=self.missiondb,
                root="tlm",
                wanted=wanted,
                folder=folder,
            )

        return await make_bundle(out, making, plans, incidents)


def journal(database: MissionDatabase, lived: list[Record]) -> tuple[list[Event], dict[int, bytes]]:
    """What a processor says of records, and its snapshots."""
    processor = Processor(database, TOPICS)
    events, snapshots = [], {0: processor.snapshot()}
    for record in lived:
        events += processor.process(record).events
        if record.n in SNAPSHOTS:
            snapshots[record.n] = processor.snapshot()
    return events, snapshots


@asynccontextmanager
async def living(folder: Path) -> AsyncIterator[Lived]:
    missiondb = small_missiondb(folder / "missiondb")
    database = load(missiondb)
    first, _ = journal(database, records(""))
    violated = next(one for one in first if one.alarm.id == ACKNOWLEDGE.alarm)
    lived = records(violated.alarm.occurrence)
    events, snapshots = journal(database, lived)
    state = folder / "state"
    archive = Archive.open(state)
    archive.put_missiondb(database.version, files_of(missiondb))
    async with (
        MemoryStore(database) as store,
        Spool.open(state) as spool,
        Archivist(archive, spool, database.version) as archivist,
    ):
        await store.write(frames())
        await store.append_events(events)
        running = asyncio.create_task(archivist.run())
        try:
            # in parts, so that there are segments
            for part in (lived[:20], lived[20:70], lived[70:]):
                await spool.append([(r.received_ns, r.topic, r.payload) for r in part])
                await archivist.flush()
            for n, snapshot in snapshots.items():
                await archivist.checkpoint(Position(n, snapshot), True)
            app = web.Application()
            app.add_routes(archive_routes(archivist))
            async with (
                serve(app, "127.0.0.1", 0) as port,
                ArchiveClient(f"http://127.0.0.1:{port}") as client,
            ):
                yield Lived(missiondb, database, store, archive, client, tuple(events))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def bake(folder: Path) -> Path:
    """A good bundle, 20 s to 50 s."""

    async def make() -> Path:
        async with living(folder) as lived:
            await lived.bundle(folder / "good.zip")
        return folder / "good.zip"

    return asyncio.run(make())


Files = Callable[[dict[str, bytes]], None]
Said = Callable[[Manifest], Manifest]


def baked_anew(
    good: Path,
    out: Path,
    files: Files = lambda _: None,
    manifest: Said = lambda manifest: manifest,
) -> Path:
    """A bundle with other files or another manifest, whose checksums are right all the same.

    As a forger with the tool makes one, or a stationwatch with a fault.
    """
    with opened(good) as container:
        said = manifest(container.manifest)
        contents = {name: container.read(name, 1 << 30) for name in container.names}
    del contents["manifest.json"]
    files(contents)
    folder = out.with_suffix(".files")
    folder.mkdir(exist_ok=True)
    paths: Mapping[str, Path] = {name: folder / str(n) for n, name in enumerate(contents)}
    for name, path in paths.items():
        path.write_bytes(contents[name])
    write_bundle(out, said, paths)
    return out
