"""Waiting for what another process will do: looks again and again, and gives up in time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(
    look: Callable[[], Awaitable[T]], wanted: Callable[[T], bool] = bool, within_s: float = 60
) -> T:
    """What `look` sees once it is what is wanted; the last it saw when time is up."""
    deadline = time.monotonic() + within_s
    while not wanted(seen := await look()) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    return seen
