"""What is in a bundle is looked at whole: whoever forged its checksums has gained nothing by it."""

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ingest.bundle import contents, look
from ingest.bundle.apart import look_apart
from ingest.bundle.container import opened
from ingest.bundle.contents import PackedCheckpoint
from ingest.bundle.form import (
    ACTIVITIES,
    ANNOUNCEMENTS,
    CHECKPOINTS,
    COMMANDS,
    INCIDENTS,
    JOURNAL,
    MAX_PIECE_BYTES,
    SAMPLES,
    SEGMENTS,
    BundleError,
    Manifest,
)
from ingest.bundle.pieces import pieces, put_piece
from ingest.segment import Segment, codec
from telemetry.alarm import EventKind
from tests.bundles import baked_anew

T = TypeVar("T")


def refusal(path: Path) -> str:
    with pytest.raises(BundleError) as caught, opened(path, "x.zip") as container:
        look.look(container)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("x.zip is refused: ")
    return str(caught.value).removeprefix("x.zip is refused: ")


def spoiled(good: Path, out: Path, name: str, edit: Callable[[bytes], bytes]) -> Path:
    """A bundle with one file changed, and its checksums right again."""
    return baked_anew(good, out, lambda files: files.update({name: edit(files[name])}))


def claiming(good: Path, out: Path, **said: object) -> Path:
    """A bundle that says something else of itself."""
    return baked_anew(good, out, manifest=lambda manifest: replace(manifest, **said))


def piecewise(kind: type[T], edit: Callable[[T], T]) -> Callable[[bytes], bytes]:
    def edited(content: bytes) -> bytes:
        out = io.BytesIO()
        for piece in pieces(io.BytesIO(content), kind, ""):
            put_piece(out, edit(piece))
        return out.getvalue()

    return edited


def test_a_good_bundle_says_what_is_in_it(good: Path) -> None:
    with opened(good) as container:
        found = look.look(container)
    manifest = found.manifest
    assert (manifest.counts.frames, manifest.counts.samples) == (30, 30)
    assert manifest.counts.events == 4
    assert manifest.counts.commands == 1  # the clock was announced long before
    assert manifest.counts.records > 100
    assert manifest.span is not None
    assert (manifest.by, manifest.notes, manifest.root) == ("Ann", "an error", "tlm")
    assert found.first_out is not None
    assert (found.first_out.alarm, found.first_out.severity) == ("ERR.limit", "CAUTION")
    assert found.notes == ()
    assert found.missiondbs == {manifest.missiondb: 2}


async def test_apart_says_the_same(good: Path, tmp_path: Path) -> None:
    with opened(good) as container:
        assert await look_apart(good) == look.look(container)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(good.read_bytes()[:-1])
    with pytest.raises(BundleError, match="x is refused: its end is missing"):
        await look_apart(bad, "x")


def test_the_journal_is_live_s(good: Path) -> None:
    with opened(good) as container:
        kinds = [event.kind for event in contents.events(container)]
        (said,) = contents.said(container)
    assert kinds == [
        EventKind.VIOLATED,
        EventKind.ACKNOWLEDGED,
        EventKind.VIOLATED,  # it is invalid
        EventKind.RETURNED,
    ]
    assert (said.what, said.spacecraft) == ("alarm acknowledge", "iss")
    assert msgspec.json.decode(said.message)["comment"] == "seen"


def test_a_snapshot_of_another_version_is_noted(good: Path, tmp_path: Path) -> None:
    state = msgspec.msgpack.encode({"version": 10_000})
    packed = codec.compress(state).to_pybytes()
    edit = piecewise(PackedCheckpoint, lambda piece: replace(piece, size=len(state), state=packed))
    with opened(spoiled(good, tmp_path / "x.zip", CHECKPOINTS, edit)) as container:
        (note,) = look.look(container).notes
    assert "snapshots are of another version of stationwatch" in note


def _table(content: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(content))


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def _late(content: bytes) -> bytes:
    table = _table(content)
    at = table.schema.get_field_index("time")
    times = pa.array([time + 10**12 for time in table["time"].cast(pa.int64()).to_pylist()])
    return _parquet(table.set_column(at, table.schema.field(at), times.cast(table["time"].type)))


def _of_another_subsystem(content: bytes) -> bytes:
    table = _table(content)
    at = table.schema.get_field_index("subsystem")
    words = pa.array(["\x1b[31mno\nthing"] * len(table)).dictionary_encode()
    return _parquet(table.set_column(at, table.schema.field(at), words))


def _of_another_schema(content: bytes) -> bytes:
    return _parquet(_table(content).drop_columns(["sequence"]))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda _: b"", "samples.parquet is no Parquet file"),
        (lambda content: content[:-20], "samples.parquet is no Parquet file"),
        (lambda _: _parquet(pa.table({"a": [1]})), "does not say that stationwatch wrote it"),
        (_of_another_schema, "column sequence is missing"),
        (_late, "has a frame outside the range"),
        (_of_another_subsystem, "no such subsystem"),
        (_of_another_subsystem, "iss/?[31mno?thing"),
        (lambda content: _parquet(_table(content).slice(5)), "its manifest says 30"),
    ],
)
def test_samples_that_are_not_ours_are_refused(
    good: Path, tmp_path: Path, edit: Callable[[bytes], bytes], said: str
) -> None:
    assert said in refusal(spoiled(good, tmp_path / "x.zip", SAMPLES, edit))


def test_samples_without_end_are_refused(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_ROWS", 20)
    with opened(good) as container, pytest.raises(BundleError, match="has 30 rows, at most 20"):
        look.look(container)


@pytest.mark.parametrize("name", [JOURNAL, COMMANDS, ACTIVITIES, INCIDENTS])
@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b"nonsense\n", b'{"id": 1}\n', b"[1]\n", b"[" * 9_000, b"\0" * 9]
)
def test_values_of_another_shape_are_refused(
    good: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    told = refusal(spoiled(good, tmp_path / "x.zip", name, lambda _: content))
    assert told.startswith(name)
    assert "not as it must be" in told


def test_a_line_without_end_is_refused(good: Path, tmp_path: Path) -> None:
    wrong = spoiled(good, tmp_path / "x.zip", JOURNAL, lambda _: b" " * (2 << 20))
    assert refusal(wrong) == f"{JOURNAL}: line 1 has over 1048576 bytes"


def test_an_incident_without_alarms_is_refused(good: Path, tmp_path: Path) -> None:
    empty = b'[{"id":"a","rule":"a","title":"a","opened_ns":1,"changed_ns":1,"members":[]}]'
    wrong = spoiled(good, tmp_path / "x.zip", INCIDENTS, lambda _: empty)
    assert refusal(wrong) == f"{INCIDENTS}: an incident has no alarms"


@pytest.mark.parametrize("name", [SEGMENTS, CHECKPOINTS, ANNOUNCEMENTS])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\0", "is cut short"),
        (b"\0\0\0\5abc", "is cut short"),
        (b"\xff\xff\xff\xff", "is of 4294967295 bytes, at most"),
        (b"\0\0\0\3abc", "not as it must be"),
        (b"\0\0\0\1\xc1", "not as it must be"),
        (b"\0\0\4\0" + b"\x91" * 1024, "not as it must be"),
    ],
)
def test_pieces_that_are_none_are_refused(
    good: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    told = refusal(spoiled(good, tmp_path / "x.zip", name, lambda _: content))
    assert told.startswith(name)
    assert said in told


BIG = 1 << 62


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first_n": -1}, "numbers are out of range"),
        ({"last_n": BIG + 1}, "numbers are out of range"),
        ({"lap": 7}, "records of another flight"),
        ({"size": MAX_PIECE_BYTES + 1}, "says it is of"),
        ({"size": 10}, "is damaged"),
        ({"crc": 1}, "its checksum is wrong"),
        ({"before": b"\xc1"}, "is damaged"),
        ({"before": b"\x81\xa6clocks\x81\xa1\xff\x80"}, "is damaged"),
        ({"body": b""}, "is damaged"),
        ({"body": b"\x28\xb5\x2f\xfd"}, "is damaged"),
        ({"first_n": 1}, "does not hold the records it says"),
    ],
)
def test_segments_that_are_wrong_are_refused(
    good: Path, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    edit = piecewise(Segment, lambda piece: replace(piece, **changes))
    told = refusal(spoiled(good, tmp_path / "x.zip", SEGMENTS, edit))
    assert said in told or "in it twice" in told


def test_records_that_would_expand_without_end_are_refused(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "MAX_RECORDS_BYTES", 1_000)
    with opened(good) as container, pytest.raises(BundleError, match="expands to over 1,000"):
        look.look(container)


def test_records_of_the_range_that_are_missing_are_told(good: Path, tmp_path: Path) -> None:
    wrong = spoiled(good, tmp_path / "x.zip", SEGMENTS, lambda _: b"")
    assert refusal(wrong) == f"{SEGMENTS} lacks records of the range"
    wrong = claiming(good, tmp_path / "x.zip", span=None)
    assert refusal(wrong) == f"{SEGMENTS} has records that its manifest knows nothing of"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n": -5}, "out of range"),
        ({"size": BIG}, "out of range"),
        ({"size": 3}, "a snapshot is damaged"),
        ({"missiondb": "\x1b[31m"}, r"it lacks mission database '\x1b[31m'"),
        ({"state": b"nonsense"}, "a snapshot is damaged"),
    ],
)
def test_snapshots_that_are_wrong_are_refused(
    good: Path, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    edit = piecewise(PackedCheckpoint, lambda piece: replace(piece, **changes))
    assert said in refusal(spoiled(good, tmp_path / "x.zip", CHECKPOINTS, edit))


@pytest.mark.parametrize("state", [{"version": 3}, [], "x", {"version": 3, "clocks": 1}])
def test_a_snapshot_of_another_shape_is_refused(good: Path, tmp_path: Path, state: object) -> None:
    whole = msgspec.msgpack.encode(state)
    packed = codec.compress(whole).to_pybytes()
    edit = piecewise(PackedCheckpoint, lambda piece: replace(piece, size=len(whole), state=packed))
    told = refusal(spoiled(good, tmp_path / "x.zip", CHECKPOINTS, edit))
    assert "is not as it must be" in told


def test_a_mission_database_that_does_not_load_is_refused(good: Path, tmp_path: Path) -> None:
    with opened(good) as container:
        version = container.manifest.missiondb
    name = f"missiondb/{version}/iss/adcs.toml"
    for content, said in (
        (b"nonsense", "cannot be used"),
        (b"\xff", "mission database"),
        (b"[" * 100_000, "mission database"),
    ):
        assert said in refusal(spoiled(good, tmp_path / "x.zip", name, lambda _, c=content: c))  # type: ignore[misc]
    renamed = spoiled(good, tmp_path / "x.zip", name, lambda text: text.replace(b'"c"', b'"d"'))
    assert "has the content of version" in refusal(renamed)
    gone = baked_anew(good, tmp_path / "x.zip", lambda files: files.pop(name) and None)
    assert "mission database" in refusal(gone)


def _without_missiondb(files: dict[str, bytes]) -> None:
    for name in [name for name in files if name.startswith("missiondb/")]:
        del files[name]


def test_a_mission_database_that_is_missing_is_told(good: Path, tmp_path: Path) -> None:
    gone = baked_anew(good, tmp_path / "x.zip", _without_missiondb)
    assert "it lacks mission database" in refusal(gone)


def test_mission_databases_are_bounded_together(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_MISSIONDB_BYTES", 100)
    with opened(good) as container, pytest.raises(BundleError, match="at most"):
        look.look(container)


@pytest.mark.parametrize(
    "name", ["samples", "frames", "events", "commands", "activities", "incidents", "records"]
)
def test_a_count_that_is_not_right_is_told(good: Path, tmp_path: Path, name: str) -> None:
    def more(manifest: Manifest) -> Manifest:
        counts = manifest.counts
        said = replace(counts, **{name: getattr(counts, name) + 1})
        return replace(manifest, counts=said)

    assert f" {name}, its manifest says" in refusal(
        baked_anew(good, tmp_path / "x.zip", manifest=more)
    )


@pytest.mark.parametrize(
    "name",
    [SAMPLES, JOURNAL, COMMANDS, ACTIVITIES, INCIDENTS, SEGMENTS, CHECKPOINTS, ANNOUNCEMENTS],
)
@settings(max_examples=60)
@given(data=st.data())
def test_whatever_is_in_a_file_only_the_designed_error_comes(
    good: Path, name: str, data: st.DataObject
) -> None:
    """Checksums are those of the file as it was spoiled, so that readers get to see it."""

    def spoil(content: bytes) -> bytes:
        body = bytearray(content or b"x" * 20)
        for _ in range(data.draw(st.integers(1, 5))):
            place = data.draw(st.integers(0, len(body) - 1))
            body[place] = data.draw(st.integers(0, 255))
        return bytes(body[: data.draw(st.integers(1, len(body)))])

    bad = spoiled(good, good.with_name(f"spoiled-{name.replace('/', '-')}.zip"), name, spoil)
    with opened(bad) as container, suppress(BundleError):
        look.look(container)
