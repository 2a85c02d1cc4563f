"""Pace: waiting for generation times, and for the first of several works to end."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from telemetry.clock import SECOND_NS, Clock, StreamClock

#: The longest sleep at once: the system's clock may be set while we sleep.
_LONGEST_SLEEP_S: Final = 1.0


class StreamTime:
    """Waits for generation times of a stream, on an absolute schedule: errors never add up."""

    def __init__(self, clock: StreamClock, wall: Clock) -> None:
        self._clock = clock
        self._wall = wall

    async def reach(self, time_ns: int) -> None:
        """Return once the stream is at `time_ns`; gives others a turn even when it is late."""
        since_epoch_ns = (time_ns - self._clock.epoch_ns) / self._clock.rate
        due_ns = self._clock.wall_ns + round(since_epoch_ns)
        await asyncio.sleep(0)
        while (left_ns := due_ns - self._wall.now_ns()) > 0:  # noqa: ASYNC110 - waits for a time
            await asyncio.sleep(min(left_ns / SECOND_NS, _LONGEST_SLEEP_S))


async def first_to_end(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until one ends, cancel the others and wait for them; raises what the one raised.

    A task group would do, but wraps the error that our callers decide by.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if task in done:
            task.result()
