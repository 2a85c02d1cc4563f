"""Edited limits: what they change, what they may not, and every mistake at once."""

import shutil
from pathlib import Path

import pytest

from telemetry import missiondb
from telemetry.errors import MissionDatabaseError
from telemetry.limit import Band, Severity
from telemetry.missiondb import SHIPPED

MOMENTUM = "USLAB000010"


@pytest.fixture(scope="module")
def shipped() -> missiondb.MissionDatabase:
    return missiondb.load()


def edited(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "edited.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(MissionDatabaseError) as caught:
        missiondb.load(None, edited(tmp_path, text))
    return [str(one) for one in caught.value.problems]


def test_edit_replaces_a_band_and_leaves_the_others(
    tmp_path: Path, shipped: missiondb.MissionDatabase
) -> None:
    text = f"[iss.parameter.{MOMENTUM}]\nrange.caution = {{ high = 55 }}\npersistence_s = 7\n"
    after = missiondb.load(None, edited(tmp_path, text))
    was = shipped.parameter("iss", MOMENTUM).limits
    now = after.parameter("iss", MOMENTUM).limits
    assert now.range[Severity.CAUTION] == Band(high=55)
    assert now.range[Severity.CAUTION] != was.range[Severity.CAUTION]
    assert {**now.range, Severity.CAUTION: None} == {**was.range, Severity.CAUTION: None}
    assert now.persistence_s == 7
    assert now.response == was.response


def test_edit_is_a_version_of_its_own_and_the_same_again(
    tmp_path: Path, shipped: missiondb.MissionDatabase
) -> None:
    file = edited(tmp_path, f"[iss.parameter.{MOMENTUM}]\nhysteresis = 0.5\n")
    first = missiondb.load(None, file).version
    assert first != shipped.version
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert missiondb.load(None, file).version == first
    file.write_text(f"[iss.parameter.{MOMENTUM}]\nhysteresis = 0.6\n", encoding="utf-8")
    assert missiondb.load(None, file).version != first


def test_edit_may_remove_a_limit(tmp_path: Path) -> None:
    text = f'[iss.parameter.{MOMENTUM}]\nremove = ["range.warning"]\n'
    after = missiondb.load(None, edited(tmp_path, text)).parameter("iss", MOMENTUM).limits
    assert Severity.WARNING not in after.range
    assert Severity.CAUTION in after.range


def test_edit_may_not_touch_what_was_recorded(tmp_path: Path) -> None:
    text = f'[iss.parameter.{MOMENTUM}]\nname = "x"\nunit = "m"\ntype = "float"\nstates = {{}}\n'
    found = problems(tmp_path, text)
    assert len(found) == 4
    assert all(f"edited.toml: [iss.parameter.{MOMENTUM}]" in one for one in found)
    assert all("is no limit" in one for one in found)


def test_every_mistake_is_told_with_file_table_and_key(tmp_path: Path) -> None:
    text = f"""
[mir.parameter.X]
hysteresis = 1
[iss.parameter.USLAB00001O]
hysteresis = 1
[iss.parameter.{MOMENTUM}]
range.caution = {{ high = "much" }}
rnage = 3
remove = ["range.emergencies", 3, "colour"]
[soyuz]
parametre = 1
"""
    found = problems(tmp_path, text)
    assert [one for one in found if "no such spacecraft" in one]
    assert [one for one in found if "no such parameter (did you mean 'USLAB" in one]
    assert [one for one in found if "caution] high: must be a number" in one]
    assert [one for one in found if "rnage: is no limit (did you mean 'range'?)" in one]
    assert [one for one in found if "'range.emergencies' is not there" in one]
    assert [one for one in found if "not as 3" in one]
    assert [one for one in found if "'colour' is no limit" in one]
    assert [one for one in found if "[soyuz] parametre: unknown key" in one]
    assert all(one.startswith("edited.toml: ") for one in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"[iss.parameter.{MOMENTUM}]\nrange.caution = {{ high = 99 }}\n", "cuts into"),
        (f'[iss.parameter.{MOMENTUM}]\nremove = ["response"]\n', "response: is missing"),
        ("", "changes nothing"),
        ("[iss", "is not TOML"),
        ("iss = 3", "must be a table"),
    ],
)
def test_edit_must_be_as_sound_as_the_rest(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in one for one in problems(tmp_path, text))


def test_edit_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissionDatabaseError, match=r"none\.toml: cannot be read"):
        missiondb.load(None, tmp_path / "none.toml")


def test_folder_of_changes_is_no_spacecraft(tmp_path: Path) -> None:
    folder = tmp_path / "db"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    before = missiondb.load(folder).version
    (folder / "changes").mkdir()
    assert missiondb.load(folder).version == before == missiondb.load().version
