from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest import imports
from ingest.imports import import_recording
from telemetry import missiondb
from telemetry.errors import RecordingError
from telemetry.frame import Frame
from telemetry.isslive import read_recording
from telemetry.missiondb import MissionDatabase
from telemetry.store.base import Rejected, WriteReport
from telemetry.store.memory import MemoryStore

CUT = Path(__file__).parents[1] / "data" / "iss-2022-05-20"


@pytest.fixture(scope="module")
def shipped() -> MissionDatabase:
    return missiondb.load()


async def test_all_of_a_recording_is_stored_and_accounted_for(shipped: MissionDatabase) -> None:
    async with MemoryStore(shipped) as store:
        report = await import_recording(CUT, 2022, store, shipped)
        assert (report.samples, report.stored) == (15_887, 15_882)
        assert (report.duplicates, report.backward, report.unreadable) == (5, 5, 1)
        assert (report.rejected, report.rejections) == (0, ())
        held = 0
        for subsystem in shipped.spacecraft["iss"].subsystems:
            async for block in store.read("iss", subsystem, report.start_ns, report.end_ns + 1):
                held += sum(int(column.valid.sum()) for column in block.columns.values())
        assert held == report.stored


async def test_values_and_times_are_those_of_the_file(shipped: MissionDatabase) -> None:
    series = read_recording(CUT, 2022, shipped).series["Z1000001"]
    async with MemoryStore(shipped) as store:
        report = await import_recording(CUT, 2022, store, shipped)
        stop_ns = report.end_ns + 1
        blocks = [
            b async for b in store.read("iss", "adcs", report.start_ns, stop_ns, ["Z1000001"])
        ]
    assert [t for b in blocks for t in b.time_ns.tolist()] == series.time_ns.tolist()
    stored = [v for b in blocks for v in b.columns["Z1000001"].values.tolist()]
    assert stored == series.values.tolist()


async def test_importing_again_changes_nothing(shipped: MissionDatabase) -> None:
    async with MemoryStore(shipped) as store:
        first = await import_recording(CUT, 2022, store, shipped)
        before = await store.last("iss", "eps")
        assert await import_recording(CUT, 2022, store, shipped) == first
        assert await store.last("iss", "eps") == before


async def test_progress_is_told_after_each_bounded_batch(
    shipped: MissionDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH_FRAMES", 1_000)
    told: list[tuple[int, int]] = []
    async with MemoryStore(shipped) as store:
        await import_recording(CUT, 2022, store, shipped, lambda *done: told.append(done))
    assert len(told) == 12  # 10 243 frames, and the end
    assert told == sorted(told)
    assert told[-1] == (15_887, 15_887)


class Picky(MemoryStore):
    """Takes no frame of one subsystem."""

    async def write(self, frames: Sequence[Frame]) -> WriteReport:
        refused = [frame for frame in frames if frame.subsystem == "etcs"]
        report = await super().write([f for f in frames if f.subsystem != "etcs"])
        rejected = (Rejected("iss", "etcs", f.time_ns, p, "no") for f in refused for p in f.values)
        return WriteReport(report.stored, tuple(rejected))


async def test_what_the_store_rejects_is_counted_and_shown(shipped: MissionDatabase) -> None:
    async with Picky(shipped) as store:
        report = await import_recording(CUT, 2022, store, shipped)
    assert report.rejected > 100
    assert report.stored + report.rejected == 15_882
    assert len(report.rejections) == 20


async def test_no_recording_is_no_import(tmp_path: Path, shipped: MissionDatabase) -> None:
    async with MemoryStore(shipped) as store:
        with pytest.raises(RecordingError):
            await import_recording(tmp_path, 2022, store, shipped)
