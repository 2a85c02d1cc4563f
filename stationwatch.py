"""The command line. Each command is one row of `COMMANDS`; what it does lives in its own package.

Errors a user can meet are one line on standard error and an exit code (telemetry/errors.py).
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from telemetry.errors import MissionDatabaseError, StationwatchError, UsageError
from telemetry.settings import SETTINGS, Setting, Settings
from telemetry.topics import LIVE_ROOT, PLAY_ROOT

Arguments = argparse.Namespace
Run = Callable[[Arguments], Coroutine[Any, Any, None]]
Options = Callable[[argparse.ArgumentParser], None]
ROOT_VARIABLE = next(s.variable for s in SETTINGS if s.name == "root")
DESCRIPTION = """\
Watches the telemetry of a crewed station and the ship docked to it: receives it by MQTT, stores it,
checks it against limits, raises alarms and shows it live.

New here? `stationwatch demo` runs all of it on this machine, with simulated spacecraft."""
#: What the demo shows unless told otherwise: from shortly before a thruster fires unasked.
DEMO_SCENARIO, DEMO_AT = "ms18", "09:11:50"
EPILOG = "`stationwatch COMMAND --help` explains a command."


def _say_ready() -> None:
    """Tell whoever started this program that others may rely on it now."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def _settings(arguments: Arguments) -> Settings:
    return Settings.read(vars(arguments))


# What a command is made of is imported when it is asked for: none waits for that of the others.


def _run(module: str, name: str) -> Run:
    """A function of (arguments, settings)."""

    async def run(arguments: Arguments) -> None:
        await getattr(import_module(module), name)(arguments, _settings(arguments))

    return run


def _options(module: str, name: str) -> Options:
    def add(parser: argparse.ArgumentParser) -> None:
        getattr(import_module(module), name)(parser)

    return add


async def _broker(arguments: Arguments) -> None:
    from demo import run_broker

    await run_broker(arguments.host, arguments.port, _say_ready)


async def _ingest(arguments: Arguments) -> None:
    from ingest.service import run_ingest

    await run_ingest(_settings(arguments), _say_ready)


async def _simulate(arguments: Arguments) -> None:
    from simulators.commands import simulate

    await simulate(arguments, _settings(arguments), _say_ready)


async def _console(arguments: Arguments) -> None:
    from dashboard.server import run_console

    await run_console(_settings(arguments), _say_ready)


async def _play(arguments: Arguments) -> None:
    from simulators.publishing.player import run_player

    await run_player(
        _settings(arguments),
        arguments.path,
        arguments.year,
        arguments.speed,
        spacecraft=arguments.spacecraft,
        root=arguments.root or os.environ.get(ROOT_VARIABLE) or PLAY_ROOT,
        ready=_say_ready,
    )


async def _training(arguments: Arguments) -> None:
    from training.service import run_training

    await run_training(_settings(arguments), _say_ready)


async def _check(arguments: Arguments) -> None:
    from telemetry.missiondb import SHIPPED, check, load

    folder = arguments.path or SHIPPED
    if problems := check(folder):
        for problem in problems:
            sys.stdout.write(f"{problem}\n")
        raise MissionDatabaseError(problems)
    database = load(folder)
    for craft in database.spacecraft.values():
        parameters = [p for s in craft.subsystems.values() for p in s.parameters.values()]
        limited = sum(p.limits.highest > 0 for p in parameters)
        sys.stdout.write(
            f"{craft.id}: {len(craft.subsystems)} subsystems, {len(parameters)} parameters, "
            f"{limited} with limits\n"
        )
    sys.stdout.write(f"mission database {database.version} is in order\n")


async def _demo(arguments: Arguments) -> None:
    from demo import BROKER_PORT, INGEST_PORT, reach, run_demo
    from supervise import LOOPBACK, Program, free_ports

    with contextlib.ExitStack() as stack:
        folder = arguments.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="stationwatch-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        broker, ingest, console = free_ports(BROKER_PORT, INGEST_PORT, arguments.port)
        if arguments.play:
            if arguments.scenario or arguments.sets or arguments.at or arguments.seed is not None:
                raise UsageError(
                    "demo: a recording (--play) has no scenario, so no --scenario, "
                    "--set, --at or --seed"
                )
            source = ["play", str(arguments.play), f"--speed={arguments.speed or 'max'}"]
            source += [f"--year={arguments.year}"] if arguments.year else []
        else:
            source = demo_simulation(arguments)
        programs = (
            Program("broker", ("broker", f"--host={LOOPBACK}", f"--port={broker}")),
            Program(
                "ingest",
                ("ingest", f"--store=duckdb://{folder / 'telemetry.duckdb'}"),
                after=("broker",),
            ),
            Program("simulators", tuple(source), after=("ingest",), may_end=bool(arguments.play)),
            # takes longest to start, and waits for broker and store by itself
            Program("console", ("console", f"--store=remote+http://{LOOPBACK}:{ingest}")),
            # of a recording there is nothing to practise on
            *(
                []
                if arguments.play
                else [Program("training", ("training",), after=("ingest", "console"))]
            ),
        )
        environment = {
            "STATIONWATCH_BROKER": f"mqtt://{LOOPBACK}:{broker}",
            "STATIONWATCH_STATE": str(folder),
            "STATIONWATCH_INGEST_PORT": str(ingest),
            "STATIONWATCH_CONSOLE_PORT": str(console),
            "STATIONWATCH_ROOT": PLAY_ROOT if arguments.play else LIVE_ROOT,
        }

        def announce() -> None:
            sys.stdout.write(
                f"stationwatch is watching: open http://{LOOPBACK}:{console} (Ctrl-C stops it)\n"
                f"for other commands, in another terminal:\n{reach(environment, ingest)}\n"
            )
            sys.stdout.flush()

        await run_demo(programs, environment, folder, announce, ("broker", "ingest", "console"))


def demo_simulation(arguments: Arguments) -> list[str]:
    """`simulate` for the demo: the scenario asked for, or the one worth watching."""
    scenario, at = arguments.scenario, arguments.at
    if scenario is None:
        scenario, at = DEMO_SCENARIO, at or DEMO_AT
    source = ["simulate", f"--scenario={scenario}", f"--speed={arguments.speed or 'max'}"]
    source += [f"--at={at}"] if at else []
    source += [f"--seed={arguments.seed}"] if arguments.seed is not None else []
    return source + [f"--set={one}" for one in arguments.sets]


def _recording_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", type=Path, help="folder with one <parameter>.txt each, or of YYYY/MM/DD folders"
    )
    parser.add_argument(
        "--year", type=int, help="the year it was recorded in, if its folders do not say"
    )
    parser.add_argument("--spacecraft", default="iss", help="whose recording it is (default: iss)")


def _speed_option(parser: argparse.ArgumentParser) -> None:
    from simulators.commands import speed

    parser.add_argument(
        "--speed",
        type=speed,
        default=1.0,
        metavar="N",
        help="how many times faster than it happened, or max (default: 1)",
    )


def _play_options(parser: argparse.ArgumentParser) -> None:
    _recording_options(parser)
    _speed_option(parser)


def _demo_options(parser: argparse.ArgumentParser) -> None:
    from simulators.commands import scenario_options

    parser.add_argument(
        "--port", type=int, default=8050, help="of the console (default: 8050, or any free one)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="keep telemetry, alarm state and logs here (default: nothing is kept)",
    )
    scenario_options(parser)
    parser.add_argument(
        "--play",
        type=Path,
        metavar="PATH",
        help="play a recording instead of simulating",
    )
    parser.add_argument("--year", type=int, help="with --play: the year it was recorded in")
    _speed_option(parser)


def _broker_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="(default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=1883, help="(default: 1883)")


def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", type=Path, nargs="?", help="folder of a mission database (default: the shipped one)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """settings: which of telemetry.settings it takes as options."""

    name: str
    summary: str
    description: str
    run: Run
    options: Options | None = None
    settings: tuple[str, ...] = ()


COMMANDS = (
    Command(
        name="demo",
        summary="run all of it on this machine, with simulated spacecraft",
        description="Starts an embedded broker, ingest with an embedded store, the simulators and "
        "the console, all on loopback, and prints the address to open. Unless told otherwise it "
        "shows the thruster firing of 15 October 2021 (a reconstruction, not flight data): within "
        "half a minute alarms come.",
        run=_demo,
        options=_demo_options,
    ),
    Command(
        name="ingest",
        summary="receive, store, check and raise alarms",
        description="Receives frames from the broker into a durable spool, checks them against "
        "the mission database's limits, publishes alarms, and stores everything. Serves /healthz, "
        "/metrics and /dead on its port.",
        run=_ingest,
        settings=(
            "broker",
            "broker_ca",
            "root",
            "store",
            "raw_days",
            "rollup_days",
            "state",
            "ingest_host",
            "ingest_port",
            "missiondb",
            "notify",
            "console_url",
            "access",
        ),
    ),
    Command(
        name="simulate",
        summary="fly simulated spacecraft, live or into a file",
        description="Flies a scenario and publishes every parameter of the ISS and of a docked "
        "Soyuz at its own rate, or writes it to a file as fast as it goes. Without a scenario, a "
        "quiet day that begins now. Live it flies on when the scenario's time line is over. "
        "Refuses to speak for a spacecraft that already has a publisher.",
        run=_simulate,
        options=_options("simulators.commands", "simulate_options"),
        settings=("broker", "broker_ca", "root", "missiondb", "access"),
    ),
    Command(
        name="scenarios",
        summary="list what can be simulated, or tell all about one",
        description="Lists the scenarios, or tells a scenario's time line, activities and "
        "parameters; for a file of yours also everything that is wrong with it.",
        run=_run("simulators.commands", "scenarios"),
        options=_options("simulators.commands", "scenarios_options"),
        settings=("missiondb",),
    ),
    Command(
        name="inject",
        summary="make something happen in a running simulation",
        description="Has a running simulator do an action now: fire thrusters, open a leak, spoil "
        "a measurement. Without an action, lists them all with their fields.",
        run=_run("simulators.commands", "inject"),
        options=_options("simulators.commands", "inject_options"),
        settings=("broker", "broker_ca", "root", "missiondb"),
    ),
    Command(
        name="plan",
        summary="propose, approve and start what is planned, or list it",
        description="Asks ingest for a change of the plan and prints its answer. What one person "
        "proposes another must approve; from then on, in its window, what it permits is no alarm. "
        "A hazardous activity has its expected configuration checked, and does not start on a "
        "no-go that nobody overrides. docs/plans.md has the form of a file.",
        run=_run("planning.command", "plan"),
        options=_options("planning.command", "plan_options"),
        settings=("broker", "broker_ca", "root", "missiondb"),
    ),
    Command(
        name="contacts",
        summary="announce when a spacecraft is expected to be heard",
        description="Announces the contact schedule in a TOML file, link by link, until another "
        "replaces it. An announced loss of signal raises no alarm of stale data.",
        run=_run("planning.command", "contacts"),
        options=_options("planning.command", "contacts_options"),
        settings=("broker", "broker_ca", "root", "missiondb"),
    ),
    Command(
        name="alarm",
        summary="acknowledge, reset or shelve an alarm",
        description="Asks ingest for one alarm what the console offers, and prints its answer. "
        "What is asked of an alarm that stands names the occurrence that stands now.",
        run=_run("asking", "alarm"),
        options=_options("asking", "alarm_options"),
        settings=("broker", "broker_ca", "root", "missiondb"),
    ),
    Command(
        name="note",
        summary="write a note for the next shift",
        description="Writes a note into the shift log, which the next shift reads and signs.",
        run=_run("asking", "note"),
        options=_options("asking", "note_options"),
        settings=("broker", "broker_ca", "root"),
    ),
    Command(
        name="handover",
        summary="sign the shift over, or take it",
        description="The outgoing controller signs out, then the incoming, who is another person, "
        "signs in; with that the next shift begins.",
        run=_run("asking", "handover"),
        options=_options("asking", "handover_options"),
        settings=("broker", "broker_ca", "root"),
    ),
    Command(
        name="notify",
        summary="show who is notified of what, or prove that it works",
        description="Reads the routes file and shows every mistake in it or the routes as a table; "
        "or sends a test message to every target of a route, or of all.",
        run=_run("ingest.notify.commands", "notify"),
        options=_options("ingest.notify.commands", "options"),
        settings=("notify", "missiondb"),
    ),
    Command(
        name="scorecard",
        summary="judge the alarm system itself",
        description="Figures by EEMUA 191 and ISA-18.2 from the stored alarm events of a span, "
        "with targets.",
        run=_run("ingest.scorecard_command", "run_scorecard"),
        options=_options("ingest.scorecard_command", "scorecard_options"),
        settings=("store", "missiondb"),
    ),
    Command(
        name="score",
        summary="judge the limits: false alarms, and faults that must be heard",
        description="Flies quiet days and faults over several seeds with one mission database: "
        "nothing false at caution and above, every fault heard in time. Fails if either half does "
        "not hold.",
        run=_run("score.command", "score"),
        options=_options("score.command", "score_options"),
        settings=("missiondb",),
    ),
    Command(
        name="backtest",
        summary="would these limits have caught it?",
        description="Judges recorded telemetry by today's limits and, beside them, by edited ones: "
        "which alarms, when, with what lead before the events you mark, how many false alarms an "
        "hour, what chatters, and which alarms only one of them raises. docs/replay.md has the "
        "form of an edit.",
        run=_run("backtest.command", "backtest"),
        options=_options("backtest.options", "backtest_options"),
        settings=("store", "state", "missiondb"),
    ),
    Command(
        name="limits",
        summary="propose, approve or reject a change of limits, or list them",
        description="An edit of limits, with the back-test it rests on and a reason, is proposed "
        "by one person and approved by another; then it is a new version of the mission database "
        "in your folder, which ingest takes at its next start.",
        run=_run("backtest.limits", "limits"),
        options=_options("backtest.options", "limits_options"),
        settings=("store", "state", "missiondb"),
    ),
    Command(
        name="console",
        summary="serve the operators' page",
        description="Shows live telemetry and alarms in the browser, and history from the store.",
        run=_console,
        settings=(
            "broker",
            "broker_ca",
            "root",
            "store",
            "ingest_host",
            "ingest_port",
            "console_host",
            "console_port",
            "console_url",
            "missiondb",
            "access",
        ),
    ),
    Command(
        name="play",
        summary="publish a recording, as it happened or faster",
        description="Publishes a recording in time order under a topic root of its own, so that "
        "it can never be taken for live. Start ingest and console with the same --root (default: "
        "play) to watch it. What is wrong in the recording is reported with file and line and "
        "stops nothing.",
        run=_play,
        options=_play_options,
        settings=("broker", "broker_ca", "root", "missiondb"),
    ),
    Command(
        name="export",
        summary="write stored telemetry to a file",
        description="Writes what a store holds of a range, by generation time, to Parquet or CSV, "
        "one row a sample. `import` of the file gives the same samples to the last bit. Works "
        "while ingest runs: name a store of its as remote+http://HOST:PORT.",
        run=_run("recordings.export", "run_export"),
        options=_options("recordings.options", "export_options"),
        settings=("store", "missiondb"),
    ),
    Command(
        name="import",
        summary="load an exported file or a recording into a store",
        description="Loads it straight into a store, without broker and alarms, and names it as a "
        "recording, so that it is kept. Loading it again changes nothing. What is wrong in it is "
        "reported, with file and line, and stops nothing.",
        run=_run("recordings.imports", "run_import"),
        options=_options("recordings.options", "import_options"),
        settings=("store", "missiondb"),
    ),
    Command(
        name="recording",
        summary="name ranges of a store, which are then kept",
        description="Names a range of time, with notes and tags. What is in it stays when older "
        "telemetry is given up, and can be exported, replayed and back-tested by its name.",
        run=_run("recordings.command", "run_recording"),
        options=_options("recordings.options", "recording_options"),
        settings=("store", "missiondb"),
    ),
    Command(
        name="bundle",
        summary="put an incident into one file, show it, play it again",
        description="Writes samples, alarm journal, commands, plans, mission database and what "
        "was received, from before an incident to after it, into one zip file; ingest must be "
        "running. `show` checks every byte of one and says what is in it; `replay` sends it to "
        "ingest and plays it as a session of its own. What is damaged or strange is refused.",
        run=_run("recordings.bundle_command", "run_bundle"),
        options=_options("recordings.bundle_options", "bundle_options"),
        settings=(
            "broker",
            "broker_ca",
            "root",
            "store",
            "ingest_host",
            "ingest_port",
            "missiondb",
        ),
    ),
    Command(
        name="replay",
        summary="play any recorded hour again, and say where",
        description="Asks ingest for a replay session, with alarms of its own under a topic root "
        "of its own, and steers it: play, pause, seek, step, speed, end. `create` prints its name "
        "and how to look at it; `list` shows all; `watch` waits until one is over.",
        run=_run("replaying.command", "run_replay"),
        options=_options("replaying.options", "replay_options"),
        settings=("broker", "broker_ca", "root"),
    ),
    Command(
        name="training",
        summary="run the trainings that instructors start from the console",
        description="Waits for what instructors ask on the console's training page, and runs each "
        "session under a topic root of its own: simulators that fly a scenario, and an ingest of "
        "its own, so that nothing done in it can touch live. Tells which fault was seen after how "
        "long and how fast each alarm was acknowledged, and keeps that.",
        run=_training,
        settings=("broker", "broker_ca", "root", "state", "ingest_host", "missiondb", "access"),
    ),
    Command(
        name="user",
        summary="say who may sign in at the console and ask things of ingest",
        description="Keeps users in a folder (STATIONWATCH_ACCESS). Where console, ingest and "
        "training are started with it, people sign in, every command is signed, and each does what "
        "a role permits: viewer, operator, lead, administrator. Passwords are asked for, or read "
        "from standard input.",
        run=_run("access.command", "user"),
        options=_options("access.options", "user_options"),
        settings=("access",),
    ),
    Command(
        name="audit",
        summary="show or export who did what when",
        description="Prints the audit that console, ingest and `user` write into the folder of "
        "users: it is only added to, and --verify says whether every line is as it was written.",
        run=_run("access.command", "audit"),
        options=_options("access.options", "audit_options"),
        settings=("access",),
    ),
    Command(
        name="check",
        summary="check a mission database",
        description="Reads every parameter, limit and response, and reports all mistakes at once "
        "with file, table and key.",
        run=_check,
        options=_check_options,
    ),
    Command(
        name="broker",
        summary="run the embedded MQTT broker, for trying things out",
        description="The broker `demo` uses. It keeps sessions and queues in memory only; in "
        "production use mosquitto (docker-compose.yml has it set up).",
        run=_broker,
        options=_broker_options,
    ),
)


class _CommandParser(argparse.ArgumentParser):
    """Of one command, which it gets its options from when it is asked to parse."""

    command: Command | None = None

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Arguments | None = None
    ) -> tuple[Arguments, list[str]]:
        command, self.command = self.command, None
        if command is not None:
            _complete(self, command)
        return super().parse_known_args(args, namespace)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stationwatch",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    rows = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_CommandParser
    )
    for command in COMMANDS:
        sub = rows.add_parser(command.name, help=command.summary, description=command.description)
        sub.command = command
    return parser


def _complete(parser: argparse.ArgumentParser, command: Command) -> None:
    if command.options:
        command.options(parser)
    settings = parser.add_argument_group("settings") if command.settings else parser
    for setting in SETTINGS:
        if setting.name in command.settings:
            settings.add_argument(
                f"--{setting.name.replace('_', '-')}", metavar="X", help=_setting_help(setting)
            )
    parser.add_argument(
        "--verbose", action="store_true", help="log what is done, not only what goes wrong"
    )
    parser.set_defaults(run=command.run)


def _setting_help(setting: Setting) -> str:
    """What it is, what it is by default, and the variable that says it too."""
    default = "" if setting.name == "root" else setting.default.replace(str(Path.home()), "~")
    return f"{setting.help}{f' (default: {default})' if default else ''} [{setting.variable}]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code. SIGINT and SIGTERM are an orderly end, code 0."""
    parsed = build_parser().parse_args(arguments)
    # Arrow's own allocator keeps what it once had: 20 MB of ingest's memory (docs/performance.md)
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    logging.basicConfig(
        level=logging.INFO if parsed.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        asyncio.run(_until_stopped(parsed.run(parsed)))
    except* StationwatchError as group:
        error = _first(group)
        sys.stderr.write(f"stationwatch: {error}\n")
        return_code = error.exit_code
    except* BrokenPipeError:  # whoever read our output has seen enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return_code = 1
    else:
        return_code = 0
    return return_code


def _first(group: BaseExceptionGroup[StationwatchError]) -> StationwatchError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped:
            raise


if __name__ == "__main__":
    sys.exit(main())
