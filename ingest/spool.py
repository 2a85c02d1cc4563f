"""The spool: the one total order of what ingest received, durable before the broker forgets it.

One SQLite file in WAL mode with `synchronous=FULL`. `append` returns after fsync. Readers are
cursors on it, each with a state of its own: the cursor, the state it had there, and what came of
the records before it (journal lines, dead messages) are saved in one transaction, so a restart
takes up where the last save was and nothing happens twice.

Bounded: records that every cursor has passed are given up beyond a few, and when those not yet
passed fill the bound, `append` raises SpoolFull and the broker keeps the rest.
"""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec

from ingest.record import Outgoing, Record
from telemetry.alarm import Event
from telemetry.errors import SpoolError, SpoolFull
from telemetry.kept import refusal
from telemetry.wire import DeadNotice

FILE: Final = "ingest.sqlite"
SCHEMA_VERSION: Final = 2
MAX_BYTES: Final = 2 << 30
#: Records not yet judged and stored are kept in memory too, so that a reader that is not far behind
#: never reads the disk; this much of them at most.
TAIL_BYTES: Final = 16 << 20
#: How much of the tail may have been passed before it is looked at what of it can go.
_TRIM_BYTES: Final = 1 << 20
#: Passed records are kept this long in number: little, for a look at what just happened.
KEEP_PASSED: Final = 1_000
#: Dead messages are kept to be looked at, the newest this many, each cut to this many bytes.
KEEP_DEAD: Final = 10_000
KEEP_DEAD_BYTES: Final = 16 << 10
#: Of the plan, incidents and shifts, the newest this many lines are kept: years of them.
KEEP_LOG: Final = 100_000
FULL_RETRY_S: Final = 2.0
#: An alarm event's line in the journal; every other line has the topic it is published on.
_EVENT: Final = ""
#: What a record takes besides its topic and payload, about.
_OVERHEAD_BYTES: Final = 64

_SCHEMA: Final = """
CREATE TABLE record (n INTEGER PRIMARY KEY AUTOINCREMENT, received_ns INTEGER NOT NULL,
                     topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE cursor (name TEXT PRIMARY KEY, n INTEGER NOT NULL, state BLOB NOT NULL);
CREATE TABLE journal (k INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL,
                      payload BLOB NOT NULL, retain INTEGER NOT NULL);
CREATE TABLE log (k INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload BLOB NOT NULL);
CREATE INDEX log_kind ON log (kind, k);
CREATE TABLE dead (n INTEGER NOT NULL, parameter TEXT NOT NULL, notice BLOB NOT NULL,
                   payload BLOB NOT NULL, PRIMARY KEY (n, parameter));
"""

_SIZE: Final = f"coalesce(sum(length(topic) + length(payload) + {_OVERHEAD_BYTES}), 0)"

logger = logging.getLogger(__name__)

_T = TypeVar("_T")


class Cursor(StrEnum):
    """Who reads, and what: records, or lines of the journal."""

    PROCESSOR = "processor"
    WRITER = "writer"
    PUBLISHER = "publisher"
    EVENT_WRITER = "event_writer"
    NOTIFIER = "notifier"
    ARCHIVIST = "archivist"


RECORD_CURSORS: Final = (Cursor.PROCESSOR, Cursor.WRITER, Cursor.ARCHIVIST)
JOURNAL_CURSORS: Final = (Cursor.PUBLISHER, Cursor.EVENT_WRITER, Cursor.NOTIFIER)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a cursor stands: the last record or line it is done with, and its state there."""

    n: int
    state: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal, with its place from 1: an alarm event or another message."""

    k: int
    content: Event | Outgoing


@dataclass(frozen=True, slots=True)
class Dead:
    notice: DeadNotice
    payload: bytes


class Spool:
    """Open with `async with Spool.open(folder)`. One process at a time; a second is refused."""

    def __init__(self, connection: sqlite3.Connection, max_bytes: int) -> None:
        self._connection = connection
        self._max_bytes = max_bytes
        # SQLite blocks; one thread of its own also makes the order of writes the order of calls.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._tail: list[Record] = []
        self._tail_bytes = 0
        self._trim_at = _TRIM_BYTES
        self._grown = asyncio.Condition()
        self._appending = asyncio.Lock()
        self.waits_for_room = 0
        self._last_n = self._scalar("SELECT coalesce(max(n), 0) FROM record")
        self._last_n = max(self._last_n, self._sequence("record"))
        self._last_k = self._sequence("journal")
        self.bytes = self._scalar(f"SELECT {_SIZE} FROM record")  # noqa: S608 - a constant
        self._positions = {cursor: self._position(cursor) for cursor in Cursor}

    @classmethod
    def open(cls, folder: Path, max_bytes: int = MAX_BYTES) -> Self:
        """:raises SpoolError: if the folder cannot be used, or another ingest is using it."""
        path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if why := refusal(path, SCHEMA_VERSION):
                raise SpoolError(f"the spool {why}")
            connection = sqlite3.connect(
                path, isolation_level=None, timeout=1, check_same_thread=False
            )
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN EXCLUSIVE")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise SpoolError(
                    f"{folder} is in use by another ingest: stop it, or choose another --state"
                ) from None
            full = "its disk is full, " if not shutil.disk_usage(folder).free else ""
            raise SpoolError(f"the spool in {folder} cannot be opened: {full}{error}") from None
        except (sqlite3.DatabaseError, OSError) as error:
            raise SpoolError(f"the spool in {folder} cannot be opened: {error}") from None
        return cls(connection, max_bytes)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._run(self._connection.close)
        self._thread.shutdown()

    @property
    def last_n(self) -> int:
        return self._last_n

    @property
    def last_k(self) -> int:
        return self._last_k

    def position(self, cursor: Cursor) -> Position:
        return self._positions[cursor]

    def unread(self, cursor: Cursor) -> int:
        """How many records or journal lines a cursor has before it."""
        last = self._last_n if cursor in RECORD_CURSORS else self._last_k
        return max(0, last - self._positions[cursor].n)

    async def append(self, messages: Sequence[tuple[int, str, bytes]]) -> None:
        """Keep (received_ns, topic, payload) in this order; durable on return.

        :raises SpoolFull: if there is no room; nothing of it is kept.
        """
        # A cancelled caller must not leave a record on disk that nobody here knows of.
        await asyncio.shield(asyncio.ensure_future(self._append(messages)))

    async def _append(self, messages: Sequence[tuple[int, str, bytes]]) -> None:
        async with self._appending:
            await self._append_in_turn(messages)

    async def _append_in_turn(self, messages: Sequence[tuple[int, str, bytes]]) -> None:
        if self.bytes > self._max_bytes and self._unpassed_fill():
            raise SpoolFull(
                f"the spool holds {self.bytes >> 20} MiB not yet stored, its bound is "
                f"{self._max_bytes >> 20} MiB: is the store away?"
            )
        first = self._last_n + 1
        records = [Record(first + i, *message) for i, message in enumerate(messages)]
        await self._run(self._insert, records)
        self._last_n += len(records)
        for record in records:
            self.bytes += _size(record)
            self._tail_bytes += _size(record)
            self._tail.append(record)
        if self._tail_bytes > min(self._trim_at, TAIL_BYTES):
            self._trim_tail()
        await self._wake()

    async def records(
        self, after_n: int, limit: int, limit_bytes: int = TAIL_BYTES
    ) -> list[Record]:
        """The next records after a place, at least one: waits for it.

        limit_bytes: the first that goes beyond it is the last.
        """
        async with self._grown:
            await self._grown.wait_for(lambda: self._last_n > after_n)
        if self._tail and self._tail[0].n <= after_n + 1:
            skip = after_n + 1 - self._tail[0].n
            return _bounded(self._tail[skip : skip + limit], limit_bytes)
        return await self._run(self._stored, after_n, limit, limit_bytes)

    def _trim_tail(self) -> None:
        """Give up what is judged and stored, and what is too much: then down to half, so that it is
        seldom. The beginning of a list costs all of it."""
        passed = min(self._positions[cursor].n for cursor in (Cursor.PROCESSOR, Cursor.WRITER))
        most = TAIL_BYTES // 2 if self._tail_bytes > TAIL_BYTES else TAIL_BYTES
        given_up = 0
        for record in self._tail:
            if record.n > passed and self._tail_bytes <= most:
                break
            self._tail_bytes -= _size(record)
            given_up += 1
        del self._tail[:given_up]
        self._trim_at = self._tail_bytes + _TRIM_BYTES

    async def lines(self, after_k: int, limit: int) -> list[Line]:
        """The next journal lines after a place, at least one: waits for it."""
        async with self._grown:
            await self._grown.wait_for(lambda: self._last_k > after_k)
        rows = await self._run(
            self._rows,
            "SELECT k, topic, payload, retain FROM journal WHERE k > ? ORDER BY k LIMIT ?",
            (after_k, limit),
        )
        return [Line(k, _content(*row)) for k, *row in rows]

    async def save(
        self,
        cursor: Cursor,
        position: Position,
        lines: Sequence[Event | Outgoing] = (),
        dead: Iterable[Dead] = (),
    ) -> None:
        """Move a cursor, with its state and what came of the records it passed, at one stroke."""
        added = await self._with_room(self._save, cursor, position, lines, list(dead))
        self._positions[cursor] = position
        if added:
            self._last_k = added
        await self._wake()

    async def settled(self) -> None:
        """Wait until every cursor has passed everything; but the archivist, who is in no hurry."""
        prompt = [cursor for cursor in Cursor if cursor is not Cursor.ARCHIVIST]
        async with self._appending:  # what a cancelled caller still has under way is part of it
            pass
        async with self._grown:
            await self._grown.wait_for(lambda: not any(map(self.unread, prompt)))

    async def prune(self) -> None:
        """Give up what every cursor has passed."""
        freed = await self._with_room(self._prune)
        self.bytes -= freed

    async def dead_messages(self, limit: int) -> list[Dead]:
        """The newest dead messages, newest first."""
        rows = await self._run(
            self._rows, "SELECT notice, payload FROM dead ORDER BY n DESC LIMIT ?", (limit,)
        )
        return [
            Dead(msgspec.msgpack.decode(notice, type=DeadNotice), payload)
            for notice, payload in rows
        ]

    async def logged(self, kind: str, limit: int) -> list[bytes]:
        """The newest messages kept under a name, newest first."""
        rows = await self._run(
            self._rows,
            "SELECT payload FROM log WHERE kind = ? ORDER BY k DESC LIMIT ?",
            (kind, limit),
        )
        return [payload for (payload,) in rows]

    def _unpassed_fill(self) -> bool:
        passed = min(self._positions[c].n for c in RECORD_CURSORS)
        return self._last_n - passed > KEEP_PASSED

    async def _wake(self) -> None:
        async with self._grown:
            self._grown.notify_all()

    async def _with_room(self, call: Callable[..., _T], *args: object) -> _T:
        """As `_run`, but wait while the disk is full: what is spooled must still be worked off."""
        while True:
            try:
                return await self._run(call, *args)
            except SpoolFull as full:
                self.waits_for_room += 1
                logger.warning("%s; trying again in %.0f s", full, FULL_RETRY_S)
                await asyncio.sleep(FULL_RETRY_S)

    async def _run(self, call: Callable[..., _T], *args: object) -> _T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, call, *args)
        except sqlite3.OperationalError as error:
            if "full" in str(error):
                raise SpoolFull(f"the spool's disk is full: {error}") from error
            raise SpoolError(f"the spool cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise SpoolError(f"the spool is damaged: {error}") from error

    def _insert(self, records: Sequence[Record]) -> None:
        with self._transaction() as c:
            c.executemany(
                "INSERT INTO record VALUES (?, ?, ?, ?)",
                [(r.n, r.received_ns, r.topic, r.payload) for r in records],
            )

    def _save(
        self,
        cursor: Cursor,
        position: Position,
        lines: Sequence[Event | Outgoing],
        dead: list[Dead],
    ) -> int:
        """The place of the last line added to the journal; 0 if there is none."""
        added = 0
        with self._transaction() as c:
            for line in lines:
                c.execute(
                    "INSERT INTO journal (topic, payload, retain) VALUES (?, ?, ?)", _row(line)
                )
                added = c.lastrowid or added
                if isinstance(line, Outgoing) and line.log:
                    c.execute("INSERT INTO log VALUES (?, ?, ?)", (added, line.log, line.payload))
            c.executemany(
                "INSERT OR REPLACE INTO dead VALUES (?, ?, ?, ?)",
                [
                    (
                        one.notice.n,
                        one.notice.parameter,
                        msgspec.msgpack.encode(one.notice),
                        one.payload[:KEEP_DEAD_BYTES],
                    )
                    for one in dead
                ],
            )
            c.execute(
                "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)",
                (cursor, position.n, position.state),
            )
        return added

    def _prune(self) -> int:
        """How many bytes were given up."""
        passed = min(self._positions[c].n for c in RECORD_CURSORS) - KEEP_PASSED
        told = min(self._positions[c].n for c in JOURNAL_CURSORS) - KEEP_PASSED
        with self._transaction() as c:
            given_up = c.execute(
                f"SELECT {_SIZE} FROM record WHERE n <= ?",  # noqa: S608 - a constant
                (passed,),
            ).fetchone()[0]
            c.execute("DELETE FROM record WHERE n <= ?", (passed,))
            c.execute("DELETE FROM journal WHERE k <= ?", (told,))
            c.execute(
                "DELETE FROM log WHERE k <= (SELECT k FROM log ORDER BY k DESC LIMIT 1 OFFSET ?)",
                (KEEP_LOG,),
            )
            c.execute(
                "DELETE FROM dead WHERE rowid <= (SELECT max(rowid) FROM dead) - ?", (KEEP_DEAD,)
            )
        return int(given_up)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        """All or nothing, whatever goes wrong inside: an open transaction would block the next."""
        with closing(self._connection.cursor()) as c:
            c.execute("BEGIN IMMEDIATE")
            try:
                yield c
                c.execute("COMMIT")
            except BaseException:
                # A full disk may already have rolled it back.
                if self._connection.in_transaction:
                    c.execute("ROLLBACK")
                raise

    def _stored(self, after_n: int, limit: int, limit_bytes: int) -> list[Record]:
        """As `records`, from the disk: no more is read of it than is asked for."""
        with closing(self._connection.cursor()) as rows:
            rows.execute(
                "SELECT n, received_ns, topic, payload FROM record WHERE n > ? ORDER BY n LIMIT ?",
                (after_n, limit),
            )
            return _bounded((Record(*row) for row in rows), limit_bytes)

    def _rows(self, query: str, arguments: tuple[object, ...]) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, arguments).fetchall()

    def _scalar(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0])

    def _sequence(self, table: str) -> int:
        rows = self._rows("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(rows[0][0]) if rows else 0

    def _position(self, cursor: Cursor) -> Position:
        row = self._connection.execute(
            "SELECT n, state FROM cursor WHERE name = ?", (cursor,)
        ).fetchone()
        return Position(*row) if row else Position(0, b"")


def _row(line: Event | Outgoing) -> tuple[str, bytes, bool]:
    if isinstance(line, Outgoing):
        return line.topic, line.payload, line.retain
    return _EVENT, msgspec.msgpack.encode(line), False


def _content(topic: str, payload: bytes, retain: int) -> Event | Outgoing:
    if topic == _EVENT:
        return msgspec.msgpack.decode(payload, type=Event)
    return Outgoing(topic, payload, bool(retain))


def _bounded(records: Iterable[Record], limit_bytes: int) -> list[Record]:
    """Up to the first that goes beyond so many bytes; no more is taken than that."""
    found: list[Record] = []
    size = 0
    for record in records:
        found.append(record)
        size += _size(record)
        if size >= limit_bytes:
            break
    return found


def _size(record: Record) -> int:
    return len(record.topic) + len(record.payload) + _OVERHEAD_BYTES
