from pathlib import Path

import pytest

from recordings.export import Exported, export
from recordings.history import chosen
from telemetry.errors import UsageError
from telemetry.missiondb import MissionDatabase
from telemetry.recording import Recording
from telemetry.sample_file_read import open_samples
from telemetry.store.base import Store
from telemetry.store.memory import MemoryStore
from tests.contract.mission import MISSION, SECOND, T0, frame, of

FRAMES = [
    frame(0, RATE=0.1, NOTE="a\nb"),
    of("iss", "wide", frame(0, P000=1.5)),
    of("soyuz", "adcs", frame(1, RATE=0.2)),
    frame(2),
    frame(5, COUNT=2**60 + 1, invalid={"RATE": 9}),
]


async def stored(store: Store) -> None:
    await store.write(list(reversed(FRAMES)))


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
async def test_what_is_stored_is_in_the_file_in_order(tmp_path: Path, suffix: str) -> None:
    path, told = tmp_path / f"a.{suffix}", list[tuple[float, int]]()
    async with MemoryStore(MISSION) as store:
        await stored(store)
        done = await export(
            store, MISSION, chosen(MISSION), T0, T0 + 6, path, lambda *how: told.append(how)
        )
    assert done == Exported(frames=5, samples=6)
    assert told[-1] == (5 / 6, 6)
    with open_samples(path, MISSION) as file:
        assert list(file.frames()) == FRAMES
        assert file.about.heartbeat


async def test_a_selection_or_what_had_no_heartbeat_is_known_for_it(tmp_path: Path) -> None:
    async with MemoryStore(MISSION) as store:
        await stored(store)
        path = tmp_path / "a.csv"

        async def heartbeat(parameters: list[str], stop: int) -> bool:
            await export(store, MISSION, chosen(MISSION, "iss", parameters), T0, T0 + stop, path)
            with open_samples(path, MISSION) as file:
                return file.about.heartbeat

        assert await heartbeat([], 6)
        assert not await heartbeat(["RATE"], 6)
        await store.put_recording(
            Recording(
                name="r", start_ns=T0 + 3, stop_ns=T0 + 9, by="a", created_ns=1, heartbeat=False
            )
        )
        assert await heartbeat([], 3)
        assert not await heartbeat([], 4)


async def failing(
    store: Store, path: Path, start: int, stop: int, database: MissionDatabase = MISSION
) -> str:
    with pytest.raises(UsageError) as caught:
        await export(store, database, chosen(database), T0 + start, T0 + stop, path)
    assert list(path.parent.iterdir()) == []
    return str(caught.value)


async def test_an_empty_range_is_refused_with_where_there_is_something(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    async with MemoryStore(MISSION) as store:
        assert (await failing(store, path, 1, 2)).endswith("nor at any other time")
        await stored(store)
        assert (await failing(store, path, 6, SECOND)).endswith(
            "; the last before it is at 2021-10-15T09:13:00.000000006Z"
        )
        assert (await failing(store, path, -9, -1)).endswith(
            "Z; the newest of all is at 2021-10-15T09:13:00.000000006Z"
        )
        between = await failing(store, path, 3, 5)
        assert "the last before it is at 2021-10-15T09:13:00.000000002Z; the newest" in between


async def test_a_range_that_ends_before_it_starts_is_refused(tmp_path: Path) -> None:
    async with MemoryStore(MISSION) as store:
        said = await failing(store, tmp_path / "a.parquet", 2, 2)
    assert "the range ends at 2021-10-15T09:13:00.000000003Z, not after its start" in said
