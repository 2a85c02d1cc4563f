"""`stationwatch recording`: ranges of the store under a name, which no retention thins."""

import argparse
import sys
from collections.abc import Iterable
from contextlib import aclosing
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from ingest.scorecard_command import require_file
from recordings.history import chosen, frames_of
from recordings.named import Naming, create, find
from recordings.options import CREATE, DELETE, LIST
from telemetry.clock import SECOND_NS, SystemClock
from telemetry.errors import UsageError
from telemetry.missiondb import MissionDatabase, load
from telemetry.moments import exact_utc, parse_time
from telemetry.recording import Recording
from telemetry.settings import Settings
from telemetry.store.base import Store
from telemetry.store.open import open_store

#: As wide as a table is made where there is no terminal.
_WIDTH: Final = 140


async def run_recording(arguments: argparse.Namespace, settings: Settings) -> None:
    """List recordings, or make or forget one.

    :raises UsageError: for a name or a range that is none.
    """
    action, name = arguments.action, arguments.name
    if (action == LIST) is not (name is None):
        raise UsageError(f"recording {action}: {'takes no name' if name else 'say which, by name'}")
    recording = _asked(arguments) if action == CREATE else None
    database = load(settings.missiondb)
    require_file(settings.store)
    async with open_store(settings.store, database) as store:
        if recording is not None:
            await create(store, recording)
            if not await _has_frames(store, database, recording):
                sys.stderr.write("nothing is stored in it yet\n")
            sys.stdout.write(f"recording {name}: {_range(recording)}\n")
        elif action == DELETE:
            await find(store, name)
            await store.delete_recording(name)
            sys.stdout.write(f"recording {name} is forgotten; its samples are not deleted now\n")
        elif arguments.json:
            sys.stdout.write(msgspec.json.encode(await store.recordings()).decode() + "\n")
        else:
            _print(await store.recordings())


def _asked(arguments: argparse.Namespace) -> Recording:
    if arguments.start is None or arguments.stop is None:
        raise UsageError("recording create: say which range, by --from and --to")
    naming = Naming(
        name=arguments.name,
        by=arguments.by,
        created_ns=SystemClock().now_ns(),
        notes=arguments.notes,
        tags=arguments.tags,
    )
    return naming.recording(parse_time(arguments.start), parse_time(arguments.stop))


async def _has_frames(store: Store, database: MissionDatabase, recording: Recording) -> bool:
    frames = frames_of(store, chosen(database), recording.start_ns, recording.stop_ns)
    async with aclosing(frames):  # type: ignore[type-var]
        async for _ in frames:
            return True
    return False


def _print(recordings: Iterable[Recording]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    table = Table("name", "from", "for", "by", "tags", "notes", box=None, header_style="bold")
    for each in recordings:
        told = [each.notes, f"imported from {each.source}" if each.source else ""]
        table.add_row(
            each.name,
            exact_utc(each.start_ns),
            _duration(each.stop_ns - each.start_ns),
            each.by,
            ", ".join(each.tags),
            "; ".join(filter(None, told)),
        )
    if table.row_count:
        console.print(table, markup=False)
    else:
        sys.stderr.write("there are no recordings in the store\n")


def _range(recording: Recording) -> str:
    return f"{exact_utc(recording.start_ns)} to {exact_utc(recording.stop_ns)}"


def _duration(span_ns: int) -> str:
    """`1 d 02:03:04`, rounded up to a second."""
    seconds = -(-span_ns // SECOND_NS)
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock
