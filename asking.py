"""`stationwatch alarm`, `note` and `handover`: what an operator asks, from a terminal. I/O.

Ingest alone decides: what is asked goes to it by message, and what it answers is printed.
"""

import argparse
import re
import sys
import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from access.access import Sealer
from telemetry import missiondb, wire
from telemetry.alarm import Alarm, Event, EventKind, State
from telemetry.clock import SECOND_NS, Clock, SystemClock, utc
from telemetry.errors import UsageError
from telemetry.link import Connection
from telemetry.missiondb.table import hint
from telemetry.question import AskRefused, ask, connected, login_name, retained
from telemetry.settings import Settings
from telemetry.shift import ShiftChange, ShiftCommand, ShiftVerb
from telemetry.topics import Topics, Verb

MAX_NAME: Final = 64
MAX_COMMENT: Final = 1000
MAX_NOTE: Final = 4000

#: What the journal says when it is done.
DONE: Final = {
    Verb.ACKNOWLEDGE: EventKind.ACKNOWLEDGED,
    Verb.RESET: EventKind.RESET,
    Verb.SHELVE: EventKind.SHELVED,
    Verb.UNSHELVE: EventKind.UNSHELVED,
    Verb.OUT_OF_SERVICE: EventKind.OUT_OF_SERVICE,
    Verb.IN_SERVICE: EventKind.IN_SERVICE,
}
_NEEDS_REASON: Final = frozenset({Verb.SHELVE, Verb.OUT_OF_SERVICE})
#: Asked of an occurrence; the others, of an alarm in whatever state.
_OF_AN_OCCURRENCE: Final = frozenset({Verb.ACKNOWLEDGE, Verb.RESET})
_DURATION: Final = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?")


def alarm_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("verb", choices=list(Verb), type=Verb, help="what is asked")
    parser.add_argument(
        "alarm", metavar="ALARM", help="SPACECRAFT/ALARM, such as iss/USLAB000010.limit"
    )
    _by_option(parser)
    parser.add_argument(
        "--comment", default="", help="the reason; shelve and out-of-service need one"
    )
    parser.add_argument(
        "--for",
        dest="for_s",
        type=duration_s,
        metavar="TIME",
        help="shelve: for so long, such as 30m or 1h30m; at most 24h",
    )


def note_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", help="what the next shift must know")
    _by_option(parser)


def handover_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "verb",
        choices=[ShiftVerb.SIGN_OUT, ShiftVerb.SIGN_IN],
        type=ShiftVerb,
        help="sign-out: the outgoing controller; sign-in: the incoming, who is another person",
    )
    _by_option(parser)
    parser.add_argument("--comment", default="", help="goes into the shift log as a note")


def _by_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default=login_name(), help="who asks (default: your login name)")


def duration_s(text: str) -> int:
    """`90s`, `30m`, `2h`, `1h30m`, in seconds; above 0."""
    found = _DURATION.fullmatch(text.strip())
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if not total:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 90s, 30m or 1h30m")
    return total


async def alarm(
    arguments: argparse.Namespace, settings: Settings, clock: Clock | None = None
) -> None:
    """Have ingest do something with one alarm, and print what became of it.

    :raises AskRefused: if ingest refused it.
    :raises NoAnswer: if ingest does not answer.
    """
    verb: Verb = arguments.verb
    known = missiondb.load(settings.missiondb).spacecraft
    spacecraft, id_ = alarm_name(arguments.alarm, known)
    now_ns = (clock or SystemClock()).now_ns()
    until_ns = now_ns + arguments.for_s * SECOND_NS if arguments.for_s else 0
    command = wire.Command(
        id=uuid.uuid4().hex,
        alarm=id_,
        by=_person(arguments.by),
        comment=_within(arguments.comment, MAX_COMMENT, "--comment"),
        until_ns=until_ns,
    )
    _must_be_complete(verb, command)
    topics, seal = Topics(settings.root), Sealer.of(settings)
    async with connected(settings) as connection:
        standing = await _standing(connection, topics, spacecraft)
        seen = standing.get(id_)
        if seen is None and verb in _OF_AN_OCCURRENCE:
            near = hint(id_, standing)
            raise AskRefused(f"{spacecraft}/{id_} is not standing{near}: nothing to {verb}")
        if seen is not None:
            command = wire.Command(
                id=command.id,
                alarm=id_,
                by=command.by,
                occurrence=seen.occurrence,
                comment=command.comment,
                until_ns=until_ns,
            )
        if said := as_it_is(seen, verb):
            sys.stdout.write(f"{spacecraft}/{id_}: {said}\n")
            return
        event = await ask(
            connection,
            to=(to := topics.command(spacecraft, verb)),
            payload=seal(to, wire.encode(command), now_ns),
            answers=topics.event(spacecraft),
            read=lambda payload: answer_in(payload, command, verb),
            root=topics.root,
        )
    if event.kind is EventKind.REFUSED:
        raise AskRefused(f"{verb} {spacecraft}/{id_}: refused: {event.reason}")
    sys.stdout.write(f"{spacecraft}/{id_}: {told(event)}\n")


async def note(arguments: argparse.Namespace, settings: Settings) -> None:
    """Write a note into the shift log."""
    text = _within(arguments.text, MAX_NOTE, "note")
    if not text:
        raise UsageError("note: it must say something")
    await _to_the_log(settings, ShiftVerb.NOTE, arguments.by, text)
    sys.stdout.write("noted\n")


async def handover(arguments: argparse.Namespace, settings: Settings) -> None:
    """Sign the shift over, or take it."""
    verb: ShiftVerb = arguments.verb
    text = _within(arguments.comment, MAX_NOTE, "--comment")
    change = await _to_the_log(settings, verb, arguments.by, text)
    done = "signed out; the next must sign in" if verb is ShiftVerb.SIGN_OUT else "is on shift"
    sys.stdout.write(f"{change.by} {done}, {utc(change.time_ns)}\n")


def alarm_name(text: str, known: Iterable[str]) -> tuple[str, str]:
    """(spacecraft, alarm id) of `iss/USLAB000010.limit`.

    :raises UsageError: if it is not of that form, or there is no such spacecraft.
    """
    spacecraft, slash, id_ = text.partition("/")
    names = list(known)
    if not slash or "/" in id_ or not 0 < len(id_) <= 128:
        raise UsageError(f"alarm {text!r}: write SPACECRAFT/ALARM, as iss/USLAB000010.limit")
    if spacecraft not in names:
        near = hint(spacecraft, names)
        raise UsageError(f"no spacecraft {spacecraft!r}{near}; there are {', '.join(names)}")
    return spacecraft, id_


def as_it_is(seen: Alarm | None, verb: Verb) -> str:
    """What there is to say where nothing is left to do; ingest says nothing of that."""
    match verb:
        case Verb.ACKNOWLEDGE if seen and seen.state in (State.ACKED, State.LATCHED_ACKED):
            return f"acknowledged already by {seen.acknowledged_by or 'somebody'}"
        case Verb.UNSHELVE if seen is None or not seen.shelved_until_ns:
            return "is not shelved"
        case Verb.OUT_OF_SERVICE if seen and seen.out_of_service:
            return "is out of service already"
        case Verb.IN_SERVICE if seen is None or not seen.out_of_service:
            return "is in service already"
    return ""


def answer_in(payload: bytes, command: wire.Command, verb: Verb) -> Event | None:
    """The event, if that is what became of the command."""
    with suppress(wire.WireError):
        event = wire.decode_event(payload)
        if event.id == f"refused/{command.id}":
            return event
        mine = (event.kind, event.alarm.id, event.by, event.comment)
        if mine == (DONE[verb], command.alarm, command.by, command.comment):
            return event
    return None


def told(event: Event) -> str:
    """What was done, in one line."""
    alarm = event.alarm
    what = event.kind.replace("_", " ").lower()
    if event.kind is EventKind.SHELVED:
        what += f" until {utc(alarm.shelved_until_ns)}"
    return f"{what} by {event.by}, {alarm.state}"


def _must_be_complete(verb: Verb, command: wire.Command) -> None:
    if (verb is Verb.SHELVE) is not bool(command.until_ns):
        raise UsageError(f"alarm {verb}: --for is how long, for shelve and only there")
    if verb in _NEEDS_REASON and not command.comment:
        raise UsageError(f"alarm {verb}: say why with --comment")


def _person(name: str) -> str:
    if not name.strip():
        raise UsageError("--by must say who asks")
    return _within(name, MAX_NAME, "--by")


def _within(text: str, most: int, where: str) -> str:
    """Longer is refused, not cut: what was signed must be what was written."""
    text = text.strip()
    if len(text) > most:
        raise UsageError(f"{where}: {len(text)} characters, at most {most}")
    return text


async def _to_the_log(settings: Settings, verb: ShiftVerb, by: str, text: str) -> ShiftChange:
    command = ShiftCommand(id=uuid.uuid4().hex, by=_person(by), text=text)
    topics = Topics(settings.root)
    to = topics.shift_command(verb)
    payload = Sealer.of(settings)(to, wire.encode(command), SystemClock().now_ns())

    def mine(payload: bytes) -> ShiftChange | None:
        with suppress(wire.WireError):
            change = wire.decode_shift_change(payload)
            if change.id == command.id:
                return change
        return None

    async with connected(settings) as connection:
        change = await ask(
            connection,
            to=to,
            payload=payload,
            answers=topics.shift_event,
            read=mine,
            root=topics.root,
        )
    if change.refused:
        raise AskRefused(f"{verb}: refused: {change.refused}")
    return change


async def _standing(connection: Connection, topics: Topics, spacecraft: str) -> dict[str, Alarm]:
    """The alarms of one spacecraft that are retained now, by id."""
    found: dict[str, Alarm] = {}
    for payload in (await retained(connection, topics.alarm(spacecraft, "+"))).values():
        with suppress(wire.WireError):
            alarm = wire.decode_alarm(payload)
            found[alarm.id] = alarm
    return found
