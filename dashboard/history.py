"""The store, opened when history is first asked for: a console must start without one."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Self

from telemetry.errors import StoreUnavailable
from telemetry.frame import Buckets
from telemetry.store.base import Store

#: An operator waits no longer than this for a chart, but is told why there is none.
ANSWER_WITHIN_S = 15.0


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
        """As `Store.buckets`.

        :raises StoreError: if the store is away, does not answer in time, or refuses.
        """
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                store = await self._opened()
                return await store.buckets(
                    spacecraft, subsystem, parameter, start_ns, stop_ns, width_ns
                )
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
