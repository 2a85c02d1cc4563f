"""The embedded store: DuckDB files owned by the one process that writes them.

All of it runs in one thread, so a long query delays a commit; another process cannot open the
files and reaches them through `remote`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar

import msgspec
import pyarrow as pa

from telemetry.alarm import Event
from telemetry.frame import Block, Buckets, Frame, Sample
from telemetry.parameter import ParameterType
from telemetry.store.base import Rejected, Schema
from telemetry.store.duck_files import DAY_NS, SAMPLES, DuckFiles, family_of
from telemetry.store.duck_table import DuckTable
from telemetry.store.rolled import RolledStore
from telemetry.store.rollups import combine
from telemetry.store.rows import Key, Rows, merge_frames, no_buckets
from telemetry.store.schema import Types, declared, decode_event

if TYPE_CHECKING:
    from telemetry.missiondb import MissionDatabase

MEMORY_LIMIT_MB: Final = 512
_EVENTS_PAGE: Final = 1000

_P = ParamSpec("_P")
_T = TypeVar("_T")


class DuckStore(RolledStore):
    """:raises StoreError: at opening too; see `DuckFiles`."""

    def __init__(
        self,
        path: Path,
        database: "MissionDatabase",
        *,
        memory_limit_mb: int = MEMORY_LIMIT_MB,
    ) -> None:
        super().__init__(database)
        self._files = DuckFiles(path, declared(database), memory_limit_mb)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="duckdb")

    async def __aenter__(self) -> Self:
        try:
            await self._run(self._files.days, SAMPLES, 0, 0)
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

    async def _put(self, frames: Sequence[Frame]) -> Sequence[Rejected]:
        await self._run(self._write, frames)
        return ()

    def _write(self, frames: Sequence[Frame]) -> None:
        by_file: dict[tuple[str, int], dict[Key, Rows]] = {}
        for key, rows in merge_frames(frames).items():
            family = family_of(key)
            for time, row in rows.items():
                file = by_file.setdefault((family.name, time // family.file_ns), {})
                file.setdefault(key, {})[time] = row
        for (_, number), subsystems in sorted(by_file.items()):
            with self._files.connected() as connection:
                day = self._files.day(family_of(next(iter(subsystems))), number, create=True)
                if day is None:
                    raise AssertionError("a file asked to be created was not")
                connection.execute("BEGIN")
                for key, rows in subsystems.items():
                    DuckTable(connection, day, key, self._files.tables[key]).put(rows)
                self._commit()

    def _commit(self) -> None:
        with self._files.connected() as connection:
            connection.execute("COMMIT")

    async def _rows(
        self, key: Key, types: Types, start_ns: int, stop_ns: int, rows: int
    ) -> AsyncIterator[Block]:
        if stop_ns - start_ns <= rows * family_of(key).row_ns:
            blocks = await self._run(self._page, key, types, start_ns, stop_ns, rows)
            if blocks is not None:
                for block in blocks:
                    yield block
                return
        for day in await self._run(self._files.days, family_of(key), start_ns, stop_ns):
            for window in await self._run(self._windows, day, key, start_ns, stop_ns, rows):
                page = await self._run(self._block, day, key, window, types)
                if page is None:
                    continue
                # more than the window was made for, if some were written since
                for at in range(0, len(page), rows):
                    yield page.rows(slice(at, at + rows))

    def _page(
        self, key: Key, types: Types, start_ns: int, stop_ns: int, rows: int
    ) -> list[Block] | None:
        """All of a short range, in a single query of each file; None if that is too many rows."""
        blocks: list[Block] = []
        for day in self._files.days(family_of(key), start_ns, stop_ns):
            block = self._block(day, key, (start_ns, stop_ns), types, rows + 1)
            if block is not None and len(block) > rows:
                return None
            if block is not None and len(block):
                blocks.append(block)
        return blocks

    def _windows(
        self, day: int, key: Key, start_ns: int, stop_ns: int, rows: int
    ) -> list[tuple[int, int]]:
        table = self._table(day, key)
        if table is None:
            return []
        with self._files.connected():
            return table.windows(start_ns, min(stop_ns, table.stop_ns), rows)

    def _block(
        self, day: int, key: Key, window: tuple[int, int], types: Types, most: int | None = None
    ) -> Block | None:
        table = self._table(day, key)
        if table is None:
            return None
        with self._files.connected():
            return table.block(window, types, most)

    def _table(self, number: int, key: Key) -> DuckTable | None:
        """None if there is no such file or nothing of the subsystem in it."""
        with self._files.connected() as connection:
            day = self._files.day(family_of(key), number)
            if day is None:
                return None
            table = DuckTable(connection, day, key, self._files.tables[key])
            return table if table.exists else None

    async def _sum_up(
        self,
        key: Key,
        parameter: str,
        kind: ParameterType,
        start_ns: int,
        stop_ns: int,
        width_ns: int,
    ) -> Buckets:
        parts: list[Buckets] = []
        for day in await self._run(self._files.days, family_of(key), start_ns, stop_ns):
            part = await self._run(self._buckets, day, key, parameter, start_ns, stop_ns, width_ns)
            if part is not None:
                parts.append(part)
        # a bucket that two days share becomes one again
        return combine(parts, kind, width_ns) if parts else no_buckets(kind, width_ns)

    def _buckets(
        self, day: int, key: Key, parameter: str, start_ns: int, stop_ns: int, width_ns: int
    ) -> Buckets | None:
        table = self._table(day, key)
        if table is None:
            return None
        with self._files.connected():
            return table.partial_buckets(parameter, start_ns, stop_ns, width_ns)

    async def _last(self, key: Key, types: Types, before_ns: int) -> dict[str, Sample]:
        """A parameter that never had a sample makes this look through every day there is."""
        samples: dict[str, Sample] = {}
        for day in reversed(await self._run(self._files.days, family_of(key), 0, before_ns)):
            missing = [parameter for parameter in types if parameter not in samples]
            if not missing:
                break
            samples |= await self._run(self._latest, day, key, missing, before_ns)
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

    async def _droppable(self, start_ns: int, stop_ns: int) -> Sequence[tuple[int, int]]:
        """Whole days, since a file is deleted or left."""
        days = await self._run(self._files.within, SAMPLES, start_ns, stop_ns)
        return [(day * DAY_NS, (day + 1) * DAY_NS) for day in days]

    async def _drop(self, keys: Iterable[Key], start_ns: int, stop_ns: int) -> None:
        for family in sorted({family_of(key) for key in keys}, key=lambda family: family.name):
            await self._run(self._files.remove, family, start_ns, stop_ns)

    async def _drop_events(self, start_ns: int, stop_ns: int) -> None:
        await self._run(
            self._execute, "DELETE FROM events WHERE time >= ? AND time < ?", [start_ns, stop_ns]
        )

    async def _recordings(self) -> Mapping[str, str]:
        return dict(await self._run(self._execute, "SELECT name, payload FROM recordings", []))

    async def _put_recording(self, name: str, payload: bytes | None) -> None:
        if payload is None:
            await self._run(self._execute, "DELETE FROM recordings WHERE name = ?", [name])
        else:
            await self._run(
                self._execute,
                "INSERT OR REPLACE INTO recordings VALUES (?, ?)",
                [name, payload.decode()],
            )

    def _execute(self, sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
        with self._files.connected() as connection:
            return list(connection.execute(sql, parameters).fetchall())

    async def schema(self) -> Schema:
        return self._files.schema
