from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import missiondb
from telemetry.errors import RecordingError
from telemetry.isslive import (
    Defect,
    frames,
    hours_to_ns,
    read_recording,
    year_start_ns,
)
from telemetry.missiondb import MissionDatabase

CUT = Path(__file__).parents[1] / "data" / "iss-2022-05-20"
HOUR_NS = 3_600_000_000_000
FLOW, MODE, MODE_2 = "S1000001", "S0000008", "S0000009"


@pytest.fixture(scope="module")
def database() -> MissionDatabase:
    return missiondb.load()


def write(folder: Path, **files: str | bytes) -> Path:
    for name, text in files.items():
        data = text.encode() if isinstance(text, str) else text
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.txt").write_bytes(data)
    return folder


def defects(folder: Path, database: MissionDatabase) -> list[tuple[str, int, Defect]]:
    found = read_recording(folder, 2022, database).findings
    return [(f.file, f.line, f.defect) for f in found]


@given(whole=st.integers(0, 999_999), fraction=st.text("0123456789", max_size=30))
def test_hours_become_nanoseconds_exactly_or_by_less_than_half(whole: int, fraction: str) -> None:
    exact = Fraction(f"{whole}.{fraction or 0}") * HOUR_NS
    found = hours_to_ns(str(whole).encode(), fraction.encode())
    assert found - Fraction(1, 2) <= exact < found + Fraction(1, 2)
    if len(fraction) <= 11:
        assert found == exact


@given(st.integers(0, 8_800), st.integers(0, 10**11 - 1))
def test_hours_keep_the_order_of_their_texts(whole: int, part: int) -> None:
    here = hours_to_ns(str(whole).encode(), f"{part:011}".encode())
    after = hours_to_ns(str(whole).encode(), f"{part + 1:011}".encode()) if part < 10**11 - 1 else 0
    assert after == 0 or after - here == 36


def test_hour_24_is_the_first_of_january() -> None:
    first_of_january_ns = int(np.datetime64("2022-01-01T00:00:00", "ns").astype(np.int64))
    assert year_start_ns(2022) + hours_to_ns(b"24", b"0") == first_of_january_ns


def test_a_time_a_float_would_miss_is_exact(tmp_path: Path, database: MissionDatabase) -> None:
    folder = write(tmp_path, **{FLOW: "3374.00738916662 3400.5\n"})
    series = read_recording(folder, 2022, database).series[FLOW]
    exact = year_start_ns(2022) + 337400738916662 * 36
    assert series.time_ns.tolist() == [exact]
    float_s = year_start_ns(2022) / 1e9 + 3374.00738916662 * 3600
    assert round(float_s * 1e9) != exact
    assert series.values.tolist() == [3400.5]


@pytest.mark.parametrize("text", ["5", "5.0", "5.000", "5e0", "+5"])
def test_an_enumeration_may_be_written_as_a_decimal(
    text: str, tmp_path: Path, database: MissionDatabase
) -> None:
    series = read_recording(write(tmp_path, **{MODE: f"24.5 {text}\n"}), 2022, database).series
    assert series[MODE].values.dtype == np.int64
    assert series[MODE].values.tolist() == [5]


@pytest.mark.parametrize(
    "line",
    [
        "24.5",
        "24.5 ",
        "24.5 nan",
        "24.5 inf",
        "24.5 1e99x",
        "24.5 1 2",
        "24.5 1_0",
        "-1.0 3",
        "24,5 3",
        "1e3 3",
        "8809.0 3",
        "99999.0 3",
        "٢٤ 3",
        "\x00\x00",
        "garbage",
        f"24.5 {'9' * 5000}",
    ],
)
def test_an_unreadable_line_costs_only_itself(
    line: str, tmp_path: Path, database: MissionDatabase
) -> None:
    folder = write(tmp_path, **{FLOW: f"24.1 1.0\n{line}\n24.9 2.0\n"})
    assert defects(folder, database) == [(f"{FLOW}.txt", 2, Defect.UNREADABLE)]
    assert read_recording(folder, 2022, database).series[FLOW].values.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("text", ["2.5", "on", str(2**63)])
def test_an_enumeration_that_is_no_integer_is_unreadable(
    text: str, tmp_path: Path, database: MissionDatabase
) -> None:
    folder = write(tmp_path, **{MODE: f"24.1 5\n24.2 {text}\n"})
    assert defects(folder, database) == [(f"{MODE}.txt", 2, Defect.UNREADABLE)]


def test_a_backward_time_is_reported_and_kept(tmp_path: Path, database: MissionDatabase) -> None:
    folder = write(tmp_path, **{FLOW: "24.2 1\n24.3 2\n24.1 3\n24.4 4\n"})
    recording = read_recording(folder, 2022, database)
    assert defects(folder, database) == [(f"{FLOW}.txt", 3, Defect.BACKWARD)]
    assert recording.series[FLOW].values.tolist() == [1, 2, 3, 4]
    assert [frame.values[FLOW] for frame in frames(recording)] == [3, 1, 2, 4]


def test_the_same_time_again_is_told_by_whether_its_value_is_the_same(
    tmp_path: Path, database: MissionDatabase
) -> None:
    folder = write(tmp_path, **{FLOW: "24.2 1\n24.2 1\n24.3 2\n24.3 5\n"})
    assert defects(folder, database) == [
        (f"{FLOW}.txt", 2, Defect.DUPLICATE),
        (f"{FLOW}.txt", 4, Defect.CONTRADICTION),
    ]
    recording = read_recording(folder, 2022, database)
    assert [frame.values[FLOW] for frame in frames(recording)] == [1, 5]


def test_empty_unknown_and_unfinished_files_are_reported(
    tmp_path: Path, database: MissionDatabase
) -> None:
    folder = write(
        tmp_path,
        **{FLOW: "24.1 1\r\n24.2 2", MODE: "", MODE_2: "\n\n", "test": "\n", "notes": "24.1 1\n"},
    )
    assert defects(folder, database) == [
        (f"{MODE}.txt", 0, Defect.EMPTY),
        (f"{MODE_2}.txt", 0, Defect.EMPTY),
        (f"{FLOW}.txt", 2, Defect.UNFINISHED),
        ("notes.txt", 0, Defect.UNKNOWN_PARAMETER),
        ("test.txt", 0, Defect.UNKNOWN_PARAMETER),
        ("test.txt", 0, Defect.EMPTY),
    ]


def test_a_tree_has_its_year_in_its_path(tmp_path: Path, database: MissionDatabase) -> None:
    write(tmp_path / "2021" / "12" / "31", **{FLOW: "8760.5 1\n"})
    write(tmp_path / "2022" / "01" / "01", **{FLOW: "24.5 2\n"})
    recording = read_recording(tmp_path, None, database)
    assert np.diff(recording.series[FLOW].time_ns).tolist() == [24 * HOUR_NS]
    assert recording.counts[Defect.BACKWARD] == 0
    with pytest.raises(RecordingError, match=r"2021, 2022, not 2022"):
        read_recording(tmp_path, 2022, database)


@pytest.mark.parametrize("name", ["missing", "empty", "file", "nothing-known"])
def test_what_is_no_recording_is_refused_in_one_line(
    name: str, tmp_path: Path, database: MissionDatabase
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("24.1 1\n")
    write(tmp_path / "nothing-known", notes="24.1 1\n")
    with pytest.raises(RecordingError) as error:
        read_recording(tmp_path / name, 2022, database)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_a_flat_folder_needs_a_year(tmp_path: Path, database: MissionDatabase) -> None:
    with pytest.raises(RecordingError, match="--year"):
        read_recording(write(tmp_path, **{FLOW: "24.1 1\n"}), None, database)


def test_the_cut_of_the_real_recording_is_read_with_all_its_defects(
    database: MissionDatabase,
) -> None:
    recording = read_recording(CUT, 2022, database)
    assert len(recording.series) == 59
    assert recording.samples == 15_887
    assert {d: n for d, n in recording.counts.items() if n} == {
        Defect.UNREADABLE: 1,
        Defect.UNFINISHED: 1,
        Defect.BACKWARD: 5,
        Defect.DUPLICATE: 5,
        Defect.EMPTY: 1,
        Defect.UNKNOWN_PARAMETER: 1,
    }
    unreadable = next(f for f in recording.findings if f.defect is Defect.UNREADABLE)
    assert str(unreadable) == (
        "S1000009.txt:1: unreadable line, skipped ('3382.71991638886 13383.14036 0')"
    )
    assert recording.summary()[0] == "15887 samples of 59 parameters"


def test_frames_are_every_sample_once_in_time_order(database: MissionDatabase) -> None:
    recording = read_recording(CUT, 2022, database)
    played = list(frames(recording))
    times = [frame.time_ns for frame in played]
    assert times == sorted(times)
    assert len({(f.time_ns, f.subsystem) for f in played}) == len(played)
    found = {(p, f.time_ns): v for f in played for p, v in f.values.items()}
    written = {
        (p, t): v
        for p, series in recording.series.items()
        for t, v in zip(series.time_ns.tolist(), series.values.tolist(), strict=True)
    }
    assert found == written
    for subsystem in {frame.subsystem for frame in played}:
        sequence = [f.sequence for f in played if f.subsystem == subsystem]
        assert sequence == list(range(len(sequence)))
        parameters = set(database.subsystem("iss", subsystem).parameters)
        assert all(f.values.keys() <= parameters for f in played if f.subsystem == subsystem)


def test_frames_merge_over_more_rows_than_one_run(
    tmp_path: Path, database: MissionDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemetry.isslive._MERGE_ROWS", 3)
    lines = "".join(f"24.{n:03} {n}\n" for n in range(10))
    folder = write(tmp_path, **{FLOW: lines, "S1000002": lines, "S1000003": lines})
    played = list(frames(read_recording(folder, 2022, database)))
    assert [len(frame.values) for frame in played] == [3] * 10
