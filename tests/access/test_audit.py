"""The audit: only added to, whole or not, and each line by whom."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from access.audit import FILE, MAX_TEXT, Audit, Entry
from access.file import AccessError


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[Audit]:
    with closing(Audit.open(tmp_path)) as audit:
        yield audit


def entry(n: int, **other: str) -> Entry:
    return Entry(at_ns=n, who="Olga", where="console", did=f"deed {n}", **other)


def test_what_is_added_is_read_in_order_and_by_time(audit: Audit) -> None:
    for n in range(5):
        audit.add(entry(n))
    assert [one.did for _, one in audit.read()] == [f"deed {n}" for n in range(5)]
    assert [n for n, _ in audit.read(2, 4)] == [3, 4]
    assert audit.broken_at() == 0


def test_what_others_send_into_it_is_cut(audit: Audit) -> None:
    audit.add(entry(1, what="x" * 10_000))
    ((_, one),) = audit.read()
    assert len(one.what) == MAX_TEXT


@pytest.mark.parametrize("statement", ["DELETE FROM line", "UPDATE line SET at_ns = 0"])
def test_the_file_refuses_changes(statement: str, audit: Audit, tmp_path: Path) -> None:
    audit.add(entry(1))
    with closing(sqlite3.connect(tmp_path / FILE)) as other, pytest.raises(sqlite3.Error):
        other.execute(statement)
    assert audit.broken_at() == 0


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE line SET entry = replace(entry, 'Olga', 'Eve!') WHERE n = 3", 3),
        ("DELETE FROM line WHERE n = 2", 2),
        ("DELETE FROM line WHERE n = 1", 1),
    ],
)
def test_a_change_by_other_means_is_seen(
    statement: str, line: int, audit: Audit, tmp_path: Path
) -> None:
    for n in range(5):
        audit.add(entry(n))
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        for trigger in ("no_update", "no_delete"):
            other.execute(f"DROP TRIGGER {trigger}")
        other.execute(statement)
        other.commit()
    assert audit.broken_at() == line


def test_several_programs_add_to_one_chain(audit: Audit, tmp_path: Path) -> None:
    with closing(Audit.open(tmp_path)) as other:
        for n in range(10):
            (audit, other)[n % 2].add(entry(n))
    assert audit.broken_at() == 0
    assert len(list(audit.read())) == 10


def test_a_damaged_line_is_an_error_that_names_it(audit: Audit, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("INSERT INTO line (at_ns, entry, chain) VALUES (1, x'00', x'00')")
        other.commit()
    with pytest.raises(AccessError, match="line 1 of the audit is damaged"):
        list(audit.read())
