"""`stationwatch limits`: from an edit to a new version of the mission database. I/O: its folder.

What one person proposes, with the back-test it rests on, another approves. An approval is for what
the proposer saw: of a mission database that has changed since, it is refused.
"""

import argparse
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from backtest.command import EDITED as EDITED_SIDE
from backtest.command import TODAY, edited_database, report, show
from backtest.source import asked, judged
from ingest.plan_steps import same
from ingest.scorecard_command import require_file
from telemetry import missiondb
from telemetry.clock import SystemClock
from telemetry.errors import UsageError
from telemetry.missiondb import SHIPPED
from telemetry.missiondb.changes import (
    EDITED,
    MAX_NAME,
    MAX_TEXT,
    REPORT,
    Change,
    ChangeFolder,
    ChangeState,
)
from telemetry.settings import Settings
from telemetry.store.open import open_store


async def limits(arguments: argparse.Namespace, settings: Settings) -> None:
    """:raises UsageError: if it is not done, saying why."""
    if arguments.action == "fork":
        _fork(settings.missiondb or SHIPPED, _named(arguments))
        return
    folder = _folder(settings)
    changes = ChangeFolder(folder)
    match arguments.action:
        case "list":
            _list(changes)
        case "show":
            _show(changes, _number(arguments))
        case "propose":
            await _propose(arguments, settings, folder, changes)
        case verb:
            _decide(verb, arguments, folder, changes)


async def _propose(
    arguments: argparse.Namespace, settings: Settings, folder: Path, changes: ChangeFolder
) -> None:
    by, why = _person(arguments.by), arguments.why.strip()
    if not why:
        raise UsageError("limits propose: say --why; whoever approves it wants to know")
    if len(why) > MAX_TEXT:
        raise UsageError(f"limits propose: --why is longer than {MAX_TEXT} characters")
    edited, wanted = Path(_named(arguments)), asked(arguments)
    databases = {TODAY: missiondb.load(folder), EDITED_SIDE: edited_database(folder, edited)}
    content = edited.read_bytes()  # noqa: ASYNC240
    require_file(settings.store)
    async with open_store(settings.store, databases[TODAY]) as store:
        found = await judged(wanted, store, settings, databases, "back-test")
        page = await report(store, databases, found)
    if not found.changes:
        raise UsageError(f"{edited.name} changes no limit: they are as it says already")
    change = Change(
        by=by,
        why=why,
        at=_now(),
        before=databases[TODAY].version,
        after=databases[EDITED_SIDE].version,
        judged_on=wanted.what,
        changes=found.changes,
    )
    number = changes.propose(change, content, page)
    show(found)
    sys.stdout.write(
        f"change {number} is proposed: its report is {changes.path(number) / REPORT}; "
        f"another person approves it with `stationwatch limits approve {number}`\n"
    )


def _decide(verb: str, arguments: argparse.Namespace, folder: Path, changes: ChangeFolder) -> None:
    number = _number(arguments)
    change, by = changes.read(number), _person(arguments.by)
    if change.state is not ChangeState.PROPOSED:
        raise UsageError(
            f"change {number} is {change.state} already, by {change.decided_by}; propose it anew"
        )
    if verb == "approve":
        _must_be_as_proposed(number, change, by, folder, changes)
        state = ChangeState.APPROVED
    else:
        state = ChangeState.REJECTED
        if not 0 < len(arguments.why.strip()) <= MAX_TEXT:
            raise UsageError("limits reject: say --why; whoever proposed it wants to know")
    decided = msgspec.structs.replace(
        change, state=state, decided_by=by, decided_at=_now(), comment=arguments.why.strip()
    )
    changes.decide(number, decided)
    if state is ChangeState.APPROVED:
        version = missiondb.load(folder).version
        sys.stdout.write(
            f"change {number} is approved: {folder} is mission database {version} now; ingest "
            "takes it at its next start, and writes it into the shift log\n"
        )
    else:
        sys.stdout.write(f"change {number} is rejected; nothing is changed\n")


def _must_be_as_proposed(
    number: int, change: Change, by: str, folder: Path, changes: ChangeFolder
) -> None:
    if same(by, change.by):
        raise UsageError(f"change {number} was proposed by {change.by}: another person approves it")
    if not (changes.path(number) / REPORT).is_file():
        raise UsageError(f"change {number} has no report any more: propose it anew")
    now = missiondb.load(folder).version
    if now != change.before:
        raise UsageError(
            f"change {number} was judged on mission database {change.before}, and {folder} is "
            f"{now} now: propose it anew"
        )
    after = edited_database(folder, changes.path(number) / EDITED).version
    if after != change.after:
        raise UsageError(
            f"{changes.path(number) / EDITED} is not what was proposed any more: propose it anew"
        )


def _list(changes: ChangeFolder) -> None:
    table = Table("change", "state", "by", "decided by", "at", "what", "why", title="Changes")
    for number, one in changes.all():
        first = one.changes[0] if one.changes else ""
        more = f" and {len(one.changes) - 1} more" if one.changes[1:] else ""
        row = (str(number), one.state, one.by, one.decided_by, one.at, first + more, one.why)
        table.add_row(*(cell.replace("[", r"\[") for cell in row))
    if table.row_count:
        Console().print(table)
    else:
        sys.stdout.write("no change of limits was proposed\n")


def _show(changes: ChangeFolder, number: int) -> None:
    change = changes.read(number)
    lines = [
        f"change {number}: {change.state}",
        f"proposed by {change.by} at {change.at}: {change.why}",
        f"mission database {change.before} -> {change.after}, judged on {change.judged_on}",
        *(f"  {line}" for line in change.changes),
    ]
    if change.decided_by:
        lines.append(f"decided by {change.decided_by} at {change.decided_at} {change.comment}")
    lines.append(f"report: {changes.path(number) / REPORT}")
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in lines)


def _fork(source: Path, target: str) -> None:
    folder = Path(target)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already: name a new folder")
    try:
        for file in sorted(source.rglob("*.toml")):
            to = folder / file.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)
        for one in sorted(source.glob(f"changes/*/{REPORT}")):
            shutil.copyfile(one, folder / one.relative_to(source))
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}") from error
    version = missiondb.load(folder).version
    sys.stdout.write(
        f"{folder} is mission database {version}: start ingest and console with "
        f"--missiondb {folder}, or STATIONWATCH_MISSIONDB\n"
    )


def _folder(settings: Settings) -> Path:
    if settings.missiondb is None:
        raise UsageError(
            "the mission database that ships with the product is not changed: copy it with "
            "`stationwatch limits fork FOLDER`, and name it with --missiondb FOLDER"
        )
    return settings.missiondb


def _named(arguments: argparse.Namespace) -> str:
    if not arguments.what:
        needs = "a folder" if arguments.action == "fork" else "a file of edited limits"
        raise UsageError(f"limits {arguments.action} needs {needs}")
    return str(arguments.what)


def _number(arguments: argparse.Namespace) -> int:
    if not str(arguments.what).isdecimal():
        raise UsageError(
            f"limits {arguments.action} needs the number of a change: `limits list` has them"
        )
    return int(arguments.what)


def _person(by: str) -> str:
    name = " ".join(by.split())
    if not 0 < len(name) <= MAX_NAME:
        raise UsageError(f"--by must name a person, in at most {MAX_NAME} characters")
    return name


def _now() -> str:
    return f"{datetime.fromtimestamp(SystemClock().now_ns() / 1e9, UTC):%Y-%m-%dT%H:%M:%SZ}"
