"""`/api/v2/write` for an InfluxDB older than 1.8, and faults on demand."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

#: Faults besides a status: before the server sees the request, after, and amid the answer.
CUT, CUT_AFTER, CUT_BODY = "cut", "cut after", "cut body"

_PRECISION = {"ns": "n", "us": "u", "ms": "ms", "s": "s"}


class InfluxProxy:
    """faults: what happens to the next writes and queries, one each; None is none."""

    def __init__(self, upstream: str) -> None:
        self.faults: deque[str | int | None] = deque()
        self.writes = 0
        self.url = ""
        self._upstream = upstream

    @asynccontextmanager
    async def running(self) -> AsyncIterator["InfluxProxy"]:
        app = web.Application(client_max_size=32 << 20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None)
        async with aiohttp.ClientSession() as self._session:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            try:
                yield self
            finally:
                await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.popleft() if self.faults and request.path != "/ping" else None
        if isinstance(fault, int):
            return web.json_response({"message": "so the test wills"}, status=fault)
        if fault == CUT:
            return self._cut(request)
        path, query = request.path, dict(request.query)
        if path == "/api/v2/write":
            self.writes += 1
            database, _, policy = query["bucket"].partition("/")
            path, query = "/write", {"db": database, "precision": _PRECISION[query["precision"]]}
            query |= {"rp": policy} if policy else {}
        # aiohttp has unzipped the body already: its encoding must not be passed on
        passed = ("Accept", "Content-Type", "Authorization")
        headers = {name: request.headers[name] for name in passed if name in request.headers}
        try:
            async with self._session.request(
                request.method,
                self._upstream + path,
                params=query,
                data=await request.read(),
                headers=headers,
            ) as answer:
                body = await answer.read()
        except aiohttp.ClientConnectionError:
            return self._cut(request)  # nobody there, as without a proxy
        if fault == CUT_AFTER:
            return self._cut(request)
        kept = {
            name: value
            for name, value in answer.headers.items()
            if name.startswith("X-Influxdb") or name == "Content-Type"
        }
        if fault == CUT_BODY:
            response = web.StreamResponse(status=answer.status, headers=kept)
            response.content_length = len(body) + 1
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
            return self._cut(request, response)
        return web.Response(status=answer.status, headers=kept, body=body)

    def _cut(
        self, request: web.Request, response: web.StreamResponse | None = None
    ) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return response or web.Response()
