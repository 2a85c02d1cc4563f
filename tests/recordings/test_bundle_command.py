"""What `stationwatch bundle` takes, and how it says no: one line, and an exit code."""

from pathlib import Path

import pytest

from stationwatch import main
from tests.bundles import bake


def said(capsys: pytest.CaptureFixture[str], *typed: str) -> tuple[int, str, str]:
    code = main(["bundle", *typed])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["show"], "say which file"),
        (["show", "a.zip", "--notes=x"], "--notes is for create only"),
        (["show", "a.zip", "--from=2021-10-15"], "--from is for create only"),
        (["create", "a.zip"], "names its file by --out"),
        (["create", "--at=2021-10-15"], "name the file by --out, FILE.zip"),
        (["create", "--at=2021-10-15", "--out=a.parquet"], "name the file by --out, FILE.zip"),
        (["create", "--out=a.zip"], "say of when"),
        (["create", "--out=a.zip", "--from=2021-10-15"], "say of when"),
        (["create", "--out=a.zip", "--at=2021-10-15", "--incident=x"], "say of when"),
        (["create", "--out=a.zip", "--at=nonsense"], "is no time"),
        (["create", "--out=a.zip", "--at=2021-10-15", "--before=soon"], "write a span such as"),
        (
            ["create", "--out=a.zip", "--from=2021-10-15T09", "--to=2021-10-15T08"],
            "--to 2021-10-15T08 is not after --from 2021-10-15T09",
        ),
        (
            ["create", "--out=a.zip", "--from=2021-10-15T09", "--to=2021-10-15T10", "--after=1h"],
            "go with --at or --incident",
        ),
        (["create", "--out=a.zip", "--at=2021-10-15", f"--notes={'x' * 4001}"], "at most 4000"),
        (["replay", "a.zip", "--json"], "--json is for show only"),
        (["show", "a.zip", "--by= "], "--by: say who"),
    ],
)
def test_what_cannot_be_asked_is_told(
    capsys: pytest.CaptureFixture[str], typed: list[str], told: str
) -> None:
    code, out, err = said(capsys, *typed)
    assert (code, out) == (2, "")
    assert err.startswith("stationwatch: ")
    assert told in err
    assert err.count("\n") == 1


def test_show_says_what_is_in_a_bundle(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    good = bake(tmp_path)
    code, out, err = said(capsys, "show", str(good))
    assert (code, err) == (0, "")
    assert out.startswith("good.zip: an incident bundle, sound\n")
    for text in ("2021-10-15T09:12:20Z to 2021-10-15T09:12:50Z", "by Ann", "iss/ERR.limit CAUTION"):
        assert text in out
    code, out, _ = said(capsys, "show", str(good), "--json")
    assert code == 0
    assert '"notes":"an error"' in out


def test_a_damaged_bundle_is_refused_by_show_and_by_replay(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.zip"
    bad.write_bytes(bake(tmp_path).read_bytes()[:-3])
    for action in ("show", "replay"):
        code, out, err = said(capsys, action, str(bad))
        assert (code, out) == (2, "")
        assert err.startswith(f"stationwatch: {bad} is refused: its end is missing")


def test_without_an_ingest_it_says_whom_it_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = bake(tmp_path)
    nobody = "--ingest-port=9"
    for typed in (
        ["replay", str(good), nobody],
        ["create", "--at=2021-10-15", f"--out={tmp_path / 'x.zip'}", nobody, "--store=memory://"],
    ):
        code, out, err = said(capsys, *typed)
        assert (code, out) == (3, "")
        assert "no ingest at http://127.0.0.1:9: " in err
        assert err.count("\n") == 1
    assert not (tmp_path / "x.zip").exists()
