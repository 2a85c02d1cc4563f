"""What a message says: value, limit, for how long, in what circumstances, what to do. Pure.

One message lists the alarms of a lot, the most severe first. It is plain text, bounded, and a link
in it only shows: nothing is acknowledged by opening one.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from ingest.notify.delivery import Circumstances, Delivery, Why
from ingest.notify.schedule import severity_of
from ingest.notify.words import MAX_WORDS, clean, cut, spell
from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.clock import SECOND_NS, StreamKind, utc
from telemetry.limit import Response, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, Value
from telemetry.topics import LIVE_ROOT

#: Alarms told with what to do; those after them get a line each.
IN_FULL: Final = 5
MAX_TITLE: Final = 200
#: Older than this it is said that an alarm occurred, not that it occurs.
_AGO_S: Final = 60

_MODES: Final = {StreamKind.SIMULATED: "SIMULATION", StreamKind.PLAYED: "REPLAY"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """ids: of the events it tells of, each with (alarm, occurrence, transition) in it."""

    title: str
    body: str
    severity: Severity
    good_news: bool = False
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What an alarm is about, in words."""

    craft: str
    name: str
    value: str
    response: Response | None
    is_parameter: bool


class Composer:
    """Writes messages. newest: the alarm as it is now, None where nothing newer is known."""

    def __init__(
        self,
        database: MissionDatabase,
        console_url: str,
        newest: Callable[[Delivery], Alarm | None] = lambda _: None,
    ) -> None:
        self._database = database
        self._console_url = console_url.rstrip("/")
        self._newest = newest

    def compose(self, deliveries: Sequence[Delivery], now_ns: int) -> Message:
        """One message of one or more deliveries of a route. now_ns: wall clock."""
        told = sorted(_newest_of_each(deliveries), key=_rank)
        first = told[0]
        blocks = [self._in_full(one, now_ns) for one in told[:IN_FULL]]
        if told[IN_FULL:]:
            rest = [self._line(one, now_ns) for one in told[IN_FULL:]]
            blocks.append("\n".join(["Also:", *rest]))
        ids = tuple(dict.fromkeys(d.event.id for d in deliveries))
        blocks.append("\n".join(["ids (spacecraft/alarm/occurrence/transition):", *ids]))
        return Message(
            title=self._title(told, now_ns),
            body="\n\n".join(blocks) + "\n",
            severity=severity_of(first.event),
            good_news=all(one.why is Why.FOLLOW_UP for one in told),
            ids=ids,
        )

    def _title(self, told: Sequence[Delivery], now_ns: int) -> str:
        first = told[0]
        parts = [*_mode(first.circumstances), *_why(first, now_ns)]
        severity = severity_of(first.event).name
        what = self._headline(first)
        if len(told) > 1:
            severity = f"{len(told)} alarms, highest {severity}"
        return cut(": ".join([*parts, severity, what]), MAX_TITLE)

    def _headline(self, delivery: Delivery) -> str:
        """`ISS Attitude error, roll 1.62 deg, above 1.5 deg`."""
        alarm, subject = delivery.event.alarm, self._subject(delivery.event)
        words = f"{subject.craft} {subject.name}"
        match alarm.condition:
            case Condition.STALE:
                words += " is silent"
            case Condition.INVALID:
                words += " is invalid"
            case Condition.RATE:
                words += f" changes by {subject.value}"
            case Condition.INCREASE:
                words += f" grew by {subject.value}"
            case _:
                words += f" {subject.value}".rstrip()
        # "is LOST" repeats the value itself
        known = not alarm.limit or alarm.limit.startswith("is ")
        return words if known else f"{words}, {clean(alarm.limit)}"

    def _in_full(self, delivery: Delivery, now_ns: int) -> str:
        event, circumstances = delivery.event, delivery.circumstances
        alarm, subject = event.alarm, self._subject(event)
        lines = [
            f"{severity_of(event).name}: {self._headline(delivery)}",
            self._since(delivery, now_ns),
            *self._now(delivery),
        ]
        if circumstances.incident:
            lines.append(f"Incident: {clean(circumstances.incident)}")
        lines.append("Activity in force: " + (clean("; ".join(circumstances.activities)) or "none"))
        lines += [f"Stream: {', '.join(mode)}" for mode in [_mode(circumstances)] if mode]
        if response := subject.response:
            lines += [
                f"Cause: {response.cause}",
                f"Consequence: {response.consequence}",
                f"Action: {response.action}",
                f"Time available: {response.time_available}",
            ]
        if self._console_url:
            lines.append(f"Look: {self._link(alarm, subject.is_parameter)}")
        return "\n".join(line for line in lines if line)

    def _line(self, delivery: Delivery, now_ns: int) -> str:
        severity = severity_of(delivery.event).name
        line = f"{severity}: {self._headline(delivery)}; {self._since(delivery, now_ns)}"
        return f"- {cut(line, MAX_WORDS)}"

    def _since(self, delivery: Delivery, now_ns: int) -> str:
        """Since when and for how long, on the stream's clock."""
        alarm = delivery.event.alarm
        ago_s = (_stream_ns(delivery, now_ns) - alarm.since_ns) / SECOND_NS
        since = f"since {utc(alarm.since_ns)}"
        if alarm.late:
            return f"Found in late data: occurred {spell(ago_s)} ago, {since}"
        if not delivery.event.alarm.state.violated:
            lasted_s = (delivery.event.time_ns - alarm.since_ns) / SECOND_NS
            return f"Began {utc(alarm.since_ns)}, over after {spell(lasted_s)} at most"
        if ago_s > _AGO_S:
            return f"Occurred {spell(ago_s)} ago, {since}"
        return f"For {spell(ago_s)}, {since}"

    def _now(self, delivery: Delivery) -> list[str]:
        """How it stands, where that differs from what the event says of itself."""
        event = delivery.event
        lines = []
        if event.kind is EventKind.ACKNOWLEDGED:
            said = f": {clean(event.comment)}" if event.comment else ""
            lines.append(f"Acknowledged by {clean(event.by)}{said}")
        elif event.kind is EventKind.RETURNED and delivery.why is Why.FOLLOW_UP:
            lines.append("Back in limits")
        newest = self._newest(delivery)
        if newest is None or newest.occurrence != event.alarm.occurrence or newest == event.alarm:
            return lines
        if newest.acknowledged_by and not newest.state.unacknowledged:
            lines.append(f"Acknowledged since, by {clean(newest.acknowledged_by)}")
        if not newest.state.violated:
            lines.append(
                "Back in limits since"
                + (", not acknowledged" if newest.state.unacknowledged else "")
                + (", held until reset" if newest.state is not State.RTN_UNACK else "")
            )
        return lines

    def _link(self, alarm: Alarm, is_parameter: bool) -> str:
        minute = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(alarm.since_ns // SECOND_NS))
        query = {"at": minute, "craft": alarm.spacecraft}
        if is_parameter:
            query["parameter"] = alarm.subject
        return f"{self._console_url}/?{urlencode(query)}"

    def _subject(self, event: Event) -> _Subject:
        """From the mission database; what it does not know goes by its id."""
        alarm = event.alarm
        craft = self._database.spacecraft.get(alarm.spacecraft)
        response: Response | None = None
        parameter: Parameter | None = None
        name = alarm.subject
        if craft is not None and alarm.condition is Condition.STALE:
            if subsystem := craft.subsystems.get(alarm.subject):
                name, response = subsystem.name, subsystem.stale_response
        elif craft is not None:
            try:
                parameter = self._database.parameter(alarm.spacecraft, alarm.subject)
            except KeyError:
                parameter = None
            else:
                name, response = parameter.name, parameter.limits.response
        return _Subject(
            craft=craft.name if craft else alarm.spacecraft,
            name=name,
            value=_value(parameter, alarm.condition, alarm.value),
            response=response,
            is_parameter=alarm.condition is not Condition.STALE,
        )


def plain(deliveries: Sequence[Delivery]) -> Message:
    """As little as can be said, for when `compose` cannot say more."""
    told = sorted(_newest_of_each(deliveries), key=_rank)
    lines = [
        f"{severity_of(one.event).name}: {one.event.alarm.spacecraft}/{one.event.alarm.id}"
        for one in told
    ]
    ids = tuple(dict.fromkeys(d.event.id for d in deliveries))
    return Message(
        title=cut(": ".join([*_mode(told[0].circumstances), lines[0]]), MAX_TITLE),
        body="\n".join([*lines, "", *ids]) + "\n",
        severity=severity_of(told[0].event),
        ids=ids,
    )


def trial(route: str) -> Message:
    """What `stationwatch notify test` sends."""
    return Message(
        title=f"TEST: stationwatch can reach you by the route {route}",
        body=f"This is a test of the route {route}. There is no alarm; nothing is to be done.\n",
        severity=Severity.ADVISORY,
        ids=(f"test/{route}",),
    )


def _rank(delivery: Delivery) -> tuple[int, int]:
    return -severity_of(delivery.event), delivery.event.time_ns


def _newest_of_each(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """One of each alarm: two transitions in one message are one thing to do."""
    newest: dict[tuple[str, str], Delivery] = {}
    for one in deliveries:
        key = (one.event.alarm.spacecraft, one.event.alarm.id)
        if key not in newest or _order(one) >= _order(newest[key]):
            newest[key] = one
    return list(newest.values())


def _order(delivery: Delivery) -> tuple[int, int, int]:
    return delivery.event.alarm.since_ns, delivery.event.alarm.events, delivery.taken_ns


def _mode(circumstances: Circumstances) -> list[str]:
    """That it is not live, in front of everything else; empty for live."""
    clock = circumstances.clock
    mode = _MODES.get(clock.kind, "")
    if not mode and circumstances.root != LIVE_ROOT:
        mode = f"NOT LIVE ({circumstances.root})"
    label = clean(clock.label, 80)
    return [f"{mode} ({label})" if mode and label else mode or label] if mode or label else []


def _why(delivery: Delivery, now_ns: int) -> list[str]:
    match delivery.why:
        case Why.REPEATED:
            return [f"REMINDER {delivery.turn}, NOT ACKNOWLEDGED"]
        case Why.ESCALATED:
            return ["NOBODY HAS ACKNOWLEDGED"]
        case Why.FOLLOW_UP:
            acknowledged = delivery.event.kind is EventKind.ACKNOWLEDGED
            return ["ACKNOWLEDGED" if acknowledged else "BACK IN LIMITS"]
    if delivery.event.alarm.late:
        ago_s = (_stream_ns(delivery, now_ns) - delivery.event.alarm.since_ns) / SECOND_NS
        return [f"OCCURRED {spell(ago_s)} ago"]
    return []


def _stream_ns(delivery: Delivery, now_ns: int) -> int:
    """Now on the alarm's own clock; an unannounced one is taken for the wall's."""
    clock = delivery.circumstances.clock
    return clock.at(now_ns) if clock.wall_ns else now_ns


def _value(parameter: Parameter | None, condition: Condition, value: Value | None) -> str:
    if value is None or condition in (Condition.STALE, Condition.INVALID):
        return ""
    if parameter is None:
        return clean(str(value))
    unit = parameter.unit
    if condition is Condition.RATE:
        return f"{value:.4g} {unit}/s" if isinstance(value, float) else f"{value} {unit}/s"
    return f"{clean(parameter.display(value))} {unit}".rstrip()
