"""The alarm journal, read backwards in pages: what fits, newest first, and never too much at once.

Stores give events in order of generation time, so the newest are found by windows that grow into
the past. Each piece of a window looked at, others have their turn.

read(most, start_ns, stop_ns, spacecraft): as `History.events`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from telemetry.alarm import Event, EventKind
from telemetry.clock import LAST_NS, LIVE_CLOCK, SECOND_NS, StreamClock
from telemetry.limit import Severity

Read = Callable[[int, int, int, str | None], Awaitable[list[Event]]]

PAGE: Final = 200
#: Events looked at for one page: a filter that fits nothing must come to an end, and be gone on
#: with by who asks.
MAX_LOOKED_AT: Final = 50_000
#: Events a person was away for: more are not read by anybody, but counted.
MAX_MISSED: Final = 500
_TURN: Final = 500
_FIRST_WINDOW_NS: Final = 3600 * SECOND_NS
#: Received within a time, an event happened as much earlier as its data came late [A].
_MISSED_MARGIN_NS: Final = 600 * SECOND_NS

#: What a person calls the kinds of events.
KINDS: Final[Mapping[str, frozenset[EventKind]]] = {
    "came": frozenset({EventKind.VIOLATED, EventKind.ESCALATED, EventKind.OCCURRED}),
    "went": frozenset({EventKind.RETURNED, EventKind.DEESCALATED, EventKind.RESET}),
    "acknowledged": frozenset({EventKind.ACKNOWLEDGED}),
    "silenced": frozenset(
        {
            EventKind.SHELVED,
            EventKind.UNSHELVED,
            EventKind.OUT_OF_SERVICE,
            EventKind.IN_SERVICE,
            EventKind.INHIBITED,
            EventKind.UNINHIBITED,
        }
    ),
    "refused": frozenset({EventKind.REFUSED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the journal is asked for; empty is all. start_ns <= generation time < stop_ns.

    kind: a key of KINDS. annunciated: only what was heard. text: in any of its words.
    received_ns, before_ns: received_ns <= reception time < before_ns.
    """

    spacecraft: str = ""
    severity: Severity = Severity.NOMINAL
    kind: str = ""
    annunciated: bool = False
    by: str = ""
    text: str = ""
    start_ns: int = 0
    stop_ns: int = LAST_NS
    received_ns: int = 0
    before_ns: int = LAST_NS

    def fits(self, event: Event, name: str = "") -> bool:
        """name: what the event is about, in words."""
        alarm = event.alarm
        if self.kind and event.kind not in KINDS.get(self.kind, ()):
            return False
        if max(alarm.severity, alarm.highest) < self.severity:
            return False
        if self.annunciated and not event.annunciate:
            return False
        if not self.received_ns <= event.received_ns < self.before_ns:
            return False
        if self.by.casefold() not in event.by.casefold():
            return False
        said = (alarm.spacecraft, alarm.id, name, event.comment, event.reason, event.by)
        return all(word in " ".join(said).casefold() for word in self.text.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """events: newest first. before_ns: where the next page ends; 0 when there is no more."""

    events: tuple[Event, ...]
    before_ns: int


async def page(read: Read, wanted: Wanted, name: Callable[[Event], str], most: int = PAGE) -> Page:
    """At least `most` events that fit where there are so many, or what was found until too many
    were looked at. Events of one instant are never on two pages.
    """
    found: list[Event] = []
    stop_ns, width_ns, looked_at = wanted.stop_ns, _FIRST_WINDOW_NS, 0
    while stop_ns > wanted.start_ns:
        start_ns = max(wanted.start_ns, stop_ns - width_ns)
        room = MAX_LOOKED_AT - looked_at
        events = await read(room, start_ns, stop_ns, wanted.spacecraft or None)
        if len(events) > room and width_ns > 1:
            # what is read begins at the window's old end: a shorter one, so that the newest are in
            if room < MAX_LOOKED_AT // 10:
                break
            width_ns //= 8
            continue
        looked_at += len(events)
        for i, event in enumerate(reversed(events), start=1):
            if i % _TURN == 0:
                await asyncio.sleep(0)
            if len(found) >= most and event.time_ns < found[-1].time_ns:
                return Page(events=tuple(found), before_ns=found[-1].time_ns)
            if wanted.fits(event, name(event)):
                found.append(event)
        stop_ns, width_ns = start_ns, width_ns * 8
        if looked_at >= MAX_LOOKED_AT:
            break
    more = stop_ns > wanted.start_ns
    return Page(events=tuple(found), before_ns=stop_ns if more else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """events: the newest, oldest first. more: how many there are before them. whole: False if
    there may be others, because too many lines of the journal were looked at.
    """

    events: tuple[Event, ...]
    more: int = 0
    whole: bool = True


async def missed(
    read: Read,
    clocks: Mapping[str, StreamClock],
    spacecraft: Iterable[str],
    start_ns: int,
    stop_ns: int,
) -> Missed:
    """What was annunciated and received in [start_ns, stop_ns) on the wall.

    clocks: what each spacecraft's stream says of its generation time. One that began since
    `start_ns` says nothing of what came before it: that may be of any generation time.
    """
    found: list[Event] = []
    whole = True
    for craft in spacecraft:
        clock = clocks.get(craft, LIVE_CLOCK)
        from_ns, to_ns = 0, LAST_NS
        if clock.wall_ns <= start_ns:
            margin_ns = round(_MISSED_MARGIN_NS * max(clock.rate, 1.0))
            from_ns = max(clock.at(start_ns) - margin_ns, 0)
            to_ns = min(clock.at(stop_ns) + margin_ns, LAST_NS)
        wanted = Wanted(
            spacecraft=craft,
            annunciated=True,
            start_ns=from_ns,
            stop_ns=to_ns,
            received_ns=start_ns,
            before_ns=stop_ns,
        )
        one = await page(read, wanted, lambda _: "", MAX_LOOKED_AT)
        found += one.events
        whole = whole and not one.before_ns
    found.sort(key=lambda event: (event.received_ns, event.id))
    events = tuple(found[-MAX_MISSED:])
    return Missed(events=events, more=len(found) - len(events), whole=whole)
