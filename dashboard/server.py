"""The console as a program: feed, pages and their server, from settings, until cancelled."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from access.access import LOOPBACK, Access, Sealer, must_be_closed, opened
from dashboard.app import create_app
from dashboard.commands import Office
from dashboard.history import History
from dashboard.ingest_client import IngestClient
from dashboard.means import Means
from dashboard.sources import Sources
from dashboard.tree import Trees, make_tree
from dashboard.tree import listen as listen_to
from telemetry import missiondb
from telemetry.clock import SystemClock
from telemetry.errors import UsageError
from telemetry.link import BrokerAddress
from telemetry.settings import Settings
from telemetry.store.open import open_store

#: A browser has nothing to say on its WebSocket; what it sends through Dash is by HTTP.
_MAX_SOCKET_MESSAGE_BYTES: Final = 4096
_STOP_WITHIN_S: Final = 3


async def run_console(settings: Settings, ready: Callable[[], None]) -> None:
    """Serve until cancelled; `ready` is called once connections are accepted.

    :raises UsageError: if the address cannot be listened on.
    :raises LinkRefused: if the broker does not let us in. One that is away is waited for.
    """
    with opened(settings) as access:
        await _run(settings, access, ready)


async def _run(settings: Settings, access: Access | None, ready: Callable[[], None]) -> None:
    must_be_closed(
        "the console",
        settings.console_host,
        access is not None,
        "make users (`stationwatch user add`) and set STATIONWATCH_ACCESS to their folder",
    )
    clock = SystemClock()
    seal = Sealer.of(settings)
    if access is not None and not seal.signer:
        raise UsageError(
            "console: where there are users it signs what they ask: `stationwatch user service "
            "console` prints a key for STATIONWATCH_COMMAND_KEY"
        )
    office = Office(closed=access is not None, seal=seal, clock=clock)
    broker = BrokerAddress.of(settings)
    database = missiondb.load(settings.missiondb)
    history = History(lambda: open_store(history_url(settings), database))
    own = make_tree(settings.root, database, clock, office=office)
    ingest = IngestClient(
        f"http://{settings.ingest_host}:{settings.ingest_port}", settings.ingest_token
    )
    sources = Sources(
        own.view.board,
        history,
        ingest,
        lambda url, token: open_store(url, database, token),
        settings.ingest_token,
    )
    trees = Trees(
        own,
        database,
        clock,
        lambda tree: listen_to(tree, sources.history(tree.root), clock, broker),
        office,
    )
    app = create_app(
        Means(
            database=database,
            trees=trees,
            history=history,
            ingest=ingest,
            clock=clock,
            missiondb=settings.missiondb,
            store=history_url(settings),
            access=access,
            names=_names(settings),
            secure=settings.console_url.startswith("https:"),
            sources=sources,
        )
    )
    with listen(settings.console_host, settings.console_port) as listener:
        async with history, sources, asyncio.TaskGroup() as tasks:
            tasks.create_task(listen_to(own, history, clock, broker))
            try:
                await serve(app, listener, ready)
            finally:
                await trees.aclose()


def _names(settings: Settings) -> frozenset[str]:
    """The hosts under which it is reached."""
    told = urlsplit(settings.console_url).hostname
    return LOOPBACK | {settings.console_host} | ({told} if told else set())


def history_url(settings: Settings) -> str:
    """Where history comes from. An embedded store is ingest's alone: it is asked for its data."""
    if settings.store.startswith("duckdb:"):
        return f"remote+http://{settings.ingest_host}:{settings.ingest_port}"
    return settings.store


@contextlib.contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """:raises UsageError: if it is not ours to listen on."""
    try:
        listener = socket.create_server((host, port), family=_family(host))
    except OSError as error:
        raise UsageError(f"console: cannot listen on {host}:{port}: {error.strerror}") from error
    with listener:
        yield listener


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


async def serve(app: FastAPI, listener: socket.socket, ready: Callable[[], None]) -> None:
    """One uvicorn worker on a socket that listens already. Cancelling ends it in good order."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_per_message_deflate=False,  # costs more than it saves on one network
        ws_max_size=_MAX_SOCKET_MESSAGE_BYTES,
        timeout_graceful_shutdown=_STOP_WITHIN_S,
    )
    server = _Server(config, ready)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """Says when it is up, and leaves signals to the program it runs in."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
