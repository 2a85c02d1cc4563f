"""`stationwatch notify check` shows the routes, `stationwatch notify test` proves them."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from rich.console import Console
from rich.table import Table

from ingest.notify.deliver import AppriseSender, Sender, usable
from ingest.notify.routes import Route, RoutesError, Target, read_routes
from ingest.notify.text import trial
from telemetry.clock import SECOND_NS, Clock, SystemClock
from telemetry.errors import StationwatchError, UsageError
from telemetry.missiondb import MissionDatabase, load
from telemetry.missiondb.table import hint
from telemetry.settings import Settings

#: Columns; more than any terminal has.
WIDE: Final = 400


class NotProven(StationwatchError):
    """A route did not carry its test message to every target."""

    exit_code: ClassVar[int] = 3


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action", choices=("check", "test"), help="read the routes file, or send test messages"
    )
    parser.add_argument("route", nargs="?", help="with test: only this one (default: all)")


async def notify(arguments: argparse.Namespace, settings: Settings) -> None:
    """What `options` asks for."""
    if arguments.action == "check":
        if arguments.route is not None:
            raise UsageError("notify check reads all routes: name none")
        check(settings)
    else:
        await test(settings, arguments.route, AppriseSender(), SystemClock())


def load_routes(
    settings: Settings,
    database: MissionDatabase,
    environment: Mapping[str, str] = os.environ,
) -> tuple[Route, ...]:
    """The routes in force; none when no routes file is set.

    :raises RoutesError: with every mistake in the file.
    """
    if settings.notify is None:
        return ()
    return read_routes(
        settings.notify,
        environment,
        spacecraft={
            craft.id: frozenset(craft.subsystems) for craft in database.spacecraft.values()
        },
        usable=usable,
    )


def check(settings: Settings) -> None:
    """Print the routes as a table, or every mistake in their file.

    :raises RoutesError: after printing, if there is a mistake.
    """
    routes = _routes(settings)
    table = Table(box=None, pad_edge=False)
    for column in ("route", "to", "from", "of", "group", "repeat", "then", "resolved"):
        table.add_column(column, no_wrap=True)
    for route in routes:
        table.add_row(
            route.name,
            "\n".join(target.shown for target in route.to),
            "escalations" if route.only_escalations else route.severity.name,
            " ".join(sorted(route.spacecraft | route.subsystem)) or "all",
            f"{route.group_s:g} s",
            f"{route.repeat_s:g} s" if route.repeat_s else "never",
            f"{route.escalate_to} after {route.escalate_after_s:g} s" if route.escalate_to else "-",
            "yes" if route.resolved else "no",
        )
    # A terminal folds what is too wide for it; a file or a pipe should not.
    Console(file=sys.stdout, highlight=False, width=WIDE).print(table)


async def test(settings: Settings, only: str | None, sender: Sender, clock: Clock) -> None:
    """Send a test message to every target of a route, or of all; a line each.

    :raises NotProven: if a target did not take it.
    """
    routes = _routes(settings)
    named = [route for route in routes if only in (None, route.name)]
    if not named:
        raise UsageError(f"no route {only!r}{hint(only or '', [r.name for r in routes])}")
    targets = [target for route in named for target in route.to]
    proven = await asyncio.gather(*(_prove(target, sender, clock) for target in targets))
    if not all(proven):
        raise NotProven(f"{proven.count(False)} of {len(targets)} targets did not take the message")


async def _prove(target: Target, sender: Sender, clock: Clock) -> bool:
    began_ns = clock.now_ns()
    outcome = await sender.send(target, trial(target.route))
    seconds = (clock.now_ns() - began_ns) / SECOND_NS
    said = f"accepted in {seconds:.2f} s" if outcome.accepted else f"FAILED: {outcome.reason}"
    sys.stdout.write(f"{target.route}: {target.shown}: {said}\n")
    return outcome.accepted


def _routes(settings: Settings) -> Sequence[Route]:
    if settings.notify is None:
        raise UsageError("no routes file: set STATIONWATCH_NOTIFY or --notify")
    try:
        return load_routes(settings, load(settings.missiondb))
    except RoutesError as error:
        for problem in error.problems:
            sys.stdout.write(f"{problem}\n")
        raise
