from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from recordings import imports
from recordings.imports import ImportReport, Keeping, import_source
from recordings.named import Naming
from recordings.source import Source, open_source
from telemetry import missiondb
from telemetry.errors import RecordingError, StoreUnavailable, UsageError
from telemetry.frame import Frame
from telemetry.isslive import read_recording
from telemetry.missiondb import MissionDatabase
from telemetry.recording import Recording
from telemetry.sample_file import write
from telemetry.store.base import Rejected, Store, WriteReport
from telemetry.store.memory import MemoryStore
from tests.contract.mission import MISSION, SECOND, T0, frame

CUT = Path(__file__).parents[1] / "data" / "iss-2022-05-20"
NAMING = Naming(name="cut", by="Ann", created_ns=7)


@pytest.fixture(scope="module")
def shipped() -> MissionDatabase:
    return missiondb.load()


def cut(database: MissionDatabase) -> Source:
    return open_source(CUT, database, year=2022)


async def brought_in(
    source: Source, store: Store, naming: Naming = NAMING, origin: str = "there"
) -> ImportReport:
    with closing(source):
        return await import_source(source, store, Keeping(store, naming, source, origin))


async def test_all_of_a_recording_is_stored_and_accounted_for(shipped: MissionDatabase) -> None:
    async with MemoryStore(shipped) as store:
        source = cut(shipped)
        report = await brought_in(source, store)
        assert (report.samples, report.stored, report.frames) == (15_882, 15_882, 10_243)
        assert (report.rejected, report.rejections) == (0, [])
        assert "15887 samples of 59 parameters" in source.findings()
        assert "5 x time runs backwards, kept" in source.findings()
        held = 0
        for subsystem in shipped.spacecraft["iss"].subsystems:
            for span in report.spans["iss"]:
                async for block in store.read("iss", subsystem, *span):
                    held += sum(int(column.valid.sum()) for column in block.columns.values())
        assert held == report.stored


async def test_values_and_times_are_those_of_the_file(shipped: MissionDatabase) -> None:
    series = read_recording(CUT, 2022, shipped).series["Z1000001"]
    async with MemoryStore(shipped) as store:
        await brought_in(cut(shipped), store)
        blocks = [b async for b in store.read("iss", "adcs", 0, 2**62, ["Z1000001"])]
    assert [t for b in blocks for t in b.time_ns.tolist()] == series.time_ns.tolist()
    stored = [v for b in blocks for v in b.columns["Z1000001"].values.tolist()]
    assert stored == series.values.tolist()


async def test_importing_again_changes_nothing(shipped: MissionDatabase) -> None:
    async with MemoryStore(shipped) as store:
        first = await brought_in(cut(shipped), store)
        before = await store.last("iss", "eps"), await store.recordings()
        again = Naming(name="cut", by="Bob", created_ns=8)
        assert await brought_in(cut(shipped), store, again) == first
        assert (await store.last("iss", "eps"), await store.recordings()) == before


async def test_progress_is_told_after_each_bounded_batch(
    shipped: MissionDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH_FRAMES", 1_000)
    told: list[tuple[float, int]] = []
    source = cut(shipped)
    async with MemoryStore(shipped) as store:
        keeping = Keeping(store, NAMING, source, "there")
        await import_source(source, store, keeping, lambda *done: told.append(done))
    assert len(told) == 11  # 10 243 frames
    assert told == sorted(told)
    assert told[-1][0] == pytest.approx(1, abs=1e-3)  # a duplicate is a line, and no sample
    assert told[-1][1] == 15_882


class Picky(MemoryStore):
    """Takes no frame of one subsystem."""

    async def write(self, frames: Sequence[Frame]) -> WriteReport:
        refused = [frame for frame in frames if frame.subsystem == "etcs"]
        report = await super().write([f for f in frames if f.subsystem != "etcs"])
        rejected = (Rejected("iss", "etcs", f.time_ns, p, "no") for f in refused for p in f.values)
        return WriteReport(report.stored, tuple(rejected))


async def test_what_the_store_rejects_is_counted_and_shown(shipped: MissionDatabase) -> None:
    async with Picky(shipped) as store:
        report = await brought_in(cut(shipped), store)
    assert report.rejected > 100
    assert report.stored + report.rejected == 15_882
    assert len(report.rejections) == 20


async def test_what_is_imported_becomes_a_recording(shipped: MissionDatabase) -> None:
    async with MemoryStore(shipped) as store:
        naming = Naming(name="cut", by="Ann", created_ns=7, notes="n", tags=("a", "b"))
        report = await brought_in(cut(shipped), store, naming)
        ((start_ns, stop_ns),) = report.spans["iss"]
        assert await store.recordings() == [
            Recording(
                name="cut",
                start_ns=start_ns,
                stop_ns=stop_ns,
                by="Ann",
                created_ns=7,
                notes="n",
                tags=("a", "b"),
                heartbeat=False,
                source="there",
            )
        ]


class Watched(MemoryStore):
    """Looks at each write whether retention would spare it, and can go away."""

    def __init__(self, database: MissionDatabase, *, writes: int = 10**9) -> None:
        super().__init__(database)
        self.left = writes

    async def write(self, frames: Sequence[Frame]) -> WriteReport:
        if not self.left:
            raise StoreUnavailable("away")
        self.left -= 1
        (recording,) = await self.recordings()
        for one in frames:
            assert recording.start_ns <= one.time_ns < recording.stop_ns
        return await super().write(frames)


def days(path: Path) -> Path:
    """Frames of nine days, backwards."""
    times = range(9 * 24, 0, -1)
    write([[frame(n * 3600 * SECOND, RATE=n / 7) for n in times]], path, MISSION, label="a test")
    return path


async def test_retention_spares_it_from_before_the_first_sample_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH_FRAMES", 7)
    async with Watched(MISSION) as store:
        with_label = open_source(days(tmp_path / "a.csv"), MISSION)
        await brought_in(with_label, store)
        (recording,) = await store.recordings()
        hour = 3600 * SECOND
        assert (recording.start_ns, recording.stop_ns) == (T0 + hour, T0 + 9 * 24 * hour + 1)
        assert (recording.notes, recording.heartbeat) == ("a test", True)


async def test_an_import_that_broke_off_is_completed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH_FRAMES", 7)
    path = days(tmp_path / "a.parquet")
    async with Watched(MISSION, writes=10) as store:
        with pytest.raises(StoreUnavailable):
            await brought_in(open_source(path, MISSION), store)
        store.left = 10**9
        report = await brought_in(open_source(path, MISSION), store)
        blocks = [b async for b in store.read("iss", "adcs", 0, 2**62)]
        assert sum(map(len, blocks)) == report.frames == 9 * 24


async def test_the_name_of_another_recording_is_not_taken(tmp_path: Path) -> None:
    path = days(tmp_path / "a.parquet")
    async with MemoryStore(MISSION) as store:
        await brought_in(open_source(path, MISSION), store)
        with pytest.raises(UsageError, match="imported from there: say another --name"):
            await brought_in(open_source(path, MISSION), store, origin="elsewhere")
        await store.put_recording(NAMING.recording(1, 2))
        with pytest.raises(UsageError, match="of what was received: say another --name"):
            await brought_in(open_source(path, MISSION), store)


async def test_nothing_is_no_recording(tmp_path: Path, shipped: MissionDatabase) -> None:
    with pytest.raises(RecordingError, match=r"no <parameter>\.txt"):
        open_source(tmp_path, shipped, year=2022)
    with pytest.raises(RecordingError, match="does not exist"):
        open_source(tmp_path / "none.csv", shipped)
    (tmp_path / "a.txt").touch()
    with pytest.raises(RecordingError, match=r"import reads .parquet and .csv files"):
        open_source(tmp_path / "a.txt", shipped)
    write([], tmp_path / "a.csv", MISSION)
    async with MemoryStore(MISSION) as store:
        with pytest.raises(RecordingError, match="there is nothing in it"):
            await brought_in(open_source(tmp_path / "a.csv", MISSION), store)
        assert await store.recordings() == []


def test_what_contradicts_the_path_is_refused(tmp_path: Path, shipped: MissionDatabase) -> None:
    with pytest.raises(UsageError, match=r"no spacecraft 'is' .*did you mean 'iss'"):
        open_source(CUT, shipped, year=2022, spacecraft="is")
    with pytest.raises(UsageError, match="no --year"):
        open_source(days(tmp_path / "a.csv"), MISSION, year=2022)


def test_another_mission_database_is_mentioned(tmp_path: Path, shipped: MissionDatabase) -> None:
    source = open_source(days(tmp_path / "a.csv"), shipped)
    assert list(source.frames()) != []
    assert f"mission database test, read with {shipped.version}" in source.findings()[0]
    assert "216 x no such parameter in the mission database, sample skipped" in source.findings()
    source.close()
