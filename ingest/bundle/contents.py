"""What is in a bundle, read from it file by file. All that is read is bounded and checked."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

import msgspec
import pyarrow as pa

from ingest.archive import Checkpoint, load_files
from ingest.bundle.container import Container
from ingest.bundle.form import (
    ACTIVITIES,
    ANNOUNCEMENTS,
    CHECKPOINTS,
    COMMANDS,
    INCIDENTS,
    JOURNAL,
    MAX_MISSIONDB_BYTES,
    MAX_PIECE_BYTES,
    MAX_ROWS,
    MAX_WHOLE_BYTES,
    SAMPLES,
    SEGMENTS,
    BundleError,
    missiondb_of,
)
from ingest.bundle.pieces import lines, pieces, timed_pieces
from ingest.segment import Segment, Timed, codec
from telemetry.alarm import Event
from telemetry.clock import LAST_NS
from telemetry.errors import MissionDatabaseError, StationwatchError
from telemetry.frame import Frame
from telemetry.incident import Incident
from telemetry.missiondb import MissionDatabase
from telemetry.plan import Plan
from telemetry.sample_file_read import ParquetReader

#: What SQLite and numpy can hold, and a time can be.
_NUMBERS: Final = range(LAST_NS + 1)
_T = TypeVar("_T")


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of `commands.jsonl`: what was asked or announced, for people.

    time: of the stream, received: on the wall, both UTC. n: its place among the records.
    what: `alarm acknowledge`, `clock`, `contacts`. message: as it was sent, if it was JSON.
    """

    time: str
    received: str
    n: int
    spacecraft: str
    what: str
    message: msgspec.Raw = msgspec.Raw(b"null")


def missiondbs(container: Container) -> dict[str, dict[str, bytes]]:
    """The files of each mission database, by version and path.

    :raises BundleError: if they are too large.
    """
    found: dict[str, dict[str, bytes]] = {}
    left = MAX_MISSIONDB_BYTES
    for name in container.names:
        if place := missiondb_of(name):
            content = container.read(name, left)
            left -= len(content)
            found.setdefault(place[0], {})[place[1]] = content
    return found


def load_missiondb(version: str, files: Mapping[str, bytes]) -> MissionDatabase:
    """:raises BundleError: if it cannot be loaded, or is not that version."""
    try:
        database = load_files(files)
    except MissionDatabaseError as error:
        raise BundleError(f"its mission database {version} cannot be used: {error}") from None
    except (StationwatchError, OSError, ValueError) as error:
        raise BundleError(f"its mission database {version} cannot be read: {error}") from None
    if database.version != version:
        raise BundleError(
            f"its mission database {version} has the content of version {database.version}"
        )
    return database


def frames(container: Container, database: MissionDatabase) -> Iterator[Frame]:
    """Every frame, in order. What the mission database does not know is left out.

    :raises BundleError: if the samples cannot be read.
    """
    with _reader(container, database) as reader:
        yield from _frames(reader)


def sound_frames(container: Container, database: MissionDatabase) -> Iterator[Frame]:
    """Every frame, in order.

    :raises BundleError: if a sample cannot be read or lies outside the range, too.
    """
    manifest = container.manifest
    with _reader(container, database) as reader:
        about = reader.about
        if (about.missiondb, about.heartbeat) != (manifest.missiondb, manifest.heartbeat):
            raise BundleError(f"{SAMPLES} is not the file that its manifest speaks of")
        for frame in _frames(reader):
            if not manifest.start_ns <= frame.time_ns < manifest.stop_ns:
                raise BundleError(f"{SAMPLES} has a frame outside the range, {frame.time_ns} ns")
            yield frame
        if flaws := reader.flaws.summary():
            raise BundleError(f"{SAMPLES}: {' '.join(flaws[:2])}")


def _reader(container: Container, database: MissionDatabase) -> ParquetReader:
    reader = ParquetReader(container.open(SAMPLES), SAMPLES, database)
    if reader.total > MAX_ROWS:
        reader.close()
        raise BundleError(f"{SAMPLES} has {reader.total:,} rows, at most {MAX_ROWS:,}")
    return reader


def _frames(reader: ParquetReader) -> Iterator[Frame]:
    try:
        yield from reader.frames()
    except (pa.ArrowException, ValueError, IndexError) as error:
        # what claims to be ours and is well formed, but not as we write it
        raise BundleError(f"{SAMPLES} is not as it must be: {error}") from None


def events(container: Container) -> Iterator[Event]:
    """:raises BundleError: if there is something else among them."""
    with container.open(JOURNAL) as file:
        yield from lines(file, Event, JOURNAL)


def said(container: Container) -> Iterator[Said]:
    """:raises BundleError: if there is something else among it."""
    with container.open(COMMANDS) as file:
        yield from lines(file, Said, COMMANDS)


def activities(container: Container) -> list[Plan]:
    """:raises BundleError: if that is not what is there."""
    return _whole(container, ACTIVITIES, Plan)


def incidents(container: Container) -> list[Incident]:
    """:raises BundleError: if that is not what is there."""
    found = _whole(container, INCIDENTS, Incident)
    if any(not incident.members for incident in found):
        raise BundleError(f"{INCIDENTS}: an incident has no alarms")
    return found


def _whole(container: Container, name: str, kind: type[_T]) -> list[_T]:
    content = container.read(name, MAX_WHOLE_BYTES)
    try:
        return msgspec.json.decode(content, type=list[kind])  # type: ignore[valid-type]
    except (msgspec.DecodeError, StationwatchError, ValueError, RecursionError) as error:
        raise BundleError(f"{name} is not as it must be: {error}") from None


class PackedCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint as a piece. state: compressed; size: of what it was before."""

    n: int
    missiondb: str
    restart: bool
    size: int
    state: bytes


def pack_checkpoint(checkpoint: Checkpoint) -> PackedCheckpoint:
    return PackedCheckpoint(
        n=checkpoint.n,
        missiondb=checkpoint.missiondb,
        restart=checkpoint.restart,
        size=len(checkpoint.state),
        state=codec.compress(checkpoint.state).to_pybytes(),
    )


def checkpoints(container: Container) -> Iterator[Checkpoint]:
    """:raises BundleError: if there is something else among them."""
    with container.open(CHECKPOINTS) as file:
        for one in pieces(file, PackedCheckpoint, CHECKPOINTS):
            if one.n not in _NUMBERS or not 0 < one.size <= MAX_PIECE_BYTES:
                raise BundleError(f"{CHECKPOINTS}: numbers or sizes are out of range")
            try:
                state = codec.decompress(one.state, one.size).to_pybytes()
            except (OSError, pa.ArrowException) as error:
                raise BundleError(f"{CHECKPOINTS}: a snapshot is damaged: {error}") from None
            yield Checkpoint(n=one.n, missiondb=one.missiondb, restart=one.restart, state=state)


def segments(container: Container) -> Iterator[Segment]:
    """In order; what is in them is not looked at yet.

    :raises BundleError: if there is something else among them.
    """
    next_n = 0
    with container.open(SEGMENTS) as file:
        for one in pieces(file, Segment, SEGMENTS):
            numbers = (one.first_n, one.last_n, one.lap, one.from_ns, one.to_ns, one.size, one.crc)
            if any(number not in _NUMBERS for number in numbers) or one.last_n < one.first_n:
                raise BundleError(f"{SEGMENTS}: numbers are out of range")
            if one.first_n < next_n:
                raise BundleError(f"{SEGMENTS}: record {one.first_n} is in it twice")
            next_n = one.last_n + 1
            yield one


def announcements(container: Container) -> Iterator[Timed]:
    """What was planned and scheduled up to the end of the range, in order.

    :raises BundleError: if there is something else among it.
    """
    with container.open(ANNOUNCEMENTS) as file:
        for timed in timed_pieces(file, ANNOUNCEMENTS):
            record = timed.record
            if any(n not in _NUMBERS for n in (timed.time_ns, record.n, record.received_ns)):
                raise BundleError(f"{ANNOUNCEMENTS}: numbers are out of range")
            yield timed
