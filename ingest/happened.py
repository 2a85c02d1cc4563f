"""Stored telemetry as it happened: every subsystem's frames in order of generation time. Reads.

A store knows what was measured and when; the commands, ticks and delays of then are in the record
archive alone. So a stream is made anew of what is stored: a spacecraft announces its clock with
its first frame, what was planned and scheduled comes when it was said, a tick each whole second,
and a frame is received the moment it is taken: wall time is stream time. A replay "as it happened"
and a back-test both take their items from here, and so they say the same.

The order is that of time; of one time announcements come first, then the tick, then frames in the
mission database's order of subsystems, what is derived last. After the last frame no tick follows:
where a recording ends, nobody has fallen silent.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ingest.record import TICK, Record
from ingest.segment import Timed
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Block, Frame
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value
from telemetry.store.base import Store
from telemetry.topics import GROUND, Topics
from telemetry.wire import encode

#: How long before the start the processor is warmed up [A]: longer than any persistence.
LEAD_IN_NS: Final = 600 * SECOND_NS
#: How much is read, and held, at a time.
SLICE_NS: Final = 1800 * SECOND_NS
#: Rows turned into frames at once.
_STRIDE: Final = 512
_TOPICS: Final = Topics()

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """What comes next of the stream: a frame, or the record of an announcement or a tick."""

    time_ns: int
    what: Frame | Record


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What to take of a store: [start, stop) in generation time, and what was announced then.

    lead_in_ns: how much before start comes too; what is said before `start_ns` is not to be told.
    heartbeat: whether frames came at least once a subsystem's period; where only changes were
        kept, silence means nothing.
    derive: derived subsystems are left out, for they are derived anew.
    announcements: contact schedules and plan commands, in order, each with its stream time.
    """

    store: Store
    database: MissionDatabase
    start_ns: int
    stop_ns: int
    lead_in_ns: int = LEAD_IN_NS
    heartbeat: bool = True
    derive: bool = False
    announcements: Sequence[Timed] = ()
    topics: Topics = _TOPICS

    @property
    def keys(self) -> tuple[Key, ...]:
        """The subsystems that are read; of one time their frames come in this order."""
        every = [
            (subsystem.derived, (craft.id, subsystem.id))
            for craft in self.database.spacecraft.values()
            for subsystem in craft.subsystems.values()
            if not (subsystem.derived and self.derive)
        ]
        return tuple(key for _, key in sorted(every, key=lambda one: one[0]))

    async def slices(self, width_ns: int = SLICE_NS) -> AsyncIterator["Slice"]:
        """The whole of it, some time at once; one more slice is read while one is used."""
        starts = range(max(self.start_ns - self.lead_in_ns, 0), self.stop_ns, width_ns)
        following: asyncio.Task[Slice] | None = None
        try:
            for start_ns in starts:
                task = following or self._task(start_ns, width_ns)
                following = None
                slice_ = await task
                if start_ns != starts[-1]:
                    following = self._task(start_ns + width_ns, width_ns)
                yield slice_
        finally:
            if following is not None:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    def _task(self, start_ns: int, width_ns: int) -> "asyncio.Task[Slice]":
        return asyncio.create_task(self._slice(start_ns, min(start_ns + width_ns, self.stop_ns)))

    async def _slice(self, start_ns: int, stop_ns: int) -> "Slice":
        blocks = {}
        for key in self.keys:
            async with aclosing(self.store.read(*key, start_ns, stop_ns, heartbeats=True)) as read:  # type: ignore[type-var]
                if parts := [block async for block in read if len(block)]:
                    blocks[key] = parts
        return Slice(start_ns=start_ns, stop_ns=stop_ns, blocks=blocks)

    async def items(self) -> AsyncIterator[Item]:
        """One by one, in order."""
        surroundings = Surroundings(self)
        async with aclosing(self.slices()) as slices:  # type: ignore[type-var]
            async for slice_ in slices:
                for frame in slice_.frames(self.keys):
                    for item in surroundings.until(frame.time_ns, frame.spacecraft):
                        yield item
                    yield Item(frame.time_ns, frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The frames of [start, stop), by (spacecraft, subsystem); those that have none are not in."""

    start_ns: int
    stop_ns: int
    blocks: Mapping[Key, Sequence[Block]]

    def frames(self, keys: Sequence[Key]) -> Iterator[Frame]:
        """In order of time, then of `keys`."""
        there = [key for key in keys if key in self.blocks]
        times = [np.concatenate([one.time_ns for one in self.blocks[key]]) for key in there]
        if not times:
            return
        rank = np.repeat(np.arange(len(there)), [len(one) for one in times])
        # stable: the rows of one subsystem are in order already
        order = np.lexsort((rank, np.concatenate(times)))
        each = [_frames_of(self.blocks[key]) for key in there]
        for which in rank[order].tolist():
            yield next(each[which])


class Surroundings:
    """What comes between frames: the clocks, what was announced, and ticks. Pure."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._topics = history.topics
        self._announced: set[str] = {GROUND}  # whose own telemetry runs on the wall clock
        self._waiting: deque[Timed] = deque()
        #: Of the newest tick, or the second of the first frame; 0 before that.
        self.ticked_ns = 0
        self._n = 0

    def copy(self) -> "Surroundings":
        """As they are now, to go on from here once more."""
        twin = Surroundings(self._history)
        twin._announced, twin._waiting = set(self._announced), deque(self._waiting)
        twin.ticked_ns, twin._n = self.ticked_ns, self._n
        return twin

    def until(self, time_ns: int, spacecraft: str) -> Iterator[Item]:
        """What comes before a frame of a spacecraft."""
        self.begin(time_ns)
        while self.ticked_ns + SECOND_NS <= time_ns:
            self.ticked_ns += SECOND_NS
            yield from self.announcements(self.ticked_ns)
            yield self.tick(self.ticked_ns)
        yield from self.announcements(time_ns)
        yield from self.clock(time_ns, spacecraft)

    def begin(self, time_ns: int) -> None:
        """The first frame is of that time; ticks follow it."""
        if not self.ticked_ns:
            self.ticked_ns = time_ns // SECOND_NS * SECOND_NS
            self._waiting.extend(_dated(self._history.announcements, time_ns))

    @property
    def next_ns(self) -> int | None:
        """When the next announcement comes."""
        return self._waiting[0].time_ns if self._waiting else None

    def announced(self, spacecraft: str) -> bool:
        """Whether its clock has been announced, or never will be."""
        return spacecraft in self._announced

    def announcements(self, time_ns: int) -> Iterator[Item]:
        """Up to and at a time."""
        while self._waiting and self._waiting[0].time_ns <= time_ns:
            timed = self._waiting.popleft()
            record = timed.record
            yield self._item(timed.time_ns, self._own(record.topic), record.payload)

    def tick(self, time_ns: int) -> Item:
        self.ticked_ns = time_ns
        return self._item(time_ns, TICK, b"")

    def pass_ticks(self, time_ns: int) -> None:
        """Those up to and at a time have come, or would have, had they anything to do."""
        self.ticked_ns = max(self.ticked_ns, time_ns // SECOND_NS * SECOND_NS)

    def clock(self, time_ns: int, spacecraft: str) -> Iterator[Item]:
        """What a spacecraft announces with its first frame."""
        if spacecraft not in self._announced:
            self._announced.add(spacecraft)
            clock = StreamClock(
                kind=StreamKind.REPLAYED,
                epoch_ns=time_ns,
                wall_ns=time_ns,
                heartbeat=self._history.heartbeat,
                label="as it happened",
            )
            yield self._item(time_ns, self._topics.clock(spacecraft), encode(clock))

    def _own(self, topic: str) -> str:
        """A topic of the live root as one of the root this goes to."""
        root, _, rest = topic.partition("/")
        commands = root == "cmd" or root.endswith("-cmd")
        return f"{self._topics.command_root if commands else self._topics.root}/{rest}"

    def _item(self, time_ns: int, topic: str, payload: bytes) -> Item:
        self._n += 1
        return Item(time_ns, Record(self._n, time_ns, topic, payload))


async def holds_derived(
    store: Store, database: MissionDatabase, start_ns: int, stop_ns: int
) -> bool:
    """Whether a store has any derived frame of [start, stop): an import has none."""
    for craft in database.spacecraft.values():
        for subsystem in craft.subsystems.values():
            if subsystem.derived:
                last = await store.last(craft.id, subsystem.id, stop_ns)
                if any(sample.time_ns >= start_ns for sample in last.values()):
                    return True
    return False


def frame_at(block: Block, row: int) -> Frame:
    """One row of a block, received when it was taken."""
    values: dict[str, Value] = {}
    invalid: dict[str, int] = {}
    for id_, column in block.columns.items():
        if column.valid[row]:
            values[id_] = _native(column.values[row])
        elif column.quality[row]:
            invalid[id_] = int(column.quality[row])
    time_ns = int(block.time_ns[row])
    return Frame(
        spacecraft=block.spacecraft,
        subsystem=block.subsystem,
        time_ns=time_ns,
        received_ns=time_ns,
        sequence=int(block.sequence[row]),
        values=values,
        invalid=invalid,
    )


def _frames_of(blocks: Sequence[Block]) -> Iterator[Frame]:
    """Every row, as `frame_at` has it, in a stride: a cell at a time numpy is slow."""
    for block in blocks:
        for start in range(0, len(block), _STRIDE):
            some = block.rows(slice(start, start + _STRIDE))
            yield from replace(some, received_ns=some.time_ns).frames()


def _native(value: Any) -> Value:
    native: Value = value.item() if isinstance(value, np.generic) else value
    return native


def _dated(announcements: Sequence[Timed], first_ns: int) -> Iterator[Timed]:
    """With times that never go back; what was said before any frame was said by the first."""
    reached_ns = min([first_ns, *(one.time_ns for one in announcements if one.time_ns)])
    for one in announcements:
        reached_ns = max(reached_ns, one.time_ns)
        yield Timed(reached_ns, one.record)
