"""A store in another process of this machine: the same Protocol, spoken to ingest's HTTP."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from io import BytesIO
from typing import TYPE_CHECKING, Final, Self

import aiohttp
import msgspec

from telemetry.alarm import Event
from telemetry.errors import StoreError, StoreUnavailable
from telemetry.frame import Block, Buckets, Frame, Sample
from telemetry.parameter import ParameterType
from telemetry.recording import Recording
from telemetry.secret import bearer
from telemetry.store.base import BLOCK_ROWS, Schema, Stretch, WriteReport
from telemetry.store.check import check
from telemetry.store.remote_wire import (
    CONTENT_TYPE,
    MAX_REQUEST_BYTES,
    PREFIX,
    BucketsRequest,
    DropRequest,
    EventsRequest,
    LastRequest,
    ReadRequest,
    decode_block,
    decode_buckets,
    parts,
)
from telemetry.store.rows import check_width, page_rows
from telemetry.store.schema import asked, declared, reconcile

if TYPE_CHECKING:
    from telemetry.missiondb import MissionDatabase

#: No bound on the whole answer: a reader takes its blocks as slowly as it likes.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=60)

#: Frames of one request; fewer if their strings make it larger than the server takes.
_FRAMES_A_REQUEST: Final = 1000

_events_decoder: Final = msgspec.msgpack.Decoder(list[Event])


class RemoteStore:
    """url: `http://127.0.0.1:<port>` of the process that owns the store; token: what it asks."""

    def __init__(self, url: str, database: "MissionDatabase", token: str = "") -> None:
        self._headers = bearer(token)
        self._url = url.rstrip("/") + PREFIX
        self._database = database

    async def __aenter__(self) -> Self:
        """:raises StoreSchemaError: if the two mission databases differ in a type."""
        self._session = aiohttp.ClientSession(
            timeout=_TIMEOUT,
            headers={"Content-Type": CONTENT_TYPE} | self._headers,
            auto_decompress=False,
        )
        try:
            reconcile(await self.schema(), declared(self._database))
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._session.close()

    async def _ask(self, verb: str, request: object) -> AsyncGenerator[bytes, None]:
        """The parts of the answer to a request, which may be encoded already.

        What the store raised there is raised here.
        """
        body = request if isinstance(request, bytes) else msgspec.msgpack.encode(request)
        if len(body) > MAX_REQUEST_BYTES:
            raise StoreError(f"a request of {len(body)} bytes, at most {MAX_REQUEST_BYTES}")
        try:
            async with self._session.post(self._url + verb, data=BytesIO(body)) as response:
                if response.content_type != CONTENT_TYPE:
                    await self._raise_stranger(response)
                async with aclosing(parts(response.content)) as bodies:
                    async for each in bodies:
                        yield each
        except asyncio.IncompleteReadError as error:
            raise StoreUnavailable(f"{self._url}: the answer was cut short") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            what = str(error) or type(error).__name__
            raise StoreUnavailable(f"{self._url}: {what}") from error

    async def _raise_stranger(self, response: aiohttp.ClientResponse) -> None:
        text = (await response.content.read(500)).decode(errors="replace")
        kind = StoreUnavailable if response.status >= 500 else StoreError
        raise kind(f"{self._url}: HTTP {response.status} {text}".rstrip())

    async def _ask_one(self, verb: str, request: object) -> bytes:
        async with aclosing(self._ask(verb, request)) as answer:
            bodies = [body async for body in answer]
        if len(bodies) != 1:
            raise StoreError(f"{self._url}: an answer of {len(bodies)} parts to {verb}")
        return bodies[0]

    async def write(self, frames: Sequence[Frame]) -> WriteReport:
        # checked here too: msgpack cannot carry everything a bad sample may be
        checked = check(frames, self._database)
        stored, rejected = 0, list(checked.rejected)
        waiting = [
            checked.frames[at : at + _FRAMES_A_REQUEST]
            for at in reversed(range(0, len(checked.frames), _FRAMES_A_REQUEST))
        ]
        while waiting:
            some = waiting.pop()
            body = msgspec.msgpack.encode(some)
            if len(body) > MAX_REQUEST_BYTES and len(some) > 1:
                half = len(some) // 2
                waiting += [some[half:], some[:half]]
                continue
            report = msgspec.msgpack.decode(await self._ask_one("write", body), type=WriteReport)
            stored += report.stored
            rejected += report.rejected
        return WriteReport(stored, tuple(rejected))

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
        request = ReadRequest(
            spacecraft, subsystem, start_ns, stop_ns, list(types), rows, heartbeats
        )
        async with aclosing(self._ask("read", request)) as answer:
            async for body in answer:
                yield await asyncio.to_thread(decode_block, body, spacecraft, subsystem, types)

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
        request = BucketsRequest(spacecraft, subsystem, parameter, start_ns, stop_ns, width_ns)
        return decode_buckets(await self._ask_one("buckets", request), kind, width_ns)

    async def last(
        self, spacecraft: str, subsystem: str, before_ns: int | None = None
    ) -> Mapping[str, Sample]:
        asked(self._database, spacecraft, subsystem, None)
        answer = await self._ask_one("last", LastRequest(spacecraft, subsystem, before_ns))
        return msgspec.msgpack.decode(answer, type=dict[str, Sample])

    async def append_events(self, events: Sequence[Event]) -> None:
        for at in range(0, len(events), _FRAMES_A_REQUEST):
            await self._ask_one("append_events", list(events[at : at + _FRAMES_A_REQUEST]))

    async def read_events(
        self, start_ns: int, stop_ns: int, spacecraft: str | None = None
    ) -> AsyncIterator[Event]:
        request = EventsRequest(start_ns, stop_ns, spacecraft)
        async with aclosing(self._ask("read_events", request)) as answer:
            async for body in answer:
                for event in await asyncio.to_thread(_events_decoder.decode, body):
                    yield event

    async def roll_up(self, stretches: Sequence[Stretch]) -> None:
        for stretch in stretches:
            asked(self._database, stretch.spacecraft, stretch.subsystem, None)
        await self._ask_one("roll_up", list(stretches))

    async def drop(self, start_ns: int, stop_ns: int, *, rollups: bool = False) -> None:
        await self._ask_one("drop", DropRequest(start_ns, stop_ns, rollups))

    async def put_recording(self, recording: Recording) -> None:
        await self._ask_one("put_recording", recording)

    async def delete_recording(self, name: str) -> None:
        await self._ask_one("delete_recording", name)

    async def recordings(self) -> Sequence[Recording]:
        return msgspec.msgpack.decode(await self._ask_one("recordings", None), type=list[Recording])

    async def schema(self) -> Schema:
        answer: dict[str, dict[str, ParameterType]] = msgspec.msgpack.decode(
            await self._ask_one("schema", None), type=dict[str, dict[str, ParameterType]]
        )
        schema: dict[tuple[str, str], Mapping[str, ParameterType]] = {}
        for name, types in answer.items():
            spacecraft, _, subsystem = name.partition("/")
            schema[spacecraft, subsystem] = types
        return schema
