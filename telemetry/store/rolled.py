"""What the stores have in common that keep their data themselves: roll-ups, and recordings.

A reader gets from `buckets` what the samples say, whatever has been rolled up and whatever came
late since. Three rules make it so. A minute is marked as summed up only when its rows are durable
and nothing was written to it meanwhile. Samples written to a marked minute first take its mark
away. And samples are given up only once their minute is marked, which then says that the roll-ups
are all there is. One process writes a stretch of time at once [A]: of two, one may mark what the
other is just writing.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from telemetry.errors import StoreError, StoreSchemaError
from telemetry.frame import Block, Buckets, Frame, Sample
from telemetry.parameter import ParameterType
from telemetry.recording import Recording
from telemetry.store.base import (
    BLOCK_ROWS,
    MAX_RECORDINGS,
    Rejected,
    Schema,
    Stretch,
    WriteReport,
)
from telemetry.store.check import MAX_TIME_NS, check
from telemetry.store.rollups import (
    DONE,
    MINUTE_NS,
    Mark,
    Span,
    Times,
    chosen,
    combine,
    cut_at_minute,
    done_column,
    gaps,
    in_spans,
    joined,
    level_of,
    mark_rows,
    marks_of,
    rollup_schema,
    rollups_of,
    spans_of,
    table_of,
    tables_for,
    whole_minutes,
)
from telemetry.store.rows import Key, check_width, no_buckets, page_rows, present_rows
from telemetry.store.schema import Types, asked

if TYPE_CHECKING:
    from telemetry.missiondb import MissionDatabase

#: Samples of a subsystem read at a time to be rolled up, and roll-ups written at a time.
_ROWS_A_TIME: Final = 8_192
_SAMPLES_A_WRITE: Final = 20_000

#: An answer asks for samples at most this often; what lies between such places is then asked too.
_STRETCHES: Final = 8

_recording_decoder = msgspec.json.Decoder(Recording)


class RolledStore(ABC):
    """A store on top of a few reads and writes that know nothing of roll-ups."""

    def __init__(self, database: "MissionDatabase") -> None:
        self._database = database
        #: Minutes of frames on their way, and of frames written since each roll-up began.
        self._writing: list[set[tuple[Key, int]]] = []
        self._rolling: list[set[tuple[Key, int]]] = []
        #: The latest marked minute of each subsystem, by spacecraft, once known.
        self._newest_done: dict[str, dict[str, int]] = {}
        self._marking = asyncio.Lock()
        self._maintaining = asyncio.Lock()

    # --- what each store provides; a key may be that of a roll-up's table ---

    @abstractmethod
    async def schema(self) -> Schema: ...

    @abstractmethod
    async def _put(self, frames: Sequence[Frame]) -> Sequence[Rejected]:
        """Keep sound frames; durable on return."""

    @abstractmethod
    def _rows(
        self, key: Key, types: Types, start_ns: int, stop_ns: int, rows: int
    ) -> AsyncIterator[Block]:
        """Every row of a range, in blocks of at most so many; some may have none of the columns."""

    @abstractmethod
    async def _sum_up(
        self,
        key: Key,
        parameter: str,
        kind: ParameterType,
        start_ns: int,
        stop_ns: int,
        width_ns: int,
    ) -> Buckets:
        """As `Store.buckets`, of samples."""

    @abstractmethod
    async def _last(self, key: Key, types: Types, before_ns: int) -> dict[str, Sample]: ...

    @abstractmethod
    async def _droppable(self, start_ns: int, stop_ns: int) -> Sequence[Span]:
        """The parts of a range whose samples would go if it were dropped."""

    @abstractmethod
    async def _drop(self, keys: Iterable[Key], start_ns: int, stop_ns: int) -> None:
        """Give up rows. keys: all tables of samples, or all of roll-ups."""

    @abstractmethod
    async def _drop_events(self, start_ns: int, stop_ns: int) -> None: ...

    @abstractmethod
    async def _recordings(self) -> Mapping[str, bytes | str]: ...

    @abstractmethod
    async def _put_recording(self, name: str, payload: bytes | None) -> None:
        """Keep under a name; None forgets it."""

    # --- Store ---

    async def write(self, frames: Sequence[Frame]) -> WriteReport:
        checked = check(frames, self._database)
        if not checked.frames:
            return WriteReport(0, checked.rejected)
        minutes = {
            ((frame.spacecraft, frame.subsystem), frame.time_ns // MINUTE_NS * MINUTE_NS)
            for frame in checked.frames
        }
        self._writing.append(minutes)
        try:
            for touched in self._rolling:
                touched |= minutes
            await self._unmark(minutes)
            refused = await self._put(checked.frames)
        finally:
            self._writing.remove(minutes)
        return WriteReport(checked.samples - len(refused), (*checked.rejected, *refused))

    async def read(
        self,
        spacecraft: str,
        subsystem: str,
        start_ns: int,
        stop_ns: int,
        parameters: Sequence[str] | None = None,
        *,
        heartbeats: bool = False,
        block_rows: int = BLOCK_ROWS,
    ) -> AsyncIterator[Block]:
        types = asked(self._database, spacecraft, subsystem, parameters)
        rows = page_rows(block_rows, len(types))
        found: Any = self._rows((spacecraft, subsystem), types, start_ns, stop_ns, rows)
        async with aclosing(found) as blocks:
            async for block in blocks:
                if kept := block if heartbeats else present_rows(block):
                    yield kept

    async def buckets(
        self,
        spacecraft: str,
        subsystem: str,
        parameter: str,
        start_ns: int,
        stop_ns: int,
        width_ns: int,
    ) -> Buckets:
        check_width(width_ns)
        kind = asked(self._database, spacecraft, subsystem, [parameter])[parameter]
        if start_ns >= stop_ns:
            return no_buckets(kind, width_ns)
        key, level = (spacecraft, subsystem), level_of(width_ns)
        first_ns = -(-start_ns // MINUTE_NS) * MINUTE_NS
        end_ns = stop_ns // MINUTE_NS * MINUTE_NS
        rolled = None
        if level is not None and first_ns < end_ns:
            done = spans_of(await self._done(key, first_ns, end_ns))
            if done:
                rolled = await self._rolled_up(key, parameter, kind, done, level)
        if level is None or rolled is None:
            return await self._sum_up(key, parameter, kind, start_ns, stop_ns, width_ns)
        parts = [rolled]
        for from_ns, to_ns in gaps(done, start_ns, stop_ns, _STRETCHES):
            raw = await self._sum_up(key, parameter, kind, from_ns, to_ns, level)
            parts.append(chosen(raw, ~in_spans(raw.time_ns, done)))
        return combine(parts, kind, width_ns)

    async def last(
        self, spacecraft: str, subsystem: str, before_ns: int | None = None
    ) -> Mapping[str, Sample]:
        types = asked(self._database, spacecraft, subsystem, None)
        stop_ns = MAX_TIME_NS + 1 if before_ns is None else before_ns
        return await self._last((spacecraft, subsystem), types, stop_ns)

    async def roll_up(self, stretches: Sequence[Stretch]) -> None:
        async with self._maintaining:
            await self._roll_up(stretches)

    async def drop(self, start_ns: int, stop_ns: int, *, rollups: bool = False) -> None:
        schema = await self.schema()
        # whole minutes, so that there is none of which only a part is left
        first_ns = -(-start_ns // MINUTE_NS) * MINUTE_NS
        end_ns = min(stop_ns, MAX_TIME_NS) // MINUTE_NS * MINUTE_NS
        if first_ns >= end_ns:
            return
        async with self._maintaining:
            if rollups:
                await self._drop(rollup_schema(schema), first_ns, end_ns)
                await self._drop_events(start_ns, stop_ns)
                return
            for span in await self._droppable(first_ns, end_ns):
                for key in schema:
                    await self._keep_rollups(key, span)
                await self._drop(schema, *span)

    async def put_recording(self, recording: Recording) -> None:
        names = await self._recordings()
        if recording.name not in names and len(names) >= MAX_RECORDINGS:
            raise StoreError(
                f"there are {len(names)} recordings, and no more can be kept: delete some"
            )
        await self._put_recording(recording.name, msgspec.json.encode(recording))

    async def delete_recording(self, name: str) -> None:
        if name not in await self._recordings():
            raise KeyError(name)
        await self._put_recording(name, None)

    async def recordings(self) -> Sequence[Recording]:
        found = await self._recordings()
        if len(found) > MAX_RECORDINGS:
            raise StoreError(f"there are {len(found)} recordings, at most {MAX_RECORDINGS} are")
        try:
            kept = [_recording_decoder.decode(payload) for payload in found.values()]
        except msgspec.DecodeError as error:
            raise StoreSchemaError(f"a stored recording cannot be read: {error}") from None
        return sorted(kept, key=lambda each: (each.start_ns, each.name))

    # --- marks ---

    async def _marks(self, key: Key, start_ns: int, stop_ns: int) -> tuple[Times, Times]:
        """The minutes of a range that have a mark, in order, and their marks."""
        column = done_column(key[1])
        types = {column: ParameterType.INTEGER}
        times, marks = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        async for block in self._rows((key[0], DONE), types, start_ns, stop_ns, BLOCK_ROWS):
            own = block.rows(block.columns[column].valid)
            times.append(own.time_ns)
            marks.append(np.asarray(own.columns[column].values, np.int64))
        return np.concatenate(times), np.concatenate(marks)

    async def _done(self, key: Key, start_ns: int, stop_ns: int) -> Times:
        times, marks = await self._marks(key, start_ns, stop_ns)
        done: Times = times[marks != Mark.STALE]
        return done

    async def _unmark(self, minutes: set[tuple[Key, int]]) -> None:
        """Take away the marks that samples about to be written make wrong."""
        late: dict[Key, list[int]] = {}
        for key, minute in minutes:
            if minute <= (await self._newest(key[0])).get(key[1], -1):
                late.setdefault(key, []).append(minute)
        if not late:
            return
        async with self._marking:
            rows: list[Frame] = []
            for key, some in late.items():
                times, marks = await self._marks(key, min(some), max(some) + MINUTE_NS)
                wrong = np.isin(times, some) & np.isin(marks, (Mark.SUMMED, Mark.EMPTY))
                rows += mark_rows(key, dict.fromkeys(times[wrong].tolist(), Mark.STALE))
            await self._put_rows(rows)

    async def _newest(self, spacecraft: str) -> dict[str, int]:
        if spacecraft not in self._newest_done:
            table = (spacecraft, DONE)
            types = rollup_schema(await self.schema())[table]
            last = await self._last(table, types, MAX_TIME_NS + 1)
            newest = {
                subsystem: last[done_column(subsystem)].time_ns
                for craft, subsystem in await self.schema()
                if craft == spacecraft and done_column(subsystem) in last
            }
            # another may have asked meanwhile, and learned more since
            self._newest_done.setdefault(spacecraft, newest)
        return self._newest_done[spacecraft]

    async def _put_rows(self, rows: Sequence[Frame]) -> None:
        if rows and (refused := await self._put(rows)):
            raise StoreError(f"roll-ups refused: {refused[0].reason}")

    # --- rolling up ---

    async def _roll_up(self, stretches: Iterable[Stretch]) -> None:
        touched = set[tuple[Key, int]]().union(*self._writing)
        self._rolling.append(touched)
        try:
            batch = _Batch()
            for stretch in stretches:
                async for key, marks, rows in self._summed(stretch):
                    batch.add(key, marks, rows)
                    if batch.samples >= _SAMPLES_A_WRITE:
                        await self._put_batch(batch, touched)
                        batch = _Batch()
            await self._put_batch(batch, touched)
        finally:
            self._rolling.remove(touched)

    async def _summed(
        self, stretch: Stretch
    ) -> AsyncIterator[tuple[Key, dict[int, Mark], list[Frame]]]:
        """Marks and rows of the minutes of a stretch, some at a time."""
        key = (stretch.spacecraft, stretch.subsystem)
        types = asked(self._database, *key, None)
        start_ns, stop_ns = whole_minutes(stretch.start_ns, stretch.stop_ns)
        times, marks = await self._marks(key, start_ns, stop_ns)
        kept = times[marks == Mark.KEPT]
        valid = times[np.isin(marks, (Mark.SUMMED, Mark.EMPTY))]
        # rows of a minute change one table after the other, so they are not to be read meanwhile
        await self._put_rows(mark_rows(key, dict.fromkeys(valid.tolist(), Mark.STALE)))
        rest: Block | None = None
        done_ns = start_ns
        rows = page_rows(_ROWS_A_TIME, len(types))
        async for page in self._rows(key, types, start_ns, stop_ns, rows):
            block, rest = cut_at_minute(joined(rest, page))
            if len(block):
                until_ns = int(rest.time_ns[0]) // MINUTE_NS * MINUTE_NS
                span = (done_ns, until_ns)
                yield key, *await asyncio.to_thread(_minutes, block, types, kept, span)
                done_ns = until_ns
        yield key, *await asyncio.to_thread(_minutes, rest, types, kept, (done_ns, stop_ns))

    async def _put_batch(self, batch: "_Batch", touched: set[tuple[Key, int]]) -> None:
        await self._put_rows(batch.rows)
        async with self._marking:
            rows: list[Frame] = []
            for key, marks in batch.marks.items():
                newest = await self._newest(key[0])
                sure = {m: mark for m, mark in marks.items() if (key, m) not in touched}
                if sure:
                    newest[key[1]] = max(newest.get(key[1], -1), *sure)
                    rows += mark_rows(key, sure)
            await self._put_rows(rows)

    async def _keep_rollups(self, key: Key, span: Span) -> None:
        """Before its samples go: roll up what is not, and mark that nothing else will be left."""
        if key[1] in self._database.spacecraft[key[0]].subsystems:
            open_ = gaps(spans_of(await self._done(key, *span)), *span)
            await self._roll_up([Stretch(*key, *each) for each in open_])
        async with self._marking:
            times, marks = await self._marks(key, *span)
            summed = times[marks == Mark.SUMMED].tolist()
            await self._put_rows(mark_rows(key, dict.fromkeys(summed, Mark.KEPT)))

    # --- reading roll-ups ---

    async def _rolled_up(
        self,
        key: Key,
        parameter: str,
        kind: ParameterType,
        done: Sequence[Span],
        level_ns: int,
    ) -> Buckets | None:
        """The roll-ups of a parameter in the marked minutes; None if they are not whole."""
        found: dict[str, Any] = {}
        times: Times | None = None
        # all tables at once: the next answer is on its way while one is looked at
        tables = await asyncio.gather(
            *(
                self._rows_in(table_of(key, level_ns, name), types, done)
                for name, types in tables_for(parameter, kind)
            )
        )
        for own, columns in tables:
            if times is None:
                times = own
            if columns is None or not np.array_equal(times, own):
                return None
            found |= columns
        if times is None or not len(times):
            return no_buckets(kind, level_ns)
        unknown = np.full(len(times), np.nan)
        low, high, mean = (found.get(f"{parameter}__{n}", unknown) for n in ("min", "max", "mean"))
        count, last = found[f"{parameter}__count"], found[f"{parameter}__last"]
        return Buckets(level_ns, times, low, high, mean, count, last)

    async def _rows_in(
        self, table: Key, types: Types, spans: Sequence[Span]
    ) -> tuple[Times, dict[str, NDArray[Any]] | None]:
        """Of the rows of some spans that have the first column: their times, and all columns if
        they have those too."""
        first = next(iter(types))
        parts = [
            block.rows(in_spans(block.time_ns, spans) & block.columns[first].valid)
            async for block in self._rows(table, types, spans[0][0], spans[-1][1], BLOCK_ROWS)
        ]
        times = np.concatenate([np.empty(0, np.int64), *(part.time_ns for part in parts)])
        if not all(part.columns[name].valid.all() for part in parts for name in types):
            return times, None
        return times, {
            name: np.concatenate([part.columns[name].values for part in parts])
            for name in (types if parts else ())
        }


class _Batch:
    """Rows to be written together, and the marks they earn."""

    def __init__(self) -> None:
        self.rows: list[Frame] = []
        self.marks: dict[Key, dict[int, Mark]] = {}
        self.samples = 0

    def add(self, key: Key, marks: Mapping[int, Mark], rows: Iterable[Frame]) -> None:
        self.marks.setdefault(key, {}).update(marks)
        for row in rows:
            self.rows.append(row)
            self.samples += len(row.values)


def _minutes(
    block: Block | None, types: Types, kept: Times, span: Span
) -> tuple[dict[int, Mark], list[Frame]]:
    """Marks of a span of whole minutes and rows of its samples, but for the minutes kept as is."""
    rows: list[Frame] = []
    occupied = kept[(kept >= span[0]) & (kept < span[1])]
    if block is not None and len(block):
        minutes = block.time_ns - block.time_ns % MINUTE_NS
        rows = list(rollups_of(block.rows(~np.isin(minutes, occupied)), types))
        valued = np.any([column.valid for column in block.columns.values()], axis=0)
        occupied = np.union1d(occupied, minutes[valued])
    marks = marks_of(span, occupied)
    for minute in kept.tolist():
        marks.pop(minute, None)
    return marks, rows
