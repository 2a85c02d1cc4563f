"""The WebSocket of the live page: a snapshot, then whatever the hub has. Browsers send nothing."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from dashboard import messages
from dashboard.address import Address
from dashboard.hub import Client, TooFarBehind
from dashboard.tree import NoTree, TooManyTrees, Tree, Trees
from telemetry.clock import Clock

PATH: Final = "/ws/live"
#: A browser that takes no message for so long is cut; it comes back when it can.
SEND_WITHIN_S: Final = 5.0

#: Close codes of our own. The page shows them in words.
BEHIND: Final = 4408
TALKS: Final = 4400
NO_TREE: Final = 4404
FULL: Final = 4429


def snapshot(tree: Tree, trees: Trees) -> Iterator[dict[str, Any]]:
    """All a browser needs to show what is known now."""
    view = tree.view
    yield messages.hello(view, tree.root, trees.own.view.board)
    yield from messages.latest(view)
    yield from messages.history(view)


def add_live_socket(server: FastAPI, *, trees: Trees, clock: Clock) -> None:
    @server.websocket(PATH)
    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        root = Address.read("/", websocket.url.query).root
        try:
            async with trees.look(root) as tree:
                with tree.hub.join() as client:
                    code = await _serve(websocket, client, snapshot(tree, trees), clock)
        except TooManyTrees:
            code = FULL
        except NoTree:
            code = NO_TREE
        if code is not None:
            await websocket.close(code)


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
