"""The store that forgets at exit: for tests, and the plainest statement of what stores promise."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np

from telemetry.alarm import Event
from telemetry.frame import Block, Buckets, Frame, Sample
from telemetry.parameter import ParameterType
from telemetry.store.base import Rejected, Schema
from telemetry.store.rolled import RolledStore
from telemetry.store.rows import Key, Rows, block_of, put, sum_up
from telemetry.store.schema import Types, declared

if TYPE_CHECKING:
    from telemetry.missiondb import MissionDatabase


class MemoryStore(RolledStore):
    def __init__(self, database: "MissionDatabase") -> None:
        super().__init__(database)
        self._schema = declared(database)
        self._tables: dict[Key, Rows] = {}
        self._events: dict[str, Event] = {}
        self._named: dict[str, bytes] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def _put(self, frames: Sequence[Frame]) -> Sequence[Rejected]:
        for frame in frames:
            put(self._tables.setdefault((frame.spacecraft, frame.subsystem), {}), frame)
        return ()

    async def _rows(
        self, key: Key, types: Types, start_ns: int, stop_ns: int, rows: int
    ) -> AsyncIterator[Block]:
        table = self._tables.get(key, {})
        times = sorted(time for time in table if start_ns <= time < stop_ns)
        for at in range(0, len(times), rows):
            # what was dropped since the reading began is gone
            some = [time for time in times[at : at + rows] if time in table]
            yield block_of(key, some, [table[time] for time in some], types)

    async def _sum_up(
        self,
        key: Key,
        parameter: str,
        kind: ParameterType,
        start_ns: int,
        stop_ns: int,
        width_ns: int,
    ) -> Buckets:
        rows = self._tables.get(key, {})
        times = sorted(
            t for t, r in rows.items() if start_ns <= t < stop_ns and parameter in r.values
        )
        block = block_of(key, times, [rows[time] for time in times], {parameter: kind})
        column = block.columns[parameter]
        return sum_up(kind, block.time_ns, np.asarray(column.values), width_ns)

    async def _last(self, key: Key, types: Types, before_ns: int) -> dict[str, Sample]:
        latest: dict[str, Sample] = {}
        for time, row in sorted(self._tables.get(key, {}).items()):
            if time >= before_ns:
                break
            latest |= {p: Sample(time, value) for p, value in row.values.items()}
            latest |= {p: Sample(time, None, quality) for p, quality in row.invalid.items()}
        return {p: sample for p, sample in latest.items() if p in types}

    async def append_events(self, events: Sequence[Event]) -> None:
        for event in events:
            self._events.setdefault(event.id, event)

    async def read_events(
        self, start_ns: int, stop_ns: int, spacecraft: str | None = None
    ) -> AsyncIterator[Event]:
        for event in sorted(self._events.values(), key=lambda event: (event.time_ns, event.id)):
            of_craft = spacecraft is None or event.alarm.spacecraft == spacecraft
            if of_craft and start_ns <= event.time_ns < stop_ns:
                yield event

    async def _droppable(self, start_ns: int, stop_ns: int) -> Sequence[tuple[int, int]]:
        return [(start_ns, stop_ns)]

    async def _drop(self, keys: Iterable[Key], start_ns: int, stop_ns: int) -> None:
        for key in keys:
            rows = self._tables.get(key, {})
            for time in [time for time in rows if start_ns <= time < stop_ns]:
                del rows[time]

    async def _drop_events(self, start_ns: int, stop_ns: int) -> None:
        for event in list(self._events.values()):
            if start_ns <= event.time_ns < stop_ns:
                del self._events[event.id]

    async def _recordings(self) -> Mapping[str, bytes]:
        return self._named

    async def _put_recording(self, name: str, payload: bytes | None) -> None:
        if payload is None:
            self._named.pop(name, None)
        else:
            self._named[name] = payload

    async def schema(self) -> Schema:
        return self._schema
