"""Several threads and programs add to one audit, and one of them may hold it: nothing is lost, and
nobody waits long for it."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from access.audit import FILE, Audit, Entry

LINES = 40


def entry(who: str, at_ns: int = 0) -> Entry:
    return Entry(at_ns=at_ns, who=who, where="test", did="try")


def who(audit: Audit) -> list[str]:
    return [entry.who for _, entry in audit.read()]


def test_threads_of_one_program_do_not_lose_each_others_lines(tmp_path: Path) -> None:
    """Ingest's receiver asks its gate in a thread, its replays ask the same one on the loop."""

    def add(audit: Audit, name: str) -> None:
        for n in range(LINES):
            audit.add(entry(name, n))

    with closing(Audit.open(tmp_path)) as one:
        threads = [threading.Thread(target=add, args=(one, name)) for name in ("a", "b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(who(one)) == ["a"] * LINES + ["b"] * LINES
        assert one.broken_at() == 0


def test_what_came_while_another_program_held_it_is_written_after(tmp_path: Path) -> None:
    with (
        closing(Audit.open(tmp_path)) as audit,
        closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other,
    ):
        audit.add(entry("before"))
        other.execute("BEGIN IMMEDIATE")
        audit.add(entry("meanwhile"))
        audit.add(entry("meanwhile too"))
        assert who(audit) == ["before"]
        other.execute("ROLLBACK")
        audit.add(entry("after"))
        assert who(audit) == ["before", "meanwhile", "meanwhile too", "after"]
        assert audit.broken_at() == 0


def test_and_at_the_end_at_the_latest(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        with closing(Audit.open(tmp_path)) as audit:
            other.execute("BEGIN IMMEDIATE")
            audit.add(entry("last"))
            other.execute("ROLLBACK")
        with closing(Audit.open(tmp_path)) as audit:
            assert who(audit) == ["last"]
