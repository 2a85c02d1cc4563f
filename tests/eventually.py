"""Waiting for what another process will do: looks again and again, and gives up in time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(
    look: Callable[[], Awaitable[T]], wanted: Callable[[T], bool] = bool, within_s: float = 60
) -> T:
    """What `look` sees once it is what is wanted; the last it saw when time is up.

    A look that costs much is taken seldom: it must not slow down what it waits for.
    """
    deadline = time.monotonic() + within_s
    while True:
        began = time.monotonic()
        seen = await look()
        ended = time.monotonic()
        if wanted(seen) or ended > deadline:
            return seen
        await asyncio.sleep(max(0.05, 3 * (ended - began)))
