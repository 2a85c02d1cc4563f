"""A source that has its next items ready before they are due.

What a processor makes of an item takes some milliseconds, now and then some ten; worked out while
nothing else is to be done, they do not make it late.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Final

from ingest.processor import Processor
from ingest.record import Outgoing
from ingest.replay.source import Pace, Source, Step

#: As many as one instant may have.
MAX_AHEAD: Final = 200


class Ahead:
    """A source itself; its processor is as far as the newest item that is ready."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._ready: deque[Step] = deque()
        self.start_ns, self.stop_ns, self.title = source.start_ns, source.stop_ns, source.title

    @property
    def note(self) -> str:
        return self._source.note

    @property
    def processor(self) -> Processor:
        return self._source.processor

    async def seek(self, to_ns: int) -> list[Outgoing]:
        self._ready.clear()
        return await self._source.seek(to_ns)

    async def next_ns(self) -> int | None:
        return self._ready[0].time_ns if self._ready else await self._source.next_ns()

    async def step(self) -> Step:
        return self._ready.popleft() if self._ready else await self._source.step()

    def paces(self, at_ns: int) -> Mapping[str, Pace]:
        return self._source.paces(at_ns)

    async def prepare(self) -> bool:
        """Have one more item ready; False if that is not needed."""
        if len(self._ready) >= MAX_AHEAD or await self._source.next_ns() is None:
            return False
        self._ready.append(await self._source.step())
        await asyncio.sleep(0)  # the link's keepalive
        return True
