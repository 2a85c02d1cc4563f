"""Bundles over ingest's HTTP, for commands on this machine.

GET /bundles            JSON, the names of those ingest keeps, the newest first
POST /bundles/<name>    a bundle; 201 once it is looked at and kept, 400 with what is wrong
                        with it, 507 where there is no room
"""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

from aiohttp import web

from ingest.bundle.apart import look_apart
from ingest.bundle.form import MAX_BYTES, BundleError
from ingest.bundle.shelf import COMING, Shelf, is_name
from telemetry.store.remote_server import refuse_strangers

_CHUNK: Final = 1 << 20


def bundle_routes(state: Path) -> list[web.RouteDef]:
    """state: ingest's folder."""
    shelf = Shelf(state)
    one_at_a_time = asyncio.Lock()

    async def names(request: web.Request) -> web.Response:
        refuse_strangers(request)
        return web.json_response(await asyncio.to_thread(shelf.names))

    async def put(request: web.Request) -> web.Response:
        refuse_strangers(request)
        name = request.match_info["name"]
        if not is_name(name):
            return web.Response(status=400, text="that is no name for a bundle")
        try:
            async with one_at_a_time:
                await _keep(shelf, request, name)
        except BundleError as error:
            return web.Response(status=400, text=str(error))
        except OSError as error:
            text = f"{shelf.folder} cannot be written: {error.strerror or error}"
            return web.Response(status=507, text=text)
        return web.json_response({"name": name}, status=201)

    return [web.get("/bundles", names), web.post("/bundles/{name}", put)]


async def _keep(shelf: Shelf, request: web.Request, name: str) -> None:
    await asyncio.to_thread(shelf.make_ready)
    with tempfile.TemporaryDirectory(prefix=COMING, dir=shelf.folder) as coming:
        received = Path(coming) / "received"
        with await asyncio.to_thread(received.open, "wb") as file:
            size = 0
            async for chunk in request.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise BundleError(f"a bundle has at most {MAX_BYTES:,} bytes")
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_settle, file)
        looked = await look_apart(received, name)
        if not is_name(name, looked.seal):
            raise BundleError(f"{name} is not its name: its seal is {looked.seal}")
        await asyncio.to_thread(shelf.put, received, name)


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
