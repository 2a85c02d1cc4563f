import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pytest

from telemetry.errors import StoreError, StoreSchemaError, StoreUnavailable
from telemetry.store import duck_files
from telemetry.store.duck import DuckStore
from tests.contract.mission import DAY, MISSION, SECOND, T0, frame
from tests.contract.stores import blocks, contents

ROOT = Path(__file__).parents[3]


def disk(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


def files(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def make_something_else(path: Path, kind: str) -> None:
    if kind == "text":
        path.write_text("my diary " * 1000)
    else:
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE cats (name VARCHAR)")


def run(program: str, path: Path) -> int:
    command = [sys.executable, "-c", program, str(path)]
    return subprocess.run(command, cwd=ROOT, timeout=60).returncode


@contextmanager
def running(program: str, path: Path) -> Iterator[None]:
    """Until its standard input ends, from its first line of output on."""
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.communicate(timeout=10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "telemetry.duckdb"


async def test_drop_gives_the_disk_back(path: Path) -> None:
    async with DuckStore(path, MISSION) as store:
        for day in range(3):
            frames = [frame(day * DAY + n * SECOND, RATE=n / 7, ANGLE=n / 3) for n in range(20_000)]
            await store.write(frames)
    days = path.with_name("telemetry.duckdb.days")
    whole = disk(days)
    async with DuckStore(path, MISSION) as store:
        await store.drop(0, T0 + 2 * DAY)
        assert disk(days) < 0.5 * whole
        assert len(await contents(store)) == 2 * 20_000


async def test_a_store_of_before_rollups_and_recordings_gets_what_is_missing(path: Path) -> None:
    frames = [frame(n * SECOND, RATE=float(n)) for n in range(200)]
    async with DuckStore(path, MISSION) as store:
        await store.write(frames)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE recordings")
    path.with_name("telemetry.duckdb.rollups").rmdir()
    async with DuckStore(path, MISSION) as store:
        assert list(await store.recordings()) == []
        assert (await store.buckets("iss", "adcs", "RATE", 0, T0 * 2, DAY)).count.sum() == 200
        await store.drop(0, T0 + 2 * DAY)
        assert await contents(store) == {}
        assert (await store.buckets("iss", "adcs", "RATE", 0, T0 * 2, DAY)).count.sum() == 200


async def test_rollups_are_files_of_four_weeks_and_go_whole(path: Path) -> None:
    async with DuckStore(path, MISSION) as store:
        await store.write([frame(n * 14 * DAY, RATE=1.0) for n in range(6)])
        await store.drop(0, T0 * 2)
        files = path.with_name("telemetry.duckdb.rollups").glob("*.duckdb")
        names = sorted(file.name for file in files)
        days = ("2021-09-30", "2021-10-28", "2021-11-25", "2021-12-23")
        assert names == [f"{day}.duckdb" for day in days]
        await store.drop(0, T0 + 28 * DAY, rollups=True)
        found = await store.buckets("iss", "adcs", "RATE", 0, T0 * 2, DAY)
        assert found.count.sum() == 5


async def test_days_are_files_named_by_date(path: Path) -> None:
    async with DuckStore(path, MISSION) as store:
        await store.write([frame(0, RATE=1.0), frame(DAY, RATE=1.0)])
    names = sorted(file.name for file in (path.parent / "telemetry.duckdb.days").iterdir())
    assert names == ["2021-10-15.duckdb", "2021-10-16.duckdb"]


async def test_more_days_than_are_kept_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck_files, "_MAX_ATTACHED", 2)
    async with DuckStore(path, MISSION) as store:
        await store.write([frame(n * DAY, RATE=float(n)) for n in range(6)])
        await store.write([frame(n * DAY, ANGLE=float(n)) for n in range(6)])
        found = await contents(store)
        assert len(found) == 12
        assert (await store.buckets("iss", "adcs", "RATE", 0, T0 * 2, DAY)).count.sum() == 6
        assert (await store.last("iss", "adcs"))["RATE"].value == 5.0


async def test_what_was_written_survives_a_kill(path: Path) -> None:
    program = (
        "import asyncio, os, signal, sys\n"
        "from pathlib import Path\n"
        "from telemetry.store.duck import DuckStore\n"
        "from tests.contract.mission import MISSION, frame\n"
        "async def main():\n"
        "    async with DuckStore(Path(sys.argv[1]), MISSION) as store:\n"
        "        await store.write([frame(n, RATE=float(n)) for n in range(50)])\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    assert run(program, path) == -signal.SIGKILL
    async with DuckStore(path, MISSION) as store:
        assert len(await contents(store)) == 50


async def test_a_second_process_is_sent_to_the_first(path: Path) -> None:
    program = (
        "import duckdb, sys\n"
        "connection = duckdb.connect(sys.argv[1])\n"
        "print('open', flush=True)\n"
        "sys.stdin.read()\n"
    )
    async with DuckStore(path, MISSION):
        pass
    with (
        running(program, path),
        pytest.raises(StoreUnavailable, match=r"another process.*remote\+http"),
    ):
        async with DuckStore(path, MISSION):
            pass


@pytest.mark.parametrize("kind", ["text", "other database"])
async def test_a_file_of_something_else_is_refused_untouched(path: Path, kind: str) -> None:
    make_something_else(path, kind)
    before = files(path.parent)
    with pytest.raises(StoreSchemaError):
        async with DuckStore(path, MISSION):
            pass
    assert files(path.parent) == before


async def test_days_without_their_main_file_are_not_taken_over(path: Path) -> None:
    async with DuckStore(path, MISSION) as store:
        await store.write([frame(0, RATE=1.0)])
    path.rename(path.with_name("moved"))
    with pytest.raises(StoreSchemaError, match="days of a store"):
        async with DuckStore(path, MISSION):
            pass


async def test_a_missing_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such directory"):
        async with DuckStore(tmp_path / "none" / "x.duckdb", MISSION):
            pass


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """As on a disk that is full: writing beyond so many bytes of a file fails."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@pytest.mark.parametrize("room", [0, 1, 4_096, 8_192, 12_288, 20_000, 262_144])
@pytest.mark.parametrize("first", ["store", "day"])
async def test_a_file_that_there_was_no_room_to_make_is_made_later(
    path: Path, first: str, room: int
) -> None:
    if first == "day":
        async with DuckStore(path, MISSION):
            pass
    with largest_file(room), suppress(StoreUnavailable):
        async with DuckStore(path, MISSION) as store:
            await store.write([frame(0, RATE=1.0)])
    async with DuckStore(path, MISSION) as store:
        await store.write([frame(0, RATE=2.0), frame(SECOND, RATE=3.0)])
        assert len(await contents(store)) > 0


async def test_a_store_goes_on_when_there_is_room_again(path: Path) -> None:
    async with DuckStore(path, MISSION) as store:
        await store.write([frame(0, RATE=1.0)])
        with largest_file(8_192), pytest.raises(StoreUnavailable):
            await store.write([frame(DAY, RATE=2.0)])
        assert (await store.write([frame(DAY, RATE=2.0)])).stored == 1
    assert not list(path.parent.rglob("*.new"))


async def test_late_rows_do_not_slow_to_a_row_at_a_time(path: Path) -> None:
    async with DuckStore(path, MISSION) as store:
        await store.write([frame(n * SECOND, RATE=1.0) for n in range(10_000)])
        await store.write([frame(n * SECOND, ANGLE=2.0) for n in range(10_000)])
        found = await blocks(store, "iss", "adcs", 0, T0 * 2)
        assert sum(len(block) for block in found) == 10_000
        assert all(block.columns[p].valid.all() for block in found for p in ("RATE", "ANGLE"))
