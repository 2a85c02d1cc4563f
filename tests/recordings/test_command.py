"""`export`, `import` and `recording` as they are typed, on a DuckDB file."""

import json
from pathlib import Path

import pytest

from stationwatch import main
from tests.recordings.test_imports import CUT

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"--store=duckdb://{tmp_path / 'telemetry.duckdb'}"


def said(code: int, capsys: Captured, *typed: str) -> str:
    """Both outputs of a command that ends with that code."""
    assert main(list(typed)) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return out + err


def test_a_recording_goes_through_files_and_stays_the_same(
    tmp_path: Path, store: str, capsys: Captured
) -> None:
    told = said(0, capsys, "import", str(CUT), "--year=2022", "--tag=real", store)
    assert "5 x time runs backwards, kept" in told
    assert "15,882 samples stored, 0 rejected" in told
    (recording,) = json.loads(said(0, capsys, "recording", "list", "--json", store))
    assert (recording["name"], recording["tags"]) == ("iss-2022-05-20", ["real"])
    assert recording["heartbeat"] is False

    of_it = ("export", "--recording=iss-2022-05-20", store)
    one, other = tmp_path / "one.parquet", tmp_path / "other.parquet"
    assert "15,882 samples in 10,243 frames" in said(0, capsys, *of_it, f"--out={one}")
    said(0, capsys, *of_it, f"--out={tmp_path / 'one.csv'}")
    for suffix in ("parquet", "csv"):
        again = f"--store=duckdb://{tmp_path / suffix}"
        said(0, capsys, "import", str(tmp_path / f"one.{suffix}"), again, "--name=iss-2022-05-20")
        said(0, capsys, "export", "--recording=iss-2022-05-20", again, f"--out={other}")
        assert other.read_bytes() == one.read_bytes()


def test_recordings_are_made_listed_and_forgotten(
    store: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    said(0, capsys, "import", str(CUT), "--year=2022", store)
    new = ("recording", "create", "noon", "--from=2022-05-20 15:00", "--to=2022-141T12", store)
    told = said(0, capsys, *new, "--notes=[red] one", "--tag=a", "--tag=b", "--by=Ann")
    assert told == "recording noon: 2022-05-20T15:00:00Z to 2022-05-21T12:00:00Z\n"
    assert "there is a recording 'noon' already" in said(2, capsys, *new)
    listed = said(0, capsys, "recording", "list", store)
    assert [line.split()[0] for line in listed.splitlines()[1:]] == ["iss-2022-05-20", "noon"]
    assert "[red] one" in listed
    assert "a, b" in listed
    assert "21:00:00" in listed
    assert "did you mean 'noon'" in said(2, capsys, "recording", "delete", "noo", store)
    assert "noon is forgotten" in said(0, capsys, "recording", "delete", "noon", store)
    assert "noon" not in said(0, capsys, "recording", "list", store)


def test_a_range_to_come_can_be_named(store: str, capsys: Captured) -> None:
    said(0, capsys, "import", str(CUT), "--year=2022", store)
    told = said(0, capsys, "recording", "create", "x", "--from=2031-01-01", "--to=2031-002", store)
    assert "nothing is stored in it yet" in told


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("export --out=a.csv", "say which range, by --from and --to or by --recording"),
        ("export --out=a.csv --from=2021-01-01", "say which range"),
        ("export --out=a.csv --from=x --to=2021-01-01", "'x' is no time"),
        ("export --out=a.csv --recording=x", "there is no store"),
        ("export --out=a.csv --parameters=, --recording=x", "--parameters names none"),
        ("export --out=a.csv --parameters=Q --recording=x", "no parameter 'Q'"),
        ("import none.parquet", "none.parquet does not exist"),
        ("import none.parquet --name=../x", "a name is at most 64 letters"),
        ("import none.parquet --by=", "--by must say who"),
        ("recording list x", "takes no name"),
        ("recording delete", "say which, by name"),
        ("recording create x --from=2021-01-01", "say which range, by --from and --to"),
        ("recording create x --from=2021-01-02 --to=2021-01-01", "its end is not after its start"),
        (f"recording create x --from=2021-01-01 --to=2022-01-01 --tag={'t' * 65}", "length <= 64"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing_behind(
    tmp_path: Path,
    store: str,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    why: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    told = said(2, capsys, *typed.split(), store)
    assert why in told
    assert len(told.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
