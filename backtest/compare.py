"""What mission databases said of the same telemetry, as figures, side by side. Pure.

- An alarm is a violation, from when it is told until it has returned, by its highest severity.
- It counts from when it is heard as a caution or worse.
- It belongs to a marked event if that, or the beginning of one that never counts, is within a
  window around it. The lead is how long before the event the first of them counts; below 0, after.
- A false alarm is one that counts and belongs to no marked event. Where nothing is marked, that is
  every one of them: a range on which nothing was wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from backtest.run import Journal
from ingest.limit_texts import changed, limit_texts
from telemetry.alarm import Condition, Event, EventKind
from telemetry.clock import SECOND_NS
from telemetry.incident import Incident
from telemetry.limit import Severity
from telemetry.parameter import Value
from telemetry.scorecard import Axis, Figure, score

#: What counts: milder ones are for information.
COUNTS_FROM: Final = Severity.CAUTION
#: Of one alarm that goes up and down for hours, the first so many times it became worse.
MAX_STEPS: Final = 50
_HOUR_NS: Final = 3600 * SECOND_NS


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm began, or became worse. heard: it was annunciated."""

    time_ns: int
    severity: Severity
    value: Value | None
    limit: str
    heard: bool


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm. stop_ns: 0 if it still stood at the end. steps: the first is its beginning.
    counts: the one from which it counts."""

    spacecraft: str
    alarm: str
    subject: str
    condition: Condition
    severity: Severity
    start_ns: int
    stop_ns: int = 0
    steps: tuple[Step, ...]
    counts: Step | None = None

    @property
    def heard(self) -> bool:
        return any(step.heard for step in self.steps)

    @property
    def told_ns(self) -> int:
        """When it counts, or else when it began."""
        return self.counts.time_ns if self.counts else self.start_ns

    @property
    def name(self) -> str:
        return f"{self.spacecraft}/{self.alarm}"


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of a marked event. first: the first that counts; None if it was missed.

    lead_s: None with it. alarms: that belong to it.
    """

    time_ns: int
    first: Raised | None
    lead_s: float | None
    alarms: tuple[Raised, ...]


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An incident. closed_ns: 0 if it was still open at the end."""

    title: str
    first_out: str
    opened_ns: int
    closed_ns: int
    alarms: int


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one mission database said.

    standing: alarms that stood at the start. chattering: alarms, and how often each began to.
    figures: those of the scorecard (EEMUA 191, ISA-18.2), in generation time.
    """

    name: str
    version: str
    alarms: tuple[Raised, ...]
    standing: tuple[str, ...]
    marked: tuple[Marked, ...]
    false_alarms: int
    false_per_hour: float
    annunciations: int
    held_back: int
    chattering: tuple[tuple[str, int], ...]
    incidents: tuple[Opened, ...]
    figures: tuple[Figure, ...]
    frames: int
    judged: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """sides: the first is what the others are held against. changes: of limits, of the last side
    from the first. differs: alarms (`<spacecraft>/<alarm>`) that the sides do not say alike.
    notes: what one must know to read it.
    """

    start_ns: int
    stop_ns: int
    before_s: float
    after_s: float
    events_ns: tuple[int, ...]
    sides: tuple[Side, ...]
    changes: tuple[str, ...]
    differs: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def hours(self) -> float:
        return (self.stop_ns - self.start_ns) / _HOUR_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The events that were marked, and how much before and after each belongs to it."""

    times_ns: tuple[int, ...] = ()
    before_s: float = 600.0
    after_s: float = 600.0

    def around(self, mark_ns: int, time_ns: int) -> bool:
        begins_ns = mark_ns - round(self.before_s * SECOND_NS)
        return begins_ns <= time_ns <= mark_ns + round(self.after_s * SECOND_NS)


def compare(
    named: Mapping[str, Journal],
    start_ns: int,
    stop_ns: int,
    marks: Marks,
    notes: Sequence[str] = (),
) -> Comparison:
    """Journals by the name of their side, the one to hold the others against first."""
    sides = tuple(_side(name, one, start_ns, stop_ns, marks) for name, one in named.items())
    first, *_, last = (*named.values(), *named.values())
    said = [_by_name(side.alarms) for side in sides]
    names = dict.fromkeys(name for one in said for name in one)
    differs = [name for name in names if any(one.get(name) != said[0].get(name) for one in said)]
    return Comparison(
        start_ns=start_ns,
        stop_ns=stop_ns,
        before_s=marks.before_s,
        after_s=marks.after_s,
        events_ns=tuple(sorted(marks.times_ns)),
        sides=sides,
        changes=changed(limit_texts(first.database), limit_texts(last.database)),
        differs=tuple(differs),
        notes=tuple(notes),
    )


def raised(events: Iterable[Event], early: Iterable[Event] = ()) -> list[Raised]:
    """The alarms of a journal by their beginning; those of `early` that stood then are among them,
    from when they began."""
    building = _Building()
    for event in early:
        building.take(event)
    building.forget_over()
    for event in events:
        building.take(event)
    return sorted(building.all(), key=lambda one: (one.start_ns, one.name))


@dataclass(slots=True)
class _Building:
    """Alarms as the journal tells them: violated, worse, returned."""

    open: dict[tuple[str, str], Raised] = field(default_factory=dict)
    over: list[Raised] = field(default_factory=list)

    def take(self, event: Event) -> None:
        alarm = event.alarm
        key = alarm.spacecraft, alarm.id
        standing = self.open.get(key)
        if event.kind is EventKind.RETURNED:
            if standing is not None:
                stopped = msgspec.structs.replace(standing, stop_ns=event.time_ns)
                self.over.append(stopped)
                del self.open[key]
        elif event.kind in (EventKind.VIOLATED, EventKind.ESCALATED):
            step = Step(
                time_ns=event.time_ns,
                severity=alarm.severity,
                value=alarm.value,
                limit=alarm.limit,
                heard=event.annunciate,
            )
            self.open[key] = _begun(event, step) if standing is None else _worse(standing, step)

    def forget_over(self) -> None:
        self.over.clear()

    def all(self) -> list[Raised]:
        return [*self.over, *self.open.values()]


def _begun(event: Event, step: Step) -> Raised:
    alarm = event.alarm
    begun = Raised(
        spacecraft=alarm.spacecraft,
        alarm=alarm.id,
        subject=alarm.subject,
        condition=alarm.condition,
        severity=step.severity,
        start_ns=event.time_ns,
        steps=(),
    )
    return _worse(begun, step)


def _worse(alarm: Raised, step: Step) -> Raised:
    counts = step if step.heard and step.severity >= COUNTS_FROM else None
    return msgspec.structs.replace(
        alarm,
        severity=max(alarm.severity, step.severity),
        steps=(*alarm.steps, step)[:MAX_STEPS],
        counts=alarm.counts or counts,
    )


def _side(name: str, journal: Journal, start_ns: int, stop_ns: int, marks: Marks) -> Side:
    alarms = raised(journal.events, journal.early)
    standing = tuple(one.name for one in alarms if one.start_ns < start_ns)
    alarms = [one for one in alarms if one.start_ns >= start_ns]
    false = [
        one
        for one in alarms
        if one.counts and not any(marks.around(mark_ns, one.told_ns) for mark_ns in marks.times_ns)
    ]
    events = [*journal.early, *journal.events]
    card = score(events, start_ns, stop_ns, axis=Axis.GENERATION)
    return Side(
        name=name,
        version=journal.database.version,
        alarms=tuple(alarms),
        standing=standing,
        marked=tuple(_marked(mark_ns, alarms, marks) for mark_ns in sorted(marks.times_ns)),
        false_alarms=len(false),
        false_per_hour=len(false) * _HOUR_NS / (stop_ns - start_ns),
        annunciations=card.annunciations,
        held_back=card.held_back,
        chattering=card.chattering,
        incidents=tuple(
            _opened(one) for one in journal.incidents.values() if one.changed_ns >= start_ns
        ),
        # nobody is there to acknowledge anything
        figures=tuple(one for one in card.figures if "acknowledge" not in one.name),
        frames=journal.frames,
        judged=journal.judged,
    )


def _marked(mark_ns: int, alarms: Sequence[Raised], marks: Marks) -> Marked:
    belong = tuple(one for one in alarms if marks.around(mark_ns, one.told_ns))
    counting = [one for one in belong if one.counts]
    first = min(counting, key=lambda one: one.told_ns, default=None)
    return Marked(
        time_ns=mark_ns,
        first=first,
        lead_s=None if first is None else (mark_ns - first.told_ns) / SECOND_NS,
        alarms=belong,
    )


def _opened(incident: Incident) -> Opened:
    first = incident.first_out
    return Opened(
        title=incident.title,
        first_out=f"{first.spacecraft}/{first.alarm}",
        opened_ns=incident.opened_ns,
        closed_ns=incident.closed_ns,
        alarms=len(incident.members),
    )


def _by_name(alarms: Iterable[Raised]) -> dict[str, list[tuple[int, list[tuple[int, int, bool]]]]]:
    """When each alarm became how bad, and was over; not by which limit."""
    found: dict[str, list[tuple[int, list[tuple[int, int, bool]]]]] = {}
    for one in alarms:
        steps = [(step.time_ns, int(step.severity), step.heard) for step in one.steps]
        found.setdefault(one.name, []).append((one.stop_ns, steps))
    return found
