import asyncio

import pytest

from simulators.publishing.ring import Ring


async def taken(ring: Ring, count: int) -> list[bytes]:
    """What a connection is given, without waiting for more."""
    unsent = ring.unsent()
    return [(await anext(unsent))[1] for _ in range(count)]


async def test_frames_are_given_in_order_and_kept_until_acknowledged() -> None:
    ring = Ring()
    for payload in (b"1", b"2", b"3"):
        ring.push("t", payload)
    assert await taken(ring, 3) == [b"1", b"2", b"3"]
    assert len(ring) == 3
    ring.acknowledge()
    assert len(ring) == 2
    assert ring.begun.is_set()


async def test_a_new_connection_is_given_all_that_is_not_acknowledged() -> None:
    ring = Ring()
    for payload in (b"1", b"2", b"3"):
        ring.push("t", payload)
    await taken(ring, 3)
    ring.acknowledge()
    assert await taken(ring, 2) == [b"2", b"3"]


async def test_when_full_the_oldest_goes_and_is_counted() -> None:
    ring = Ring(2)
    for payload in (b"1", b"2", b"3", b"4"):
        ring.push("t", payload)
    assert ring.dropped == 2
    assert await taken(ring, 2) == [b"3", b"4"]


async def test_an_acknowledgement_of_a_dropped_frame_takes_no_other() -> None:
    ring = Ring(2)
    ring.push("t", b"1")
    ring.push("t", b"2")
    unsent = ring.unsent()
    assert [(await anext(unsent))[1] for _ in range(2)] == [b"1", b"2"]
    ring.push("t", b"3")  # drops 1, which is on its way
    assert (await anext(unsent))[1] == b"3"
    ring.acknowledge()  # of 1
    assert len(ring) == 2
    ring.acknowledge()
    ring.acknowledge()
    assert len(ring) == 0
    assert ring.acknowledged == 3


async def test_put_waits_for_room_and_drained_for_the_end() -> None:
    ring = Ring(1)
    await ring.put("t", b"1")
    second = asyncio.ensure_future(ring.put("t", b"2"))
    drained = asyncio.ensure_future(ring.drained())
    unsent = ring.unsent()
    assert (await anext(unsent))[1] == b"1"
    assert not second.done()
    ring.acknowledge()
    assert (await anext(unsent))[1] == b"2"
    assert second.done()
    ring.acknowledge()
    await asyncio.wait_for(drained, 5)
    assert ring.dropped == 0


async def test_a_cancelled_connection_leaves_the_frames() -> None:
    ring = Ring()
    unsent = ring.unsent()
    waiting = asyncio.ensure_future(anext(unsent))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    ring.push("t", b"1")
    assert await taken(ring, 1) == [b"1"]
