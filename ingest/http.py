"""Ingest's loopback endpoint: /healthz, /metrics, /dead, /log, the embedded store for others."""

import hmac
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from access.access import LOOPBACK
from ingest.counters import Counters
from ingest.spool import Dead, Spool
from telemetry.errors import UsageError
from telemetry.parameter import Parameter, Value

DEAD_SHOWN: Final = 100
LOG_SHOWN: Final = 1_000
#: Bytes of a dead message, from its beginning.
DEAD_HEAD: Final = 512

#: What monitors ask.
OPEN: Final = ("/healthz", "/metrics")

Values = Callable[[], Mapping[str, Value]]


class _Housekeeping(Collector):
    """The parameters of `ground` as Prometheus metrics: `stationwatch_<id without GND_>`."""

    def __init__(self, values: Values, parameters: Mapping[str, Parameter]) -> None:
        self._values = values
        self._parameters = parameters

    def collect(self) -> Iterable[Metric]:
        for id_, value in self._values().items():
            if isinstance(value, str):
                continue  # a list of names is no metric
            name = "stationwatch_" + id_.removeprefix("GND_").lower()
            family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            metric: Metric = family(name, self._parameters[id_].name)
            metric.add_sample(name, {}, float(value))
            yield metric


def create_app(
    counters: Counters,
    spool: Spool,
    values: Values,
    parameters: Mapping[str, Parameter],
    routes: Iterable[web.AbstractRouteDef] = (),
    token: str = "",
) -> web.Application:
    """values: the housekeeping values now. routes: of the embedded store, if ingest owns one.

    token: what is asked of whoever wants more than /healthz and /metrics; empty: nothing.
    """
    registry = CollectorRegistry()
    registry.register(_Housekeeping(values, parameters))

    async def healthz(_: web.Request) -> web.Response:
        checks = {"broker": counters.broker_connected, "store": counters.store_available}
        healthy = all(checks.values())
        body = {"status": "ok" if healthy else "degraded"} | checks
        # A store that is away is no reason to restart ingest: it still watches.
        return web.json_response(body, status=200 if counters.broker_connected else 503)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def dead(_: web.Request) -> web.Response:
        kept = await spool.dead_messages(DEAD_SHOWN)
        body = msgspec.json.encode([_told(one) for one in kept])
        return web.Response(body=body, content_type="application/json")

    async def log(request: web.Request) -> web.Response:
        """What was kept for good under a name: `plan`, `incident` or `shift`; newest first."""
        kept = await spool.logged(request.match_info["kind"], LOG_SHOWN)
        return web.Response(body=b"[" + b",".join(kept) + b"]", content_type="application/json")

    app = web.Application(middlewares=[_doorkeeper(token)])
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/dead", dead)
    app.router.add_get("/log/{kind}", log)
    app.add_routes(routes)
    return app


def _doorkeeper(token: str) -> Middleware:
    """Who may ask. A browser, which other sites' pages can send here, never."""
    expected = f"Bearer {token}".encode()

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "Origin" in request.headers or "Sec-Fetch-Site" in request.headers:
            raise web.HTTPForbidden(text="ingest answers programs; people use the console")
        if not token and _name(request) not in LOOPBACK:
            # another site's name that is made to point here
            raise web.HTTPMisdirectedRequest(text="ingest is not reached under that name")
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if token and request.path not in OPEN and not hmac.compare_digest(given, expected):
            raise web.HTTPUnauthorized(
                text="set STATIONWATCH_INGEST_TOKEN to the one ingest was started with",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return await handler(request)

    return keep


def _name(request: web.Request) -> str:
    """The host it was asked under; empty if that is none."""
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def _told(dead: Dead) -> dict[str, Any]:
    """bytes: of the payload as kept; head: the first of them, hexadecimal."""
    kept = {"bytes": len(dead.payload), "head": dead.payload[:DEAD_HEAD].hex()}
    return msgspec.structs.asdict(dead.notice) | kept


@asynccontextmanager
async def serve(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve until left; gives the port. :raises UsageError: if the address cannot be had."""
    # who is refused amid a long request is not read to its end
    runner = web.AppRunner(app, access_log=None, lingering_time=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise UsageError(f"ingest cannot listen on {host}:{port}: {error.strerror}") from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
