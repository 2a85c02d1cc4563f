"""From the spool into the record archive, and on request whatever is newest.

The archive lags by up to half a minute; nothing is lost by that, for the spool gives up no record
that is not archived.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, Self, TypeVar

from ingest.archive import Archive, Checkpoint
from ingest.record import Record
from ingest.segment import ArchiveError, Packed, pack
from ingest.spool import Cursor, Position, Spool
from telemetry.clock import SECOND_NS
from telemetry.parameter import Value

BATCH: Final = 500
#: A segment is closed at this size, or so long after its first record.
SEGMENT_BYTES: Final = 4 << 20
SEGMENT_S: Final = 30.0
#: So often at least the processor's snapshot is kept: what a replay must work through to begin.
CHECKPOINT_S: Final = 120.0
RETRY_S: Final = 5.0

logger = logging.getLogger(__name__)

_T = TypeVar("_T")


class Archivist:
    """Runs an archive; whoever else of this process wants something of it asks here.

    `async with Archivist(archive, spool, version)`: closes the archive at the end.
    """

    def __init__(self, archive: Archive, spool: Spool, version: str) -> None:
        """version: of the mission database that judges."""
        self._archive = archive
        self._version = version
        self._spool = spool
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="archive")
        #: Up to where records are in the archive, and up to where they are taken from the spool.
        self._n = self._taken_n = max(spool.position(Cursor.ARCHIVIST).n, archive.last_n)
        self._state = archive.last_state()
        self._waiting: list[Record] = []
        self._size = 0
        #: When the oldest record that is not in the archive came in; 0 if there is none.
        self._oldest_ns = 0
        self._due = asyncio.Event()
        self._moved = asyncio.Condition()
        self._checkpoint_s = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.ask(Archive.close)
        self._thread.shutdown()

    async def ask(self, question: Callable[..., _T], *arguments: Any) -> _T:
        """`await archivist.ask(Archive.find, start_ns, stop_ns)`, in the archive's own thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, question, self._archive, *arguments)

    async def run(self) -> None:
        """Archive until cancelled. A disk that is full or away is waited for."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take(), name="take")
            tasks.create_task(self._keep(), name="keep")

    def values(self, now_ns: int) -> dict[str, Value]:
        """What it has to say of itself as telemetry of `ground`."""
        age_ns = now_ns - self._oldest_ns if self._oldest_ns else 0
        return {"GND_OLDEST_UNARCHIVED_AGE": max(0, age_ns) / SECOND_NS}

    async def flush(self) -> None:
        """Return once all that has been received by now is in the archive."""
        n = self._spool.last_n
        async with self._moved:
            await self._moved.wait_for(lambda: self._taken_n >= n)
            self._due.set()
            await self._moved.wait_for(lambda: self._n >= n)

    async def checkpoint(self, position: Position, restart: bool) -> None:
        """Keep a snapshot of the processor if one is due, and always the one it begins with.

        One that could not be kept only makes a replay begin earlier.
        """
        loop = asyncio.get_running_loop()
        if not restart and loop.time() < self._checkpoint_s + CHECKPOINT_S:
            return
        self._checkpoint_s = loop.time()
        checkpoint = Checkpoint(
            n=position.n, missiondb=self._version, state=position.state, restart=restart
        )
        try:
            await self.ask(Archive.put_checkpoint, checkpoint)
        except ArchiveError as error:
            logger.warning("no checkpoint for replays: %s", error)

    async def prune(self, before_ns: int, keep: Sequence[tuple[int, int]]) -> None:
        await self.ask(Archive.prune, before_ns, keep)

    async def _take(self) -> None:
        while True:
            records = await self._spool.records(self._taken_n, BATCH)
            self._oldest_ns = self._oldest_ns or records[0].received_ns
            self._waiting += records
            self._size += sum(len(record.payload) for record in records)
            async with self._moved:
                self._taken_n = records[-1].n
                self._moved.notify_all()
                if self._size >= SEGMENT_BYTES:
                    self._due.set()
                    await self._moved.wait_for(lambda: self._size < SEGMENT_BYTES)

    async def _keep(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SEGMENT_S):
                    await self._due.wait()
            self._due.clear()
            if self._waiting:
                records, self._waiting, self._size = self._waiting, [], 0
                packed = await asyncio.to_thread(pack, records, self._state)
                await self._append(packed)
                self._state = packed.after
                await self._spool.save(Cursor.ARCHIVIST, Position(records[-1].n, b""))
                self._oldest_ns = self._waiting[0].received_ns if self._waiting else 0
                async with self._moved:
                    self._n = records[-1].n
                    self._moved.notify_all()

    async def _append(self, packed: Packed) -> None:
        while True:
            try:
                await self.ask(Archive.append, packed)
            except ArchiveError as error:
                logger.warning("%s; trying again in %.0f s", error, RETRY_S)
                await asyncio.sleep(RETRY_S)
            else:
                return
