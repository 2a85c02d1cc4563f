"""The record archive: everything ingest received, in the one order it was received in.

A replay "as received" feeds these very records to a processor, so it says what live said. They are
kept in compressed segments of about half a minute (`ingest.segment`). Beside them stand
checkpoints, the processor's snapshot after a record, from which a replay of the middle begins;
what was planned and scheduled; and the files of each mission database that judged.

One SQLite file, `archive.sqlite`, in ingest's state folder: ingest writes it, any process of this
machine may read it meanwhile. I/O, blocking; used by one thread at a time.
"""

import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
import pyarrow as pa

from ingest.record import Record
from ingest.segment import Announcement, ArchiveError, Packed, Segment, Timed, codec
from ingest.stream_time import StreamState
from telemetry.kept import refusal
from telemetry.missiondb import MissionDatabase, load

FILE: Final = "archive.sqlite"
SCHEMA_VERSION: Final = 1
#: Of one lap, the newest so many of what was planned and scheduled are told.
MAX_ANNOUNCEMENTS: Final = 10_000

_SCHEMA: Final = """
CREATE TABLE segment (first_n INTEGER PRIMARY KEY, last_n INTEGER NOT NULL, lap INTEGER NOT NULL,
                      from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, size INTEGER NOT NULL,
                      crc INTEGER NOT NULL, before BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE announcement (n INTEGER PRIMARY KEY, lap INTEGER NOT NULL, time_ns INTEGER NOT NULL,
                           received_ns INTEGER NOT NULL, topic TEXT NOT NULL,
                           payload BLOB NOT NULL);
CREATE TABLE checkpoint (n INTEGER PRIMARY KEY, missiondb TEXT NOT NULL,
                         restart INTEGER NOT NULL, size INTEGER NOT NULL, state BLOB NOT NULL);
CREATE TABLE missiondb (version TEXT PRIMARY KEY, size INTEGER NOT NULL, files BLOB NOT NULL);
"""
_files_decoder = msgspec.msgpack.Decoder(dict[str, bytes])


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A run of records of one lap, and how far the stream had come at its first and last."""

    first_n: int
    last_n: int
    lap: int
    from_ns: int
    to_ns: int


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The processor's snapshot after record n; `restart` where an ingest began with it."""

    n: int
    missiondb: str
    state: bytes
    restart: bool = False


class Archive:
    """Open with `with Archive.open(folder) as archive`."""

    def __init__(self, connection: sqlite3.Connection, where: str) -> None:
        self._connection = connection
        self._where = where

    @classmethod
    def open(cls, folder: Path, *, readonly: bool = False) -> Self:
        """:raises ArchiveError: if there is none to read, or it is not one of ours."""
        path = folder / FILE
        if readonly and not path.exists():
            raise ArchiveError(f"{folder} holds no record archive: has an ingest run with it?")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if why := refusal(path, SCHEMA_VERSION):
                raise ArchiveError(f"the record archive {why}")
            connection = sqlite3.connect(
                path.absolute().as_uri() + ("?mode=ro" if readonly else ""),
                uri=True,
                isolation_level=None,
                timeout=10,
                check_same_thread=False,
            )
            if not readonly:
                connection.execute("PRAGMA journal_mode=WAL")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version == 0 and not readonly:
                version = SCHEMA_VERSION
                connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={version}; COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise ArchiveError(f"the record archive {path} cannot be opened: {error}") from None
        if version == 0:
            connection.close()
            raise ArchiveError(f"{folder} holds no record archive yet: has an ingest run with it?")
        return cls(connection, str(path))

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- written by ingest ---

    @property
    def last_n(self) -> int:
        return int(self._rows("SELECT coalesce(max(last_n), 0) FROM segment")[0][0])

    def last_state(self) -> StreamState:
        """The state of stream time after the newest record."""
        for segment in self.segments(self.last_n, self.last_n):
            return segment.state_after()
        return StreamState()

    def append(self, packed: Packed) -> None:
        """Durable on return; written again it changes nothing."""
        with self._transaction() as c:
            c.executemany(
                "INSERT OR REPLACE INTO segment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [msgspec.structs.astuple(segment) for segment in packed.segments],
            )
            c.executemany(
                "INSERT OR REPLACE INTO announcement VALUES (?, ?, ?, ?, ?, ?)",
                [_row(one) for one in packed.announcements],
            )

    def put_checkpoint(self, checkpoint: Checkpoint) -> None:
        state = codec.compress(checkpoint.state).to_pybytes()
        with self._transaction() as c:
            c.execute(
                "INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "missiondb = excluded.missiondb, restart = max(restart, excluded.restart), "
                "size = excluded.size, state = excluded.state",
                (
                    checkpoint.n,
                    checkpoint.missiondb,
                    checkpoint.restart,
                    len(checkpoint.state),
                    state,
                ),
            )

    def put_missiondb(self, version: str, files: Mapping[str, bytes]) -> None:
        whole = msgspec.msgpack.encode(dict(files))
        with self._transaction() as c:
            c.execute(
                "INSERT OR IGNORE INTO missiondb VALUES (?, ?, ?)",
                (version, len(whole), codec.compress(whole).to_pybytes()),
            )

    def prune(self, before_ns: int, keep: Sequence[tuple[int, int]] = ()) -> None:
        """Give up what ended before a stream time, but no range that is to be kept.

        With a range stays what a replay needs to begin with: all from the checkpoint before it on.
        """
        wanted = [*keep, (before_ns, 1 << 62)]
        spared: list[tuple[int, int]] = []
        for start_ns, stop_ns in wanted:
            for lap, _, _ in self.laps():
                edges = self._rows(
                    "SELECT min(first_n), max(last_n) FROM segment "
                    "WHERE lap = ? AND to_ns >= ? AND from_ns < ?",
                    lap,
                    start_ns,
                    stop_ns,
                )[0]
                if edges[0] is not None:
                    before = self.checkpoint(edges[0] - 1)
                    spared.append((before.n + 1 if before else edges[0], edges[1]))
        kept = " ".join("AND NOT (last_n >= ? AND first_n <= ?)" for _ in spared)
        numbers = [n for one in spared for n in one]
        with self._transaction() as c:
            c.execute(f"DELETE FROM segment WHERE to_ns < ? {kept}", (before_ns, *numbers))  # noqa: S608
            c.execute(
                "DELETE FROM checkpoint WHERE NOT EXISTS (SELECT 1 FROM segment "
                "WHERE first_n <= checkpoint.n + 1 AND last_n >= checkpoint.n)"
            )
            c.execute(
                "DELETE FROM missiondb WHERE version NOT IN (SELECT missiondb FROM checkpoint)"
            )

    # --- read by replays ---

    def laps(self) -> list[tuple[int, int, int]]:
        """(lap, from_ns, to_ns) of each lap there is telemetry of, earliest first."""
        return self._rows(
            "SELECT lap, min(from_ns), max(to_ns) FROM segment WHERE to_ns > 0 "
            "GROUP BY lap ORDER BY lap"
        )

    def find(self, start_ns: int, stop_ns: int, lap: int | None = None) -> Span | None:
        """The records received while the stream was in [start, stop), of the latest such lap, or
        of one."""
        laps = [each for each, _, _ in self.laps()] if lap is None else [lap]
        for lap in reversed(laps):
            found = self._rows(
                "SELECT min(first_n), max(last_n) FROM segment "
                "WHERE lap = ? AND to_ns >= ? AND from_ns < ? AND to_ns > 0",
                lap,
                start_ns,
                stop_ns,
            )[0]
            if found[0] is None:
                continue
            first = next((t for t in self.timed(*found) if t.time_ns >= start_ns), None)
            last = None
            for segment in self.segments(found[1], found[1]):
                for timed in segment.timed():
                    if 0 < timed.time_ns < stop_ns:
                        last = timed
            if first is not None and last is not None and first.record.n <= last.record.n:
                return Span(
                    first_n=first.record.n,
                    last_n=last.record.n,
                    lap=lap,
                    from_ns=first.time_ns,
                    to_ns=last.time_ns,
                )
        return None

    def segments(self, first_n: int, last_n: int) -> Iterator[Segment]:
        """Those with any record of first_n to last_n, both inclusive, in order; one in memory."""
        while first_n <= last_n:
            rows = self._rows(
                "SELECT first_n, last_n, lap, from_ns, to_ns, size, crc, before, body FROM segment "
                "WHERE last_n >= ? AND first_n <= ? ORDER BY first_n LIMIT 1",
                first_n,
                last_n,
            )
            if not rows:
                return
            segment = Segment(*rows[0])
            yield segment
            first_n = segment.last_n + 1

    def timed(self, first_n: int, last_n: int) -> Iterator[Timed]:
        """Records first_n to last_n, both inclusive, in order."""
        for segment in self.segments(first_n, last_n):
            for one in segment.timed():
                if first_n <= one.record.n <= last_n:
                    yield one

    def announcements(self, lap: int, last_n: int) -> list[Timed]:
        """What was planned and scheduled in a lap up to a record, in order."""
        rows = self._rows(
            "SELECT time_ns, n, received_ns, topic, payload FROM announcement "
            "WHERE lap = ? AND n <= ? ORDER BY n DESC LIMIT ?",
            lap,
            last_n,
            MAX_ANNOUNCEMENTS,
        )
        return [Timed(time_ns, Record(*record)) for time_ns, *record in reversed(rows)]

    def lap_start(self, lap: int) -> int:
        """The first record that is kept of a lap."""
        return int(self._rows("SELECT min(first_n) FROM segment WHERE lap = ?", lap)[0][0])

    def checkpoint(self, n: int) -> Checkpoint | None:
        """The newest at or before record n from which every record up to n is kept."""
        rows = self._rows(
            "SELECT n, missiondb, restart, size, state FROM checkpoint "
            "WHERE n <= ? ORDER BY n DESC LIMIT 1",
            n,
        )
        if not rows:
            return None
        at, missiondb, restart, size, state = rows[0]
        if not self.whole(at + 1, n):
            return None
        return Checkpoint(
            n=at,
            missiondb=missiondb,
            restart=bool(restart),
            state=_decompressed(state, size),
        )

    def whole(self, first_n: int, last_n: int) -> bool:
        """Whether every record of first_n to last_n, both inclusive, is kept."""
        if first_n > last_n:
            return True
        kept = self._rows(
            "SELECT coalesce(sum(min(last_n, ?) - max(first_n, ?) + 1), 0) FROM segment "
            "WHERE last_n >= ? AND first_n <= ?",
            last_n,
            first_n,
            first_n,
            last_n,
        )
        return int(kept[0][0]) == last_n - first_n + 1

    def restarts(self, first_n: int, last_n: int) -> list[tuple[int, str]]:
        """(n, mission database version): after record n an ingest began, and judged by that."""
        return self._rows(
            "SELECT n, missiondb FROM checkpoint WHERE restart AND n >= ? AND n <= ? ORDER BY n",
            first_n,
            last_n,
        )

    def missiondb_files(self, version: str) -> Mapping[str, bytes]:
        """The TOML files of a version by their path. :raises ArchiveError: if it is not kept."""
        rows = self._rows("SELECT size, files FROM missiondb WHERE version = ?", version)
        if not rows:
            raise ArchiveError(f"{self._where} does not hold mission database {version}")
        size, files = rows[0]
        return _files_decoder.decode(_decompressed(files, size))

    def missiondb(self, version: str) -> MissionDatabase:
        """:raises ArchiveError: if it is not kept, or this program cannot read it any more."""
        return load_files(self.missiondb_files(version))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise ArchiveError(f"the record archive {self._where}: {error}") from error

    def _rows(self, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, arguments).fetchall()
        except sqlite3.Error as error:
            raise ArchiveError(f"the record archive {self._where}: {error}") from error


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a mission database, by their path in its folder."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*.toml"))
    }


def load_files(files: Mapping[str, bytes]) -> MissionDatabase:
    """A mission database from its files.

    :raises ArchiveError: for a file that would lie elsewhere.
    :raises MissionDatabaseError: with every mistake in them.
    """
    with tempfile.TemporaryDirectory(prefix="stationwatch-missiondb-") as name:
        folder = Path(name).resolve()
        for relative, content in files.items():
            path = (folder / relative).resolve()
            if not path.is_relative_to(folder):
                raise ArchiveError(f"mission database file {relative!r} is not in its folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return load(folder)


def _row(one: Announcement) -> tuple[int, int, int, int, str, bytes]:
    record = one.timed.record
    return (
        record.n,
        one.lap,
        one.timed.time_ns,
        record.received_ns,
        record.topic,
        record.payload,
    )


def _decompressed(body: bytes, size: int) -> bytes:
    try:
        whole: bytes = codec.decompress(body, size).to_pybytes()
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(f"the record archive is damaged: {error}") from error
    return whole
