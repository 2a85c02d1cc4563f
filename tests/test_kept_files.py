"""Whatever stationwatch keeps has a schema number, and one it does not know is left as it was."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow.parquet as pq
import pytest

from access.audit import Audit
from access.users import Users
from ingest.archive import Archive
from ingest.counters import Counters
from ingest.notify.outbox import Outbox
from ingest.processor import Processor, SnapshotDamaged
from ingest.spool import Cursor, Position, Spool
from ingest.writer import Writer
from telemetry.errors import SpoolError, StationwatchError
from telemetry.sample_file import write
from telemetry.sample_file_read import open_samples
from telemetry.store.duck import DuckStore
from telemetry.store.memory import MemoryStore
from telemetry.topics import Topics
from tests.contract.mission import MISSION, frame
from tests.dashboard.trainings import TRAINING
from tests.small import small_database
from training.records import Records

Way = Callable[[Path], Any]


async def spool(folder: Path) -> None:
    async with Spool.open(folder):
        pass


async def outbox(folder: Path) -> None:
    async with Outbox.open(folder, 0):
        pass


async def store(folder: Path) -> None:
    async with DuckStore(folder / "telemetry.duckdb", MISSION) as opened:
        await opened.write([frame(1, RATE=0.5)])


def archive(folder: Path) -> None:
    Archive.open(folder).close()


def users(folder: Path) -> None:
    Users.open(folder).close()


def audit(folder: Path) -> None:
    Audit.open(folder).close()


SQLITE = [
    (spool, "ingest.sqlite"),
    (outbox, "notify.sqlite"),
    (archive, "archive.sqlite"),
    (users, "users.sqlite"),
    (audit, "audit.sqlite"),
]


def opened(way: Way, folder: Path) -> None:
    found = way(folder)
    if found is not None:
        asyncio.run(found)


def refused(way: Way, folder: Path) -> str:
    """Why; nothing in the folder is another than it was."""
    before = contents(folder)
    with pytest.raises(StationwatchError) as caught:
        opened(way, folder)
    assert contents(folder) == before
    assert caught.value.exit_code in (2, 3, 4)
    message = str(caught.value)
    assert "\n" not in message
    assert "use the" in message
    return message


def contents(folder: Path) -> dict[str, bytes]:
    """SQLite's index of its log is no content: it is made by who reads, too."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.name: path.read_bytes() for path in paths if not path.name.endswith("-shm")}


@pytest.mark.parametrize("number", [99, -7])
@pytest.mark.parametrize(("way", "name"), SQLITE)
def test_a_database_of_another_version_stays_as_it_was(
    tmp_path: Path, way: Way, name: str, number: int
) -> None:
    opened(way, tmp_path)
    with closing(sqlite3.connect(tmp_path / name)) as db:
        (known,) = db.execute("PRAGMA user_version").fetchone()
        db.execute(f"PRAGMA user_version={number}")
    assert known > 0
    message = refused(way, tmp_path)
    assert all(word in message for word in (name, f"version {number}", f"knows {known}"))


@pytest.mark.parametrize(("way", "name"), SQLITE)
def test_a_log_that_a_newer_one_left_when_it_was_killed_stays(
    tmp_path: Path, way: Way, name: str
) -> None:
    made, killed = tmp_path / "made", tmp_path / "killed"
    opened(way, made)
    killed.mkdir()
    with closing(sqlite3.connect(made / name, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA user_version=99")
        for path in made.glob(f"{name}*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, killed / path.name)
    assert "version 99" in refused(way, killed)


@pytest.mark.parametrize("number", ["99", "NULL"])
def test_a_store_of_another_schema_stays_as_it_was(tmp_path: Path, number: str) -> None:
    opened(store, tmp_path)
    with closing(duckdb.connect(str(tmp_path / "telemetry.duckdb"))) as db:
        db.execute(f"UPDATE stationwatch SET number = {number}")
    message = refused(store, tmp_path)
    assert str(tmp_path / "telemetry.duckdb") in message
    assert "writes 1" in message


def test_a_file_of_samples_of_another_format_is_refused(tmp_path: Path) -> None:
    def read(folder: Path) -> None:
        (path,) = folder.iterdir()
        with open_samples(path, MISSION) as file:
            list(file.frames())

    for suffix in ("csv", "parquet"):
        folder = tmp_path / suffix
        folder.mkdir()
        path = folder / f"a.{suffix}"
        write([[frame(1, RATE=0.5)]], path, MISSION, label="")
        if suffix == "csv":
            path.write_bytes(path.read_bytes().replace(b"format=1", b"format=99"))
        else:
            table = pq.read_table(path)
            said = table.schema.metadata | {b"stationwatch.format": b"99"}
            pq.write_table(table.replace_schema_metadata(said), path)
        message = refused(read, folder)
        assert str(path) in message
        assert "format 99" in message


@pytest.mark.parametrize("state", [{"version": 99}, {"version": None}, {}, {"version": "x" * 999}])
def test_an_alarm_state_of_another_version_is_refused(state: dict[str, Any]) -> None:
    with pytest.raises(StationwatchError, match="this program knows") as caught:
        Processor(small_database(), Topics()).restore(msgspec.msgpack.encode(state))
    assert len(str(caught.value)) < 300


async def test_a_spool_whose_alarm_state_is_of_another_version_keeps_it(tmp_path: Path) -> None:
    """The spool itself is of the known version: it is opened, and the state in it stays."""
    state = msgspec.msgpack.encode({"version": 99})
    async with Spool.open(tmp_path) as kept:
        await kept.append([(1, "tick", b"")])
        await kept.save(Cursor.PROCESSOR, Position(1, state), [], [])
    async with Spool.open(tmp_path) as kept:
        position = kept.position(Cursor.PROCESSOR)
        with pytest.raises(StationwatchError, match="version 99"):
            Processor(small_database(), Topics()).restore(position.state)
        assert kept.position(Cursor.PROCESSOR).state == state


@pytest.mark.parametrize("number", [99, -1, "x", None])
def test_the_record_of_a_training_of_another_format_is_left_out_and_kept(
    tmp_path: Path, number: object, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Records(tmp_path)
    path = tmp_path / "records" / "newer.json"
    path.write_bytes(msgspec.json.encode({"format": number, **msgspec.to_builtins(TRAINING)}))
    before = path.read_bytes()
    assert kept.read() == []
    kept.save(TRAINING)
    assert kept.read() == [TRAINING]
    assert path.read_bytes() == before
    assert str(path) in caplog.text


def test_an_alarm_state_that_is_damaged_is_said_to_be() -> None:
    whole = msgspec.msgpack.decode(Processor(small_database(), Topics()).snapshot())
    for key in whole:
        wrongs: tuple[object, ...] = (None, 7, [[]], {"a": 1})
        for wrong in wrongs:
            state = msgspec.msgpack.encode({**whole, key: wrong})
            with suppress(SpoolError):  # of some a part may be left out, but no other error comes
                Processor(small_database(), Topics()).restore(state)
    with pytest.raises(SnapshotDamaged, match="damaged"):
        Processor(small_database(), Topics()).restore(b"\xff")


@pytest.mark.parametrize("state", [[99, {}, []], ["x"], 7])
async def test_a_writer_s_state_of_another_version_is_refused(
    tmp_path: Path, state: object
) -> None:
    async with Spool.open(tmp_path) as kept:
        await kept.save(Cursor.WRITER, Position(0, msgspec.msgpack.encode(state)), dead=[])
        with pytest.raises(SpoolError, match="version this program does not know"):
            Writer(kept, lambda: MemoryStore(MISSION), MISSION, Topics(), Counters())
