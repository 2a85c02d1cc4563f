"""Files that are damaged, foreign, newer or edited: what is said, and what is kept."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry import sample_file
from telemetry.errors import RecordingError
from telemetry.frame import Frame
from telemetry.sample_file import write
from telemetry.sample_file_read import open_samples
from telemetry.sample_file_rows import Flaw
from tests.contract.mission import MISSION, frame

FRAMES = [frame(n, RATE=n / 8, COUNT=n, NOTE=f"note {n}") for n in range(200)]


def written(path: Path) -> Path:
    write(([one] for one in FRAMES), path, MISSION, label="not flight data")
    return path


def read(path: Path) -> list[Frame]:
    with open_samples(path, MISSION) as file:
        return list(file.frames())


def refused(path: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    assert str(path) in message
    return message


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_how_far_the_reading_is_and_the_label_are_told(tmp_path: Path, suffix: str) -> None:
    with open_samples(written(tmp_path / f"a.{suffix}"), MISSION) as file:
        assert (file.total, file.label) == (600 if suffix == "parquet" else file.total, "")
        done = [file.done for _ in file.frames()]
        assert done == sorted(done)
        assert file.done == file.total
        assert file.label == "not flight data"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda whole: whole[:3000], "is no Parquet file, or not whole"),
        (lambda whole: b"", "is no Parquet file, or not whole"),
        (lambda whole: b"PAR1 something else PAR1", "is no Parquet file, or not whole"),
    ],
)
def test_a_parquet_file_that_is_not_whole_is_refused(
    tmp_path: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    path = written(tmp_path / "a.parquet")
    path.write_bytes(change(path.read_bytes()))
    assert said in refused(path)


def test_a_changed_byte_of_the_samples_is_found_before_any_of_their_group_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_file, "ROW_GROUP", 150)
    path = written(tmp_path / "a.parquet")
    whole = bytearray(path.read_bytes())
    column = pq.read_metadata(path).row_group(2).column(6)
    whole[column.dictionary_page_offset + 100] ^= 1
    path.write_bytes(whole)
    found: list[Frame] = []
    with open_samples(path, MISSION) as file:
        with pytest.raises(RecordingError, match="is damaged after row 300"):
            found.extend(file.frames())
        assert found == FRAMES[:99]  # the last of the group may go on in the next


@given(at=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=200)
def test_no_damage_to_parquet_is_ever_taken_for_samples(
    tmp_path_factory: pytest.TempPathFactory, at: float, flip: int
) -> None:
    path = written(tmp_path_factory.mktemp("any") / "a.parquet")
    whole = bytearray(path.read_bytes())
    whole[int(at * len(whole))] ^= flip
    path.write_bytes(whole)
    with suppress(RecordingError):
        assert read(path) == FRAMES


def test_a_parquet_file_of_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"time": [1], "value": [2.0]}), path)
    assert "does not say that stationwatch wrote it" in refused(path)


def test_a_column_of_another_type_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet")
    table = pq.read_table(path)
    changed = table.set_column(6, "value", table["value"].cast(pa.string()))
    pq.write_table(changed, path)
    assert "column value is string, must be double" in refused(path)
    pq.write_table(table.drop_columns(["sequence"]), path)
    assert "column sequence is missing" in refused(path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet")
    table = pq.read_table(path)
    metadata = table.schema.metadata | {b"stationwatch.format": b"2"}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    assert "is of format 2 and this version of stationwatch reads 1" in refused(path)
    path = written(tmp_path / "a.csv")
    path.write_text(path.read_text().replace("format=1", "format=2"))
    assert "is of format 2 and this version of stationwatch reads 1" in refused(path)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "does not say that stationwatch wrote it"),
        ("time,value", "does not say that stationwatch wrote it"),
        ('"time_ns","stationwatch format=1"', "line 1 has no column received_ns"),
        ('"time_ns', "line 1 is no header"),
    ],
)
def test_csv_of_others_is_refused(tmp_path: Path, header: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(header)
    assert said in refused(path)


@pytest.mark.parametrize("suffix", ["parquet", "csv", "txt"])
def test_what_is_not_there_is_refused(tmp_path: Path, suffix: str) -> None:
    refused(tmp_path / f"none.{suffix}")


def edited(path: Path, change: Callable[[list[str]], list[str]]) -> Path:
    """With its lines changed; the first row is line 2."""
    written(path)
    lines = path.read_bytes().decode().split("\n")
    path.write_bytes("\n".join(change(lines)).encode("utf-8", "surrogateescape"))
    return path


def of_line(number: int, old: str, new: str) -> Callable[[list[str]], list[str]]:
    def change(lines: list[str]) -> list[str]:
        assert old in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old, new, 1)
        return lines

    return change


@pytest.mark.parametrize(
    ("change", "flaw", "where", "detail"),
    [
        (of_line(5, ',"RATE",0.125,', ',"RATE",fast,'), Flaw.UNREADABLE, 5, "value is 'fast'"),
        (of_line(5, ",163", ",x163"), Flaw.UNREADABLE, 5, "time_ns is 'x163"),
        (of_line(5, ",163", ",-163"), Flaw.UNREADABLE, 5, "time_ns is -163"),
        (of_line(5, ',"adcs",1,', f',"adcs",{2**63},'), Flaw.UNREADABLE, 5, "sequence is"),
        (of_line(5, ',"RATE",0.125,,0,', ',"RATE",,,256,'), Flaw.UNREADABLE, 5, "quality is 256"),
        (of_line(5, '"RATE",', ""), Flaw.UNREADABLE, 5, "12 columns, not 13"),
        (of_line(5, '"RATE"', '"RATE"x'), Flaw.UNREADABLE, 5, "',' expected"),
        (of_line(5, ',"RATE",0.125,', ',"RATE",nan,'), Flaw.WRONG_VALUE, 5, "RATE nan"),
        (of_line(5, ',"RATE",0.125,', ',"RATE",,'), Flaw.WRONG_VALUE, 5, "(float)"),
        (of_line(5, '"RATE"', '"RAT"'), Flaw.UNKNOWN_PARAMETER, 5, "iss/adcs RAT"),
        (of_line(6, ',"COUNT",1,', ',"COUNT",1.5,'), Flaw.WRONG_VALUE, 6, "COUNT 1.5"),
        (of_line(6, ',"COUNT",1,,', ',"COUNT",1,"1e3",'), Flaw.WRONG_VALUE, 6, "COUNT '1e3'"),
        (of_line(6, ',"COUNT",1,,', f',"COUNT",1,"{2**63}",'), Flaw.WRONG_VALUE, 6, "COUNT"),
        (of_line(7, '"note 1"', '"note \udcff"'), Flaw.WRONG_VALUE, 7, "NOTE"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_costs_no_other(
    tmp_path: Path,
    change: Callable[[list[str]], list[str]],
    flaw: Flaw,
    where: int,
    detail: str,
) -> None:
    path = edited(tmp_path / "a.csv", change)
    with open_samples(path, MISSION) as file:
        frames = list(file.frames())
        assert dict(file.flaws.counts) == {flaw: 1}
        ((place, said),) = file.flaws.first[flaw]
    assert place == f"line {where}"
    assert detail in said
    lost = ("RATE", "COUNT", "NOTE")[where - 5]
    # the row may stand for a frame of its own, if what it shares with the others is wrong
    held = [(one.time_ns, p, v) for one in frames for p, v in one.values.items()]
    assert held == [
        (one.time_ns, p, v)
        for n, one in enumerate(FRAMES)
        for p, v in one.values.items()
        if (n, p) != (1, lost)
    ]


def test_a_subsystem_nobody_knows_costs_its_rows(tmp_path: Path) -> None:
    path = edited(
        tmp_path / "a.csv", lambda lines: [x.replace('"adcs",7,', '"x",7,') for x in lines]
    )
    with open_samples(path, MISSION) as file:
        assert list(file.frames()) == [one for one in FRAMES if one.sequence != 7]
        assert file.flaws.summary() == [
            "3 x no such subsystem in the mission database, row skipped",
            "  line 23: iss/x",
            "  line 24: iss/x",
            "  line 25: iss/x",
        ]


def test_a_csv_that_was_cut_loses_its_last_row_and_says_so(tmp_path: Path) -> None:
    path = edited(tmp_path / "a.csv", lambda lines: [*lines[:-2], lines[-2][:-30]])
    with open_samples(path, MISSION) as file:
        frames = list(file.frames())
        assert [place for place, _ in file.flaws.first[Flaw.UNREADABLE]] == ["line 601"]
    assert frames[:-1] == FRAMES[:-1]
    assert set(frames[-1].values) == {"RATE", "COUNT"}


def test_lines_are_counted_through_texts_of_several(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write([[frame(0, NOTE="a\nb\nc"), frame(1, RATE=1.0)]], path, MISSION)
    path.write_text(path.read_text().replace('"RATE",1,', '"RATE",one,'))
    with open_samples(path, MISSION) as file:
        assert [one.values for one in file.frames()] == [{"NOTE": "a\nb\nc"}]
        assert file.flaws.first[Flaw.UNREADABLE] == [("line 5", "value is 'one', no number")]


def test_what_spreadsheets_make_of_it_is_read(tmp_path: Path) -> None:
    def as_others_write(lines: list[str]) -> list[str]:
        return ["\ufeff" + lines[0] + "\r", *(line.replace('"', "") + "\r" for line in lines[1:-1])]

    assert read(edited(tmp_path / "a.csv", as_others_write)) == FRAMES


def test_flaws_are_counted_without_end_and_shown_with_one(tmp_path: Path) -> None:
    path = edited(tmp_path / "a.csv", lambda lines: [x.replace('"COUNT"', '"C"') for x in lines])
    with open_samples(path, MISSION) as file:
        frames = list(file.frames())
        assert json.dumps(file.flaws.summary()).count("line") == 5
        assert file.flaws.summary()[-1] == "  and 195 more"
    assert [one.values.keys() for one in frames] == [{"RATE", "NOTE"}] * 200
