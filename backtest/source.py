"""What a back-test is made on: a range of a store, and what was announced then. I/O."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from backtest.compare import Comparison, Marks, compare
from backtest.run import run
from ingest.archive import FILE, Archive
from ingest.archive_client import ArchiveClient
from ingest.happened import LEAD_IN_NS, History, holds_derived
from ingest.segment import ArchiveError, Timed
from telemetry.clock import utc
from telemetry.errors import UsageError
from telemetry.missiondb import MissionDatabase
from telemetry.missiondb.table import hint
from telemetry.moments import parse_time
from telemetry.recording import Recording, silence_means
from telemetry.settings import Settings
from telemetry.store.base import Store

_REMOTE: Final = "remote+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """heartbeat: whether silence means anything; None where the recording says."""

    recording: str
    start_ns: int | None
    stop_ns: int | None
    heartbeat: bool | None
    marks: Marks

    @property
    def what(self) -> str:
        """For people."""
        span = [utc(one) for one in (self.start_ns, self.stop_ns) if one is not None]
        return " ".join(filter(None, (self.recording, " to ".join(span))))


def asked(arguments: argparse.Namespace) -> Asked:
    """:raises UsageError: for a time that is none, or a range that is none or open."""
    start_ns = parse_time(arguments.start) if arguments.start else None
    stop_ns = parse_time(arguments.stop) if arguments.stop else None
    if not arguments.recording and (start_ns is None or stop_ns is None):
        raise UsageError("name what to judge: --recording NAME, or --from TIME --to TIME")
    if start_ns is not None and stop_ns is not None and stop_ns <= start_ns:
        raise UsageError(f"--to {utc(stop_ns)} is not after --from {utc(start_ns)}")
    events_ns = tuple(sorted({parse_time(one) for one in arguments.event}))
    return Asked(
        recording=arguments.recording,
        start_ns=start_ns,
        stop_ns=stop_ns,
        heartbeat=False if arguments.changes_only else None,
        marks=Marks(times_ns=events_ns, before_s=arguments.before, after_s=arguments.after),
    )


async def judged(
    asked: Asked,
    store: Store,
    settings: Settings,
    databases: dict[str, MissionDatabase],
    title: str,
) -> Comparison:
    """The comparison of what each side's database says; with a progress bar.

    databases: by the name of their side.
    :raises UsageError: if there is no such recording, or no telemetry in the range.
    """
    history, notes = await _history(asked, store, settings, next(iter(databases.values())))
    console = Console(stderr=True)
    bar = Progress(
        TextColumn(title),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    begins_ns = max(history.start_ns - history.lead_in_ns, 0)
    with bar:
        task = bar.add_task("judge", total=history.stop_ns - begins_ns)
        journals = await run(
            history,
            list(databases.values()),
            lambda time_ns: bar.update(task, completed=time_ns - begins_ns),
        )
    if not journals[0].frames:
        raise UsageError(
            f"no telemetry from {utc(history.start_ns)} to {utc(history.stop_ns)} in the store"
        )
    named = dict(zip(databases, journals, strict=True))
    return compare(named, history.start_ns, history.stop_ns, asked.marks, notes)


async def _history(
    asked: Asked, store: Store, settings: Settings, database: MissionDatabase
) -> tuple[History, list[str]]:
    """What to judge, and what one must know of it."""
    recordings = await store.recordings()
    start_ns, stop_ns, notes = asked.start_ns, asked.stop_ns, []
    heartbeat = asked.heartbeat
    if asked.recording:
        recording = _named(asked.recording, recordings)
        start_ns = max(start_ns or 0, recording.start_ns)
        stop_ns = min(stop_ns or recording.stop_ns, recording.stop_ns)
        recordings = [recording]
    if start_ns is None or stop_ns is None or stop_ns <= start_ns:
        raise UsageError(f"the range is not within recording {asked.recording}")
    if heartbeat is None:
        heartbeat = silence_means(recordings, start_ns, stop_ns)
    if not heartbeat:
        notes.append("Only what changed was recorded: silence means nothing here.")
    derive = not await holds_derived(store, database, start_ns, stop_ns)
    if derive:
        notes.append("Nothing derived is stored: it is derived anew, which takes longer.")
    announcements, note = await _announcements(settings, start_ns, stop_ns)
    notes += [note] if note else []
    notes.append("Nobody acknowledges anything in a back-test, so an incident may last longer.")
    history = History(
        store=store,
        database=database,
        start_ns=start_ns,
        stop_ns=stop_ns,
        lead_in_ns=LEAD_IN_NS,
        heartbeat=heartbeat,
        derive=derive,
        announcements=announcements,
    )
    return history, notes


def _archive(settings: Settings) -> ArchiveClient:
    return ArchiveClient(settings.store.removeprefix(_REMOTE), settings.ingest_token)


async def _announcements(
    settings: Settings, start_ns: int, stop_ns: int
) -> tuple[Sequence[Timed], str]:
    """What was planned and scheduled then, or why that is not known."""
    try:
        if settings.store.startswith(_REMOTE):
            async with _archive(settings) as client:
                span = await client.find(start_ns, stop_ns)
                return (await client.announcements(span.lap, span.last_n), "") if span else ((), "")
        if (settings.state / FILE).exists():
            with Archive.open(settings.state, readonly=True) as archive:
                found = archive.find(start_ns, stop_ns)
                return (archive.announcements(found.lap, found.last_n), "") if found else ((), "")
    except ArchiveError as error:
        return (), f"What was planned and scheduled then is not known: {error}."
    return (), (
        "What was planned and scheduled then is not known, so nothing is permitted by a plan and "
        f"no loss of contact is announced: there is no record archive in {settings.state}."
    )


def _named(name: str, recordings: Sequence[Recording]) -> Recording:
    for one in recordings:
        if one.name == name:
            return one
    names = [one.name for one in recordings]
    there = f"; there are {', '.join(names[:10])}" if names else "; the store has none"
    raise UsageError(f"there is no recording {name!r}{hint(name, names)}{there}")


def must_be_writable(path: Path) -> None:
    """:raises UsageError: before hours of work are done for a file that cannot be."""
    if not path.parent.is_dir() or path.is_dir():
        raise UsageError(f"{path}: the report is a file in a folder that is there")
