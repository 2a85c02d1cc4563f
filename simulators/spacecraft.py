"""What a simulated spacecraft is to the rest, and how it keeps time. Real physics may stand behind
the same protocol: the publisher knows nothing else.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, Protocol

from telemetry.clock import SECOND_NS, Clock, StreamClock
from telemetry.frame import Frame

#: The longest sleep at once: the system's clock may be set while we sleep.
_LONGEST_SLEEP_S: Final = 1.0


class Spacecraft(Protocol):
    """A source of frames in generation time; no clock, no I/O.

    id: as in the mission database. next_ns: when `step` has something to say again.
    """

    @property
    def id(self) -> str: ...

    @property
    def next_ns(self) -> int: ...

    def step(self, time_ns: int) -> Iterable[Frame]:
        """The frames due up to and at a time; times must not decrease from call to call."""
        ...


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


async def fly(spacecraft: Spacecraft, stream: StreamTime, push: Callable[[Frame], None]) -> None:
    """Step a spacecraft whenever it is due, until cancelled."""
    while True:
        time_ns = spacecraft.next_ns
        await stream.reach(time_ns)
        for frame in spacecraft.step(time_ns):
            push(frame)


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
