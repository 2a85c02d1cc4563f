"""As it happened: what is stored, in the order it was taken; the journal is that of a back-test.

On the way it marks places it can come back to, so that a seek need not begin at the beginning.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Final

from ingest.happened import History, Item, Surroundings
from ingest.processor import Outcome, Processor
from ingest.record import Outgoing, Record
from ingest.replay.source import (
    BREATH,
    LOOK_BACK_NS,
    Newest,
    NothingToReplay,
    Pace,
    Step,
    contacts_in,
    step_of,
)
from telemetry.clock import SECOND_NS, utc
from telemetry.frame import Frame
from telemetry.wire import encode_frame

#: At first a mark is made so often; where there are too many, half of them go and the rest is
#: twice as far apart.
MARK_NS: Final = 120 * SECOND_NS
MAX_MARKS: Final = 64


@dataclass(frozen=True, slots=True)
class _Mark:
    """All before time_ns was taken, and nothing else."""

    time_ns: int
    surroundings: Surroundings
    state: bytes
    contacts: Mapping[str, Outgoing]


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
        self._marks: list[_Mark] = []
        self._apart_ns = MARK_NS

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
        """From the mark before it, unless it lies ahead of here."""
        begin_ns = to_ns - LOOK_BACK_NS  # what is worked through shows the newest values
        mark = max((m for m in self._marks if m.time_ns <= begin_ns), key=_time, default=None)
        here_ns = self._next.time_ns if self._next is not None else None
        if here_ns is None or here_ns > begin_ns or (mark and mark.time_ns > here_ns):
            await self._begin(mark)
        newest = Newest()
        taken = 0
        while self._next is not None and self._next.time_ns < to_ns:
            outcome = self._take(self._next)
            taken += 1
            if taken % BREATH == 0:
                await asyncio.sleep(0)  # the link's keepalive
            if outcome.frame is not None:
                newest.take(outcome.frame)
            await self._advance()
        return [*self._contacts.values(), *newest.messages(self._history.topics)]

    async def _begin(self, mark: _Mark | None) -> None:
        """Be where a mark was made, or at the beginning."""
        await self.close()
        self._processor = self._fresh()
        self._contacts = dict(mark.contacts) if mark else {}
        if mark is None:
            self._items = self._marking(self._history, Surroundings(self._history))
        else:
            self._processor.restore(mark.state)
            rest = replace(self._history, start_ns=mark.time_ns, lead_in_ns=0)
            self._items = self._marking(rest, mark.surroundings.copy())
        await self._advance()

    async def _advance(self) -> None:
        assert self._items is not None  # noqa: S101 - it was begun
        self._next = await anext(self._items, None)

    async def _marking(self, history: History, surroundings: Surroundings) -> AsyncIterator[Item]:
        """The items, one by one: the next is asked for when the one before was taken."""
        before_ns = 0
        async with aclosing(history.slices()) as slices:  # type: ignore[type-var]
            async for slice_ in slices:
                for frame in slice_.frames(history.keys):
                    if before_ns < frame.time_ns:
                        self._mark(before_ns, frame.time_ns, surroundings)
                    before_ns = frame.time_ns
                    for item in surroundings.until(frame.time_ns, frame.spacecraft):
                        yield item
                    yield Item(frame.time_ns, frame)

    def _mark(self, before_ns: int, time_ns: int, surroundings: Surroundings) -> None:
        """All frames up to before_ns were taken, and the next is of time_ns."""
        last_ns = self._marks[-1].time_ns if self._marks else 0
        if not before_ns or time_ns < last_ns + self._apart_ns:
            return
        state = self._processor.snapshot()
        self._marks.append(_Mark(time_ns, surroundings.copy(), state, dict(self._contacts)))
        if len(self._marks) > MAX_MARKS:
            del self._marks[::2]
            self._apart_ns *= 2

    async def next_ns(self) -> int | None:
        return None if self._next is None else self._next.time_ns

    async def step(self) -> Step:
        item = self._next
        if item is None or self._items is None:
            raise StopAsyncIteration
        outcome = self._take(item)
        await self._advance()
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


def _time(mark: _Mark) -> int:
    return mark.time_ns
