"""From a proposal to a new version: another person, the same database, nothing touched since."""

import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from backtest.limits import limits
from telemetry import missiondb
from telemetry.errors import UsageError
from telemetry.limit import Band, Severity
from telemetry.missiondb import SHIPPED
from telemetry.missiondb.changes import ABOUT, EDITED, REPORT, Change, ChangeFolder, ChangeState
from telemetry.settings import Settings

MOMENTUM = "USLAB000010"
EDIT = f"[iss.parameter.{MOMENTUM}]\nrange.caution = {{ high = 55.0 }}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "missiondb"
    shutil.copytree(SHIPPED, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


def proposed(folder: Path, edit: str = EDIT, by: str = "Ann") -> int:
    """A proposal as `limits propose` leaves it, but for what is in the report."""
    file = folder.parent / "edited.toml"
    file.write_text(edit, encoding="utf-8")
    change = Change(
        by=by,
        why='it "chattered"\nfor hours \x7f €',
        at="2026-11-23T02:00:00Z",
        before=missiondb.load(folder).version,
        after=missiondb.load(folder, file).version,
        judged_on="ms18",
        changes=(f"iss/{MOMENTUM}: range.caution high 60 -> 55",),
    )
    number = ChangeFolder(folder).propose(change, edit.encode(), "<html>")
    assert ChangeFolder(folder).read(number) == change
    return number


async def ask(folder: Path | None, action: str, what: object = "", **given: str) -> None:
    arguments = Namespace(action=action, what=str(what), by="Bob", why="")
    vars(arguments).update(given)
    environment = {"STATIONWATCH_MISSIONDB": str(folder)} if folder else {}
    await limits(arguments, Settings.read({}, environment))


def caution(folder: Path) -> Band:
    return missiondb.load(folder).parameter("iss", MOMENTUM).limits.range[Severity.CAUTION]


async def test_proposal_changes_nothing_until_it_is_approved(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = missiondb.load(folder).version
    number = proposed(folder)
    assert missiondb.load(folder).version == before
    assert caution(folder) == Band(high=60)
    await ask(folder, "approve", number)
    change = ChangeFolder(folder).read(number)
    assert (change.state, change.decided_by) == (ChangeState.APPROVED, "Bob")
    assert caution(folder) == Band(high=55)
    assert missiondb.load(folder).version == change.after != before
    assert change.after in capsys.readouterr().out


async def test_rejected_change_is_never_in_force(folder: Path) -> None:
    number = proposed(folder)
    with pytest.raises(UsageError, match="say --why"):
        await ask(folder, "reject", number)
    await ask(folder, "reject", number, why="no")
    assert caution(folder) == Band(high=60)
    with pytest.raises(UsageError, match="is REJECTED already, by Bob"):
        await ask(folder, "approve", number)


async def test_nobody_approves_what_he_proposed(folder: Path) -> None:
    number = proposed(folder, by="bob  smith")
    with pytest.raises(UsageError, match="another person approves it"):
        await ask(folder, "approve", number, by="Bob Smith")
    assert caution(folder) == Band(high=60)


async def test_change_of_another_version_is_refused(folder: Path) -> None:
    first, second = proposed(folder), proposed(folder, EDIT.replace("55", "50"))
    await ask(folder, "approve", second)
    with pytest.raises(UsageError, match="propose it anew"):
        await ask(folder, "approve", first)
    assert caution(folder) == Band(high=50)


async def test_changes_are_in_force_in_order(folder: Path) -> None:
    await ask(folder, "approve", proposed(folder))
    await ask(folder, "approve", proposed(folder, EDIT.replace("55", "50")))
    assert caution(folder) == Band(high=50)


async def test_change_without_its_report_or_with_other_limits_is_refused(folder: Path) -> None:
    number = proposed(folder)
    path = ChangeFolder(folder).path(number)
    (path / EDITED).write_text(EDIT.replace("55", "59"), encoding="utf-8")
    with pytest.raises(UsageError, match="is not what was proposed any more"):
        await ask(folder, "approve", number)
    (path / EDITED).write_text(EDIT, encoding="utf-8")
    (path / REPORT).unlink()
    with pytest.raises(UsageError, match="has no report any more"):
        await ask(folder, "approve", number)


@pytest.mark.parametrize(
    ("action", "what", "said"),
    [
        ("approve", 7, "there is no change 7"),
        ("approve", "x", "needs the number of a change"),
        ("show", "", "needs the number of a change"),
        ("propose", "", "say --why"),
    ],
)
async def test_what_cannot_be_is_told_in_a_line(
    folder: Path, action: str, what: object, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        await ask(folder, action, what)


async def test_database_that_ships_is_not_changed_but_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="limits fork FOLDER"):
        await ask(None, "list")
    target = tmp_path / "mine"
    await ask(None, "fork", target)
    assert missiondb.load(target).version == missiondb.load().version
    assert not list(target.rglob("*.py"))
    assert missiondb.load().version in capsys.readouterr().out
    with pytest.raises(UsageError, match="is there already"):
        await ask(None, "fork", target)


async def test_list_and_show_tell_who_and_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await ask(folder, "list")
    assert "no change of limits was proposed" in capsys.readouterr().out
    number = proposed(folder)
    await ask(folder, "show", number)
    shown = capsys.readouterr().out
    assert "proposed by Ann" in shown
    assert "high 60 -> 55" in shown
    await ask(folder, "list")
    assert "Ann" in capsys.readouterr().out


def test_damaged_change_stops_the_load_and_names_the_file(folder: Path) -> None:
    number = proposed(folder)
    (ChangeFolder(folder).path(number) / ABOUT).write_text("by = 3", encoding="utf-8")
    (problem,) = missiondb.check(folder)
    assert problem.file == f"changes/{number}/{ABOUT}"
