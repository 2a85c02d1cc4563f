"""One flight of the score, and what was heard in it. Pure: what it says follows from its order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from score.fault import Fault, Must, stage
from score.judge import flight
from simulators.scenarios import read
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase

#: Nothing goes wrong in these.
NOMINAL: Final = (
    "nominal-day",
    "manoeuvre",
    "rs-handover",
    "reboost",
    "docking",
    "los-pass",
    "soyuz-test",
)
_DAY_S, _HOURS_S = 86_400.0, 7_200.0
#: From here on a false one costs trust; an advisory is for information.
FALSE_FROM: Final = Severity.CAUTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One alarm of one severity as it was heard in a flight.

    times: how often. since_start_s: the first time, of stream time; value, limit: then.
    """

    alarm: str
    severity: Severity
    times: int
    since_start_s: float
    value: str
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """One row of a fault. after_s: when it was heard; None if it was not, or too late.

    by: the alarm; for a miss, the first that counted in all but time, or nothing.
    """

    must: Must
    after_s: float | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to fly: a fault of one size, or, without one, a scenario in which nothing goes wrong.

    until: fly no further than this; None for all of it.
    """

    seed: int
    scenario: str
    fault: Fault | None = None
    until: str | None = None

    @property
    def title(self) -> str:
        name = self.scenario if self.fault is None else f"{self.fault.name}, {self.fault.size}"
        return f"{name}, seed {self.seed}"

    @property
    def lasts_s(self) -> float:
        """Roughly, to put the longest first."""
        if self.fault is not None:
            return self.fault.lasts_s
        return _DAY_S if self.scenario == "nominal-day" else _HOURS_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """early: heard while nothing was wrong. count: annunciations since, for `Fault.at_most`.

    loud: heard where a fault asks for silence.
    """

    order: Order
    early: tuple[Heard, ...]
    met: tuple[Met, ...] = ()
    count: int = 0
    loud: tuple[Heard, ...] = ()

    @property
    def false(self) -> tuple[Heard, ...]:
        return tuple(one for one in self.early if one.severity >= FALSE_FROM)

    @property
    def missed(self) -> tuple[Met, ...]:
        return tuple(one for one in self.met if one.after_s is None)

    @property
    def crowded(self) -> bool:
        """More was heard than the fault allows."""
        fault = self.order.fault
        return fault is not None and fault.at_most is not None and self.count > fault.at_most


def fly(order: Order, database: MissionDatabase) -> Flown:
    """:raises UsageError: for an order that cannot be flown."""
    if order.fault is None:
        scenario = read(order.scenario, [f"seed={order.seed}"], database=database)
        end_ns = scenario.end_ns if order.until is None else scenario.instant_ns(order.until)
        events = flight(scenario, database, end_ns)
        return Flown(order=order, early=_tally(annunciations(events), scenario.start_ns))
    return _fly_fault(order, order.fault, database)


def _fly_fault(order: Order, fault: Fault, database: MissionDatabase) -> Flown:
    staged = stage(fault, order.seed, database)
    start_ns, begins_ns = staged.scenario.start_ns, staged.begins_ns
    early: list[Event] = []
    since: list[Event] = []
    open_ = list(fault.must)
    for event in annunciations(flight(staged.scenario, database, staged.until_ns)):
        # dated by its coming: what an operator hears late is late, whatever time it is of
        if event.received_ns < begins_ns:
            if event.received_ns < staged.wrong_ns:
                early.append(event)
            continue
        since.append(event)
        open_ = [must for must in open_ if not counts(must, event)]
        if not open_ and fault.at_most is None and not fault.silent:
            break
    loud = [event for event in since if event.alarm.severity >= FALSE_FROM]
    within_ns = begins_ns + round(fault.at_most_s * SECOND_NS)
    return Flown(
        order=order,
        early=_tally(early, start_ns),
        met=tuple(_met(must, since, begins_ns) for must in fault.must),
        count=sum(event.received_ns <= within_ns for event in since),
        loud=_tally(loud, start_ns) if fault.silent else (),
    )


def annunciations(events: Iterable[Event]) -> Iterator[Event]:
    """What an operator hears."""
    return (event for event in events if event.annunciate)


def counts(must: Must, event: Event) -> bool:
    """Whether it is what the row asks for, whenever it came."""
    alarm = event.alarm
    return (
        alarm.severity >= must.least
        and (alarm.late or not must.late)
        and any(fnmatchcase(f"{alarm.spacecraft}/{alarm.id}", one) for one in must.alarms)
    )


def _met(must: Must, events: Sequence[Event], begins_ns: int) -> Met:
    first = next((event for event in events if counts(must, event)), None)
    if first is None:
        return Met(must=must, after_s=None, by="")
    by = f"{first.alarm.spacecraft}/{first.alarm.id}"
    after_s = (first.received_ns - begins_ns) / SECOND_NS
    if after_s > must.within_s:
        return Met(must=must, after_s=None, by=f"{by} after {after_s:.1f} s")
    return Met(must=must, after_s=after_s, by=by)


def _tally(events: Iterable[Event], start_ns: int) -> tuple[Heard, ...]:
    """By alarm and severity, so that a flight that never stops crying is no longer than another."""
    tally: dict[tuple[str, Severity], Heard] = {}
    for event in events:
        alarm = event.alarm
        key = (f"{alarm.spacecraft}/{alarm.id}", alarm.severity)
        known = tally.get(key)
        tally[key] = Heard(
            alarm=key[0],
            severity=alarm.severity,
            times=1 if known is None else known.times + 1,
            since_start_s=(event.received_ns - start_ns) / SECOND_NS
            if known is None
            else known.since_start_s,
            value=_text(alarm.value) if known is None else known.value,
            limit=alarm.limit if known is None else known.limit,
        )
    return tuple(tally.values())


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else str(value)
