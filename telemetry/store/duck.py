"""The embedded store: DuckDB files owned by the one process that writes them.

All of it runs in one thread, so a long query delays a commit; another process cannot open the
files and reaches them through `remote`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, Self, TypeVar

import msgspec
import numpy as np
import pyarrow as pa

from telemetry.alarm import Event
from telemetry.frame import Block, Buckets, Frame, Sample
from telemetry.store.base import BLOCK_ROWS, Schema, WriteReport
from telemetry.store.check import MAX_TIME_NS, check
from telemetry.store.duck_files import DAY_NS, DuckFiles
from telemetry.store.duck_table import DuckTable
from telemetry.store.rows import (
    Key,
    Row,
    check_width,
    merge_frames,
    no_buckets,
    page_rows,
    present_rows,
)
from telemetry.store.schema import Types, asked, declared, decode_event

if TYPE_CHECKING:
    from telemetry.missiondb import MissionDatabase

MEMORY_LIMIT_MB: Final = 512
_EVENTS_PAGE: Final = 1000

_P = ParamSpec("_P")
_T = TypeVar("_T")


class DuckStore:
    """:raises StoreError: at opening too; see `DuckFiles`."""

    def __init__(
        self,
        path: Path,
        database: "MissionDatabase",
        *,
        memory_limit_mb: int = MEMORY_LIMIT_MB,
    ) -> None:
        self._database = database
        self._files = DuckFiles(path, declared(database), memory_limit_mb)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="duckdb")

    async def __aenter__(self) -> Self:
        try:
            await self._run(self._files.days, 0, 0)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            await self._run(self._files.close)
        finally:
            self._thread.shutdown(wait=False)

    async def _run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))

    async def write(self, frames: Sequence[Frame]) -> WriteReport:
        checked = check(frames, self._database)
        if checked.frames:
            await self._run(self._write, checked.frames)
        return WriteReport(checked.samples, checked.rejected)

    def _write(self, frames: Sequence[Frame]) -> None:
        by_day: dict[int, dict[Key, dict[int, Row]]] = {}
        for key, rows in merge_frames(frames).items():
            for time, row in rows.items():
                by_day.setdefault(time // DAY_NS, {}).setdefault(key, {})[time] = row
        for number, subsystems in sorted(by_day.items()):
            with self._files.connected() as connection:
                day = self._files.day(number, create=True)
                if day is None:
                    raise AssertionError("a day asked to be created was not")
                connection.execute("BEGIN")
                for key, rows in subsystems.items():
                    DuckTable(connection, day, key, self._files.schema[key]).put(rows)
                self._commit()

    def _commit(self) -> None:
        with self._files.connected() as connection:
            connection.execute("COMMIT")

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
        key, rows = (spacecraft, subsystem), page_rows(block_rows, len(types))
        for day in await self._run(self._files.days, start_ns, stop_ns):
            for window in await self._run(self._windows, day, key, start_ns, stop_ns, rows):
                block = await self._run(self._block, day, key, window, types, heartbeats)
                if block is None:
                    continue
                # more than the window was made for, if some were written since
                for at in range(0, len(block), rows):
                    yield block.rows(slice(at, at + rows))

    def _windows(
        self, day: int, key: Key, start_ns: int, stop_ns: int, rows: int
    ) -> list[tuple[int, int]]:
        table = self._table(day, key)
        if table is None:
            return []
        with self._files.connected():
            return table.windows(start_ns, min(stop_ns, (day + 1) * DAY_NS), rows)

    def _block(
        self, day: int, key: Key, window: tuple[int, int], types: Types, heartbeats: bool
    ) -> Block | None:
        table = self._table(day, key)
        if table is None:
            return None
        with self._files.connected():
            block = table.block(window, types)
            return block if heartbeats else present_rows(block)

    def _table(self, number: int, key: Key) -> DuckTable | None:
        """None if there is no such day or nothing of the subsystem in it."""
        with self._files.connected() as connection:
            day = self._files.day(number)
            if day is None:
                return None
            table = DuckTable(connection, day, key, self._files.schema[key])
            return table if table.exists else None

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
        parts: list[Buckets] = []
        for day in await self._run(self._files.days, start_ns, stop_ns):
            part = await self._run(
                self._buckets, day, (spacecraft, subsystem), parameter, start_ns, stop_ns, width_ns
            )
            if part is not None:
                parts.append(part)
        return _join(parts) if parts else no_buckets(kind, width_ns)

    def _buckets(
        self, day: int, key: Key, parameter: str, start_ns: int, stop_ns: int, width_ns: int
    ) -> Buckets | None:
        table = self._table(day, key)
        if table is None:
            return None
        with self._files.connected():
            return table.partial_buckets(parameter, start_ns, stop_ns, width_ns)

    async def last(
        self, spacecraft: str, subsystem: str, before_ns: int | None = None
    ) -> Mapping[str, Sample]:
        """A parameter that never had a sample makes this look through every day there is."""
        types = asked(self._database, spacecraft, subsystem, None)
        stop_ns = MAX_TIME_NS + 1 if before_ns is None else before_ns
        samples: dict[str, Sample] = {}
        for day in reversed(await self._run(self._files.days, 0, stop_ns)):
            missing = [parameter for parameter in types if parameter not in samples]
            if not missing:
                break
            samples |= await self._run(self._latest, day, (spacecraft, subsystem), missing, stop_ns)
        return samples

    def _latest(
        self, day: int, key: Key, parameters: Sequence[str], stop_ns: int
    ) -> dict[str, Sample]:
        table = self._table(day, key)
        if table is None:
            return {}
        with self._files.connected():
            return table.latest(parameters, stop_ns)

    async def append_events(self, events: Sequence[Event]) -> None:
        if events:
            await self._run(self._append_events, {event.id: event for event in events})

    def _append_events(self, events: Mapping[str, Event]) -> None:
        batch = pa.table(
            {
                "id": pa.array(events, pa.string()),
                "time": pa.array([event.time_ns for event in events.values()], pa.int64()),
                "spacecraft": [event.alarm.spacecraft for event in events.values()],
                "payload": [msgspec.json.encode(event).decode() for event in events.values()],
            }
        )
        with self._files.connected() as connection:
            connection.register("batch", batch)
            connection.execute("INSERT INTO events SELECT * FROM batch ON CONFLICT DO NOTHING")
            connection.unregister("batch")

    async def read_events(
        self, start_ns: int, stop_ns: int, spacecraft: str | None = None
    ) -> AsyncIterator[Event]:
        after: tuple[int, str] = (start_ns, "")
        while page := await self._run(self._events_after, after, stop_ns, spacecraft):
            for payload in page:
                event = decode_event(payload)
                after = (event.time_ns, event.id)
                yield event

    def _events_after(
        self, after: tuple[int, str], stop_ns: int, spacecraft: str | None
    ) -> list[str]:
        with self._files.connected() as connection:
            rows = connection.execute(
                "SELECT payload FROM events WHERE (time > ? OR (time = ? AND id > ?)) "
                "AND time < ? AND spacecraft = coalesce(?, spacecraft) ORDER BY time, id LIMIT ?",
                [after[0], *after, stop_ns, spacecraft, _EVENTS_PAGE],
            ).fetchall()
        return [payload for (payload,) in rows]

    async def drop_before(self, time_ns: int) -> None:
        """Deletes the files of whole days, so up to a day more is kept; events exactly."""
        await self._run(self._files.remove_days_before, time_ns)
        await self._run(self._drop_events, time_ns)

    def _drop_events(self, time_ns: int) -> None:
        with self._files.connected() as connection:
            connection.execute("DELETE FROM events WHERE time < ?", [time_ns])

    async def schema(self) -> Schema:
        return self._files.schema


def _join(parts: Sequence[Buckets]) -> Buckets:
    """One after the other; a bucket that two days share becomes one again."""
    starts = np.concatenate([part.time_ns for part in parts])
    counts = np.concatenate([part.count for part in parts])
    unique, first = np.unique(starts, return_index=True)
    if len(unique) == 0:
        return parts[0]
    minimum, maximum, mean, last = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("minimum", "maximum", "mean", "last")
    )
    total = np.add.reduceat(counts, first)
    final = np.append(first[1:], len(starts)) - 1
    return Buckets(
        parts[0].width_ns,
        unique,
        np.minimum.reduceat(minimum, first),
        np.maximum.reduceat(maximum, first),
        np.add.reduceat(mean * counts, first) / total,
        total,
        last[final],
    )
