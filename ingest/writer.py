"""From the spool into the store, and there from samples to roll-ups. A dead store stops nothing
but this."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Final, Literal, TypeVar

import msgspec

from ingest.counters import Counters
from ingest.decode import Decoder
from ingest.record import TICK, Record
from ingest.rollup import Marked, RollUps
from ingest.spool import Cursor, Dead, Position, Spool
from telemetry.alarm import Event
from telemetry.clock import StreamClock
from telemetry.errors import SpoolError, StationwatchError, StoreError
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.store.base import Rejected, Store
from telemetry.topics import Topics
from telemetry.wire import DeadNotice, Reason

#: A batch is written when it has this many records or bytes, or this long after its first.
BATCH_RECORDS: Final = 2_000
BATCH_BYTES: Final = 2 << 20
BATCH_S: Final = 0.5
#: Records decoded without letting others have their turn.
_AT_ONCE: Final = 100
FIRST_RETRY_S: Final = 0.5
LAST_RETRY_S: Final = 15.0

#: Roll-ups are computed so often: many at once cost a store less.
ROLL_UP_S: Final = 60.0

logger = logging.getLogger(__name__)

_T = TypeVar("_T")


class _State(msgspec.Struct, frozen=True, array_like=True):
    """What is saved with the cursor."""

    version: Literal[2]
    clocks: dict[str, StreamClock]
    marked: list[Marked]


#: The first version saved the clocks alone.
_state_decoder: Final = msgspec.msgpack.Decoder(_State | dict[str, StreamClock])


def _state(saved: bytes) -> _State | dict[str, StreamClock]:
    """:raises SpoolError: if it is of a version this program does not know, or damaged."""
    try:
        return _state_decoder.decode(saved) if saved else {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SpoolError(
            f"the writer's state in the spool is of a version this program does not know, or "
            f"damaged ({error}): use the stationwatch that wrote it, or another --state"
        ) from None


class Writer:
    """Two cursors: records of the spool become samples, lines of the journal stored events."""

    def __init__(
        self,
        spool: Spool,
        open_store: Callable[[], AbstractAsyncContextManager[Store]],
        database: MissionDatabase,
        topics: Topics,
        counters: Counters,
    ) -> None:
        self._spool = spool
        self._open_store = open_store
        self._counters = counters
        position = spool.position(Cursor.WRITER)
        state = _state(position.state)
        if isinstance(state, dict):
            state = _State(2, state, [])
        self._decoder = Decoder(database, topics, state.clocks)
        self._rollups = RollUps(database, state.marked)
        self._n = counters.written_n = position.n
        self._k = spool.position(Cursor.EVENT_WRITER).n

    async def run(self) -> None:
        """Open the store, whenever that becomes possible, and write until cancelled."""
        async with AsyncExitStack() as stack:
            store = await self._persist(lambda: stack.enter_async_context(self._open_store()))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write_records(store), name="write records")
                tasks.create_task(self._write_events(store), name="write events")
                tasks.create_task(self._roll_up(store), name="roll up")

    async def _write_records(self, store: Store) -> None:
        while True:
            records = await self._spool.records(self._n, BATCH_RECORDS, BATCH_BYTES)
            if records[-1].n == self._spool.last_n:
                # Few large writes cost a store far less than many small ones.
                await asyncio.sleep(BATCH_S)
                records = await self._spool.records(self._n, BATCH_RECORDS, BATCH_BYTES)
            await self._write(store, records)

    async def _write(self, store: Store, records: Sequence[Record]) -> None:
        frames: list[Frame] = []
        source: dict[tuple[str, str, int], Record] = {}
        for i, record in enumerate(records, 1):
            if i % _AT_ONCE == 0:
                await asyncio.sleep(0)  # alarms overtake
            if record.topic == TICK:
                continue
            frame = self._decoder.decode(record).content
            if isinstance(frame, Frame):
                frames.append(frame)
                source[frame.spacecraft, frame.subsystem, frame.time_ns] = record
        dead: list[Dead] = []
        if frames:
            report = await self._persist(lambda: store.write(frames))
            self._rollups.wrote(frames, asyncio.get_running_loop().time())
            self._counters.samples_stored += report.stored
            self._counters.dead[Reason.STORE_REFUSED] += len(report.rejected)
            for refused in report.rejected:
                key = refused.spacecraft, refused.subsystem, refused.time_ns
                dead.append(_dead(refused, source[key]))
                self._counters.newest_dead[Reason.STORE_REFUSED] = dead[-1].notice
        self._n = records[-1].n
        state = _State(2, self._decoder.clocks, self._rollups.marked())
        position = Position(self._n, msgspec.msgpack.encode(state))
        await self._spool.save(Cursor.WRITER, position, dead=dead)
        self._counters.written_n = self._n
        self._counters.written_ns = records[-1].received_ns

    async def _write_events(self, store: Store) -> None:
        while True:
            lines = await self._spool.lines(self._k, BATCH_RECORDS)
            events = [line.content for line in lines if isinstance(line.content, Event)]
            if events:  # nothing written says nothing of whether the store is there
                await self._persist(lambda events=events: store.append_events(events))  # type: ignore[misc]
            self._k = lines[-1].k
            await self._spool.save(Cursor.EVENT_WRITER, Position(self._k, b""))

    async def _roll_up(self, store: Store) -> None:
        """What fails is tried again next time: until then readers take the samples."""
        while True:
            await asyncio.sleep(ROLL_UP_S)
            due = self._rollups.take(asyncio.get_running_loop().time())
            try:
                await store.roll_up(due)
            except Exception as error:
                self._rollups.failed()
                if isinstance(error, StoreError):
                    logger.warning("roll-ups: %s", error)
                else:
                    # A fault of ours in the store must not take the watch down with it.
                    logger.exception("roll-ups")
            else:
                self._rollups.done()

    async def _persist(self, attempt: Callable[[], Awaitable[_T]]) -> _T:
        """Try until it is done: nothing spooled is given up because a store is away or refuses.

        A refusal for good (a wrong token, a full disk) is retried too: an operator can mend it,
        and the spool holds what comes meanwhile.
        """
        pause_s = FIRST_RETRY_S
        while True:
            try:
                result = await attempt()
            except StoreError as error:
                self._counters.store_available = False
                logger.warning("store: %s; trying again in %.1f s", error, pause_s)
            except StationwatchError:
                raise
            except Exception:
                # A fault of ours in the store must not take the watch down with it.
                self._counters.store_available = False
                logger.exception("store: trying again in %.1f s", pause_s)
            else:
                self._counters.store_available = True
                return result
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LAST_RETRY_S)


def _dead(refused: Rejected, record: Record) -> Dead:
    notice = DeadNotice(
        n=record.n,
        received_ns=record.received_ns,
        topic=record.topic,
        reason=Reason.STORE_REFUSED,
        detail=refused.reason,
        parameter=refused.parameter,
    )
    return Dead(notice, record.payload)
