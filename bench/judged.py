"""A scenario's telemetry judged as in life: the processor ingest runs, and what the plan would say.

Frames go through `ingest.processor` with the mission database, ticks of the clock between them.
Rules that know the activities are not in the product yet (issue 4); what they would say is worked
out here from the same telemetry. No I/O.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ingest.processor import Processor
from ingest.record import TICK, Record
from simulators.scenarios import read
from simulators.scenarios.scenario import Scenario
from simulators.simulation import Simulation
from telemetry.alarm import Event, EventKind
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.topics import Topics
from telemetry.wire import encode, encode_frame

#: Two minutes after loss of control: what speaks later is late by any measure.
UNTIL: Final = "09:15"
FIRING: Final = "09:12:18"
_LOST: Final = "USLAB000042"
#: Float dust on a sum of tenths.
_DUST_S: Final = 1e-6
BOTH: Final = ("iss", "soyuz")
PLANNED: Final = "planned, issue 4"


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """What can speak. parameter: or the subsystem, of stale frames. severity: or `PLANNED`."""

    parameter: str
    condition: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A rule spoke. limit: what was broken, in words."""

    rule: Rule
    time_ns: int
    limit: str


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
    raises = [*_alarms(journal(scenario, database, frames)), *_against_plan(scenario, frames)]
    return Run(
        firing_ns=scenario.instant_ns(FIRING),
        lost_ns=next(lost, None),
        raises=tuple(sorted(raises, key=lambda one: (one.time_ns, one.rule))),
    )


def _frames(simulation: Simulation, until_ns: int) -> Iterator[Frame]:
    while simulation.next_ns <= until_ns:
        yield from simulation.step(simulation.next_ns)


def journal(
    scenario: Scenario,
    database: MissionDatabase,
    frames: Iterable[Frame],
    spacecraft: Iterable[str] = BOTH,
) -> Iterator[Event]:
    """The alarm journal of frames in the order they arrived, as ingest would write it.

    spacecraft: those that said they would send, and whose silence therefore counts.
    """
    processor, topics = Processor(database, Topics()), Topics()
    messages = _messages(scenario, topics, frames, spacecraft)
    for n, (received_ns, topic, payload) in enumerate(messages, 1):
        yield from processor.process(Record(n, received_ns, topic, payload)).events


def _messages(
    scenario: Scenario, topics: Topics, frames: Iterable[Frame], spacecraft: Iterable[str]
) -> Iterator[tuple[int, str, bytes]]:
    clock = StreamClock(
        kind=StreamKind.SIMULATED, epoch_ns=scenario.start_ns, wall_ns=scenario.start_ns, run="1"
    )
    now_ns = scenario.start_ns
    for each in spacecraft:
        yield now_ns, topics.clock(each), encode(clock)
    for frame in frames:
        while frame.received_ns >= now_ns + SECOND_NS:
            now_ns += SECOND_NS
            yield now_ns, TICK, b""
        topic = topics.frame(frame.spacecraft, frame.subsystem)
        yield frame.received_ns, topic, encode_frame(frame)


def _alarms(events: Iterable[Event]) -> Iterator[Raise]:
    for event in events:
        if event.kind in (EventKind.VIOLATED, EventKind.ESCALATED):
            alarm = event.alarm
            rule = Rule(alarm.subject, alarm.condition, alarm.severity.name)
            yield Raise(rule=rule, time_ns=event.received_ns, limit=alarm.limit)


@dataclass(slots=True)
class _Thruster:
    """What telemetry has said of one thruster. pulse_from_s: its on-time when it was opened."""

    on_time_s: float = 0.0
    commanded: bool = False
    pulse_from_s: float = 0.0


def _against_plan(scenario: Scenario, frames: Iterable[Frame]) -> Iterator[Raise]:
    """What rules that know the activities would say, each once."""
    thrusters: dict[str, _Thruster] = {}
    spoken: set[Rule] = set()
    for frame in frames:
        for parameter, value in frame.values.items():
            if not parameter.startswith("SIM_SOYUZ_DPO") or isinstance(value, str):
                continue
            name, _, quantity = parameter.removeprefix("SIM_SOYUZ_").rpartition("_")
            thruster = thrusters.setdefault(name, _Thruster())
            if quantity == "CMD":
                if value and not thruster.commanded:
                    thruster.pulse_from_s = thruster.on_time_s
                thruster.commanded = bool(value)
            elif quantity == "ONTIME":
                for subject, limit in _breaches(scenario, frame.time_ns, name, thruster, value):
                    rule = Rule(parameter, subject, PLANNED)
                    if rule not in spoken:
                        spoken.add(rule)
                        yield Raise(rule=rule, time_ns=frame.received_ns, limit=limit)
                thruster.on_time_s = value


def _breaches(
    scenario: Scenario, time_ns: int, name: str, thruster: _Thruster, on_time_s: float
) -> Iterator[tuple[str, str]]:
    if on_time_s <= thruster.on_time_s:  # stands, or counts anew
        thruster.pulse_from_s = min(thruster.pulse_from_s, on_time_s)
        return
    jet, plans = f"{name[:3]}-{name[3:]}", scenario.activities
    if not any(plan.allows_firing("soyuz", jet, time_ns) for plan in plans):
        yield "plan", "rises outside every activity's window"
    longest_s = max((plan.longest_pulse_s or 0.0 for plan in plans), default=0.0)
    if longest_s and on_time_s - thruster.pulse_from_s > longest_s + _DUST_S:
        yield "pulse", f"rises for longer than {longest_s:g} s at once"
