"""What is given up, and that no recording is ever touched."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import retention
from ingest.retention import Drop, Keep, Retention, to_drop, without
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.recording import Recording
from telemetry.store.memory import MemoryStore
from telemetry.store.rollups import MINUTE_NS
from telemetry.tally import DAY_NS
from tests.small import small_database

MISSION = small_database()
NOW = 1_634_256_000 * SECOND_NS
KEEP = Keep(raw_days=30, rollup_days=365)


def recording(name: str, start_ns: int, stop_ns: int) -> Recording:
    return Recording(name=name, start_ns=start_ns, stop_ns=stop_ns, by="A", created_ns=0)


def frame(time_ns: int) -> Frame:
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=time_ns,
        received_ns=time_ns,
        sequence=0,
        values={"COUNT": 1},
    )


def test_days_are_counted_back_from_the_stream() -> None:
    drop = to_drop(NOW, KEEP, ())
    assert drop == Drop(raw=((0, NOW - 30 * DAY_NS),), rollups=((0, NOW - 365 * DAY_NS),))


@pytest.mark.parametrize("now_ns", [0, 29 * DAY_NS, 30 * DAY_NS])
def test_nothing_is_older_than_the_beginning(now_ns: int) -> None:
    assert to_drop(now_ns, KEEP, ()) == Drop()


def test_zero_days_is_for_ever() -> None:
    assert to_drop(NOW, Keep(raw_days=0, rollup_days=0), ()) == Drop()
    assert to_drop(NOW, Keep(raw_days=1, rollup_days=0), ()).rollups == ()


def test_recordings_are_left_out_where_they_overlap_too() -> None:
    recordings = [
        recording("whole", 50, 90),
        recording("in-it", 60, 70),
        recording("over-its-end", 80, 120),
        recording("younger", NOW - DAY_NS, NOW),
        recording("half", NOW - 31 * DAY_NS, NOW),
    ]
    drop = to_drop(NOW, KEEP, recordings)
    assert drop.raw == ((0, 50), (120, NOW - 31 * DAY_NS))
    assert drop.rollups == ((0, 50), (120, NOW - 365 * DAY_NS))


POINT = st.integers(0, 60)
SPAN = st.tuples(POINT, st.integers(1, 30)).map(lambda s: (s[0], s[0] + s[1]))


@given(stop=POINT, spared=st.lists(SPAN, max_size=6))
def test_exactly_what_is_old_and_in_no_recording_is_left(
    stop: int, spared: list[tuple[int, int]]
) -> None:
    left = without((0, stop), spared)
    points = {at for a, b in left for at in range(a, b)}
    assert points == set(range(stop)) - {at for a, b in spared for at in range(a, b)}
    assert all(a < b for a, b in left)
    assert list(left) == sorted(left)


class Pruned:
    def __init__(self) -> None:
        self.asked: list[tuple[int, list[tuple[int, int]]]] = []

    async def __call__(self, before_ns: int, keep: Sequence[tuple[int, int]]) -> None:
        self.asked.append((before_ns, list(keep)))


def stage(store: MemoryStore, now_ns: int | None, pruned: Pruned) -> Retention:
    return Retention(lambda: nullcontext(store), KEEP, lambda: now_ns, pruned)


async def times(store: MemoryStore) -> list[int]:
    found = store.read("iss", "adcs", 0, NOW + DAY_NS)
    return [int(time) for block in [b async for b in found] for time in block.time_ns]


async def test_old_samples_go_recordings_and_rollups_stay() -> None:
    store, pruned = MemoryStore(MISSION), Pruned()
    old = [NOW - days * DAY_NS for days in (100, 50, 40)]
    await store.write([frame(time) for time in (*old, NOW)])
    kept = recording("kept", old[1] - 1, old[1] + 1)
    await store.put_recording(kept)
    await stage(store, NOW, pruned).once(store)
    assert await times(store) == [old[1], NOW]
    found = await store.buckets("iss", "adcs", "COUNT", 0, NOW + MINUTE_NS, MINUTE_NS)
    assert found.count.tolist() == [1, 1, 1, 1]
    assert pruned.asked == [(NOW - 30 * DAY_NS, [(kept.start_ns, kept.stop_ns)])]
    await store.delete_recording("kept")
    await stage(store, NOW, pruned).once(store)
    assert await times(store) == [NOW]


async def test_nothing_goes_while_the_stream_time_is_unknown() -> None:
    store, pruned = MemoryStore(MISSION), Pruned()
    await store.write([frame(0)])
    assert await stage(store, None, pruned).once(store) == Drop()
    assert await times(store) == [0]
    assert pruned.asked == []


async def test_a_failure_is_logged_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retention, "FIRST_S", 0)
    monkeypatch.setattr(retention, "EVERY_S", 0)
    store, pruned = MemoryStore(MISSION), Pruned()
    await store.write([frame(0)])
    answers = iter([ValueError("told to"), NOW])

    def now() -> int | None:
        answer = next(answers, None)
        if isinstance(answer, Exception):
            raise answer
        return answer

    task = asyncio.create_task(Retention(lambda: nullcontext(store), KEEP, now, pruned).run())
    async with asyncio.timeout(10):
        while not pruned.asked:
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "told to" in caplog.text
    assert await times(store) == []
