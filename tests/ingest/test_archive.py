"""The record archive: what goes in comes out, where a replay looks for it, and what stays."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.archive import FILE, Archive, Checkpoint, files_of, load_files
from ingest.record import TICK, Record
from ingest.segment import ArchiveError, Segment, pack
from ingest.stream_time import StreamState
from telemetry.clock import SECOND_NS
from telemetry.missiondb import SHIPPED, load
from tests.ingest.test_stream_time import START_NS, clock, frame


def second(time_ns: int) -> float:
    return (time_ns - START_NS) / SECOND_NS


def at(seconds: float) -> int:
    return START_NS + round(seconds * SECOND_NS)


def stream() -> list[Record]:
    """A frame a second for 100 s, flown twice; a command amid the first."""
    first = [clock(1, "a", 0, 0), *(frame(1 + i, i) for i in range(1, 101))]
    command = Record(102, at(100), "cmd/v1/iss/plan/propose", b"{}")
    again = [
        clock(103, "b", 0, 200),
        *(frame(103 + i, i, received_s=200 + i) for i in range(1, 51)),
    ]
    return [*first, command, *again]


def filled(archive: Archive, records: Sequence[Record], size: int = 20) -> None:
    state = StreamState()
    for i in range(0, len(records), size):
        packed = pack(records[i : i + size], state)
        archive.append(packed)
        state = packed.after


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(tmp_path)


def test_every_record_comes_back_in_order(archive: Archive) -> None:
    filled(archive, stream())
    assert [timed.record for timed in archive.timed(1, 1000)] == stream()
    assert [timed.record.n for timed in archive.timed(30, 45)] == list(range(30, 46))
    assert archive.last_n == 153


@given(
    st.lists(
        st.tuples(st.integers(0, 2**62), st.sampled_from([TICK, "x", "cmd/v1/iss/alarm/y"]),
                  st.binary(max_size=50)),
        min_size=1,
        max_size=30,
    )
)  # fmt: skip
def test_packing_loses_nothing(messages: list[tuple[int, str, bytes]]) -> None:
    records = [Record(n, *message) for n, message in enumerate(messages, 5)]
    packed = pack(records, StreamState())
    assert [r for segment in packed.segments for r in segment.records()] == records


def test_a_range_is_found_by_stream_time(archive: Archive) -> None:
    filled(archive, stream())
    span = archive.find(at(60), at(70))
    assert span is not None
    assert (span.first_n, span.last_n) == (61, 70)
    assert (second(span.from_ns), second(span.to_ns)) == (60, 69)


def test_of_a_time_flown_twice_the_latest_is_found(archive: Archive) -> None:
    filled(archive, stream())
    span = archive.find(at(10), at(20))
    assert span is not None
    assert (span.lap, span.first_n, span.last_n) == (2, 113, 122)
    assert [(lap, second(a) if a else 0, second(b)) for lap, a, b in archive.laps()] == [
        (1, 1, 100),
        (2, 1, 50),
    ]


def test_nothing_is_found_where_nothing_was_received(archive: Archive) -> None:
    assert archive.find(0, at(10)) is None
    filled(archive, stream())
    assert archive.find(at(101), at(500)) is None
    assert archive.find(at(-50), at(0)) is None


def test_announcements_are_told_apart_by_lap(archive: Archive) -> None:
    filled(archive, stream())
    (told,) = archive.announcements(1, 1000)
    assert (told.record.n, second(told.time_ns)) == (102, 100)
    assert archive.announcements(1, 101) == []
    assert archive.announcements(2, 1000) == []


def test_a_checkpoint_is_one_from_which_every_record_is_kept(archive: Archive) -> None:
    filled(archive, stream())
    for n in (0, 40, 80):
        archive.put_checkpoint(Checkpoint(n=n, missiondb="v", state=b"s%d" % n))
    found = archive.checkpoint(79)
    assert found == Checkpoint(n=40, missiondb="v", state=b"s40")
    archive._connection.execute("DELETE FROM segment WHERE first_n = 61")
    assert archive.checkpoint(79) is None
    assert archive.checkpoint(60) == found


def test_a_restart_stays_one_when_a_checkpoint_follows_at_once(archive: Archive) -> None:
    archive.put_checkpoint(Checkpoint(n=7, missiondb="old", state=b"a"))
    archive.put_checkpoint(Checkpoint(n=7, missiondb="new", state=b"b", restart=True))
    archive.put_checkpoint(Checkpoint(n=7, missiondb="new", state=b"b"))
    assert archive.restarts(0, 10) == [(7, "new")]


def test_what_is_kept_keeps_what_a_replay_of_it_begins_with(archive: Archive) -> None:
    filled(archive, stream()[:102])
    for n in (0, 30, 70):
        archive.put_checkpoint(Checkpoint(n=n, missiondb="v", state=b"s"))
    archive.prune(at(90), keep=[(at(45), at(50))])
    # segments of 20: the one with the checkpoint at 30, up to that with the range's end
    assert [(s.first_n, s.last_n) for s in archive.segments(1, 1000)] == [
        (21, 40),
        (41, 60),
        (61, 80),
        (81, 100),
        (101, 102),
    ]
    assert archive.checkpoint(45) is not None
    archive.prune(at(90))
    assert [s.first_n for s in archive.segments(1, 1000)] == [61, 81, 101]
    archive.prune(at(10_000))
    assert archive.last_n == 0


def test_a_damaged_segment_says_so(archive: Archive) -> None:
    (segment,) = pack(stream()[:20], StreamState()).segments
    flipped = bytearray(segment.body)
    flipped[len(flipped) // 2] ^= 0xFF
    fields = msgspec.structs.asdict(segment)
    for change in (
        {"body": bytes(flipped)},
        {"size": 1 << 40},
        {"size": segment.size - 1},
        {"before": b"\xc1"},
        {"last_n": 19},
    ):
        with pytest.raises(ArchiveError, match=r"^segment 1 "):
            list(Segment(**{**fields, **change}).timed())


def test_the_mission_database_of_then_can_be_loaded(archive: Archive) -> None:
    version = load().version
    archive.put_missiondb(version, files_of(SHIPPED))
    assert archive.missiondb(version).version == version
    with pytest.raises(ArchiveError, match="does not hold mission database other"):
        archive.missiondb("other")


def test_no_file_of_a_mission_database_lands_outside(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="not in its folder"):
        load_files({"../../evil.toml": b""})


def test_a_reader_sees_what_was_written_meanwhile(tmp_path: Path) -> None:
    with Archive.open(tmp_path) as writing, Archive.open(tmp_path, readonly=True) as reading:
        assert reading.last_n == 0
        filled(writing, stream())
        assert reading.last_n == 153
        with pytest.raises(ArchiveError, match="readonly"):
            reading.put_checkpoint(Checkpoint(n=1, missiondb="v", state=b""))


def test_what_is_not_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="holds no record archive"):
        Archive.open(tmp_path, readonly=True)
    (tmp_path / FILE).write_bytes(
        b"not a database, but longer than a header of SQLite would be" * 9
    )
    with pytest.raises(ArchiveError, match="cannot be opened"):
        Archive.open(tmp_path)
    newer = tmp_path / "newer"
    Archive.open(newer).close()
    with sqlite3.connect(newer / FILE) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(ArchiveError, match="is of version 99, this program knows 1"):
        Archive.open(newer)


def test_state_goes_on_after_reopening(tmp_path: Path) -> None:
    with Archive.open(tmp_path) as archive:
        filled(archive, stream())
        state = archive.last_state()
    assert (state.lap, second(state.reached_ns)) == (2, 50)
    with Archive.open(tmp_path) as archive:
        assert archive.last_state() == state
