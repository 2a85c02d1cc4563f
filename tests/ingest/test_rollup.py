"""Which minutes are rolled up when: every minute written is, after what was written to it last."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ingest.rollup import (
    GRACE_NS,
    IDLE_S,
    MAX_RUNS,
    Marked,
    RollUps,
    joined,
    roll_up,
)
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.store.base import Stretch
from telemetry.store.memory import MemoryStore
from telemetry.store.rollups import MAX_EMPTY, MINUTE_NS
from tests.small import small_database

MISSION = small_database()

#: The start of a minute.
T0 = 1_634_289_180 * SECOND_NS // MINUTE_NS * MINUTE_NS


def frame(second: float, subsystem: str = "adcs") -> Frame:
    time_ns = T0 + round(second * SECOND_NS)
    return Frame(
        spacecraft="iss",
        subsystem=subsystem,
        time_ns=time_ns,
        received_ns=time_ns,
        sequence=0,
        values={"COUNT": round(second)},
    )


def minutes(stretches: list[Stretch]) -> list[tuple[int, int]]:
    """In minutes after T0."""
    return [((s.start_ns - T0) // MINUTE_NS, (s.stop_ns - T0) // MINUTE_NS) for s in stretches]


def test_a_minute_is_due_a_while_after_its_end() -> None:
    rollups = RollUps(MISSION)
    grace_s = GRACE_NS / SECOND_NS
    rollups.wrote([frame(s) for s in range(60)], 0)
    rollups.wrote([frame(60 + grace_s - 1)], 1)
    assert rollups.take(2) == []
    rollups.done()
    rollups.wrote([frame(60 + grace_s)], 3)
    assert minutes(rollups.take(4)) == [(0, 1)]
    rollups.done()
    assert rollups.take(5) == []


def test_a_stream_that_stopped_is_rolled_up_to_its_end() -> None:
    rollups = RollUps(MISSION)
    rollups.wrote([frame(5)], 0)
    assert rollups.take(IDLE_S - 1) == []
    rollups.done()
    assert minutes(rollups.take(IDLE_S)) == [(0, 1)]


def test_a_late_sample_marks_its_minute_again() -> None:
    rollups = RollUps(MISSION)
    rollups.wrote([frame(s) for s in range(0, 600, 10)], 0)
    assert minutes(rollups.take(1)) == [(0, 9)]
    rollups.done()
    rollups.wrote([frame(200), frame(600)], 2)
    assert minutes(rollups.take(3)) == [(3, 4)]


def test_what_is_written_while_it_is_rolled_up_is_rolled_up_again() -> None:
    rollups = RollUps(MISSION)
    rollups.wrote([frame(0), frame(100)], 0)
    assert minutes(rollups.take(1)) == [(0, 1)]
    rollups.wrote([frame(30), frame(101)], 2)
    rollups.done()
    assert minutes(rollups.take(3)) == [(0, 1)]


def test_what_failed_is_taken_again_and_saved_meanwhile() -> None:
    rollups = RollUps(MISSION)
    rollups.wrote([frame(0), frame(100)], 0)
    first = rollups.take(1)
    assert rollups.marked()[0].runs == ((T0, T0 + 2 * MINUTE_NS),)
    rollups.failed()
    assert rollups.take(2) == first


def test_a_stream_that_begins_again_earlier_waits_for_its_minute_too() -> None:
    rollups = RollUps(MISSION)
    rollups.wrote([frame(86_400 * 300)], 0)
    rollups.wrote([frame(0), frame(30)], 1)
    assert rollups.take(2) == []
    rollups.done()
    rollups.wrote([frame(75)], 3)
    assert minutes(rollups.take(4)) == [(0, 1)]


def test_a_short_silence_is_rolled_up_and_a_long_one_is_not() -> None:
    rollups = RollUps(MISSION)
    rollups.wrote([frame(0)], 0)
    rollups.wrote([frame((MAX_EMPTY + 1) * 60)], 0)
    rollups.wrote([frame((2 * MAX_EMPTY + 3) * 60)], 0)
    due = minutes(rollups.take(IDLE_S))
    assert due == [(0, MAX_EMPTY + 2), (2 * MAX_EMPTY + 3, 2 * MAX_EMPTY + 4)]


def test_what_the_mission_database_no_longer_has_is_let_go() -> None:
    saved = [Marked("iss", "gone", T0, ((T0, T0 + MINUTE_NS),)), Marked("moon", "adcs", T0, ())]
    assert RollUps(MISSION, saved).marked() == []


async def test_an_import_is_rolled_up_whole() -> None:
    store = MemoryStore(MISSION)
    await store.write([frame(s) for s in range(120)])
    await roll_up(store, MISSION, {"iss": [(T0 + 1, T0 + 60), (T0 + 30, T0 + 2 * MINUTE_NS)]})
    await store.drop(T0, T0 + 2 * MINUTE_NS)
    found = await store.buckets("iss", "adcs", "COUNT", T0, T0 + 2 * MINUTE_NS, MINUTE_NS)
    assert found.last.tolist() == [59, 119]


RUN = st.tuples(st.integers(0, 10_000), st.integers(1, 50)).map(lambda r: (r[0], r[0] + r[1]))


@given(st.lists(RUN, max_size=200))
def test_joined_runs_are_few_in_order_and_lose_nothing(runs: list[tuple[int, int]]) -> None:
    found = joined(runs)
    assert len(found) <= MAX_RUNS
    edges = [edge for run in found for edge in run]
    assert edges == sorted(edges)
    assert all(any(a <= start and stop <= b for a, b in found) for start, stop in runs)
    within = [(a, b) for a, b in found if not any(a <= s and e <= b for s, e in runs)]
    assert not within


STEPS = st.lists(
    st.one_of(
        st.lists(st.integers(0, 3_000), min_size=1, max_size=4),
        st.sampled_from(["take", "fail", "restart"]),
    ),
    max_size=30,
)


@given(STEPS)
def test_every_minute_written_is_rolled_up_afterwards(steps: list[Any]) -> None:
    rollups, owed = RollUps(MISSION), set[int]()
    for step in steps:
        match step:
            case "take":
                for stretch in rollups.take(1):
                    owed -= set(range(stretch.start_ns, stretch.stop_ns, MINUTE_NS))
                rollups.done()
            case "fail":
                rollups.take(1)
                rollups.failed()
            case "restart":
                # in the middle of one
                rollups.take(1)
                saved = msgspec.msgpack.decode(
                    msgspec.msgpack.encode(rollups.marked()), type=list[Marked]
                )
                rollups = RollUps(MISSION, saved)
            case seconds:
                frames = [frame(second) for second in seconds]
                rollups.wrote(frames, 0)
                owed |= {each.time_ns // MINUTE_NS * MINUTE_NS for each in frames}
    for stretch in rollups.take(IDLE_S):
        owed -= set(range(stretch.start_ns, stretch.stop_ns, MINUTE_NS))
    assert not owed
