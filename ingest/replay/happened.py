"""As it happened: what is stored, in the order it was taken; the journal is that of a back-test."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from ingest.happened import History, Item
from ingest.processor import Outcome, Processor
from ingest.record import Outgoing, Record
from ingest.replay.source import (
    BREATH,
    Newest,
    NothingToReplay,
    Pace,
    Step,
    contacts_in,
    step_of,
)
from telemetry.clock import utc
from telemetry.frame import Frame
from telemetry.wire import encode_frame


class Happened:
    """history: has the topics of the replay's own root."""

    def __init__(self, history: History, title: str = "as it happened") -> None:
        self._history = history
        self.start_ns, self.stop_ns = history.start_ns, history.stop_ns
        self.title, self.note = title, ""
        self._processor = self._fresh()
        self._items: AsyncIterator[Item] | None = None
        self._next: Item | None = None
        self._contacts: dict[str, Outgoing] = {}

    def _fresh(self) -> Processor:
        history = self._history
        return Processor(history.database, history.topics, derive=history.derive)

    @property
    def processor(self) -> Processor:
        return self._processor

    async def open(self) -> None:
        """:raises NothingToReplay: if nothing is stored in the range."""
        async with aclosing(replace(self._history, lead_in_ns=0).items()) as items:  # type: ignore[type-var]
            async for item in items:
                if isinstance(item.what, Frame):
                    return
        asked = f"{utc(self.start_ns)} and {utc(self.stop_ns)}"
        raise NothingToReplay(f"nothing is stored between {asked}")

    async def seek(self, to_ns: int) -> list[Outgoing]:
        """From the beginning, unless it lies ahead."""
        if self._items is None or self._next is None or self._next.time_ns > to_ns:
            await self.close()
            self._processor = self._fresh()
            self._contacts.clear()
            self._items = self._history.items()
            self._next = await anext(self._items, None)
        newest = Newest()
        taken = 0
        while self._next is not None and self._next.time_ns < to_ns:
            outcome = self._take(self._next)
            taken += 1
            if taken % BREATH == 0:
                await asyncio.sleep(0)  # the link's keepalive
            if outcome.frame is not None:
                newest.take(outcome.frame)
            self._next = await anext(self._items, None)
        return [*self._contacts.values(), *newest.messages(self._history.topics)]

    async def next_ns(self) -> int | None:
        return None if self._next is None else self._next.time_ns

    async def step(self) -> Step:
        item = self._next
        if item is None or self._items is None:
            raise StopAsyncIteration
        outcome = self._take(item)
        self._next = await anext(self._items, None)
        published = tuple(self._published(item.what))
        return step_of(item.time_ns, published, outcome, self._history.topics)

    def paces(self, at_ns: int) -> Mapping[str, Pace]:
        return {
            craft: Pace(at_ns, 1.0, clock.heartbeat)
            for craft, clock in self._processor.clocks.items()
        }

    async def close(self) -> None:
        if self._items is not None:
            items: Any = self._items
            self._items = None
            await items.aclose()

    def _take(self, item: Item) -> Outcome:
        if isinstance(item.what, Frame):
            return self._processor.judge(item.what)
        for contacts in contacts_in(item.what):
            self._contacts[contacts.topic] = contacts
        return self._processor.process(item.what)

    def _published(self, what: Frame | Record) -> list[Outgoing]:
        if isinstance(what, Frame):
            topic = self._history.topics.frame(what.spacecraft, what.subsystem)
            return [Outgoing(topic, encode_frame(what))]
        return list(contacts_in(what))
