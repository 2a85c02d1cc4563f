"""A flight for a console to watch, and the console itself as a process. The sky is a fake."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from telemetry.errors import LinkError
from telemetry.missiondb import load
from telemetry.parameter import Value
from telemetry.store.memory import MemoryStore
from telemetry.store.remote_server import remote_routes
from tests.dashboard.fake import Flight, flight
from tests.servers.mosquitto import Mosquitto
from tests.system.programs import Program

T = TypeVar("T")

DATABASE = load()


class Sky:
    """A flight, and a store like ingest's, on a loop of their own beside the browser."""

    def __init__(self, broker: Mosquitto) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self._thread.start()
        self.store = MemoryStore(DATABASE)
        self.store_port = self.run(self._serve())
        self.flight: Flight = self.run(
            self._stack.enter_async_context(flight(broker.port, DATABASE))
        )

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    async def _serve(self) -> int:
        app = web.Application()
        app.add_routes(remote_routes(self.store))
        runner = web.AppRunner(app)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        listener = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(runner, listener).start()
        port: int = listener.getsockname()[1]
        return port

    def fly(self) -> None:
        """Frames of everything, until `land`."""

        async def begin() -> None:
            self._tasks.append(asyncio.create_task(self.flight.fly()))

        self.run(begin())

    def repeat(self, craft: str, subsystem: str, values: dict[str, Value]) -> None:
        """The same values at the subsystem's period, until `land`."""
        period_s = DATABASE.subsystem(craft, subsystem).period_s

        async def send() -> None:
            while True:
                await self.flight.frame(craft, subsystem, values)
                await asyncio.sleep(period_s)

        async def begin() -> None:
            self._tasks.append(asyncio.create_task(send()))

        self.run(begin())

    def land(self) -> None:
        async def end() -> None:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._tasks.clear()

        self.run(end())

    def close(self) -> None:
        self.land()
        with suppress(LinkError):  # a test may have killed the broker
            self.run(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Console:
    def __init__(self, broker: Mosquitto, log: Path, port: int, store_port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self._log = log
        self._arguments = (
            "console",
            f"--broker={broker.url}",
            f"--store=remote+http://127.0.0.1:{store_port}",
            f"--console-port={port}",
        )
        self.start()

    def start(self, *more: str) -> None:
        self.program = Program(self._log, *self._arguments, *more)
        self.program.await_ready()

    def stop(self) -> int:
        return self.program.stop()
