"""The WebSocket of the live page: a snapshot, then whatever the hub has. Browsers send nothing."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from dashboard import messages
from dashboard.hub import Client, Hub, TooFarBehind
from dashboard.view import LiveView
from telemetry.clock import Clock

PATH: Final = "/ws/live"
#: A browser that takes no message for so long is cut; it comes back when it can.
SEND_WITHIN_S: Final = 5.0

#: Close codes of our own. The page shows them in words.
FOREIGN_ORIGIN: Final = 4403
BEHIND: Final = 4408
TALKS: Final = 4400


def snapshot(view: LiveView, root: str) -> Iterator[dict[str, Any]]:
    """All a browser needs to show what is known now."""
    yield messages.hello(view, root)
    yield from messages.latest(view)
    yield from messages.history(view)


def add_live_socket(server: FastAPI, *, hub: Hub, view: LiveView, root: str, clock: Clock) -> None:
    @server.websocket(PATH)
    async def live(websocket: WebSocket) -> None:
        # there is no CORS for WebSockets: without this any page of the web could read telemetry
        if not same_origin(websocket):
            await websocket.close(FOREIGN_ORIGIN)
            return
        await websocket.accept()
        with hub.join() as client:
            first = snapshot(view, root)
            code = await _serve(websocket, client, first, clock)
        if code is not None:
            await websocket.close(code)


def same_origin(websocket: WebSocket) -> bool:
    origin = urlsplit(websocket.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == websocket.headers.get("host")


async def _serve(
    websocket: WebSocket, client: Client, first: Iterator[dict[str, Any]], clock: Clock
) -> int | None:
    """Until the browser leaves (None) or must be cut (the code to close with)."""
    sender = asyncio.create_task(_send(websocket, client, first, clock))
    listener = asyncio.create_task(_listen(websocket))
    tasks = (sender, listener)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, TooFarBehind | TimeoutError):
            return BEHIND
    return TALKS if results[1] is True else None


async def _send(
    websocket: WebSocket, client: Client, first: Iterator[dict[str, Any]], clock: Clock
) -> None:
    for message in first:
        await _send_one(websocket, messages.encode(message, clock.now_ns()))
    async for text in client.messages():
        await _send_one(websocket, text)


async def _send_one(websocket: WebSocket, text: str) -> None:
    async with asyncio.timeout(SEND_WITHIN_S):
        await websocket.send_text(text)


async def _listen(websocket: WebSocket) -> bool:
    """Notice that the browser has left; True if it said something, which it has no reason to."""
    try:
        await websocket.receive_text()
    except (WebSocketDisconnect, KeyError):
        return False
    return True
