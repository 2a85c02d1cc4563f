"""The frames a publisher has not yet seen acknowledged. Bounded; no I/O."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

#: Some minutes of both spacecraft: about 10 MB.
RING_FRAMES = 20_000


class Ring:
    """A queue of encoded frames that keeps each until the broker has it.

    Live telemetry is offered with `push`: when the ring is full the oldest goes, and is counted.
    A file is played with `put`, which waits for room, so that nothing of it is dropped.
    """

    def __init__(self, capacity: int = RING_FRAMES) -> None:
        self._capacity = capacity
        self._frames: deque[tuple[str, bytes]] = deque()
        self._given = 0  # how many, from the left, the connection now has on their way
        self._dropped_given = 0  # and how many of those were dropped since
        self._changed = asyncio.Event()
        #: set as soon as the broker has one frame
        self.begun = asyncio.Event()
        self.acknowledged = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._frames)

    def push(self, topic: str, payload: bytes) -> None:
        if len(self._frames) >= self._capacity:
            self._frames.popleft()
            self.dropped += 1
            if self._given:
                self._given -= 1
                self._dropped_given += 1
        self._frames.append((topic, payload))
        self._changed.set()

    async def put(self, topic: str, payload: bytes) -> None:
        while len(self._frames) >= self._capacity:
            await self._wait()
        self.push(topic, payload)

    async def drained(self) -> None:
        """Return once the broker has everything."""
        while self._frames:
            await self._wait()

    async def unsent(self) -> AsyncIterator[tuple[str, bytes]]:
        """For a new connection: all that is not acknowledged, then whatever comes, without end."""
        self._given = self._dropped_given = 0
        while True:
            while self._given < len(self._frames):
                frame = self._frames[self._given]
                self._given += 1
                yield frame
            await self._wait()

    def acknowledge(self) -> None:
        """The broker has the oldest frame that is on its way."""
        self.acknowledged += 1
        self.begun.set()
        if self._dropped_given:
            self._dropped_given -= 1
            return
        self._frames.popleft()
        self._given -= 1
        self._changed.set()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()
