"""Makes an incident bundle of what a store and a running ingest have. I/O."""

import asyncio
import importlib.metadata
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from ingest.archive import Span, files_of
from ingest.archive_client import ArchiveClient
from ingest.bundle.container import write_bundle
from ingest.bundle.contents import pack_checkpoint
from ingest.bundle.form import (
    ACTIVITIES,
    ANNOUNCEMENTS,
    CHECKPOINTS,
    COMMANDS,
    FORMAT,
    INCIDENTS,
    JOURNAL,
    MAX_BYTES,
    MAX_EVENTS,
    README,
    SAMPLES,
    SEGMENTS,
    BundleError,
    Counts,
    Manifest,
    missiondb_name,
)
from ingest.bundle.pieces import put_line, put_piece, put_timed
from ingest.segment import Segment, Timed
from recordings.bundle_text import readme, said
from recordings.export import export
from recordings.history import chosen
from recordings.progress import Tell, quiet
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.incident import Incident
from telemetry.missiondb import SHIPPED, MissionDatabase
from telemetry.plan import Plan
from telemetry.sample_file_read import open_samples
from telemetry.store.base import Store
from telemetry.topics import Kind, parse

#: Before the range as much of the records as a replay looks back to show what seldom comes.
_LOOK_BACK_NS: Final = 60 * SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a bundle is to have: [start, stop), generation time, and what is said of it."""

    start_ns: int
    stop_ns: int
    by: str
    created_ns: int
    centre_ns: int = 0
    incident: str = ""
    notes: str = ""


@dataclass(slots=True)
class Making:
    """A bundle as it is gathered, file by file, in a folder of its own.

    missiondb: the folder of `database`, None for the one shipped. root: taken for that of the
    topics if nothing was received. tell: told of samples.
    """

    store: Store
    archive: ArchiveClient
    database: MissionDatabase
    missiondb: Path | None
    root: str
    wanted: Wanted
    folder: Path
    tell: Tell = quiet
    files: dict[str, Path] = field(default_factory=dict)

    async def make(
        self, out: Path, plans: Sequence[Plan], incidents: Sequence[Incident]
    ) -> Manifest:
        """Gather all of it and write it down. What is in memory at once is bounded.

        :raises UsageError: if nothing is stored in the range, or it is too much for a bundle.
        :raises StoreError, ArchiveError: if the store or ingest is away or refuses.
        """
        wanted, parts = self.wanted, chosen(self.database)
        samples = self._new(SAMPLES, ".parquet")
        done = await export(
            self.store, self.database, parts, wanted.start_ns, wanted.stop_ns, samples, self.tell
        )
        with open_samples(samples, self.database) as reader:
            heartbeat = reader.about.heartbeat
        span = await self.archive.find(wanted.start_ns, wanted.stop_ns)
        records = _Records(span, self.root)
        versions = {self.database.version}
        begin_n = 0
        with self._new(CHECKPOINTS).open("wb") as file:
            if span is not None:
                begin_n = await self._checkpoints(file, span, versions)
        with (
            self._new(SEGMENTS).open("wb") as segments,
            self._new(ANNOUNCEMENTS).open("wb") as announcements,
            self._new(COMMANDS).open("wb") as commands,
        ):
            if span is not None:
                for timed in await self.archive.announcements(span.lap, span.last_n):
                    put_timed(announcements, timed)
                    if timed.record.n < span.first_n:
                        records.say(timed, commands)
                async for segment in self.archive.segments(begin_n, span.last_n):
                    put_piece(segments, segment)
                    await asyncio.to_thread(records.take, segment, commands)
                    if segments.tell() > MAX_BYTES:
                        raise BundleError("its records are too much for a bundle: choose less time")
        await self._missiondbs(versions)
        self._text(README, readme(wanted, incidents))
        self._text(ACTIVITIES, _json(plans))
        self._text(INCIDENTS, _json(incidents))
        manifest = Manifest(
            format=FORMAT,
            stationwatch=importlib.metadata.version("stationwatch"),
            created_ns=wanted.created_ns,
            by=wanted.by,
            spacecraft=tuple(self.database.spacecraft),
            start_ns=wanted.start_ns,
            stop_ns=wanted.stop_ns,
            centre_ns=wanted.centre_ns,
            incident=wanted.incident,
            notes=wanted.notes,
            root=records.root,
            heartbeat=heartbeat,
            missiondb=self.database.version,
            span=span,
            counts=Counts(
                samples=done.samples,
                frames=done.frames,
                events=await self._journal(records),
                commands=records.said,
                activities=len(plans),
                incidents=len(incidents),
                records=records.count,
            ),
            files=(),
        )
        return await asyncio.to_thread(write_bundle, out, manifest, self.files)

    def _new(self, name: str, suffix: str = "") -> Path:
        path = self.files[name] = self.folder / f"{len(self.files)}{suffix}"
        return path

    def _text(self, name: str, content: bytes) -> None:
        self._new(name).write_bytes(content)

    async def _checkpoints(self, file: BinaryIO, span: Span, versions: set[str]) -> int:
        """Those of the range and the one before it; the first record a replay asks for."""
        look_back_ns = max(self.wanted.start_ns - _LOOK_BACK_NS, 0)
        before = await self.archive.find(look_back_ns, self.wanted.stop_ns)
        begin_n = before.first_n if before and before.lap == span.lap else span.first_n
        n = span.last_n
        while (checkpoint := await self.archive.checkpoint(n)) is not None:
            put_piece(file, pack_checkpoint(checkpoint))
            versions.add(checkpoint.missiondb)
            if checkpoint.n < span.first_n:
                return min(begin_n, checkpoint.n + 1)
            n = checkpoint.n - 1
        return begin_n

    async def _missiondbs(self, versions: set[str]) -> None:
        for version in versions:
            if version == self.database.version:
                files: Mapping[str, bytes] = files_of(self.missiondb or SHIPPED)
            else:
                files = await self.archive.missiondb_files(version)
            for path, content in files.items():
                self._text(missiondb_name(version, path), content)

    async def _journal(self, records: "_Records") -> int:
        """Events of the range, and of ground while it was received; how many."""
        found: dict[str, Event] = {}
        wanted = self.wanted
        # ground's own telemetry runs on the clock on the wall
        for start_ns, stop_ns in ((wanted.start_ns, wanted.stop_ns), records.received_ns):
            async for event in self.store.read_events(start_ns, stop_ns):
                found[event.id] = event
                if len(found) > MAX_EVENTS:
                    raise BundleError(f"over {MAX_EVENTS:,} alarm events: choose less time")
        with self._new(JOURNAL).open("wb") as file:
            for event in sorted(found.values(), key=journal_order):
                put_line(file, event)
        return len(found)


class _Records:
    """Looks at the records that go into the bundle. received_ns: when those of the range came."""

    def __init__(self, span: Span | None, root: str) -> None:
        self._span = span
        self.root = root
        self.count = self.said = 0
        self.received_ns = (0, 0)
        self._rooted = False

    def take(self, segment: Segment, commands: BinaryIO) -> None:
        assert self._span is not None  # noqa: S101
        for timed in segment.timed():
            self.count += 1
            record = timed.record
            if not self._rooted and (address := parse(record.topic)) and address.kind == Kind.FRAME:
                self.root, self._rooted = address.root, True
            if self._span.first_n <= record.n <= self._span.last_n:
                first_ns = self.received_ns[0] or record.received_ns
                self.received_ns = first_ns, record.received_ns + 1
                self.say(timed, commands)

    def say(self, timed: Timed, commands: BinaryIO) -> None:
        if (line := said(timed)) is not None:
            put_line(commands, line)
            self.said += 1


def journal_order(event: Event) -> tuple[int, int, str, str, int]:
    """As they were received; what came of one record, by alarm, for no store keeps its order."""
    alarm = event.alarm
    return event.received_ns, event.time_ns, alarm.spacecraft, alarm.id, alarm.events


def _json(values: Sequence[msgspec.Struct]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(values), indent=2) + b"\n"


async def make_bundle(
    out: Path,
    making: Callable[[Path], Making],
    plans: Sequence[Plan],
    incidents: Sequence[Incident],
) -> Manifest:
    """Gathered beside the file to be, where there is room for it, and gone at the end.

    :raises UsageError: as `Making.make`, or if the file cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".stationwatch-bundle-", dir=out.parent) as folder:
            return await making(Path(folder)).make(out, plans, incidents)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}") from error
