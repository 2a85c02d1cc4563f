"""The store, opened when history is first asked for: a console must start without one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import Self, TypeVar

from telemetry.alarm import Event
from telemetry.clock import LAST_NS
from telemetry.errors import StoreUnavailable
from telemetry.frame import Block, Buckets, Frame, Sample
from telemetry.recording import Recording
from telemetry.store.base import Store
from telemetry.store.rollups import LEVELS_NS

FINEST_ROLL_UP_NS = min(LEVELS_NS)
#: An operator waits no longer than this for a chart, but is told why there is none.
ANSWER_WITHIN_S = 15.0
#: After so many events others have their turn.
TURN = 500

_T = TypeVar("_T")


class History:
    """`open_store` gives a store that is not yet entered. Leaving this closes the store."""

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self._open_store = open_store
        self._stack = AsyncExitStack()
        self._store: Store | None = None
        self._opening = asyncio.Lock()

    async def buckets(
        self,
        spacecraft: str,
        subsystem: str,
        parameter: str,
        start_ns: int,
        stop_ns: int,
        width_ns: int,
    ) -> Buckets:
        """As `Store.buckets`; wider ones where the samples are given up and roll-ups are kept.

        :raises StoreError: if the store is away, does not answer in time, or refuses.
        """
        where = spacecraft, subsystem, parameter, start_ns, stop_ns

        async def read(store: Store) -> Buckets:
            found = await store.buckets(*where, width_ns)
            if len(found.time_ns) or width_ns >= FINEST_ROLL_UP_NS:
                return found
            return await store.buckets(*where, FINEST_ROLL_UP_NS)

        return await self._answer(read)

    async def frames(
        self,
        spacecraft: str,
        subsystem: str,
        parameters: Sequence[str],
        start_ns: int,
        stop_ns: int,
        most: int,
    ) -> list[Frame] | None:
        """What is stored of a range, in order of time; None if it is over `most` frames.

        Raises as `buckets` does.
        """

        async def read(store: Store) -> list[Frame] | None:
            found: list[Frame] = []
            async for block in store.read(spacecraft, subsystem, start_ns, stop_ns, parameters):
                found.extend(block.frames())
                if len(found) > most:
                    return None
            return found

        return await self._answer(read)

    async def samples(
        self,
        spacecraft: str,
        subsystem: str,
        start_ns: int,
        stop_ns: int,
        parameters: Sequence[str],
        most: int,
        *,
        heartbeats: bool = False,
    ) -> list[Block]:
        """As `Store.read`, or its first blocks with more than `most` rows; raises as `buckets`."""

        async def read(store: Store) -> list[Block]:
            blocks: list[Block] = []
            rows = 0
            found = store.read(
                spacecraft, subsystem, start_ns, stop_ns, parameters, heartbeats=heartbeats
            )
            async with aclosing(found) as reading:  # type: ignore[type-var]
                async for block in reading:
                    blocks.append(block)
                    rows += len(block)
                    if rows > most:
                        break
            return blocks

        return await self._answer(read)

    async def last(
        self, spacecraft: str, subsystem: str, before_ns: int | None = None
    ) -> Mapping[str, Sample]:
        """As `Store.last`; raises as `buckets` does."""
        return await self._answer(lambda store: store.last(spacecraft, subsystem, before_ns))

    async def events(
        self,
        most: int,
        start_ns: int = 0,
        stop_ns: int = LAST_NS,
        spacecraft: str | None = None,
    ) -> list[Event]:
        """The alarm journal of [start_ns, stop_ns) in order of generation time, or its first `most`
        events and one more.

        Raises as `buckets` does.
        """

        async def read(store: Store) -> list[Event]:
            events: list[Event] = []
            async for event in store.read_events(start_ns, stop_ns, spacecraft):
                events.append(event)
                if len(events) > most:
                    break
                if len(events) % TURN == 0:
                    await asyncio.sleep(0)  # a store may have them all at hand
            return events

        return await self._answer(read)

    async def recordings(self) -> Sequence[Recording]:
        """By start, then name; raises as `buckets` does."""
        return await self._answer(lambda store: store.recordings())

    async def _answer(self, ask: Callable[[Store], Awaitable[_T]]) -> _T:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await ask(await self._opened())
        except TimeoutError:
            raise StoreUnavailable(f"the store did not answer in {ANSWER_WITHIN_S:g} s") from None

    async def _opened(self) -> Store:
        async with self._opening:
            if self._store is None:
                self._store = await self._stack.enter_async_context(self._open_store())
            return self._store

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()
