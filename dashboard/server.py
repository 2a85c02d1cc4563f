"""The console as a program: feed, pages and their server, from settings, until cancelled."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn
from fastapi import FastAPI

from dashboard import messages
from dashboard.app import create_app
from dashboard.commands import Commands
from dashboard.feed import Feed
from dashboard.history import History
from dashboard.hub import Hub
from dashboard.prime import prime
from dashboard.view import LiveView
from telemetry import missiondb
from telemetry.clock import SystemClock
from telemetry.errors import UsageError
from telemetry.link import BrokerAddress
from telemetry.settings import Settings
from telemetry.store.open import open_store
from telemetry.topics import Topics

#: A browser has nothing to say on its WebSocket; what it sends through Dash is by HTTP.
_MAX_SOCKET_MESSAGE_BYTES: Final = 4096
_STOP_WITHIN_S: Final = 3


async def run_console(settings: Settings, ready: Callable[[], None]) -> None:
    """Serve until cancelled; `ready` is called once connections are accepted.

    :raises UsageError: if the address cannot be listened on.
    :raises LinkRefused: if the broker does not let us in. One that is away is waited for.
    """
    clock = SystemClock()
    topics = Topics(settings.root)
    broker = BrokerAddress.parse(settings.broker, settings.broker_user, settings.broker_password)
    view = LiveView(missiondb.load(settings.missiondb))
    hub = Hub(lambda: (messages.encode(m, clock.now_ns()) for m in messages.latest(view)))
    feed = Feed(view=view, hub=hub, topics=topics, clock=clock)
    history = History(lambda: open_store(history_url(settings), view.database))
    app = create_app(
        view=view,
        hub=hub,
        commands=Commands(topics, feed.publish),
        history=history,
        root=settings.root,
        clock=clock,
    )
    with listen(settings.console_host, settings.console_port) as listener:
        async with history, asyncio.TaskGroup() as tasks:
            tasks.create_task(feed.run(broker))
            tasks.create_task(serve(app, listener, ready))
            while True:
                spacecraft = await feed.runs.get()
                tasks.create_task(prime(view, hub, history, clock, spacecraft))


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
