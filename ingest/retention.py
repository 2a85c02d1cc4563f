"""How long what is stored is kept: samples for some days, roll-ups and the alarm journal for
longer, recordings whole.

`to_drop` decides; `Retention` does it about once an hour. Days are counted back from where the
streams are, not from today: scenarios are dated 2021, and none of it is old for that.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Final, Self

from telemetry.clock import utc
from telemetry.errors import StoreError
from telemetry.recording import Recording
from telemetry.settings import Settings
from telemetry.store.base import Store
from telemetry.tally import DAY_NS

FIRST_S: Final = 60.0
EVERY_S: Final = 3_600.0

logger = logging.getLogger(__name__)

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How many days of each are kept; 0 is for ever."""

    raw_days: int
    rollup_days: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(raw_days=settings.raw_days, rollup_days=settings.rollup_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Ranges to give up, in order: samples; roll-ups and alarm events, which are small."""

    raw: tuple[_Span, ...] = ()
    rollups: tuple[_Span, ...] = ()


def to_drop(now_ns: int, keep: Keep, recordings: Iterable[Recording]) -> Drop:
    """All that is older than it is kept for, but what is in a recording.

    What was given up before is in it again: samples may have come late since.
    """
    spared = [(each.start_ns, each.stop_ns) for each in recordings]
    return Drop(
        raw=without(_older(now_ns, keep.raw_days), spared),
        rollups=without(_older(now_ns, keep.rollup_days), spared),
    )


def _older(now_ns: int, days: int) -> _Span:
    return 0, max(0, now_ns - days * DAY_NS) if days else 0


def without(span: _Span, spared: Iterable[_Span]) -> tuple[_Span, ...]:
    """What of a half-open range is in none of the others, which may overlap."""
    at, stop = span
    left: list[_Span] = []
    for from_ns, to_ns in sorted(spared):
        if at < min(from_ns, stop):
            left.append((at, min(from_ns, stop)))
        at = max(at, to_ns)
    if at < stop:
        left.append((at, stop))
    return tuple(left)


class Retention:
    """Give up what is too old, until cancelled.

    now: the smallest stream time of all live spacecraft; None while it is unknown, and then
        nothing is given up.
    prune: the record archive's: what ended before a time, but for the ranges given.
    """

    def __init__(
        self,
        open_store: Callable[[], AbstractAsyncContextManager[Store]],
        keep: Keep,
        now: Callable[[], int | None],
        prune: Callable[[int, Sequence[_Span]], Awaitable[None]],
    ) -> None:
        self._open_store = open_store
        self._keep = keep
        self._now = now
        self._prune = prune

    async def run(self) -> None:
        async with AsyncExitStack() as stack:
            store: Store | None = None
            pause_s = FIRST_S
            while True:
                await asyncio.sleep(pause_s)
                pause_s = EVERY_S
                try:
                    if store is None:
                        store = await stack.enter_async_context(self._open_store())
                    await self.once(store)
                except Exception as error:
                    if isinstance(error, StoreError):
                        logger.warning("retention: %s; trying again in an hour", error)
                    else:
                        # Keeping too much for an hour is no reason to stop the watch.
                        logger.exception("retention: trying again in an hour")

    async def once(self, store: Store) -> Drop:
        """What was given up.

        :raises StoreError: if the store is away or refuses; some may be given up.
        """
        now_ns = self._now()
        if now_ns is None:
            return Drop()
        recordings = await store.recordings()
        drop = to_drop(now_ns, self._keep, recordings)
        for span in drop.raw:
            await store.drop(*span)
        for span in drop.rollups:
            await store.drop(*span, rollups=True)
        if drop.raw:
            before_ns = drop.raw[-1][1]
            logger.info("retention: samples are kept from %s on", utc(before_ns))
            await self._prune(before_ns, [(each.start_ns, each.stop_ns) for each in recordings])
        return drop
