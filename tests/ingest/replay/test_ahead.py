"""What is ready before it is due is the same, and no more than may be."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from ingest.replay.ahead import MAX_AHEAD, Ahead
from telemetry.clock import SECOND_NS
from tests.ingest.replay.test_session import START_NS, Seconds


async def seconds(source: Ahead, most: int = 200) -> list[int]:
    found: list[int] = []
    while (next_ns := await source.next_ns()) is not None and len(found) < most:
        step = await source.step()
        assert step.time_ns == next_ns
        found.append((step.time_ns - START_NS) // SECOND_NS)
    return found


@given(prepared=st.lists(st.integers(0, 5), max_size=100))
def test_however_much_is_ready_each_item_comes_once_and_in_order(prepared: list[int]) -> None:
    async def play() -> list[int]:
        source = Ahead(Seconds())
        found: list[int] = []
        for count in prepared:
            for _ in range(count):
                await source.prepare()
            found += await seconds(source, most=1)
        return found + await seconds(source)

    assert asyncio.run(play()) == list(range(100))


async def test_a_seek_forgets_what_was_ready() -> None:
    source = Ahead(Seconds())
    for _ in range(7):
        assert await source.prepare()
    await source.seek(START_NS + 50 * SECOND_NS)
    assert await seconds(source) == list(range(50, 100))


async def test_no_more_is_ready_than_may_be_and_than_there_is() -> None:
    source = Ahead(Seconds())
    count = 0
    while await source.prepare():
        count += 1
    assert count == 100

    endless = Seconds()
    endless.lasts_s = 10 * MAX_AHEAD
    source, count = Ahead(endless), 0
    while await source.prepare():
        count += 1
    assert count == MAX_AHEAD
