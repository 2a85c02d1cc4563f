"""Alarm events in InfluxDB: one measurement, tags for what is asked by, the event itself as JSON.

Two events of one alarm, kind and time would be one point. A tag, `slot`, tells them apart: counted
up from 0 at each such place, since the event's id as a tag would make a series of every event.

An event that stands there already is written again, to its slot: InfluxDB 1.x shows what it could
not write to its disk, and forgets it when it ends.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from telemetry.alarm import Event
from telemetry.clock import SECOND_NS
from telemetry.store.influx_http import InfluxHttp
from telemetry.store.influx_line import EVENTS, event_line, line_bodies
from telemetry.store.schema import decode_event

_PAGE: Final = 1000
_CLOSE_NS: Final = 10 * SECOND_NS

#: Spacecraft, alarm, kind and time.
_Place = tuple[str, str, str, int]


class InfluxEvents:
    def __init__(self, http: InfluxHttp) -> None:
        self._http = http
        self._appending = asyncio.Lock()

    async def append(self, events: Sequence[Event]) -> None:
        """Reads first which ids stand at these times, so one process alone may append."""
        if not events:
            return
        async with self._appending:
            taken = await self._slots_at({event.time_ns for event in events})
            texts: list[str] = []
            for event in events:
                place = (event.alarm.spacecraft, event.alarm.id, event.kind.value, event.time_ns)
                slots = taken.setdefault(place, {})
                if event.id not in slots:
                    used = set(slots.values())
                    slots[event.id] = next(i for i in itertools.count() if i not in used)
                payload = msgspec.json.encode(event).decode()
                texts.append(event_line(event, slots[event.id], payload))
            for body in line_bodies(texts):
                await self._http.write(body)

    async def _slots_at(self, times: set[int]) -> dict[_Place, dict[str, int]]:
        answers = await self._http.queries(
            [
                f'SELECT "id", "spacecraft", "alarm", "kind", "slot" FROM {EVENTS} '  # noqa: S608
                f"WHERE time >= {first} AND time <= {last}"
                for first, last in _stretches(sorted(times))
            ]
        )
        taken: dict[_Place, dict[str, int]] = {}
        for series in (series for answer in answers for series in answer):
            for time, id_, spacecraft, alarm, kind, slot in series.values:
                taken.setdefault((spacecraft, alarm, kind, time), {})[id_] = int(slot)
        return taken

    async def read(
        self, start_ns: int, stop_ns: int, spacecraft: str | None
    ) -> AsyncIterator[Event]:
        of_craft = "" if spacecraft is None else f' AND "spacecraft" = {_quoted(spacecraft)}'
        limit = _PAGE
        while start_ns < stop_ns:
            (found,) = await self._http.query(
                f'SELECT "payload" FROM {EVENTS} WHERE time >= {max(start_ns, 0)} '  # noqa: S608
                f"AND time < {stop_ns}{of_craft} ORDER BY time LIMIT {limit}"
            )
            page = [decode_event(row[1]) for series in found for row in series.values]
            more = len(page) == limit
            if more:
                # events of the page's last time may go on; they come with the next page
                start_ns = page[-1].time_ns
                page = [event for event in page if event.time_ns < start_ns]
                limit = _PAGE if page else limit * 2
            for event in sorted(page, key=lambda event: (event.time_ns, event.id)):
                yield event
            if not more:
                return


def _stretches(times: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of times that follow each other closely: asked for one by one, each costs the
    server a look at every series."""
    breaks = [i for i in range(1, len(times)) if times[i] - times[i - 1] > _CLOSE_NS]
    return [(times[i], times[j - 1]) for i, j in itertools.pairwise([0, *breaks, len(times)])]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
