"""`stationwatch score`: its options, and what it shows. I/O: the terminal."""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Shown

from score.crew import fly_all
from score.fault import Fault, load
from score.fly import NOMINAL, Flown, Order
from score.report import Report, Table, report
from telemetry import missiondb
from telemetry.errors import StationwatchError, UsageError
from telemetry.missiondb.table import hint, listed
from telemetry.settings import Settings

SEEDS: Final = "1-7"
MAX_SEEDS: Final = 1_000
_SPAN: Final = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


class ScoreFailed(StationwatchError):
    """A half of the score does not hold."""


def score_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seeds",
        type=seeds,
        default=seeds(SEEDS),
        metavar="SEEDS",
        help=f"such as 1-7, 3 or 2,5,8-9 (default: {SEEDS})",
    )
    parser.add_argument(
        "--scenario",
        action="append",
        default=[],
        metavar="NAME",
        help="only this scenario or fault; may be repeated",
    )
    half = parser.add_mutually_exclusive_group()
    half.add_argument("--faults", action="store_true", help="only what must be heard")
    half.add_argument("--nominal", action="store_true", help="only flights without a fault")
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that fly at once (default: one a core)",
    )
    parser.add_argument(
        "--why", action="store_true", help="tell why each latest time is what it is"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress, only the verdict")


def seeds(text: str) -> tuple[int, ...]:
    """Each once, in order."""
    found: dict[int, None] = {}
    for part in text.split(","):
        match = _SPAN.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first <= last < first + MAX_SEEDS:
            raise argparse.ArgumentTypeError(f"{text!r} is not like 1-7, 3 or 2,5,8-9")
        found |= dict.fromkeys(range(first, last + 1))
    if len(found) > MAX_SEEDS:
        raise argparse.ArgumentTypeError(f"more than {MAX_SEEDS} seeds")
    return tuple(found)


async def score(arguments: argparse.Namespace, settings: Settings) -> None:
    """Fly it all and show the tables.

    :raises ScoreFailed: if a half does not hold.
    """
    if arguments.jobs < 1:
        raise UsageError(f"score: --jobs {arguments.jobs}: must be at least 1")
    missiondb.load(settings.missiondb)  # what is wrong in it is told once, and at once
    orders = plan(
        arguments.seeds,
        arguments.scenario,
        nominal=not arguments.faults,
        faults=() if arguments.nominal else load(),
    )
    began_s = time.monotonic()
    with _progress(len(orders), arguments.quiet) as tell:
        flights = await fly_all(orders, settings.missiondb, arguments.jobs, tell)
    found = report(flights, why=arguments.why)
    show(found, sys.stdout.isatty(), arguments.quiet)
    if not arguments.quiet:
        sys.stderr.write(f"{len(orders)} flights in {time.monotonic() - began_s:.0f} s\n")
    if not found.holds:
        raise ScoreFailed("score: " + "; ".join(found.verdicts))


def plan(
    seeds: Sequence[int], names: Sequence[str], *, nominal: bool, faults: Sequence[Fault]
) -> list[Order]:
    """What to fly.

    :raises UsageError: for a name that is of nothing.
    """
    known = [*(NOMINAL if nominal else ()), *(fault.name for fault in faults)]
    known += [fault.scenario for fault in faults]
    for name in names:
        if name not in known:
            near = hint(name, known)
            there_are = listed(list(dict.fromkeys(known)))
            raise UsageError(f"score: nothing is called {name!r}{near}; there are {there_are}")
    quiet = [name for name in NOMINAL if nominal and (not names or name in names)]
    wanted = [one for one in faults if not names or {one.name, one.scenario} & set(names)]
    orders = [Order(seed=seed, scenario=name) for name in quiet for seed in seeds]
    orders += [
        Order(seed=seed, scenario=fault.scenario, fault=fault) for fault in wanted for seed in seeds
    ]
    return orders


def show(found: Report, terminal: bool, quiet: bool) -> None:
    """As Markdown where nobody looks."""
    if not quiet:
        for table in found.tables:
            if terminal:
                Console().print(_shown(table))
            else:
                sys.stdout.write(f"## {table.title}\n\n{table.markdown()}\n")
    sys.stdout.writelines(f"{line}\n" for line in found.verdicts)


def _shown(table: Table) -> Shown:
    shown = Shown(*table.head, title=table.title, title_justify="left")
    for n, row in enumerate(table.rows):
        shown.add_row(*row, style="bold red" if n in table.bad else None)
    return shown


class _Teller:
    """Says that a flight is over."""

    def __init__(self, bar: Progress | None, total: int) -> None:
        self._bar = bar
        self._total = total
        self._done = 0
        self._task = bar.add_task("", total=total) if bar is not None else None

    def __call__(self, flown: Flown) -> None:
        self._done += 1
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._done, description=flown.order.title)
            return
        sys.stderr.write(f"{self._done}/{self._total} {flown.order.title}: {_short(flown)}\n")


def _short(flown: Flown) -> str:
    false = sum(heard.times for heard in (*flown.false, *flown.loud))
    parts = [f"{false} false"]
    if flown.order.fault is not None:
        parts.append(f"{len(flown.met) - len(flown.missed)} of {len(flown.met)} heard in time")
    if flown.crowded:
        parts.append(f"{flown.count} annunciations")
    return ", ".join(parts)


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator["_Teller | _Silent"]:
    """A bar where somebody sees it, else a line a flight."""
    console = Console(stderr=True)
    if quiet:
        yield _Silent()
        return
    if not console.is_terminal:
        yield _Teller(None, total)
        return
    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
    ) as bar:
        yield _Teller(bar, total)


class _Silent:
    def __call__(self, flown: Flown) -> None:
        """Nobody wants to know."""
