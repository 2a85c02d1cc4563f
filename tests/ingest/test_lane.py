"""A stretch of history as arrays is the same frames."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.lane import Lane
from telemetry.frame import Block, Frame
from telemetry.store.memory import MemoryStore
from tests.ingest.eventful import Day, at, eventful_database

DATABASE = eventful_database()
ADCS = DATABASE.subsystem("iss", "adcs")


async def lane_of(frames: Sequence[Frame], block_rows: int = 1_000) -> Lane:
    async with MemoryStore(DATABASE) as store:
        await store.write(frames)
        read = store.read("iss", "adcs", at(0), at(999), heartbeats=True, block_rows=block_rows)
        blocks: list[Block] = [one async for one in read]
    return Lane(ADCS, blocks)


def adcs(seed: int) -> list[Frame]:
    every = Day(seed, 60).frames(DATABASE)
    return [one for one in every if (one.spacecraft, one.subsystem) == ("iss", "adcs")]


@pytest.mark.parametrize("block_rows", [1, 7, 1_000])
async def test_lane_gives_back_its_frames_however_they_were_read(block_rows: int) -> None:
    frames = adcs(3)
    lane = await lane_of(frames, block_rows)
    assert [lane.frame(row) for row in range(len(lane))] == frames
    order = list(ADCS.parameters)
    for row in range(len(lane)):
        values = list(lane.frame(row).values)
        assert values == sorted(values, key=order.index)


async def test_lane_of_heartbeats_has_rows_and_no_samples() -> None:
    bare = [
        Frame(spacecraft="iss", subsystem="adcs", time_ns=at(n), received_ns=at(n), sequence=n)
        for n in range(3)
    ]
    lane = await lane_of(bare)
    assert [lane.frame(row) for row in range(3)] == bare
    assert lane.samples_of == {}
    assert len(lane.passed(0, 3).column) == 0


async def test_samples_of_a_parameter_are_in_order_and_complete() -> None:
    frames = adcs(5)
    lane = await lane_of(frames)
    for column, id_ in enumerate(ADCS.parameters):
        samples = lane.samples_of.get(column, np.empty(0, np.intp))
        told = [(int(lane.time_ns[lane.row[s]]), lane.value_of(int(s))) for s in samples]
        wanted = [
            (one.time_ns, one.values.get(id_))
            for one in frames
            if id_ in one.values or id_ in one.invalid
        ]
        assert told == wanted


@given(cut=st.integers(0, 40))
async def test_what_is_passed_in_two_parts_is_all_of_it(cut: int) -> None:
    lane = await lane_of(adcs(8))
    cut = min(cut, len(lane))
    parts = lane.passed(0, cut), lane.passed(cut, len(lane))
    whole = lane.passed(0, len(lane))
    for name in ("column", "time_ns", "number", "judged"):
        joined = np.concatenate([getattr(one, name) for one in parts])
        assert np.array_equal(joined, getattr(whole, name))
