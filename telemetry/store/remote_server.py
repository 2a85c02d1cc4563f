"""The server side of `remote`: a store's Protocol over HTTP, for other processes of this machine.

app.add_routes(remote_routes(store))
"""

import asyncio
import ipaddress
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Final

import msgspec
from aiohttp import web

from telemetry.alarm import Event
from telemetry.errors import StoreError
from telemetry.frame import Frame
from telemetry.recording import Recording
from telemetry.store.base import Store, Stretch
from telemetry.store.remote_wire import (
    CONTENT_TYPE,
    DATA,
    END,
    ERROR,
    MAX_REQUEST_BYTES,
    PREFIX,
    BucketsRequest,
    DropRequest,
    EventsRequest,
    LastRequest,
    ReadRequest,
    encode_block,
    encode_buckets,
    failure_of,
    part,
)

_EVENTS_A_PART: Final = 500

#: From the body of a request to the bodies of the answer's parts.
_Verb = Callable[[bytes], AsyncGenerator[bytes, None]]


def remote_routes(store: Store) -> list[web.RouteDef]:
    """A route for each verb, under `/store/`."""
    verbs = _Verbs(store)
    return [
        web.post(PREFIX + verb.__name__, _handler(verb))
        for verb in (
            verbs.write,
            verbs.read,
            verbs.buckets,
            verbs.last,
            verbs.append_events,
            verbs.read_events,
            verbs.roll_up,
            verbs.drop,
            verbs.put_recording,
            verbs.delete_recording,
            verbs.recordings,
            verbs.schema,
        )
    ]


class _Verbs:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def write(self, body: bytes) -> AsyncGenerator[bytes, None]:
        frames = msgspec.msgpack.decode(body, type=list[Frame])
        yield msgspec.msgpack.encode(await self._store.write(frames))

    async def read(self, body: bytes) -> AsyncGenerator[bytes, None]:
        ask = msgspec.msgpack.decode(body, type=ReadRequest)
        blocks: Any = self._store.read(
            ask.spacecraft,
            ask.subsystem,
            ask.start_ns,
            ask.stop_ns,
            ask.parameters,
            heartbeats=ask.heartbeats,
            block_rows=ask.block_rows,
        )
        async with aclosing(blocks):
            async for block in blocks:
                yield await asyncio.to_thread(encode_block, block)

    async def buckets(self, body: bytes) -> AsyncGenerator[bytes, None]:
        ask = msgspec.msgpack.decode(body, type=BucketsRequest)
        buckets = await self._store.buckets(
            ask.spacecraft, ask.subsystem, ask.parameter, ask.start_ns, ask.stop_ns, ask.width_ns
        )
        yield encode_buckets(buckets)

    async def last(self, body: bytes) -> AsyncGenerator[bytes, None]:
        ask = msgspec.msgpack.decode(body, type=LastRequest)
        last = await self._store.last(ask.spacecraft, ask.subsystem, ask.before_ns)
        yield msgspec.msgpack.encode(last)

    async def append_events(self, body: bytes) -> AsyncGenerator[bytes, None]:
        await self._store.append_events(msgspec.msgpack.decode(body, type=list[Event]))
        yield b""

    async def read_events(self, body: bytes) -> AsyncGenerator[bytes, None]:
        ask = msgspec.msgpack.decode(body, type=EventsRequest)
        events: Any = self._store.read_events(ask.start_ns, ask.stop_ns, ask.spacecraft)
        some: list[Event] = []
        async with aclosing(events):
            async for event in events:
                some.append(event)
                if len(some) == _EVENTS_A_PART:
                    yield msgspec.msgpack.encode(some)
                    some.clear()
        yield msgspec.msgpack.encode(some)

    async def roll_up(self, body: bytes) -> AsyncGenerator[bytes, None]:
        await self._store.roll_up(msgspec.msgpack.decode(body, type=list[Stretch]))
        yield b""

    async def drop(self, body: bytes) -> AsyncGenerator[bytes, None]:
        ask = msgspec.msgpack.decode(body, type=DropRequest)
        await self._store.drop(ask.start_ns, ask.stop_ns, rollups=ask.rollups)
        yield b""

    async def put_recording(self, body: bytes) -> AsyncGenerator[bytes, None]:
        await self._store.put_recording(msgspec.msgpack.decode(body, type=Recording))
        yield b""

    async def delete_recording(self, body: bytes) -> AsyncGenerator[bytes, None]:
        await self._store.delete_recording(msgspec.msgpack.decode(body, type=str))
        yield b""

    async def recordings(self, body: bytes) -> AsyncGenerator[bytes, None]:
        yield msgspec.msgpack.encode(list(await self._store.recordings()))

    async def schema(self, body: bytes) -> AsyncGenerator[bytes, None]:
        schema = await self._store.schema()
        yield msgspec.msgpack.encode({"/".join(key): types for key, types in schema.items()})


def _handler(verb: _Verb) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        refuse_strangers(request)
        if request.content_type != CONTENT_TYPE:
            raise web.HTTPUnsupportedMediaType(text=f"a request must be {CONTENT_TYPE}")
        body = await _body(request)
        response = web.StreamResponse()
        response.content_type = CONTENT_TYPE
        await response.prepare(request)
        try:
            async with aclosing(verb(body)) as answer:
                async for each in answer:
                    await response.write(part(DATA, each))
        except ConnectionError:
            # the client left; there is nobody to tell
            return response
        except Exception as error:
            if not isinstance(error, StoreError | KeyError | ValueError):
                request.app.logger.exception("store request %s failed", request.path)
            await response.write(part(ERROR, msgspec.msgpack.encode(failure_of(error))))
        else:
            await response.write(part(END))
        await response.write_eof()
        return response

    return handle


def refuse_strangers(request: web.Request) -> None:
    """Only this machine, and only by a loopback name: a web page's host name may be made to mean
    127.0.0.1, and then only the Host header tells.
    """
    host = request.url.host or ""
    if not (_is_loopback(request.remote or "") and (host == "localhost" or _is_loopback(host))):
        raise web.HTTPForbidden(text="the store is for this machine only")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


async def _body(request: web.Request) -> bytes:
    """The request's body; bounded here, whatever the application it is mounted in allows."""
    if (request.content_length or 0) > MAX_REQUEST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MAX_REQUEST_BYTES, request.content_length or 0)
    body = bytearray()
    async for chunk in request.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MAX_REQUEST_BYTES, len(body))
    return bytes(body)
