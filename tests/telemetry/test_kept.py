"""A file of another version is left alone, also with a log that was never merged into it."""

import sqlite3
from pathlib import Path

import pytest

from telemetry.kept import refusal


def made(path: Path, version: int) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (x)")
    connection.execute(f"PRAGMA user_version={version}")
    return connection


def test_a_file_of_the_known_version_or_none_may_be_used(tmp_path: Path) -> None:
    made(tmp_path / "a", 3).close()
    assert refusal(tmp_path / "a", 3) == ""
    assert refusal(tmp_path / "not-there", 3) == ""
    assert not (tmp_path / "not-there").exists()


@pytest.mark.parametrize("version", [2, 4, 99, -1])
def test_one_of_another_version_is_refused(tmp_path: Path, version: int) -> None:
    made(tmp_path / "a", version).close()
    why = refusal(tmp_path / "a", 3)
    assert why.startswith(f"{tmp_path / 'a'} is of version {version}, this program knows 3: use")
    assert "\n" not in why


def test_one_of_another_program_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "a", 0).close()
    assert "is a database of something else" in refusal(tmp_path / "a", 3)


def test_a_log_that_was_left_behind_is_read_and_not_merged(tmp_path: Path) -> None:
    writing = made(tmp_path / "live", 4)
    # as a kill leaves them: the number is in the log alone
    for suffix in ("", "-wal"):
        (tmp_path / f"a{suffix}").write_bytes((tmp_path / f"live{suffix}").read_bytes())
    writing.close()
    before = [(tmp_path / name).read_bytes() for name in ("a", "a-wal")]
    assert "is of version 4" in refusal(tmp_path / "a", 3)
    assert [(tmp_path / name).read_bytes() for name in ("a", "a-wal")] == before


def test_a_transaction_that_was_killed_is_for_sqlite_to_undo(tmp_path: Path) -> None:
    path, killed = tmp_path / "live", tmp_path / "a"
    writing = sqlite3.connect(path, isolation_level=None)
    writing.executescript("PRAGMA cache_size=1; CREATE TABLE t (x); PRAGMA user_version=3")
    writing.execute("BEGIN")
    writing.execute("INSERT INTO t SELECT zeroblob(100000)")
    for suffix in ("", "-journal"):
        (tmp_path / f"a{suffix}").write_bytes((tmp_path / f"live{suffix}").read_bytes())
    writing.close()
    assert (tmp_path / "a-journal").stat().st_size
    assert refusal(killed, 3) == ""
    assert "is of version 3" in refusal(killed, 4)
