"""The console's server on a real port, around what a test gives it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from dashboard.app import create_app
from dashboard.server import listen, serve
from tests.dashboard.desk import Desk


@asynccontextmanager
async def serving(desk: Desk) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """Its address, and a client that asks as a page of its own does."""
    app = create_app(desk.means)
    ready = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        running = asyncio.create_task(serve(app, listener, ready.set))
        try:
            await asyncio.wait_for(ready.wait(), 20)
            async with aiohttp.ClientSession(headers={"Origin": url}) as http:
                yield url, http
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
