"""The store that forgets at exit: for tests, and the plainest statement of what stores promise."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np

from telemetry.alarm import Event
from telemetry.frame import Block, Buckets, Frame, Sample
from telemetry.store.base import BLOCK_ROWS, Schema, WriteReport
from telemetry.store.check import check
from telemetry.store.rows import (
    Key,
    Row,
    block_of,
    check_width,
    page_rows,
    present_rows,
    sum_up,
)
from telemetry.store.schema import asked, declared

if TYPE_CHECKING:
    from telemetry.missiondb import MissionDatabase


class MemoryStore:
    def __init__(self, database: "MissionDatabase") -> None:
        self._database = database
        self._schema = declared(database)
        self._rows: dict[Key, dict[int, Row]] = {}
        self._events: dict[str, Event] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def write(self, frames: Sequence[Frame]) -> WriteReport:
        checked = check(frames, self._database)
        for frame in checked.frames:
            rows = self._rows.setdefault((frame.spacecraft, frame.subsystem), {})
            rows.setdefault(frame.time_ns, Row(frame.received_ns, frame.sequence)).merge(frame)
        return WriteReport(checked.samples, checked.rejected)

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
        page = page_rows(block_rows, len(types))
        rows = self._rows.get((spacecraft, subsystem), {})
        times = sorted(time for time in rows if start_ns <= time < stop_ns)
        for at in range(0, len(times), page):
            # what was dropped since the reading began is gone
            some = [time for time in times[at : at + page] if time in rows]
            block = block_of((spacecraft, subsystem), some, [rows[time] for time in some], types)
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
        types = asked(self._database, spacecraft, subsystem, [parameter])
        rows = self._rows.get((spacecraft, subsystem), {})
        times = sorted(
            t for t, r in rows.items() if start_ns <= t < stop_ns and parameter in r.values
        )
        block = block_of((spacecraft, subsystem), times, [rows[time] for time in times], types)
        column = block.columns[parameter]
        return sum_up(types[parameter], block.time_ns, np.asarray(column.values), width_ns)

    async def last(
        self, spacecraft: str, subsystem: str, before_ns: int | None = None
    ) -> Mapping[str, Sample]:
        types = asked(self._database, spacecraft, subsystem, None)
        latest: dict[str, Sample] = {}
        for time, row in sorted(self._rows.get((spacecraft, subsystem), {}).items()):
            if before_ns is not None and time >= before_ns:
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

    async def drop_before(self, time_ns: int) -> None:
        for rows in self._rows.values():
            for time in [time for time in rows if time < time_ns]:
                del rows[time]
        self._events = {id_: e for id_, e in self._events.items() if e.time_ns >= time_ns}

    async def schema(self) -> Schema:
        return self._schema
