"""`stationwatch bundle`: make an incident bundle, show what is in one, have it played again."""

import argparse
import asyncio
import re
import sys
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from rich.console import Console

from ingest.archive_client import ArchiveClient
from ingest.bundle.apart import look_apart
from ingest.bundle.container import opened
from ingest.bundle.form import BundleError
from ingest.bundle.look import Looked
from ingest.bundle.shelf import name_of
from ingest.scorecard_command import require_file
from recordings.bundle import Making, Wanted, make_bundle
from recordings.bundle_options import CREATE, OF_ACTION, SHOW
from recordings.bundle_text import page
from recordings.progress import progress_bar
from replaying.desk import desk
from replaying.show import created
from telemetry.clock import SECOND_NS, SystemClock
from telemetry.errors import StoreUnavailable, UsageError
from telemetry.incident import Incident
from telemetry.missiondb import load
from telemetry.missiondb.table import hint
from telemetry.moments import parse_time
from telemetry.plan import Plan, PlanChange
from telemetry.replay import ReplayCommand, ReplayLimits, ReplayOrder, ReplaySpec, ReplayVerb
from telemetry.settings import Settings
from telemetry.store.open import open_store

SUFFIX: Final = ".zip"
_BEFORE, _AFTER = "10m", "30m"
_SPAN: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h|d)", re.ASCII)
_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_MAX_NAME, _MAX_NOTES = 64, 4_000
_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=1200)


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


# --- create ---


async def _create(arguments: argparse.Namespace, settings: Settings) -> None:
    out, notes = arguments.out, arguments.notes or ""
    if out is None or out.suffix != SUFFIX:
        raise UsageError(f"bundle create: name the file by --out, FILE{SUFFIX}")
    if len(notes) > _MAX_NOTES:
        raise UsageError(f"--notes: {len(notes)} characters, at most {_MAX_NOTES}")
    asked = _asked(arguments)
    database = load(settings.missiondb)
    require_file(settings.store)
    url = _url(settings)
    async with ArchiveClient(url) as archive, open_store(settings.store, database) as store:
        changes = await _log(url, "plan", PlanChange)
        versions = await _log(url, "incident", Incident)
        start_ns, stop_ns, centre_ns = around(asked, versions)
        wanted = Wanted(
            start_ns=start_ns,
            stop_ns=stop_ns,
            by=arguments.by.strip(),
            created_ns=SystemClock().now_ns(),
            centre_ns=centre_ns,
            incident=asked.incident,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a bundle is asked of: a range, or what it is around. Times of 0 are not given."""

    start_ns: int = 0
    stop_ns: int = 0
    at_ns: int = 0
    incident: str = ""
    before_ns: int
    after_ns: int


def _asked(arguments: argparse.Namespace) -> Asked:
    by_range = arguments.start is not None or arguments.stop is not None
    ways = (by_range, arguments.at is not None, arguments.incident is not None)
    if sum(ways) != 1 or (by_range and None in (arguments.start, arguments.stop)):
        raise UsageError("bundle create: say of when, by --from and --to, --at or --incident")
    if by_range and (arguments.before or arguments.after):
        raise UsageError("bundle create: --before and --after go with --at or --incident")
    asked = Asked(
        start_ns=parse_time(arguments.start) if by_range else 0,
        stop_ns=parse_time(arguments.stop) if by_range else 0,
        at_ns=parse_time(arguments.at) if arguments.at is not None else 0,
        incident=arguments.incident or "",
        before_ns=_span_ns("--before", arguments.before or _BEFORE),
        after_ns=_span_ns("--after", arguments.after or _AFTER),
    )
    if by_range and asked.stop_ns <= asked.start_ns:
        raise UsageError(f"--to {arguments.stop} is not after --from {arguments.start}")
    return asked


def _span_ns(option: str, text: str) -> int:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise UsageError(f"{option} is {text!r}: write a span such as 90s, 10m or 2h")
    return round(float(found[1]) * _UNITS_S[found[2]]) * SECOND_NS


def around(asked: Asked, versions: Sequence[Incident]) -> tuple[int, int, int]:
    """Start, stop and centre of a bundle; the centre is 0 where a range was asked for.

    versions: of incidents, the newest first.
    :raises UsageError: for an incident that there is not.
    """
    if asked.incident:
        found = next((one for one in versions if one.id == asked.incident), None)
        if found is None:
            known = list(dict.fromkeys(one.id for one in versions))
            newest = f"the newest are {', '.join(known[:5])}" if known else "there are none"
            near = hint(asked.incident, known)
            raise UsageError(f"no incident {asked.incident!r}{near}; {newest}")
        ended_ns = found.closed_ns or max(found.changed_ns, found.settled_ns)
        centre_ns = found.first_out.time_ns
        start_ns, stop_ns = min(found.opened_ns, centre_ns), max(ended_ns, centre_ns)
    elif asked.at_ns:
        start_ns = stop_ns = centre_ns = asked.at_ns
    else:
        return asked.start_ns, asked.stop_ns, 0
    return max(start_ns - asked.before_ns, 0), stop_ns + asked.after_ns, centre_ns


def plans_of(changes: Sequence[PlanChange], start_ns: int, stop_ns: int) -> list[Plan]:
    """What was planned for a range, as it stood at its end. changes: the newest first."""
    found: dict[tuple[str, str], Plan] = {}
    for change in changes:
        plan = change.plan
        if plan is None or change.refused or plan.changed_ns >= stop_ns:
            continue
        activity = plan.activity
        if activity.start_ns < stop_ns and activity.end_ns >= start_ns:
            found.setdefault((activity.spacecraft, activity.id), plan)
    return sorted(found.values(), key=lambda plan: plan.activity.start_ns)


def incidents_of(versions: Sequence[Incident], start_ns: int, stop_ns: int) -> list[Incident]:
    """Those open in a range, as they stood at its end. versions: the newest first."""
    found: dict[str, Incident] = {}
    for one in versions:
        if one.changed_ns < stop_ns and one.opened_ns < stop_ns:
            found.setdefault(one.id, one)
    there = [one for one in found.values() if not one.closed_ns or one.closed_ns >= start_ns]
    return sorted(there, key=lambda one: one.opened_ns)


# --- replay ---


async def _replay(arguments: argparse.Namespace, settings: Settings) -> None:
    path = arguments.file
    with _busy(f"sending {path.name} to ingest"):
        name = await _send(_url(settings), path)
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


async def _send(url: str, path: Path) -> str:
    """Have ingest keep a bundle; its name there."""

    def seal() -> str:
        with opened(path) as container:
            return container.seal

    name = name_of(path.stem, await asyncio.to_thread(seal))
    if name in msgspec.json.decode(await _get(f"{url}/bundles"), type=list[str]):
        return name
    with await asyncio.to_thread(path.open, "rb") as file:
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(f"{url}/bundles/{name}", data=file) as response,
            ):
                text = (await response.content.read(2_000)).decode(errors="replace")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _away(url, error) from None
    if response.status == 400:
        raise BundleError(text)
    if response.status != 201:
        raise UsageError(f"ingest does not keep it: HTTP {response.status} {text}".rstrip())
    return name


# --- ingest's HTTP ---


def _url(settings: Settings) -> str:
    return f"http://{settings.ingest_host}:{settings.ingest_port}"


async def _log(url: str, kind: str, of: Any) -> Any:
    """What ingest kept for good under a name, the newest first."""
    body = await _get(f"{url}/log/{kind}")
    try:
        return msgspec.json.decode(body, type=list[of])
    except msgspec.DecodeError as error:
        raise UsageError(f"{url} is not an ingest of this version: {error}") from None


async def _get(url: str) -> bytes:
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(url) as response,
        ):
            if response.status != 200:
                raise UsageError(f"{url}: HTTP {response.status}; is it an ingest of this version?")
            return await response.read()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _away(url, error) from None


def _away(url: str, error: Exception) -> StoreUnavailable:
    why = str(error) or type(error).__name__
    return StoreUnavailable(
        f"no ingest at {url}: {why}; name its address (--ingest-host, --ingest-port)"
    )
