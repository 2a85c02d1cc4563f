"""The record archive over ingest's HTTP, for commands on this machine.

    GET /archive/laps                       JSON [[lap, from_ns, to_ns], ...]
    GET /archive/find?start=NS&stop=NS      JSON Span, or null
    GET /archive/segment?first=N&last=N     msgpack Segment, the first with any of these; or null
    GET /archive/announcements?lap=N&last=N msgpack [[time_ns, n, received_ns, topic, payload], ...]
    GET /archive/checkpoint?n=N             msgpack Checkpoint, or null
    GET /archive/missiondb?version=V        msgpack {path: content}, or null

Segments go as they are kept, compressed: answering costs live telemetry next to nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from ingest.archive import Archive
from ingest.archiving import Archivist
from ingest.segment import ArchiveError, Segment
from telemetry.store.remote_server import refuse_strangers

_Answer = Callable[[web.Request], Awaitable[Any]]


def archive_routes(archivist: Archivist) -> list[web.RouteDef]:
    async def laps(_: web.Request) -> Any:
        await archivist.flush()
        return await archivist.ask(Archive.laps)

    async def find(request: web.Request) -> Any:
        await archivist.flush()
        return await archivist.ask(
            Archive.find, _number(request, "start"), _number(request, "stop")
        )

    async def segment(request: web.Request) -> Any:
        return await archivist.ask(_segment, _number(request, "first"), _number(request, "last"))

    async def announcements(request: web.Request) -> Any:
        told = await archivist.ask(
            Archive.announcements, _number(request, "lap"), _number(request, "last")
        )
        return [
            (t.time_ns, r.n, r.received_ns, r.topic, r.payload) for t in told for r in [t.record]
        ]

    async def checkpoint(request: web.Request) -> Any:
        return await archivist.ask(Archive.checkpoint, _number(request, "n"))

    async def missiondb(request: web.Request) -> Any:
        try:
            return await archivist.ask(Archive.missiondb_files, request.query.get("version", ""))
        except ArchiveError:
            return None

    json, msgpack = msgspec.json.encode, msgspec.msgpack.encode
    return [
        web.get("/archive/laps", _handler(laps, json)),
        web.get("/archive/find", _handler(find, json)),
        web.get("/archive/segment", _handler(segment, msgpack)),
        web.get("/archive/announcements", _handler(announcements, msgpack)),
        web.get("/archive/checkpoint", _handler(checkpoint, msgpack)),
        web.get("/archive/missiondb", _handler(missiondb, msgpack)),
    ]


def _segment(archive: Archive, first_n: int, last_n: int) -> Segment | None:
    return next(archive.segments(first_n, last_n), None)


def _handler(
    answer: _Answer, encode: Callable[[Any], bytes]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        refuse_strangers(request)
        try:
            body = encode(await answer(request))
        except ArchiveError as error:
            return web.Response(status=500, text=str(error))
        kind = "application/json" if encode is msgspec.json.encode else "application/x-msgpack"
        return web.Response(body=body, content_type=kind)

    return handle


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "")
    if not text.isdecimal() or int(text) >= 1 << 63:
        raise web.HTTPBadRequest(text=f"{name} must be a number")
    return int(text)
