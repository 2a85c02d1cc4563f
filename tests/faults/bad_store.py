"""An InfluxDB that misbehaves on writes, by moods. It stands before one that does not."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from aiohttp import web

#: What is larger than this many lines is refused, or taken in part.
_LINES: Final = 20


class Mood(StrEnum):
    """What becomes of a write. `late`, `silent`: of one at a time, for `hold_s`."""

    GOOD = "good"
    LATE = "late"  # stored, and answered so late that nobody waits any more
    SILENT = "silent"  # taken, not stored, never answered
    CUT_BEFORE = "cut before"
    CUT_AFTER = "cut after"  # stored, and the connection closed before the answer
    CUT_AMID = "cut amid"  # stored, and closed amid the answer
    REFUSING = "refusing"  # nobody listens
    BROKEN = "500"
    BUSY = "429"  # with Retry-After
    AWAY = "503"
    PARTIAL = "partial"  # half of the lines are stored, as InfluxDB 1.x says it
    PARTIAL_2 = "partial 422"  # the same as InfluxDB 2 says it
    LARGE = "413"


_STATUS: Final = {Mood.BROKEN: 500, Mood.BUSY: 429, Mood.AWAY: 503, Mood.LARGE: 413}
_STATUS_PARTIAL: Final = {Mood.PARTIAL: 400, Mood.PARTIAL_2: 422}
#: Those that only bodies of many lines meet: less of it will do.
_BY_SIZE: Final = frozenset((Mood.PARTIAL, Mood.PARTIAL_2, Mood.LARGE))


class BadStore:
    """mood: of the next write. seen: writes since then, by what they met; refused connections
    are not seen."""

    def __init__(self, hold_s: float) -> None:
        self.mood = Mood.GOOD
        self.hold_s = hold_s
        self.seen: Counter[Mood] = Counter()
        self._upstream = ""
        self._port = 0
        self._site: web.TCPSite | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["BadStore"]:
        app = web.Application(client_max_size=32 << 20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        async with aiohttp.ClientSession(auto_decompress=False) as self._session:
            await self._runner.setup()
            await self._listen()
            try:
                yield self
            finally:
                await self._runner.cleanup()

    def before(self, store_url: str) -> str:
        """The URL of this one, for `influxdb+http://host:port/bucket` behind it."""
        parts = urlsplit(store_url)
        self._upstream = urlunsplit(("http", parts.netloc, "", "", ""))
        return urlunsplit(parts._replace(netloc=f"127.0.0.1:{self._port}"))

    async def be(self, mood: Mood) -> None:
        """From now on."""
        if self._site is not None and mood is Mood.REFUSING:
            await self._site.stop()
            self._site = None
        elif self._site is None and mood is not Mood.REFUSING:
            await self._listen()
        self.mood = mood
        self.seen.clear()

    async def _listen(self) -> None:
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await self._site.start()
        self._port = self._runner.addresses[0][1]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not request.path.endswith("/write"):
            return await self._pass(request, body)
        mood, lines = self.mood, body.splitlines()
        if mood in _BY_SIZE and len(lines) <= _LINES:
            mood = Mood.GOOD
        self.seen[mood] += 1
        match mood:
            case Mood.CUT_BEFORE | Mood.REFUSING:  # on a connection from before
                return _cut(request)
            case Mood.SILENT:
                await asyncio.sleep(self.hold_s)
                return _cut(request)
            case Mood.BROKEN | Mood.BUSY | Mood.AWAY | Mood.LARGE:
                headers = {"Retry-After": "1"} if mood is Mood.BUSY else {}
                return web.json_response(
                    {"error": "so the test wills"}, status=_STATUS[mood], headers=headers
                )
            case Mood.PARTIAL | Mood.PARTIAL_2:
                await self._pass(request, b"\n".join(lines[::2]))
                said = f"partial write: so the test wills dropped={len(lines[1::2])}"
                return web.json_response({"error": said}, status=_STATUS_PARTIAL[mood])
        answer = await self._pass(request, body)
        match mood:
            case Mood.LATE:
                await asyncio.sleep(self.hold_s)
            case Mood.CUT_AFTER:
                return _cut(request)
            case Mood.CUT_AMID:
                amid = web.StreamResponse(status=200, headers={"Content-Type": "application/json"})
                amid.content_length = 100
                await amid.prepare(request)
                await amid.write(b'{"par')
                return _cut(request, amid)
        return answer

    async def _pass(self, request: web.Request, body: bytes) -> web.StreamResponse:
        kept = ("Accept", "Content-Type", "Authorization")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        try:
            async with self._session.request(
                request.method,
                f"{self._upstream}{request.rel_url}",
                data=body,
                headers=headers,
            ) as answer:
                answered = await answer.read()
        except aiohttp.ClientError:
            return _cut(request)
        kept_back = {
            name: value
            for name, value in answer.headers.items()
            if name.startswith("X-Influxdb") or name == "Content-Type"
        }
        return web.Response(status=answer.status, headers=kept_back, body=answered)


def _cut(request: web.Request, begun: web.StreamResponse | None = None) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return begun or web.Response()
