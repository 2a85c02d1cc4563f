"""What a store holds of some subsystems, frame by frame in order of generation time. Reads."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from telemetry.errors import UsageError
from telemetry.frame import Block, Frame
from telemetry.missiondb import MissionDatabase
from telemetry.missiondb.table import hint
from telemetry.store.base import Store

#: Rows read of each subsystem at a time, and how many of them become frames at a time: what is in
#: memory is bounded by rows, not by time, since a store may hold a year or ten a second.
_BLOCK_ROWS: Final = 8_192
_STRIDE: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A subsystem, or some parameters of it."""

    spacecraft: str
    subsystem: str
    parameters: tuple[str, ...] | None = None


def chosen(
    database: MissionDatabase, spacecraft: str | None = None, parameters: Sequence[str] = ()
) -> tuple[Part, ...]:
    """The parts that hold what was asked for, in the mission database's order; of nothing, all.

    :raises UsageError: for what the mission database does not know, or knows twice.
    """
    if spacecraft is not None and spacecraft not in database.spacecraft:
        near = hint(spacecraft, database.spacecraft)
        known = ", ".join(database.spacecraft)
        raise UsageError(f"no spacecraft {spacecraft!r}{near}; the mission database has {known}")
    crafts = [each for id_, each in database.spacecraft.items() if spacecraft in (None, id_)]
    every = [(craft.id, each) for craft in crafts for each in craft.subsystems.values()]
    if not parameters:
        return tuple(Part(spacecraft=craft, subsystem=each.id) for craft, each in every)
    for parameter in parameters:
        holders = [craft for craft, each in every if parameter in each.parameters]
        if not holders:
            near = hint(parameter, (p for _, each in every for p in each.parameters))
            where = f" of {spacecraft}" if spacecraft else ""
            raise UsageError(f"no parameter {parameter!r}{where} in the mission database{near}")
        if len(holders) > 1:
            raise UsageError(
                f"parameter {parameter!r} is one of {' and of '.join(holders)}: "
                "say which with --spacecraft"
            )
    some = (
        (craft, each, tuple(p for p in each.parameters if p in parameters)) for craft, each in every
    )
    return tuple(
        Part(spacecraft=craft, subsystem=each.id, parameters=ids)
        for craft, each, ids in some
        if ids
    )


async def frames_of(
    store: Store, parts: Sequence[Part], start_ns: int, stop_ns: int
) -> AsyncIterator[list[Frame]]:
    """Every frame of [start, stop) as it is stored; of one time they come in the order of `parts`.

    Of a whole subsystem also the frames with nothing in them; where parameters were chosen, only
    the frames with one of them.
    """
    streams = [_Stream(store, part, start_ns, stop_ns) for part in parts]
    try:
        for stream in streams:
            await stream.advance()
        while open_ := [stream for stream in streams if stream.block is not None]:
            until_ns = min(stream.reach_ns for stream in open_)
            frames = [frame for stream in open_ for frame in stream.take(until_ns)]
            # stable, so frames of one time stay in order
            frames.sort(key=lambda frame: frame.time_ns)
            yield frames
            for stream in open_:
                await stream.advance()
    finally:
        for stream in streams:
            await stream.close()


class _Stream:
    """One part as it is read: `block` has the rows not taken yet, None at the end."""

    def __init__(self, store: Store, part: Part, start_ns: int, stop_ns: int) -> None:
        self.block: Block | None = None
        self._blocks = store.read(
            part.spacecraft,
            part.subsystem,
            start_ns,
            stop_ns,
            part.parameters,
            heartbeats=part.parameters is None,
            block_rows=_BLOCK_ROWS,
        )

    @property
    def reach_ns(self) -> int:
        """Up to there all its frames are at hand, and not too many."""
        assert self.block is not None  # noqa: S101
        return int(self.block.time_ns[min(_STRIDE, len(self.block)) - 1])

    def take(self, until_ns: int) -> list[Frame]:
        assert self.block is not None  # noqa: S101
        count = int(np.searchsorted(self.block.time_ns, until_ns, side="right"))
        taken = list(self.block.rows(slice(0, count)).frames()) if count else []
        self.block = self.block.rows(slice(count, None))
        return taken

    async def advance(self) -> None:
        while self.block is None or not len(self.block):
            try:
                self.block = await anext(self._blocks)
            except StopAsyncIteration:
                self.block = None
                return

    async def close(self) -> None:
        await self._blocks.aclose()  # type: ignore[attr-defined]
