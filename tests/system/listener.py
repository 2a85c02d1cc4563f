"""A subscriber that remembers what it was sent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from telemetry.link import BrokerAddress, Connection, LinkOptions, Message, stay_connected
from telemetry.topics import parse
from telemetry.wire import FrameBody, decode_frame

#: No test waits longer for what must happen.
PATIENCE_S = 30


class Listener:
    """messages: everything under the root, in the order received."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._news = asyncio.Event()

    def take(self, messages: list[Message]) -> None:
        self.messages.extend(messages)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def topics(self) -> list[str]:
        return [message.topic for message in self.messages]

    def payloads(self, topic: str) -> list[bytes]:
        return [message.payload for message in self.messages if message.topic == topic]

    def frames(self) -> list[tuple[str, FrameBody]]:
        """(subsystem, frame) of every frame, redelivered ones too."""
        found = []
        for message in self.messages:
            address = parse(message.topic)
            if address is not None and address.kind == "frame":
                found.append((address.leaf, decode_frame(message.payload).body))
        return found


@asynccontextmanager
async def listening(
    url: str, root: str, identifier: str = "", *, persistent: bool = False
) -> AsyncIterator[Listener]:
    """Listen to a root; a persistent one is kept for by the broker while that is away."""
    listener = Listener()
    connected = asyncio.Event()

    async def session(connection: Connection) -> None:
        await connection.subscribe([f"{root}/#"], qos=1)
        connected.set()
        while True:
            listener.take(await connection.receive(1_000))

    options = LinkOptions(identifier=identifier or f"listener-{root}", persistent=persistent)
    task = asyncio.ensure_future(stay_connected(BrokerAddress.parse(url), options, session))
    try:
        async with asyncio.timeout(PATIENCE_S):
            await connected.wait()
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
