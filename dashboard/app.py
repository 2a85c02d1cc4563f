"""Dash on FastAPI, put together from what is handed in. No globals, no I/O of its own."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from dash import Dash
from fastapi import FastAPI

from dashboard import sockets, theme
from dashboard.backtest_runs import BacktestRuns
from dashboard.guard import Guard
from dashboard.means import Means
from dashboard.pages.activities import ActivitiesPage
from dashboard.pages.alarms import AlarmsPage
from dashboard.pages.attitude import AttitudePage
from dashboard.pages.backtests import BacktestPage, add_reports
from dashboard.pages.database import DatabasePage
from dashboard.pages.desk import Desk
from dashboard.pages.drawer import Drawer
from dashboard.pages.ground import GroundPage
from dashboard.pages.handover import HandoverPage
from dashboard.pages.propulsion import PropulsionPage
from dashboard.pages.replay import ReplayPage
from dashboard.pages.scorecard import ScorecardPage
from dashboard.pages.shell import Page, Shell
from dashboard.pages.systems import SystemsPage
from dashboard.pages.training import TrainingPage
from dashboard.pages.trends import TrendsPage
from dashboard.pages.watch import WatchPage
from dashboard.sign_in import SignIn, add_audit
from dashboard.well_formed import WellFormed

_ASSETS: Final = Path(__file__).parent / "assets"

_INDEX: Final = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>stationwatch</title>
<style>%COLOURS%</style>
{%css%}
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def create_app(means: Means) -> FastAPI:
    """The console as an ASGI application. What feeds its trees runs beside it."""
    runs = BacktestRuns(means.clock, means.store, means.missiondb)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await runs.aclose()

    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    own = means.trees.own

    # before Dash, whose catch-all would answer these with its page
    @server.get("/healthz")
    async def healthz() -> dict[str, Any]:
        return {"ok": True, "broker": own.view.connected, "browsers": len(own.hub)}

    if means.access is not None:
        SignIn(means.access, means.clock, secure=means.secure).add_routes(server)
        add_audit(server, means.access, means.clock)
    sockets.add_live_socket(server, trees=means.trees, clock=means.clock)
    add_reports(server, runs)
    pages = create_pages(server, Shell(all_pages(means, runs), (Desk(means), Drawer(means))))
    # the last added is the first asked; even what is refused bears the headers
    server.add_middleware(
        Guard,
        access=means.access,
        clock=means.clock,
        names=means.names,
        routes=server.routes,
        secure=means.secure,
    )
    server.add_middleware(SecurityHeaders, script_hashes=tuple(pages.csp_hashes()))
    return server


def all_pages(means: Means, runs: BacktestRuns) -> tuple[Page, ...]:
    """In the order of the top bar."""
    return (
        WatchPage(means),
        AttitudePage(means),
        PropulsionPage(means),
        SystemsPage(means),
        ActivitiesPage(means),
        AlarmsPage(means),
        HandoverPage(means),
        ScorecardPage(means),
        TrendsPage(means),
        BacktestPage(means, runs),
        ReplayPage(means),
        TrainingPage(means),
        GroundPage(means),
        DatabasePage(means),
    )


def create_pages(server: FastAPI, shell: Shell) -> Dash:
    """The Dash application, on `server`."""
    pages = Dash(
        __name__,
        server=server,  # type: ignore[arg-type] # its annotation knows Flask only
        title="stationwatch",
        update_title="",
        assets_folder=_ASSETS.as_posix(),
        serve_locally=True,
        index_string=_INDEX.replace("%COLOURS%", theme.css_variables()),
        on_error=_failed,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    # live values have a WebSocket of ours; without this browsers keep trying for Dash's own
    pages.backend.websocket_capability = False
    pages.layout = shell.layout  # anew for each who asks: it says who that is
    pages.validation_layout = shell.everything()
    shell.register(pages)
    # else the first request does it, and a browser that reconnects before that is turned away
    pages._setup_server()  # type: ignore[no-untyped-call]
    server.add_middleware(WellFormed, callbacks=pages.callback_map)
    return pages


def _failed(error: Exception) -> None:
    """A fault in a callback, or values no page of ours sends: the page stays as it is. Dash itself
    answers 500 and tells nobody why.
    """
    logger.error("a callback failed", exc_info=error)


class SecurityHeaders:
    """No other host may be asked for anything, no script run but ours, no other site frame us."""

    def __init__(self, app: Any, script_hashes: tuple[str, ...]) -> None:
        self._app = app
        policy = (
            "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; "
            "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; object-src 'none'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
            f"script-src 'self' {' '.join(script_hashes)}"
        )
        self._headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            # no other site's window holds ours, or embeds what it is shown
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)
