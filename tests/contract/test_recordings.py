"""Recordings: names for ranges, kept where the samples are."""

import msgspec
import pytest

from telemetry.errors import StoreError
from telemetry.recording import Recording
from telemetry.store import rolled
from telemetry.store.base import Store
from tests.contract.mission import DAY, T0, frame
from tests.contract.stores import Opener, contents


def recording(name: str, start: int = 0, stop: int = DAY) -> Recording:
    return Recording(
        name=name,
        start_ns=T0 + start,
        stop_ns=T0 + stop,
        by="A. Hand",
        created_ns=T0,
        notes='said, \\ "and"\nwent = gone',
        tags=("training", "MS-18, thrusters"),
        heartbeat=False,
        source="a b.csv",
    )


async def test_recordings_are_kept_by_start_then_name(store: Store) -> None:
    assert list(await store.recordings()) == []
    wanted = [recording("b"), recording("c"), recording("A.1-x_y", 1), recording("a", 2)]
    for each in reversed(wanted):
        await store.put_recording(each)
    assert list(await store.recordings()) == wanted


async def test_the_same_name_replaces_and_delete_forgets(store: Store) -> None:
    await store.write([frame(0, RATE=1.0)])
    await store.put_recording(recording("one"))
    changed = msgspec.structs.replace(recording("one", 5, 6), notes="")
    await store.put_recording(changed)
    await store.put_recording(recording("One"))
    assert set(await store.recordings()) == {changed, recording("One")}
    await store.delete_recording("one")
    assert list(await store.recordings()) == [recording("One")]
    with pytest.raises(KeyError, match="one"):
        await store.delete_recording("one")
    await store.put_recording(recording("one"))
    assert len(await store.recordings()) == 2
    assert await contents(store) == {(0, "RATE"): 1.0}


async def test_recordings_survive_what_is_dropped_and_a_restart(lasting: Opener) -> None:
    async with lasting() as store:
        await store.put_recording(recording("one"))
        await store.drop(0, T0 + 9 * DAY)
        await store.drop(0, T0 + 99 * DAY, rollups=True)
    async with lasting() as store:
        assert list(await store.recordings()) == [recording("one")]


async def test_there_are_not_too_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolled, "MAX_RECORDINGS", 2)
    await store.put_recording(recording("a"))
    await store.put_recording(recording("b"))
    with pytest.raises(StoreError, match="2 recordings"):
        await store.put_recording(recording("c"))
    await store.put_recording(recording("b", 1))
    monkeypatch.setattr(rolled, "MAX_RECORDINGS", 1)
    with pytest.raises(StoreError, match="at most 1"):
        await store.recordings()
