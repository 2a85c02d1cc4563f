"""Writing and rolling up at once, in every order that could hide a sample."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from telemetry.errors import StoreError, StoreUnavailable
from telemetry.frame import Frame
from telemetry.store.base import Rejected, Stretch
from telemetry.store.memory import MemoryStore
from telemetry.store.rollups import DONE, MINUTE_NS
from tests.contract.mission import MISSION, SECOND, T0, frame

#: The start of a minute.
M0 = T0 // MINUTE_NS * MINUTE_NS
MINUTE = Stretch("iss", "adcs", M0, M0 + MINUTE_NS)

Which = Callable[[Sequence[Frame]], bool]


class Halting(MemoryStore):
    """Waits before it keeps the first frames that are `which`; `half` keeps one and fails."""

    def __init__(self, which: Which = lambda _: False, *, half: bool = False) -> None:
        super().__init__(MISSION)
        self.which = which
        self.half = half
        self.halted = asyncio.Event()
        self.go = asyncio.Event()

    async def _put(self, frames: Sequence[Frame]) -> Sequence[Rejected]:
        if self.which(frames):
            self.which = lambda _: False
            if self.half:
                await super()._put(frames[:1])
                raise StoreUnavailable("told to")
            self.halted.set()
            await self.go.wait()
        return await super()._put(frames)


def at(second: float, value: float) -> Frame:
    return frame(M0 - T0 + round(second * SECOND), RATE=value)


def samples(frames: Sequence[Frame]) -> bool:
    return frames[0].subsystem == "adcs"


def marks(frames: Sequence[Frame]) -> bool:
    return frames[0].subsystem == DONE


def sums(frames: Sequence[Frame]) -> bool:
    return not samples(frames) and not marks(frames)


async def highest(store: MemoryStore) -> float:
    found = await store.buckets("iss", "adcs", "RATE", M0, M0 + MINUTE_NS, MINUTE_NS)
    (maximum,) = found.maximum.tolist()
    return float(maximum)


async def test_a_sample_on_its_way_when_the_roll_up_begins_is_not_hidden() -> None:
    store = Halting()
    await store.write([at(1, 1.0)])
    store.which = samples
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(store.write([at(2, 9.0)]))
        await store.halted.wait()
        await store.roll_up([MINUTE])
        store.go.set()
    assert await highest(store) == 9.0


@pytest.mark.parametrize("step", [sums, marks])
async def test_a_sample_that_comes_before_the_mark_is_not_hidden(step: Which) -> None:
    store = Halting(step)
    await store.write([at(1, 1.0)])
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(store.roll_up([MINUTE]))
        await store.halted.wait()
        late = tasks.create_task(store.write([at(2, 9.0)]))
        for _ in range(10):
            await asyncio.sleep(0)  # as far as it comes
        store.go.set()
        await late
    assert await highest(store) == 9.0


@pytest.mark.parametrize("step", [sums, marks])
async def test_a_roll_up_that_fails_half_way_is_not_read(step: Which) -> None:
    store = Halting()
    await store.write([at(1, 1.0)])
    await store.roll_up([MINUTE])
    # as if another process had
    await MemoryStore._put(store, [at(2, 9.0), at(3, -9.0)])
    store.which, store.half = step, True
    with pytest.raises(StoreUnavailable):
        await store.roll_up([MINUTE])
    if step is sums:
        assert await highest(store) == 9.0
    await store.roll_up([MINUTE])
    assert await highest(store) == 9.0


async def test_a_roll_up_refused_is_an_error_and_leaves_no_mark() -> None:
    class Refusing(MemoryStore):
        async def _put(self, frames: Sequence[Frame]) -> Sequence[Rejected]:
            if sums(frames):
                return [Rejected("iss", "adcs", M0, "RATE", "beyond retention")]
            return await super()._put(frames)

    store = Refusing(MISSION)
    await store.write([at(1, 1.0)])
    with pytest.raises(StoreError, match="beyond retention"):
        await store.roll_up([MINUTE])
    assert await highest(store) == 1.0


async def test_a_drop_waits_for_a_roll_up() -> None:
    store = Halting(sums)
    await store.write([at(1, 1.0), at(2, 9.0)])
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(store.roll_up([MINUTE]))
        await store.halted.wait()
        tasks.create_task(store.drop(M0, M0 + MINUTE_NS))
        for _ in range(10):
            await asyncio.sleep(0)
        store.go.set()
    assert not [block async for block in store.read("iss", "adcs", M0, M0 + MINUTE_NS)]
    await store.write([at(3, 2.0)])
    await store.roll_up([MINUTE])
    assert await highest(store) == 9.0
