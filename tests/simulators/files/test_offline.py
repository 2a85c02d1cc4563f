import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.files import offline
from simulators.files.offline import write
from telemetry.clock import SECOND_NS, utc
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem, Value

EPOCH_NS = 1_634_284_800 * SECOND_NS
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
    """The frames a file was written from: rows of one frame stand together."""
    frames: dict[tuple[str, str, int], Frame] = {}
    table = pq.read_table(path)
    for name in ("time", "received"):
        i = table.column_names.index(name)
        table = table.set_column(i, name, table[name].cast(pa.int64()))
    for row in table.to_pylist():
        key = (row["spacecraft"], row["subsystem"], row["sequence"])
        one = frames.setdefault(
            key,
            Frame(
                spacecraft=row["spacecraft"],
                subsystem=row["subsystem"],
                time_ns=row["time"],
                received_ns=row["received"],
                sequence=row["sequence"],
                values={},
                invalid={},
            ),
        )
        p = row["parameter"]
        if row["quality"]:
            assert row["value"] is row["text"] is None
            one.invalid[p] = row["quality"]  # type: ignore[index]
        elif p is not None:
            loose = row["value"] if row["text"] is None else row["text"]
            typed = bool(loose) if KINDS[p] is ParameterType.BOOLEAN else loose
            one.values[p] = SUBSYSTEM.parameters[p].typed(typed)  # type: ignore[index]
    return list(frames.values())


def test_what_is_written_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    assert write(iter(MIXED), path, DATABASE) == 8
    assert read(path) == [one for batch in MIXED for one in batch]


frames_of_anything = st.lists(
    st.builds(
        lambda values, invalid: (values, {p: q for p, q in invalid.items() if p not in values}),
        st.fixed_dictionaries(
            {},
            optional={
                "F": st.floats(allow_nan=False, allow_infinity=False),
                "I": st.integers(1 - 2**53, 2**53 - 1),
                "B": st.booleans(),
                "S": st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
            },
        ),
        st.dictionaries(st.sampled_from(list(KINDS)), st.integers(1, 255)),
    ),
    max_size=20,
)


@given(frames_of_anything, st.integers(1, 9))
@settings(max_examples=50)
def test_any_frame_survives_in_row_groups_of_any_size(
    tmp_path_factory: pytest.TempPathFactory,
    contents: list[tuple[dict[str, Value], dict[str, int]]],
    rows: int,
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.parquet"
    frames = [frame(n / 10, n, invalid, **values) for n, (values, invalid) in enumerate(contents)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offline, "ROW_GROUP", rows)
        write(([one] for one in frames), path, DATABASE)
    assert read(path) == frames


def test_an_integer_no_float_can_say_is_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write([[frame(0, 0, I=2**60 + 1, F=1.0)]], path, DATABASE)
    assert pq.read_table(path)["value"].to_pylist() == [2.0**60, 1.0]


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
        pq.read_table(path).num_rows if suffix == "parquet" else len(path.read_text().split()) - 1
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
    monkeypatch.setattr(offline, "ROW_GROUP", 10)
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
