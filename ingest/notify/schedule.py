"""What is to be sent, to whom and when. Pure: the wall clock's time is an argument.

`rule` says whether an event is for a route, `take` what it makes owed, `overdue` what nobody's
answer makes owed, `lot` what of it goes out now, `after_failure` when it is tried again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec

from ingest.notify.delivery import Circumstances, Delivery, Watch, Why
from ingest.notify.routes import Route
from telemetry.alarm import Event, EventKind, State
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity

#: Alarms of one message; what is more goes into the next.
MAX_GROUP: Final = 50
FIRST_RETRY_NS: Final = SECOND_NS
LAST_RETRY_NS: Final = 300 * SECOND_NS
GIVE_UP_NS: Final = 24 * 3600 * SECOND_NS

#: (spacecraft, alarm, route): there is one watch for each.
WatchKey = tuple[str, str, str]


class Ruling(StrEnum):
    """Whether an event is for a route, and if not, why not."""

    FOR_IT = "is for it"
    SILENT = "is not annunciated"
    BELOW = "is below its class"
    OTHER_SPACECRAFT = "is of another spacecraft"
    OTHER_SUBSYSTEM = "is of another subsystem"
    ESCALATIONS_ONLY = "is no escalation"


class Lot(StrEnum):
    """What of a target's backlog goes out now, or why nothing does."""

    FRESH = "what was not tried yet"
    AGAIN = "what was tried before"
    GROUPING = "waiting for more to come"
    BACKING_OFF = "waiting before it is tried again"
    NOTHING = "nothing is owed"

    @property
    def due(self) -> bool:
        return self in (Lot.FRESH, Lot.AGAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What a target is owed. first_taken_ns: of the fresh; next_ns: of those tried before."""

    fresh: int = 0
    first_taken_ns: int = 0
    again: int = 0
    next_ns: int = 0


@dataclass(frozen=True, slots=True)
class Owed:
    """What a step makes owed, and the watches it changes; None is one that ended."""

    deliveries: list[Delivery] = field(default_factory=list)
    watches: dict[WatchKey, Watch | None] = field(default_factory=dict)


def rule(event: Event, route: Route, subsystem: str) -> Ruling:
    """Whether a route is told of an event; subsystem is that of its alarm."""
    alarm = event.alarm
    if not event.annunciate:
        return Ruling.SILENT
    if route.only_escalations:
        return Ruling.ESCALATIONS_ONLY
    if severity_of(event) < route.severity:
        return Ruling.BELOW
    if route.spacecraft and alarm.spacecraft not in route.spacecraft:
        return Ruling.OTHER_SPACECRAFT
    if route.subsystem and subsystem not in route.subsystem:
        return Ruling.OTHER_SUBSYSTEM
    return Ruling.FOR_IT


def severity_of(event: Event) -> Severity:
    """Of the violation, or of the occurrence once it is back in limits."""
    return event.alarm.severity or event.alarm.highest


def take(
    event: Event,
    circumstances: Circumstances,
    subsystem: str,
    routes: Iterable[Route],
    watches: Mapping[WatchKey, Watch],
    now_ns: int,
) -> Owed:
    """What one line of the journal makes owed."""
    owed = Owed()
    if event.kind is EventKind.REFUSED:
        return owed
    for route in routes:
        key = (event.alarm.spacecraft, event.alarm.id, route.name)
        before = watches.get(key)
        if rule(event, route, subsystem) is Ruling.FOR_IT:
            owed.deliveries.extend(_deliveries(route, event, circumstances, Why.RAISED, now_ns))
            owed.watches[key] = _begun(before, route, event, circumstances, now_ns)
        elif before is not None:
            if route.resolved and _follows_up(before, event):
                owed.deliveries.extend(
                    _deliveries(route, event, circumstances, Why.FOLLOW_UP, now_ns)
                )
            owed.watches[key] = _followed(before, event, now_ns)
    return owed


def overdue(watches: Mapping[WatchKey, Watch], routes: Mapping[str, Route], now_ns: int) -> Owed:
    """Repetitions and escalations whose time has come."""
    owed = Owed()
    for key, watch in watches.items():
        route = routes.get(watch.route)
        if route is None or not watch.waits:
            continue
        after = watch
        if _repeats(route) and _past(watch.told_ns, route.repeat_s, now_ns):
            after = msgspec.structs.replace(after, told_ns=now_ns, turns=watch.turns + 1)
            owed.deliveries.extend(
                _deliveries(
                    route, watch.event, watch.circumstances, Why.REPEATED, now_ns, after.turns
                )
            )
        if _escalates(route, watch) and _past(watch.since_ns, route.escalate_after_s, now_ns):
            after = msgspec.structs.replace(after, escalated=True)
            following = routes[route.escalate_to]
            owed.deliveries.extend(
                _deliveries(following, watch.event, watch.circumstances, Why.ESCALATED, now_ns)
            )
            # A watch of its own, so that it repeats and escalates by its own rules; one it has
            # already may have waited longer and stays.
            beyond = (*key[:2], following.name)
            if beyond not in watches:
                owed.watches[beyond] = Watch(
                    event=watch.event,
                    route=following.name,
                    since_ns=now_ns,
                    told_ns=now_ns,
                    circumstances=watch.circumstances,
                )
        if after is not watch:
            owed.watches[key] = after
    return owed


def next_overdue_ns(watches: Iterable[Watch], routes: Mapping[str, Route]) -> int | None:
    """When `overdue` next has something to say, if nothing else happens; None if never."""
    times = []
    for watch in watches:
        route = routes.get(watch.route)
        if route is None or not watch.waits:
            continue
        if _repeats(route):
            times.append(watch.told_ns + round(route.repeat_s * SECOND_NS))
        if _escalates(route, watch):
            times.append(watch.since_ns + round(route.escalate_after_s * SECOND_NS))
    return min(times, default=None)


def lot(backlog: Backlog, group_s: float, now_ns: int) -> tuple[Lot, int | None]:
    """What goes out now; if nothing does, when to look again (None: when more is owed).

    Fresh and tried before never share a message: what a receiver refuses must not hold up what it
    would take.
    """
    if backlog.fresh and (
        backlog.fresh >= MAX_GROUP or _past(backlog.first_taken_ns, group_s, now_ns)
    ):
        return Lot.FRESH, now_ns
    # A clock that was set back must not stop it for as long.
    if backlog.again and not now_ns < backlog.next_ns <= now_ns + LAST_RETRY_NS:
        return Lot.AGAIN, now_ns
    grouped_ns = backlog.first_taken_ns + round(group_s * SECOND_NS)
    if backlog.fresh and backlog.again:
        return Lot.GROUPING, min(grouped_ns, backlog.next_ns)
    if backlog.fresh:
        return Lot.GROUPING, grouped_ns
    return (Lot.BACKING_OFF, backlog.next_ns) if backlog.again else (Lot.NOTHING, None)


def after_failure(attempts: int, taken_ns: int, now_ns: int, *, waits: bool) -> int | None:
    """When to try again after so many attempts, 1 or more; None gives it up.

    waits: whether somebody must still acknowledge the alarm; then it is never given up.
    """
    if not waits and now_ns - taken_ns >= GIVE_UP_NS:
        return None
    # 2**20 is far beyond the bound already.
    return now_ns + min(FIRST_RETRY_NS << min(attempts - 1, 20), LAST_RETRY_NS)


def _past(since_ns: int, seconds: float, now_ns: int) -> bool:
    """Whether so long has passed; a time yet to come means that the clock was set back."""
    return not 0 <= now_ns - since_ns < round(seconds * SECOND_NS)


def _repeats(route: Route) -> bool:
    return route.repeat_s > 0


def _escalates(route: Route, watch: Watch) -> bool:
    return bool(route.escalate_to) and not watch.escalated


def _deliveries(
    route: Route, event: Event, circumstances: Circumstances, why: Why, now_ns: int, turn: int = 0
) -> Iterable[Delivery]:
    for target in route.to:
        yield Delivery(
            event=event,
            route=route.name,
            target=target.index,
            why=why,
            taken_ns=now_ns,
            turn=turn,
            circumstances=circumstances,
        )


def _begun(
    before: Watch | None, route: Route, event: Event, circumstances: Circumstances, now_ns: int
) -> Watch:
    """A new watch, or the old one told anew: who has waited goes on waiting since then."""
    same = before is not None and before.event.alarm.occurrence == event.alarm.occurrence
    if before is None or not same or not before.waits:
        return Watch(
            event=event,
            route=route.name,
            since_ns=now_ns,
            told_ns=now_ns,
            circumstances=circumstances,
        )
    return msgspec.structs.replace(before, event=event, told_ns=now_ns, circumstances=circumstances)


def _followed(before: Watch, event: Event, now_ns: int) -> Watch | None:
    """The watch after an event that is nothing new to tell; None when it is over."""
    if event.alarm.state is State.NORMAL:
        return None
    after = msgspec.structs.replace(before, event=event)
    if after.waits and not before.waits:  # out of silence: it waits from now on
        after = msgspec.structs.replace(after, since_ns=now_ns, told_ns=now_ns, escalated=False)
    return after


def _follows_up(before: Watch, event: Event) -> bool:
    alarm = event.alarm
    return (
        event.kind in (EventKind.ACKNOWLEDGED, EventKind.RETURNED)
        and alarm.occurrence == before.event.alarm.occurrence
        and not alarm.silenced
        and not alarm.inhibited_by
    )
