"""The commands of the simulators: their options, and what they do. Loads nothing heavy unasked."""

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from telemetry import missiondb
from telemetry.clock import SystemClock
from telemetry.errors import UsageError
from telemetry.link import BrokerAddress
from telemetry.missiondb import MissionDatabase
from telemetry.missiondb.table import hint
from telemetry.question import login_name
from telemetry.settings import Settings
from telemetry.topics import Topics

if TYPE_CHECKING:
    from simulators.scenarios.scenario import Scenario

Arguments = argparse.Namespace


class _Stopped(Exception):
    """Ends a run into files from within."""


SPACECRAFT: Final = ("iss", "soyuz")
#: What is flown when no scenario is named; live it is moved to the present.
QUIET_SCENARIO: Final = "nominal-day"


def scenario_options(parser: argparse.ArgumentParser) -> None:
    """What chooses a scenario and where to join it; `demo` takes them too."""
    parser.add_argument(
        "--scenario",
        metavar="NAME",
        help="a shipped scenario, or a file (`stationwatch scenarios` lists them)",
    )
    parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a parameter of the scenario, such as desat=enabled; may be repeated",
    )
    parser.add_argument(
        "--at",
        metavar="TIME",
        help="where to join it: a time of day such as 09:10, or seconds since its start",
    )
    parser.add_argument("--seed", type=int, help="the same seed gives the same telemetry")


def simulate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "spacecraft",
        nargs="*",
        default=list(SPACECRAFT),
        help=f"which to simulate (default: {' '.join(SPACECRAFT)})",
    )
    scenario_options(parser)
    parser.add_argument(
        "--for",
        dest="for_s",
        type=float,
        metavar="SECONDS",
        help="how much to simulate (default: live without end, into a file to the scenario's end)",
    )
    parser.add_argument(
        "--speed",
        "--rate",
        type=speed,
        default=1.0,
        metavar="N",
        help="live: simulated seconds a second, or max (default: 1)",
    )
    parser.add_argument(
        "--epoch",
        type=utc_ns,
        metavar="UTC",
        help="move the scenario's start there, such as 2021-10-15T09:00:00Z; Sun and orbit stay "
        "those of its own date (default: its own date; without --scenario, now)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write samples to FILE.parquet or FILE.csv as fast as it goes, instead of publishing",
    )
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help="write a page to look at to FILE.html, instead of publishing",
    )


async def simulate(arguments: Arguments, settings: Settings, ready: Callable[[], None]) -> None:
    """Fly a scenario live, or into files."""
    from simulators.scenarios.scenario import span

    database = missiondb.load(settings.missiondb)
    spacecraft = known_spacecraft(arguments.spacecraft, database)
    live = arguments.out is None and arguments.plot is None
    epoch_ns = arguments.epoch
    if epoch_ns is None and arguments.scenario is None and live:
        epoch_ns = SystemClock().now_ns()
    scenario = _read(arguments, database, epoch_ns)
    wanted = span(scenario, arguments.at, arguments.for_s)
    if live:
        from simulators.publishing.live import run_live

        await run_live(
            settings,
            scenario,
            database,
            spacecraft,
            start_ns=wanted.start_ns,
            end_ns=None if arguments.for_s is None else wanted.end_ns,
            speed=arguments.speed,
            ready=ready,
        )
        return
    from simulators.files.run import progress, run_offline

    began_s = time.monotonic()
    stopped = threading.Event()
    with progress(scenario, wanted) as tell_bar:

        def tell(time_ns: int, samples: int) -> None:
            if stopped.is_set():
                raise _Stopped
            tell_bar(time_ns, samples)

        try:  # in a thread, so that this one can hear that it should stop
            samples = await asyncio.to_thread(
                run_offline,
                scenario,
                database,
                spacecraft,
                wanted,
                out=arguments.out,
                plot=arguments.plot,
                tell=tell,
            )
        finally:
            stopped.set()
    names = " and ".join(str(file) for file in (arguments.out, arguments.plot) if file)
    seconds = time.monotonic() - began_s
    sys.stderr.write(f"{names}: {scenario.heading}, {samples:,} samples in {seconds:.1f} s\n")


def scenarios_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scenario", nargs="?", metavar="NAME", help="tell all about one, or about a file"
    )
    parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="as it would be with this parameter",
    )


async def scenarios(arguments: Arguments, settings: Settings) -> None:
    """List what there is, or tell all about one."""
    from simulators.scenarios import names, read
    from simulators.scenarios.describe import about, listing
    from simulators.scenarios.scenario import ScenarioError

    database = missiondb.load(settings.missiondb)
    if arguments.scenario is None:
        lines = listing([read(name, database=database) for name in names()])
    else:
        try:
            lines = about(read(arguments.scenario, arguments.sets, database=database))
        except ScenarioError as error:
            if len(error.problems) > 1:
                sys.stdout.writelines(f"{problem}\n" for problem in error.problems)
            raise
    sys.stdout.writelines(f"{line}\n" for line in lines)


def inject_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action", nargs="?", metavar="ACTION", help="what is done; without it, all are listed"
    )
    parser.add_argument(
        "fields", nargs="*", metavar="KEY=VALUE", help="its fields, such as jets=DPO-07,DPO-08"
    )
    parser.add_argument(
        "--to", default="iss", metavar="SPACECRAFT", help="whose simulator is asked (default: iss)"
    )
    parser.add_argument("--by", default=login_name(), help="who asks (default: your login name)")


async def inject(arguments: Arguments, settings: Settings) -> None:
    """Have a running simulation do something, or list what can be done."""
    from access.access import Sealer
    from simulators.publishing.inject import send
    from simulators.scenarios.actions import ActionError, convert
    from simulators.scenarios.describe import vocabulary
    from simulators.scenarios.names import check_names

    if arguments.action is None:
        sys.stdout.writelines(f"{line}\n" for line in vocabulary())
        return
    database = missiondb.load(settings.missiondb)
    (to,) = known_spacecraft([arguments.to], database)
    fields: dict[str, object] = {"do": arguments.action}
    for one in arguments.fields:
        key, equals, value = one.partition("=")
        if not equals or key == "do" or key in fields:
            raise UsageError(f"inject: {one!r} must be KEY=VALUE, each key once")
        fields[key] = value
    try:
        action = convert(fields, text=True)
        check_names(action, database)
    except ActionError as error:
        where = f" {error.field}" if error.field and error.field != "do" else ""
        raise UsageError(f"inject {arguments.action}{where}: {error.message}") from None
    address = BrokerAddress.of(settings)
    seal = Sealer.of(settings)
    await send(
        address,
        Topics(settings.root),
        action,
        spacecraft=to,
        by=arguments.by,
        seal=seal,
        now_ns=SystemClock().now_ns(),
    )
    sys.stdout.write(
        f"{arguments.action}: sent to the simulator of {to}; if it cannot be done, its log and its "
        "status line say why\n"
    )


def _read(arguments: Arguments, database: MissionDatabase, epoch_ns: int | None) -> "Scenario":
    from simulators.scenarios import read

    sets = [*arguments.sets]
    if arguments.seed is not None:
        sets.append(f"seed={arguments.seed}")
    return read(arguments.scenario or QUIET_SCENARIO, sets, database=database, epoch_ns=epoch_ns)


def known_spacecraft(given: Sequence[str], database: MissionDatabase) -> list[str]:
    """Each once, in order.

    :raises UsageError: for one there is no simulator of, or none at all.
    """
    there_are = f"there are {', '.join(SPACECRAFT)}"
    for one in given:
        if one not in SPACECRAFT or one not in database.spacecraft:
            raise UsageError(f"no simulator of {one!r}{hint(one, SPACECRAFT)}; {there_are}")
    if not given:
        raise UsageError(f"no simulator of nothing; {there_are}")
    return list(dict.fromkeys(given))


def speed(text: str) -> float | None:
    """The value of `--speed`: None for as fast as it goes."""
    if text == "max":
        return None
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor max") from None


def utc_ns(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time like 2021-10-15T09:00:00Z") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000
