"""What `stationwatch plan` and `stationwatch contacts` do. I/O."""

import argparse
import sys
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from access.access import Sealer
from planning.passes import coming
from planning.show import check_table, print_plans, print_table, time_text, told
from telemetry import missiondb, wire
from telemetry.activity import Activity
from telemetry.clock import LIVE_CLOCK, StreamClock, SystemClock
from telemetry.contact import ContactSchedule
from telemetry.errors import UsageError
from telemetry.link import Connection
from telemetry.missiondb.table import hint
from telemetry.plan import Plan, PlanChange, PlanCommand, PlanVerb
from telemetry.plan_file import PlanFileError, instant_ns, read_activities, read_contacts
from telemetry.question import AskRefused, ask, connected, login_name, retained
from telemetry.settings import Settings
from telemetry.topics import GROUND, Kind, Topics

LIST: Final = "list"
ACTIONS: Final = (*PlanVerb, LIST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One command to one spacecraft's plan."""

    spacecraft: str
    verb: PlanVerb
    command: PlanCommand


def plan_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS, help="what is asked; list shows the plan")
    parser.add_argument(
        "what",
        nargs="*",
        metavar="FILE|ID",
        help="propose: TOML files of [[activity]] tables; list: nothing; otherwise an activity's "
        "id, or SPACECRAFT/ID",
    )
    parser.add_argument("--spacecraft", help="whose activities (default: whoever has that id)")
    _by_option(parser)
    parser.add_argument("--comment", default="", help="kept in the plan's journal")
    parser.add_argument(
        "--until",
        dest="until_ns",
        type=_time_ns,
        default=0,
        metavar="TIME",
        help="extend: the new end of the window, as 2021-10-15T09:20:00Z",
    )
    parser.add_argument(
        "--override",
        action="store_true",
        help="start: although the configuration check says no-go; needs --comment",
    )


def contacts_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", help="TOML: spacecraft, from, to, links")
    parser.add_argument(
        "--clear", metavar="SPACECRAFT", help="withdraw what is announced of one instead"
    )
    _by_option(parser)


def _by_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default=login_name(), help="who asks (default: your login name)")


async def plan(arguments: argparse.Namespace, settings: Settings) -> None:
    """Ask for what `plan_options` has, print ingest's answers, or list the plan.

    :raises AskRefused: if ingest refused any of it.
    :raises NoAnswer: if ingest does not answer.
    """
    known = missiondb.load(settings.missiondb).spacecraft
    topics, seal = Topics(settings.root), Sealer.of(settings)
    if arguments.spacecraft:
        _must_be_known(arguments.spacecraft, known)
    if arguments.action == LIST:
        if arguments.what:
            raise UsageError("plan list: shows all of it, so name nothing")
        async with connected(settings) as connection:
            print_plans(await _plans(connection, topics), arguments.spacecraft)
        return
    verb = PlanVerb(arguments.action)
    _must_be_complete(verb, arguments)
    activities = list(_activities(arguments, known)) if verb is PlanVerb.PROPOSE else []
    async with connected(settings) as connection:
        if verb is PlanVerb.PROPOSE:
            asks = [_asked(verb, arguments, one.spacecraft, one.id, one) for one in activities]
        else:
            plans = await _plans(connection, topics)
            named = [_named(what, arguments.spacecraft, plans) for what in arguments.what]
            asks = [
                _asked(verb, arguments, one.activity.spacecraft, one.activity.id, seen=one)
                for one in named
            ]
        refused = []
        for one in asks:
            change = await _ask_ingest(connection, topics, one, seal)
            said = f"{one.spacecraft}/{one.command.plan}: {told(change)}"
            if change.refused:
                refused.append(said)
            if len(asks) > 1 or not change.refused:
                sys.stdout.write(f"{said}\n")
            if change.check is not None:
                print_table(check_table(change.check))
    if refused:
        many = f"plan {verb}: {len(refused)} of {len(asks)} refused"
        raise AskRefused(many if len(asks) > 1 else refused[0])


async def contacts(arguments: argparse.Namespace, settings: Settings) -> None:
    """Announce, retained, when a spacecraft is expected to be heard, or withdraw that."""
    known, topics = missiondb.load(settings.missiondb).spacecraft, Topics(settings.root)
    if (arguments.file is None) is (arguments.clear is None):
        raise UsageError("contacts: give a file, or --clear SPACECRAFT")
    schedule: ContactSchedule | None = None
    if arguments.file is None:
        spacecraft, payload, said = arguments.clear, b"", "nothing is announced any more"
    else:
        with _mistakes_told():
            announced = read_contacts(arguments.file, by=arguments.by[:64])
        spacecraft, schedule = announced.spacecraft, announced.schedule
        payload = wire.encode(schedule)
        span = f"{time_text(schedule.from_ns)} to {time_text(schedule.to_ns)}"
        links = ", ".join(schedule.links)
        said = f"{len(schedule.contacts)} contacts by {links} announced, {span}"
    _must_be_known(spacecraft, known)
    async with connected(settings) as connection:
        clock = await _clock(connection, topics, spacecraft) if schedule else LIVE_CLOCK
        await connection.publish(topics.contacts(spacecraft), payload, retain=True)
    sys.stdout.write(f"{spacecraft}: {said}\n")
    if schedule is not None:
        lines = coming(schedule, clock.at(SystemClock().now_ns()))
        sys.stdout.writelines(f"{line}\n" for line in lines)


def _must_be_complete(verb: PlanVerb, arguments: argparse.Namespace) -> None:
    if not arguments.what:
        raise UsageError(f"plan {verb}: name {'a file' if verb is PlanVerb.PROPOSE else 'an id'}")
    if (verb is PlanVerb.EXTEND) is not bool(arguments.until_ns):
        raise UsageError(f"plan {verb}: --until is the new end, for extend and only there")
    if arguments.override and (verb is not PlanVerb.START or not arguments.comment.strip()):
        raise UsageError("plan: --override is for start, with a --comment that says why")
    if not arguments.by.strip():
        raise UsageError("plan: --by must say who asks")


def _must_be_known(spacecraft: str, known: Iterable[str]) -> None:
    names = [one for one in known if one != GROUND]
    if spacecraft not in names:
        raise UsageError(
            f"no spacecraft {spacecraft!r}{hint(spacecraft, names)}; there are {', '.join(names)}"
        )


def _activities(arguments: argparse.Namespace, known: Iterable[str]) -> Iterator[Activity]:
    for what in arguments.what:
        with _mistakes_told():
            activities = read_activities(Path(what))
        for activity in activities:
            _must_be_known(activity.spacecraft, known)
            if arguments.spacecraft in (None, activity.spacecraft):
                yield activity


@contextmanager
def _mistakes_told() -> Iterator[None]:
    """All of a file's mistakes are printed, not only the one the error names."""
    try:
        yield
    except PlanFileError as error:
        if error.problems[1:]:
            sys.stdout.writelines(f"{problem}\n" for problem in error.problems)
        raise


def _named(what: str, spacecraft: str | None, plans: Sequence[Plan]) -> Plan:
    """The plan a word on the command line means."""
    craft, slash, id_ = what.rpartition("/")
    there = [one.activity for one in plans]
    found = [
        one
        for one in plans
        if one.activity.id == id_ and (not slash or craft == one.activity.spacecraft)
        if spacecraft in (None, one.activity.spacecraft)
    ]
    if len(found) > 1:
        both = ", ".join(f"{one.activity.spacecraft}/{id_}" for one in found)
        raise UsageError(f"plan: {what!r} is there more than once; say which: {both}")
    if not found:
        near = hint(id_, [one.id for one in there])
        raise UsageError(
            f"plan: no activity {what!r} that is not over{near}; `stationwatch plan list` shows all"
        )
    return found[0]


def _asked(
    verb: PlanVerb,
    arguments: argparse.Namespace,
    spacecraft: str,
    id_: str,
    activity: Activity | None = None,
    seen: Plan | None = None,
) -> Ask:
    """seen: the plan that is meant; nobody approves what was changed meanwhile."""
    command = PlanCommand(
        id=uuid.uuid4().hex,
        by=arguments.by[:64],
        plan=id_,
        activity=activity,
        until_ns=arguments.until_ns,
        override=arguments.override,
        version=seen.version if seen and verb is PlanVerb.APPROVE else 0,
        comment=arguments.comment[:1000],
    )
    return Ask(spacecraft=spacecraft, verb=verb, command=command)


async def _plans(connection: Connection, topics: Topics) -> list[Plan]:
    """What is retained of the plan, in the order of the windows."""
    found: list[Plan] = []
    for payload in (await retained(connection, topics.every(Kind.PLAN))).values():
        with suppress(wire.WireError):
            found.append(wire.decode_plan(payload))
    return sorted(found, key=lambda p: (p.activity.start_ns, p.activity.spacecraft, p.activity.id))


async def _clock(connection: Connection, topics: Topics, spacecraft: str) -> StreamClock:
    """What a stream has announced of its time."""
    for payload in (await retained(connection, topics.clock(spacecraft))).values():
        with suppress(wire.WireError):
            return wire.decode_clock(payload)
    return LIVE_CLOCK


async def _ask_ingest(
    connection: Connection, topics: Topics, asked: Ask, seal: Sealer
) -> PlanChange:
    def mine(payload: bytes) -> PlanChange | None:
        with suppress(wire.WireError):
            change = wire.decode_plan_change(payload)
            if change.command == asked.command.id:
                return change
        return None

    to = topics.plan_command(asked.spacecraft, asked.verb)
    return await ask(
        connection,
        to=to,
        payload=seal(to, wire.encode(asked.command), SystemClock().now_ns()),
        answers=topics.plan_event(asked.spacecraft),
        read=mine,
        root=topics.root,
    )


def _time_ns(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time like 2021-10-15T09:20:00Z") from None
    return instant_ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
