"""What ingest keeps of bundles: under names that say what they are, the newest, so much of them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.bundle import shelf as module
from ingest.bundle.shelf import Shelf, is_name, name_of
from telemetry.errors import UsageError

SEAL = "0123456789abcdef" * 4


def put(shelf: Shelf, name: str, size: int = 1, second: int = 0) -> None:
    received = shelf.folder / "received"
    received.write_bytes(b"x" * size)
    os.utime(received, (second, second))
    shelf.put(received, name)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.make_ready()
    return shelf


@given(st.text(max_size=80))
def test_every_file_gets_a_name_that_is_one(stem: str) -> None:
    name = name_of(stem, SEAL)
    assert is_name(name, SEAL)
    assert not is_name(name, "f" * 64)
    assert len(name) <= 64
    assert "/" not in name


@pytest.mark.parametrize(
    "name", ["", "a", "../a-0123456789ab", "/a-0123456789ab", ".-0123456789ab"]
)
def test_what_is_no_name_is_none(shelf: Shelf, name: str) -> None:
    assert not is_name(name)
    with pytest.raises(UsageError, match="no bundle"):
        shelf.find(name)


def test_what_is_kept_is_found_and_else_told(shelf: Shelf) -> None:
    name = name_of("ms18", SEAL)
    put(shelf, name)
    assert shelf.find(name).read_bytes() == b"x"
    assert shelf.names() == [name]
    with pytest.raises(UsageError, match=f"ingest keeps: {name}"):
        shelf.find(name_of("ms17", SEAL))


def test_a_shelf_that_was_never_used_is_empty(tmp_path: Path) -> None:
    assert Shelf(tmp_path).names() == []
    with pytest.raises(UsageError, match="ingest keeps: none"):
        Shelf(tmp_path).find(name_of("a", SEAL))


def test_the_oldest_are_given_up_by_number(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 3)
    for n in range(5):
        put(shelf, name_of(f"b{n}", SEAL), second=n)
    assert shelf.names() == [name_of(f"b{n}", SEAL) for n in (4, 3, 2)]


def test_the_oldest_are_given_up_by_size_but_never_the_newest(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_KEPT_BYTES", 100)
    put(shelf, name_of("a", SEAL), 60, second=1)
    put(shelf, name_of("b", SEAL), 60, second=2)
    assert shelf.names() == [name_of("b", SEAL)]
    put(shelf, name_of("c", SEAL), 200, second=3)
    assert shelf.names() == [name_of("c", SEAL)]


def test_what_was_cut_short_is_cleared_away(shelf: Shelf) -> None:
    left = shelf.folder / f"{module.COMING}x"
    left.mkdir()
    (left / "received").write_bytes(b"half")
    put(shelf, name_of("a", SEAL))
    shelf.make_ready()
    assert [path.name for path in shelf.folder.iterdir()] == [f"{name_of('a', SEAL)}.zip"]
