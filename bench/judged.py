"""The firing of ms18 judged as in life: which rules speak, and when. No I/O."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from score.judge import BOTH, journal
from simulators.scenarios import read
from simulators.simulation import Simulation
from telemetry.alarm import Event, EventKind
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase

__all__ = ["FIRING", "UNTIL", "Raise", "Rule", "Run", "fly", "journal"]

#: Two minutes after loss of control: what speaks later is late by any measure.
UNTIL: Final = "09:15"
FIRING: Final = "09:12:18"
_LOST: Final = "USLAB000042"


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """What can speak. parameter: or the subsystem, of stale frames."""

    parameter: str
    condition: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A rule spoke. limit: what was broken, in words. heard: it was annunciated."""

    rule: Rule
    time_ns: int
    limit: str
    heard: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One flight. lost_ns: when telemetry said control is lost; None if it never did."""

    firing_ns: int
    lost_ns: int | None
    raises: tuple[Raise, ...]

    def after_firing(self) -> dict[Rule, Raise]:
        """Each rule's first word from the firing on."""
        first: dict[Rule, Raise] = {}
        for one in self.raises:
            if one.time_ns >= self.firing_ns:
                first.setdefault(one.rule, one)
        return first

    def before_firing(self) -> dict[Rule, list[Raise]]:
        """False by definition: nothing was wrong yet."""
        early: dict[Rule, list[Raise]] = {}
        for one in self.raises:
            if one.time_ns < self.firing_ns:
                early.setdefault(one.rule, []).append(one)
        return early


def fly(database: MissionDatabase, sets: Sequence[str]) -> Run:
    scenario = read("ms18", sets, database=database)
    until_ns = scenario.instant_ns(UNTIL)
    frames = list(_frames(Simulation(scenario, database, spacecraft=BOTH), until_ns))
    lost = (frame.received_ns for frame in frames if frame.values.get(_LOST))
    raises = _alarms(journal(scenario, database, frames))
    return Run(
        firing_ns=scenario.instant_ns(FIRING),
        lost_ns=next(lost, None),
        raises=tuple(sorted(raises, key=lambda one: (one.time_ns, one.rule))),
    )


def _frames(simulation: Simulation, until_ns: int) -> Iterator[Frame]:
    while simulation.next_ns <= until_ns:
        yield from simulation.step(simulation.next_ns)


def _alarms(events: Iterable[Event]) -> Iterator[Raise]:
    for event in events:
        if event.kind in (EventKind.VIOLATED, EventKind.ESCALATED):
            alarm = event.alarm
            rule = Rule(alarm.subject, alarm.condition, alarm.severity.name)
            yield Raise(
                rule=rule, time_ns=event.received_ns, limit=alarm.limit, heard=event.annunciate
            )
