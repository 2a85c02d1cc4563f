"""Fills the view from the store when a stream is first heard: most of it is sent only on change."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from dashboard.history import History
from dashboard.hub import Hub
from dashboard.view import LiveView
from telemetry.clock import SECOND_NS, Clock
from telemetry.errors import StoreError

#: At once, and again when what was then on its way into the store has arrived there.
AFTER_S: Final = (0.0, 3.0)

logger = logging.getLogger(__name__)


async def prime(
    view: LiveView,
    hub: Hub,
    history: History,
    clock: Clock,
    spacecraft: str,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Take the last stored sample of each parameter of a spacecraft. Without a store, none."""
    for pause_s in AFTER_S:
        await sleep(pause_s)
        before_ns = view.clock(spacecraft).at(clock.now_ns()) + SECOND_NS
        try:
            for subsystem in view.database.spacecraft[spacecraft].subsystems:
                samples = await history.last(spacecraft, subsystem, before_ns)
                view.take_stored(spacecraft, samples)
        except StoreError as error:
            logger.warning("%s: nothing to fill in from the store: %s", spacecraft, error)
        else:
            hub.resynchronise()
