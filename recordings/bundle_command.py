"""`stationwatch bundle`: make an incident bundle, show what is in one, have it played again."""

import argparse
import sys
import uuid
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console

from ingest.archive_client import ArchiveClient
from ingest.bundle.apart import look_apart
from ingest.bundle.form import Looked
from ingest.scorecard_command import require_file
from recordings.bundle import Making, Wanted, make_bundle
from recordings.bundle_ingest import address, log, send, stored
from recordings.bundle_options import CREATE, OF_ACTION, SHOW
from recordings.bundle_text import page
from recordings.bundle_when import around, asked, incidents_of, plans_of
from recordings.progress import progress_bar
from replaying.desk import desk
from replaying.show import created
from telemetry.clock import SystemClock
from telemetry.errors import UsageError
from telemetry.incident import Incident
from telemetry.missiondb import load
from telemetry.plan import PlanChange
from telemetry.replay import ReplayCommand, ReplayLimits, ReplayOrder, ReplaySpec, ReplayVerb
from telemetry.settings import Settings
from telemetry.store.open import open_store

SUFFIX: Final = ".zip"
_MAX_NAME, _MAX_NOTES = 64, 4_000


async def run_bundle(arguments: argparse.Namespace, settings: Settings) -> None:
    """Do one of them, and print what came of it.

    :raises UsageError: if it cannot be asked like that.
    :raises BundleError: if the bundle is not sound.
    """
    action = arguments.action
    for name, belongs in OF_ACTION.items():
        if getattr(arguments, name) is not None and belongs != action:
            option = {"start": "from", "stop": "to"}.get(name, name)
            raise UsageError(f"bundle {action}: --{option} is for {belongs} only")
    if (action == CREATE) is not (arguments.file is None):
        where = "names its file by --out" if action == CREATE else "say which file"
        raise UsageError(f"bundle {action}: {where}")
    if not 0 < len(arguments.by.strip()) <= _MAX_NAME:
        raise UsageError(f"--by: say who, in at most {_MAX_NAME} characters")
    if action == CREATE:
        await _create(arguments, settings)
    elif action == SHOW:
        looked = await _look(arguments.file)
        if arguments.json:
            sys.stdout.write(msgspec.json.encode(looked).decode() + "\n")
        else:
            sys.stdout.write(page(looked, arguments.file.name) + "\n")
    else:
        await _replay(arguments, settings)


async def _look(path: Path) -> Looked:
    with _busy(f"checking {path.name}"):
        return await look_apart(path)


def _busy(what: str) -> AbstractContextManager[Any]:
    console = Console(stderr=True)
    return console.status(what) if console.is_terminal else nullcontext()


async def _create(arguments: argparse.Namespace, settings: Settings) -> None:
    out, notes = arguments.out, arguments.notes or ""
    if out is None or out.suffix != SUFFIX:
        raise UsageError(f"bundle create: name the file by --out, FILE{SUFFIX}")
    if len(notes) > _MAX_NOTES:
        raise UsageError(f"--notes: {len(notes)} characters, at most {_MAX_NOTES}")
    when = asked(arguments)
    database = load(settings.missiondb)
    require_file(settings.store)
    url = address(settings)
    async with (
        ArchiveClient(url, settings.ingest_token) as archive,
        open_store(settings.store, database) as store,
    ):
        with _busy("waiting until all that was received is stored"):
            await stored(url)
        changes = await log(url, "plan", PlanChange)
        versions = await log(url, "incident", Incident)
        start_ns, stop_ns, centre_ns = around(when, versions)
        wanted = Wanted(
            start_ns=start_ns,
            stop_ns=stop_ns,
            by=arguments.by.strip(),
            created_ns=SystemClock().now_ns(),
            centre_ns=centre_ns,
            incident=when.incident,
            notes=notes,
        )
        with progress_bar(out.name, Console(stderr=True)) as tell:

            def making(folder: Path) -> Making:
                return Making(
                    store=store,
                    archive=archive,
                    database=database,
                    missiondb=settings.missiondb,
                    root=settings.root,
                    wanted=wanted,
                    folder=folder,
                    tell=tell,
                )

            plans = plans_of(changes, start_ns, stop_ns)
            await make_bundle(out, making, plans, incidents_of(versions, start_ns, stop_ns))
    sys.stdout.write(page(await _look(out), out.name) + "\n")


async def _replay(arguments: argparse.Namespace, settings: Settings) -> None:
    path = arguments.file
    with _busy(f"sending {path.name} to ingest"):
        name = await send(address(settings), path)
    spec = ReplaySpec(
        bundle=name,
        order=arguments.order or ReplayOrder.RECEIVED,
        limits=arguments.limits or ReplayLimits.THEN,
        speed=1.0 if arguments.speed is None else arguments.speed,
        paused=bool(arguments.paused),
    )
    command = ReplayCommand(id=uuid.uuid4().hex, by=arguments.by.strip(), spec=spec)
    async with desk(settings) as sessions:
        with _busy("waiting for ingest"):
            replay = await sessions.ask(ReplayVerb.CREATE, command)
    sys.stdout.write(f"{created(replay)}\n")
