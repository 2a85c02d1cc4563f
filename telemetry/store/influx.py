"""The production store: InfluxDB 1.8+, 2.x or 3.

The bucket must exist. Its retention should be infinite: samples older than a finite one are
rejected, so recordings could not be imported.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

from telemetry.alarm import Event
from telemetry.errors import StoreError
from telemetry.frame import Block, Buckets, Frame, Sample
from telemetry.parameter import ParameterType, Value
from telemetry.store.base import Rejected, Schema
from telemetry.store.check import MAX_TIME_NS, rejection
from telemetry.store.influx_csv import block_from, buckets_from, select_block
from telemetry.store.influx_events import InfluxEvents
from telemetry.store.influx_http import InfluxHttp, Refused
from telemetry.store.influx_line import (
    EVENTS,
    META,
    RECORDINGS,
    bodies,
    frame_lines,
    halves,
    line_bodies,
    measurement,
    meta_line,
    recording_line,
)
from telemetry.store.rolled import RolledStore
from telemetry.store.rollups import whole_minutes
from telemetry.store.rows import Key, merge_frames, no_buckets
from telemetry.store.schema import (
    QUALITY_SUFFIX,
    RECEIVED,
    SCHEMA_NUMBER,
    Types,
    check_number,
    declared,
    decode_types,
    encode_types,
    reconcile,
)

if TYPE_CHECKING:
    from telemetry.missiondb import MissionDatabase

#: Requests under way at a time; no two of a batch have a sample in common.
_WRITES: Final = 2

_DROPPED: Final = re.compile(r"dropped=(\d+)")


class InfluxStore(RolledStore):
    """:raises StoreError: at opening too, if the bucket is missing or holds other types."""

    def __init__(
        self, url: str, bucket: str, database: "MissionDatabase", *, token: str = "", org: str = ""
    ) -> None:
        super().__init__(database)
        self._http = InfluxHttp(url, bucket, token, org)
        self._bucket = bucket
        self._schema: Schema = declared(database)
        self._events = InfluxEvents(self._http)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        try:
            self._schema = reconcile(await self._stored_schema(), self._schema)
            # each time, so that a retention never makes the store forget its types
            meta = [
                meta_line(key, SCHEMA_NUMBER, encode_types(types))
                for key, types in self._schema.items()
            ]
            for body in line_bodies(meta):
                await self._http.write(body)
        except BaseException:
            await self._http.__aexit__()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._http.__aexit__(*exc)

    async def _stored_schema(self) -> Schema:
        (found,) = await self._http.query(
            f'SELECT "schema", "types" FROM {META} GROUP BY "spacecraft", "subsystem" '  # noqa: S608
            "ORDER BY time DESC LIMIT 1"
        )
        stored = {}
        for series in found:
            _, number, types = series.values[0]
            check_number(number, f"bucket {self._bucket} of InfluxDB")
            stored[series.tags["spacecraft"], series.tags["subsystem"]] = decode_types(types)
        return stored

    async def _put(self, frames: Sequence[Frame]) -> Sequence[Rejected]:
        refused: list[Rejected] = []
        rows = [row for by_time in merge_frames(frames).values() for row in by_time.values()]
        requests = bodies(rows)  # made as they are sent: all at once would hold up others

        async def send() -> None:
            for body, sent in requests:
                refused.extend(await self._send(body, sent))

        done = await asyncio.gather(*(send() for _ in range(_WRITES)), return_exceptions=True)
        for error in done:
            if error is not None:
                raise error
        return refused

    async def _send(self, body: bytes, frames: Sequence[Frame]) -> list[Rejected]:
        """Write, and halve what is refused until the samples at fault are found.

        The server names none of them, and drops a line whole for one of its fields.
        """
        try:
            await self._http.write(body)
        except Refused as refusal:
            dropped = _DROPPED.search(refusal.reason)
            # the time is at fault, not a field: no need to look closer if all lines share it
            lines = body.count(b"\n") + 1
            too_old = "retention" in refusal.reason and dropped and int(dropped[1]) == lines
            samples = [(frame, name) for frame in frames for name in _names(frame)]
            if too_old or len(samples) == 1:
                return [rejection(frame, name, refusal.reason) for frame, name in samples]
            half = len(frames) // 2
            parts = [frames[:half], frames[half:]] if half else [[one] for one in halves(*frames)]
            refused: list[Rejected] = []
            for part in parts:
                refused += await self._send(b"\n".join(map(frame_lines, part)), part)
            return refused
        return []

    async def _rows(
        self, key: Key, types: Types, start_ns: int, stop_ns: int, rows: int
    ) -> AsyncIterator[Block]:
        next_ns = start_ns
        while next_ns < stop_ns:
            text = await self._http.query_csv(
                f"SELECT {select_block(types)} {_of(key, next_ns, stop_ns)} "
                f"ORDER BY time LIMIT {rows}"
            )
            if not text:
                return
            page = await asyncio.to_thread(block_from, key, text, types)
            yield page
            if len(page) < rows:
                return
            next_ns = int(page.time_ns[-1]) + 1

    async def _sum_up(
        self,
        key: Key,
        parameter: str,
        kind: ParameterType,
        start_ns: int,
        stop_ns: int,
        width_ns: int,
    ) -> Buckets:
        functions = ("count", "last", *(("min", "max", "mean") if kind.numeric else ()))
        select = ", ".join(f'{function}("{parameter}") AS "{function}"' for function in functions)
        text = await self._http.query_csv(
            f"SELECT {select} {_of(key, start_ns, stop_ns)} GROUP BY time({width_ns}ns) fill(none)"
        )
        if not text:
            return no_buckets(kind, width_ns)
        return await asyncio.to_thread(buckets_from, text, kind, width_ns)

    async def _last(self, key: Key, types: Types, before_ns: int) -> dict[str, Sample]:
        source = _of(key, 0, before_ns)
        stored = await self._fields(key)
        names = [name for p in types for name in (p, p + QUALITY_SUFFIX) if name in stored]
        # one selector a statement: of several in one, InfluxDB gives no times
        found = await self._http.queries([f'SELECT last("{name}") {source}' for name in names])
        latest = {
            name: series[0].values[0] for name, series in zip(names, found, strict=True) if series
        }
        samples: dict[str, Sample] = {}
        for parameter, kind in types.items():
            time, value = latest.get(parameter, (-1, None))
            invalid_time, quality = latest.get(parameter + QUALITY_SUFFIX, (-1, 0))
            if invalid_time > time:
                samples[parameter] = Sample(invalid_time, None, quality)
            elif time >= 0:
                samples[parameter] = Sample(time, _exact(kind, value))
        return samples

    async def _fields(self, key: Key) -> set[str]:
        """Those that ever had a value: most parameters never had an invalid sample."""
        (found,) = await self._http.query(f'SHOW FIELD KEYS FROM "{measurement(key)}"')
        return {name for series in found for name, _ in series.values}

    async def append_events(self, events: Sequence[Event]) -> None:
        await self._events.append(events)

    async def read_events(
        self, start_ns: int, stop_ns: int, spacecraft: str | None = None
    ) -> AsyncIterator[Event]:
        async for event in self._events.read(start_ns, stop_ns, spacecraft):
            yield event

    async def _droppable(self, start_ns: int, stop_ns: int) -> Sequence[tuple[int, int]]:
        """From the first to the last sample there is of any subsystem."""
        self._check_deletes()
        found = await self._http.queries(
            [
                f'SELECT {function}("{RECEIVED}") {_of(key, start_ns, stop_ns)}'
                for key in self._schema
                for function in ("first", "last")
            ]
        )
        times = [series.values[0][0] for answer in found for series in answer]
        return [whole_minutes(min(times), max(times) + 1)] if times else []

    async def _drop(self, keys: Iterable[Key], start_ns: int, stop_ns: int) -> None:
        self._check_deletes()
        await self._delete(map(measurement, keys), start_ns, stop_ns)

    async def _drop_events(self, start_ns: int, stop_ns: int) -> None:
        await self._delete([EVENTS], start_ns, stop_ns)

    async def _delete(self, names: Iterable[str], start_ns: int, stop_ns: int) -> None:
        """Deletes rows at once; the disk comes back as the server compacts."""
        within = f"time >= {max(start_ns, 0)} AND time < {min(stop_ns, MAX_TIME_NS + 1)}"
        await self._http.queries([f'DELETE FROM "{name}" WHERE {within}' for name in names])  # noqa: S608

    def _check_deletes(self) -> None:
        """:raises StoreError: on InfluxDB 3, which has no DELETE but a retention by database."""
        if self._http.version.startswith("3"):
            raise StoreError(
                f"{self._http.where}: InfluxDB 3 cannot delete rows, "
                "set the database's retention period instead"
            )

    async def _recordings(self) -> Mapping[str, str]:
        (found,) = await self._http.query(
            f'SELECT "payload" FROM {RECORDINGS} GROUP BY "name" ORDER BY time DESC LIMIT 1'  # noqa: S608
        )
        newest = {series.tags["name"]: series.values[0][1] for series in found}
        return {name: payload for name, payload in newest.items() if payload}

    async def _put_recording(self, name: str, payload: bytes | None) -> None:
        """The newest of a name stands; an empty one says that it was forgotten."""
        await self._http.write(recording_line(name, (payload or b"").decode()).encode())

    async def schema(self) -> Schema:
        return self._schema


def _of(key: tuple[str, str], start_ns: int, stop_ns: int) -> str:
    start_ns, stop_ns = max(start_ns, 0), min(stop_ns, MAX_TIME_NS + 1)
    return f'FROM "{measurement(key)}" WHERE time >= {start_ns} AND time < {stop_ns}'


def _names(frame: Frame) -> list[str]:
    """Of its samples; a heartbeat, which has none, is one without a name."""
    return [*frame.values, *frame.invalid] or [""]


def _exact(kind: ParameterType, value: Any) -> Value:
    """JSON writes a whole float as an integer."""
    exact: Value = float(value) if kind is ParameterType.FLOAT else value
    return exact
