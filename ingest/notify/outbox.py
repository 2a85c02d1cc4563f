"""What is owed to receivers, durable: `notify.sqlite` in the state folder, WAL, synchronous=FULL.

The place in the journal, what its lines made owed and the watches are saved at one stroke, so that
a kill at any moment loses nothing; killed between a receiver's yes and `accepted`, it is sent
again. What was done stays known by its key for a while: the same event again owes nothing.

Bounded: a target is owed at most MAX_OWED deliveries; beyond, the least severe and among them the
oldest are given up, and counted.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, Final, Self, TypeVar

from ingest.notify import told
from ingest.notify.delivery import Watch
from ingest.notify.schedule import Backlog, Lot, Owed, WatchKey
from ingest.notify.tables import SCHEMA, Row, Tables
from ingest.notify.told import Attempt, Waiting
from telemetry.errors import StationwatchError
from telemetry.kept import refusal

FILE: Final = "notify.sqlite"
SCHEMA_VERSION: Final = 1
MAX_OWED: Final = 10_000

_T = TypeVar("_T")


class OutboxError(StationwatchError):
    """The outbox cannot be read or written."""

    exit_code: ClassVar[int] = 3


class OutboxFull(OutboxError):
    """Its disk is full; try again."""

    retryable: ClassVar[bool] = True


class Outbox:
    """Open with `async with Outbox.open(folder, last_k)`."""

    def __init__(self, connection: sqlite3.Connection, max_owed: int) -> None:
        self._connection = connection
        self._tables = Tables(connection, max_owed)
        # As in the spool: SQLite blocks, and one thread makes the order of writes that of calls.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")

    @classmethod
    def open(cls, folder: Path, last_k: int, *, max_owed: int = MAX_OWED) -> Self:
        """last_k: the newest line of the journal; a new outbox begins after it.

        :raises OutboxError: if it cannot be opened.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if why := refusal(folder / FILE, SCHEMA_VERSION):
                raise OutboxError(f"the notification outbox {why}")
            connection = sqlite3.connect(
                folder / FILE, isolation_level=None, timeout=1, check_same_thread=False
            )
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN EXCLUSIVE")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute("INSERT INTO place VALUES (?)", (last_k,))
                connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            else:
                # A journal that was deleted counts from the start again.
                connection.execute("UPDATE place SET k = min(k, ?)", (last_k,))
            connection.execute(told.SCHEMA)
            connection.execute("COMMIT")
        except (sqlite3.DatabaseError, OSError) as error:
            raise OutboxError(
                f"the notification outbox {FILE} in {folder} cannot be opened: {error}"
            ) from None
        return cls(connection, max_owed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._run(self._tables.close)
        self._thread.shutdown()

    @property
    def k(self) -> int:
        """The place in the journal up to which its lines are here."""
        return self._tables.k

    @property
    def owed(self) -> int:
        """Deliveries not yet accepted."""
        return self._tables.owed

    @property
    def oldest_taken_ns(self) -> int:
        """Since when the oldest of them is owed; 0 when there is none."""
        return self._tables.oldest_taken_ns

    @property
    def given_up(self) -> int:
        """Deliveries given up since this was opened."""
        return self._tables.given_up

    async def watches(self) -> dict[WatchKey, Watch]:
        return await self._run(self._tables.watches)

    async def take(self, owed: Owed, k: int | None = None) -> None:
        """Owe these, keep these watches, and the place in the journal they come from."""
        await self._run(self._tables.take, owed, k)

    async def adopt(self, targets: Collection[tuple[str, int]]) -> int:
        """Give up what is owed to targets that are none any more; how many deliveries."""
        return await self._run(self._tables.adopt, targets)

    async def backlog(self, route: str, target: int) -> Backlog:
        return await self._run(self._tables.backlog, route, target)

    async def lot(self, route: str, target: int, lot: Lot, limit: int) -> list[Row]:
        """The next to go out together: the most severe first, then the oldest."""
        return await self._run(self._tables.lot, route, target, lot, limit)

    async def accepted(self, rows: Sequence[Row]) -> None:
        """The receiver has these: and as it answers again, what waits for it is due now."""
        await self._run(self._tables.accepted, rows)

    async def failed(self, rows: Sequence[Row], next_ns: Mapping[int, int | None]) -> None:
        """The receiver has not: next_ns says when each row, by id, is tried again; None never."""
        await self._run(self._tables.failed, rows, next_ns)

    async def note(self, attempt: Attempt) -> None:
        """Keep what became of a message, for people to read."""
        await self._run(told.keep, self._connection, attempt)

    async def attempts(self, limit: int) -> list[Attempt]:
        """What was sent, the newest first."""
        return await self._run(told.attempts, self._connection, limit)

    async def waiting(self, limit: int) -> list[Waiting]:
        """What is owed, the longest waiting first."""
        return await self._run(told.waiting, self._connection, limit)

    async def _run(self, call: Callable[..., _T], *args: object) -> _T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, call, *args)
        except sqlite3.OperationalError as error:
            if "full" in str(error):
                raise OutboxFull(f"the notification outbox's disk is full: {error}") from error
            raise OutboxError(f"the notification outbox cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise OutboxError(f"the notification outbox is damaged: {error}") from error
