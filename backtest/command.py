"""`stationwatch backtest`: its options, and what it shows. I/O: the terminal and the report."""

import argparse
import sys
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table as Shown

from backtest.compare import Comparison
from backtest.page import page
from backtest.source import asked, judged, must_be_writable
from backtest.tables import Table, tables
from backtest.traces import traces
from ingest.scorecard_command import require_file
from telemetry import missiondb
from telemetry.errors import MissionDatabaseError, UsageError
from telemetry.missiondb import MissionDatabase
from telemetry.settings import Settings
from telemetry.store.base import Store
from telemetry.store.open import open_store

TODAY: Final = "today"
EDITED: Final = "edited"
#: As wide as a table is made where there is no terminal, and as long as one is shown.
_WIDTH: Final = 160
_SHOWN: Final = 40


async def backtest(arguments: argparse.Namespace, settings: Settings) -> None:
    """Judge a range, and show what each mission database says of it.

    :raises UsageError: for a range, recording, store or file there is not.
    """
    wanted = asked(arguments)
    if arguments.html is not None:
        must_be_writable(arguments.html)
    databases = {TODAY: missiondb.load(settings.missiondb)}
    if arguments.limits is not None:
        databases[EDITED] = edited_database(settings.missiondb, arguments.limits)
    require_file(settings.store)
    async with open_store(settings.store, databases[TODAY]) as store:
        found = await judged(wanted, store, settings, databases, "back-test")
        html = await report(store, databases, found) if arguments.html is not None else ""
    if arguments.html is not None:
        write(arguments.html, html)
    if arguments.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        show(found)
        if arguments.html is not None:
            sys.stdout.write(f"report: {arguments.html}\n")


def edited_database(folder: Path | None, edited: Path) -> MissionDatabase:
    """The mission database with edited limits.

    :raises UsageError: if there is anything wrong with them, after every mistake was told.
    """
    try:
        return missiondb.load(folder, edited)
    except MissionDatabaseError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        mistakes = f"{len(error.problems)} mistake{'s' if error.problems[1:] else ''}"
        raise UsageError(f"{edited.name}: {mistakes}, told above; nothing was judged") from error


async def report(store: Store, databases: dict[str, MissionDatabase], found: Comparison) -> str:
    """The page."""
    drawn, more = await traces(store, list(databases.values()), found)
    title = "Back-test of edited limits" if EDITED in databases else "Back-test"
    return page(found, drawn, more, title)


def write(path: Path, text: str) -> None:
    """:raises UsageError: if it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def show(found: Comparison) -> None:
    """As tables."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    for note in found.notes:
        console.print(note, markup=False, highlight=False)
    for line in found.changes:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for table in tables(found):
        if table.rows:
            console.print(_shown(table))
    side = found.sides[0]
    frames = f"{side.frames} frames, {side.judged} of them worth judging one by one"
    console.print(frames, markup=False, highlight=False)


def _shown(table: Table) -> Shown:
    shown = Shown(title=table.title, title_justify="left", caption=table.note or None)
    for name in table.head:
        shown.add_column(name, overflow="fold")
    for number, row in enumerate(table.rows[:_SHOWN]):
        style = "bold" if number in table.marked else None
        shown.add_row(*(_plain(cell) for cell in row), style=style)
    if (more := len(table.rows) - _SHOWN) > 0:
        shown.add_row(f"and {more} more: --json, --html")
    return shown


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
