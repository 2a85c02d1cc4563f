import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from telemetry import sample_file
from telemetry.clock import LAST_NS, SECOND_NS, utc
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem, Value
from telemetry.sample_file import write
from telemetry.sample_file_about import About
from telemetry.sample_file_read import open_samples

EPOCH_NS = 1_634_284_800 * SECOND_NS
AROUND_2_53 = [sign * (2**53 + n) for sign in (1, -1) for n in (-1, 0, 1, 2)]
KINDS = {
    "F": ParameterType.FLOAT,
    "I": ParameterType.INTEGER,
    "B": ParameterType.BOOLEAN,
    "S": ParameterType.STRING,
}
SUBSYSTEM = Subsystem(
    id="s",
    name="S",
    period_s=1.0,
    parameters={p: Parameter(id=p, name=p, type=kind) for p, kind in KINDS.items()},
)
DATABASE = MissionDatabase(
    spacecraft={"ship": Spacecraft(id="ship", name="Ship", subsystems={"s": SUBSYSTEM})},
    version="test",
)


def frame(
    second: float = 0,
    sequence: int = 0,
    invalid: dict[str, int] | None = None,
    **values: Value,
) -> Frame:
    time_ns = EPOCH_NS + round(second * SECOND_NS)
    return Frame(
        spacecraft="ship",
        subsystem="s",
        time_ns=time_ns,
        received_ns=time_ns + 250_000_001,
        sequence=sequence,
        values=values,
        invalid=invalid or {},
    )


MIXED = [
    [frame(0, 0, F=0.1, I=3, B=True, S="on")],
    [frame(0.1, 1, {"I": 7}, F=-2.5e-6)],
    [],
    [frame(1, 2), frame(1, 3, S="", B=False)],
]


def read(path: Path) -> list[Frame]:
    with open_samples(path, DATABASE) as file:
        frames = list(file.frames())
        assert file.flaws.summary() == []
    return frames


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_what_is_written_can_be_read_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    assert write(iter(MIXED), path, DATABASE) == 8
    assert read(path) == [one for batch in MIXED for one in batch]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
frames_of_anything = st.lists(
    st.builds(
        lambda values, invalid: (values, {p: q for p, q in invalid.items() if p not in values}),
        st.fixed_dictionaries(
            {},
            optional={
                "F": st.floats(allow_nan=False, allow_infinity=False),
                "I": st.integers(-(2**63), 2**63 - 1) | st.sampled_from(AROUND_2_53),
                "B": st.booleans(),
                "S": texts | st.sampled_from(["7", "NA", ",", '"', "a\r\nb", "\x00", " "]),
            },
        ),
        st.dictionaries(st.sampled_from(list(KINDS)), st.integers(1, 255)),
    ),
    max_size=20,
)
times = st.integers(0, LAST_NS)


def bits(frames: list[Frame]) -> list[object]:
    """To be compared: equal only if types and signs of zeros are."""
    return [(one, {p: (type(v), repr(v)) for p, v in one.values.items()}) for one in frames]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
@given(frames_of_anything, times, st.integers(-(2**63), 2**63 - 21), st.integers(1, 9))
@settings(max_examples=100)
def test_any_frame_survives_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    contents: list[tuple[dict[str, Value], dict[str, int]]],
    time_ns: int,
    sequence: int,
    rows: int,
) -> None:
    path = tmp_path_factory.mktemp("any") / f"a.{suffix}"
    frames = [
        replace(frame(0, sequence + n, invalid, **values), time_ns=time_ns, received_ns=sequence)
        for n, (values, invalid) in enumerate(contents)
    ]
    with pytest.MonkeyPatch.context() as patch:  # row groups of any size
        patch.setattr(sample_file, "ROW_GROUP", rows)
        write(([one] for one in frames), path, DATABASE)
    assert bits(read(path)) == bits(frames)


def test_an_integer_no_float_can_say_has_its_digits_beside_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write([[frame(0, 0, I=2**60 + 1, F=1.0)], [frame(1, 1, I=2**53)]], path, DATABASE)
    table = pq.read_table(path)
    assert table["value"].to_pylist() == [2.0**60, 1.0, 2.0**53]
    assert table["text"].to_pylist() == [str(2**60 + 1), None, None]


def test_files_say_of_what_format_and_mission_database_they_are(tmp_path: Path) -> None:
    write(MIXED, tmp_path / "a.parquet", DATABASE, heartbeat=False)
    metadata = pq.read_schema(tmp_path / "a.parquet").metadata
    assert metadata[b"stationwatch.format"] == b"1"
    assert metadata[b"stationwatch.missiondb"] == b"test"
    write(MIXED, tmp_path / "a.csv", DATABASE, heartbeat=False)
    header = (tmp_path / "a.csv").read_text().splitlines()[0]
    assert header.endswith(',"stationwatch format=1 missiondb=test heartbeat=no"')
    for suffix in ("parquet", "csv"):
        with open_samples(tmp_path / f"a.{suffix}", DATABASE) as file:
            assert file.about == About(missiondb="test", heartbeat=False)


def test_csv_is_read_without_options_by_others(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write(MIXED, path, DATABASE)
    table = pa_csv.read_csv(path)
    assert table.num_rows == 9
    assert table["time_ns"].type == table["sequence"].type == pa.int64()
    assert table["value"].type == pa.float64()
    assert table["time"].type == pa.timestamp("ns", tz="UTC")


def test_columns_are_of_the_types_promised(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write(MIXED, path, DATABASE)
    schema = pq.read_schema(path)
    words = pa.dictionary(pa.int32(), pa.string())
    assert {field.name: field.type for field in schema} == {
        "time": pa.timestamp("ns", tz="UTC"),
        "received": pa.timestamp("ns", tz="UTC"),
        "spacecraft": words,
        "subsystem": words,
        "sequence": pa.int64(),
        "parameter": words,
        "value": pa.float64(),
        "text": words,
        "quality": pa.uint8(),
        "label": words,
    }


def test_csv_says_times_exactly_and_for_people(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert write(MIXED, path, DATABASE) == 8
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["parameter"], row["value"], row["text"], row["quality"]) for row in rows] == [
        ("F", "0.1", "", "0"),
        ("I", "3", "", "0"),
        ("B", "1", "", "0"),
        ("S", "", "on", "0"),
        ("F", "-0.0000025", "", "0"),
        ("I", "", "", "7"),
        ("", "", "", "0"),
        ("S", "", "", "0"),
        ("B", "0", "", "0"),
    ]
    for row in rows:
        assert row["time"] == utc(int(row["time_ns"]))
        assert row["received"] == utc(int(row["received_ns"]))
        assert int(row["received_ns"]) - int(row["time_ns"]) == 250_000_001


def test_every_row_says_what_it_must_not_be_taken_for(tmp_path: Path) -> None:
    label = "ms18: reconstruction, not flight data"
    write(MIXED, tmp_path / "a.parquet", DATABASE, label=label)
    assert set(pq.read_table(tmp_path / "a.parquet")["label"].to_pylist()) == {label}
    write(MIXED, tmp_path / "a.csv", DATABASE, label=label)
    with (tmp_path / "a.csv").open(newline="") as file:
        assert {row["label"] for row in csv.DictReader(file)} == {label}
    write(MIXED, tmp_path / "b.parquet", DATABASE)
    assert set(pq.read_table(tmp_path / "b.parquet")["label"].to_pylist()) == {None}


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_nothing_is_a_file_without_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    assert write([], path, DATABASE) == 0
    rows = (
        pq.read_table(path).num_rows
        if suffix == "parquet"
        else len(path.read_text().splitlines()) - 1
    )
    assert rows == 0


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_the_same_frames_are_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    digests = set()
    for name in ("one", "two"):
        path = tmp_path / f"{name}.{suffix}"
        write(MIXED, path, DATABASE)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_file_has_its_name_only_once_it_is_complete(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_text("before")

    def failing() -> Iterator[list[Frame]]:
        yield MIXED[0]
        assert path.read_text() == "before"
        assert len(list(tmp_path.iterdir())) == 2
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(failing(), path, DATABASE)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
    write(MIXED, path, DATABASE)
    assert path.stat().st_size > 100
    assert list(tmp_path.iterdir()) == [path]


def test_progress_is_told_after_each_list_of_frames(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write(MIXED, tmp_path / "a.csv", DATABASE, lambda now, samples: told.append((now, samples)))
    assert [((now - EPOCH_NS) / SECOND_NS, n) for now, n in told] == [(0, 4), (0.1, 6), (1, 8)]


def test_row_groups_leave_as_they_fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_file, "ROW_GROUP", 10)
    path = tmp_path / "a.parquet"
    write(([frame(n, n, F=float(n), I=n, B=True)] for n in range(9)), path, DATABASE)
    metadata = pq.read_metadata(path)
    groups = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
    assert groups == [12, 12, 3]


@pytest.mark.parametrize("name", ["a.txt", "a", "a.parquet.gz"])
def test_a_name_of_no_known_kind_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"must end in .parquet or .csv"):
        write(MIXED, tmp_path / name, DATABASE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_place_that_cannot_be_written_is_an_error_of_one_line(
    tmp_path: Path, suffix: str
) -> None:
    with pytest.raises(UsageError, match="cannot be written") as caught:
        write(MIXED, tmp_path / "none" / f"a.{suffix}", DATABASE)
    assert "\n" not in str(caught.value)
    (tmp_path / f"folder.{suffix}").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        write(MIXED, tmp_path / f"folder.{suffix}", DATABASE)
