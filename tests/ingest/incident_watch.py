"""Alarms and the incident book as the processor joins them, for tests of the book."""

from collections.abc import Iterable

from msgspec.structs import replace

from ingest.incidents import Changes, IncidentBook
from telemetry import alarm as machine
from telemetry.alarm import Alarm, Cause, Condition, Event, EventKind, Policy, Stimulus
from telemetry.clock import SECOND_NS
from telemetry.incident import Consequence, Incident, IncidentRule
from telemetry.limit import Severity
from telemetry.parameter import Value

START_S = 1_000

FIRING = IncidentRule(
    name="firing",
    title="Thrusters fire",
    roots=("soyuz/FIRING.limit", "soyuz/OVERLONG.limit"),
    cascade=("iss/SATURATION.limit", "iss/LOST.limit"),
    consequences=(
        Consequence(alarm="soyuz/DPO*.limit", up_to=Severity.WARNING),
        Consequence(alarm="iss/TORQUE.limit", up_to=Severity.WARNING),
        Consequence(alarm="iss/SATURATION.limit", up_to=Severity.CAUTION),
        Consequence(alarm="iss/ERROR.limit", up_to=Severity.WARNING),
    ),
    evidence=("soyuz/JETS", "iss/MOMENTUM"),
)
DISTURBANCE = IncidentRule(
    name="disturbance",
    title="A torque",
    roots=("iss/TORQUE.limit",),
    cascade=("iss/SATURATION.limit", "iss/LOST.limit"),
    consequences=(
        Consequence(alarm="iss/SATURATION.limit", up_to=Severity.CAUTION),
        Consequence(alarm="iss/ERROR.limit", up_to=Severity.WARNING),
        Consequence(alarm="iss/itcs.stale", up_to=Severity.ADVISORY),
    ),
)
LOST = IncidentRule(
    name="lost",
    title="Control is lost",
    roots=("iss/LOST.limit",),
    consequences=(Consequence(alarm="iss/ERROR.limit", up_to=Severity.WARNING),),
)
RULES = {rule.name: rule for rule in (FIRING, DISTURBANCE, LOST)}


def ns(seconds: float) -> int:
    return round((START_S + seconds) * SECOND_NS)


class Watch:
    """Times are seconds since the test began, generation time."""

    def __init__(self, rules: Iterable[IncidentRule] = RULES.values()) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self.book = IncidentBook(self.rules)
        self.alarms: dict[tuple[str, str], Alarm] = {}
        self.values: dict[tuple[str, str], Value] = {}
        self.changes = Changes()
        self.events: list[Event] = []

    def violate(
        self, name: str, at_s: float, severity: Severity = Severity.WARNING, *, late: bool = False
    ) -> Event:
        alarm = self._alarm(name)
        about = replace(alarm, severity=severity, late=late)
        held_by = self.book.judge(about, ns(at_s))
        cause = Cause(
            severity=severity, value=1.0, limit="above 0", inhibited_by=held_by, late=late
        )
        stimulus = Stimulus.ESCALATE if alarm.state.violated else Stimulus.VIOLATE
        return self._step(alarm, stimulus, at_s, cause)

    def back(self, name: str, at_s: float) -> Event:
        return self._step(self._alarm(name), Stimulus.RETURN, at_s, Cause())

    def acknowledge(self, name: str, at_s: float) -> Event:
        return self._step(self._alarm(name), Stimulus.ACK, at_s, Cause(by="Ann"))

    def note(self, name: str, at_s: float, kind: EventKind, *, annunciate: bool = False) -> None:
        """What the alarm book says of an alarm without a change of its state."""
        alarm = self._alarm(name)
        event = Event(
            id=f"{name}/{kind}/{at_s}",
            kind=kind,
            time_ns=ns(at_s),
            received_ns=ns(at_s),
            previous=alarm.state,
            alarm=alarm,
            annunciate=annunciate,
        )
        self.changes = self.book.take(event, lambda *name: self.values.get(name))

    def tick(self, at_s: float) -> Changes:
        self.changes = self.book.tick(self.alarms, lambda _: ns(at_s))
        return self.changes

    def restart(self) -> None:
        state = self.book.snapshot()
        self.book = IncidentBook(self.rules)
        self.book.restore(state)

    @property
    def one(self) -> Incident:
        (incident,) = self.book.open.values()
        return incident

    def members(self) -> list[str]:
        return [f"{member.spacecraft}/{member.alarm}" for member in self.one.members]

    def _alarm(self, name: str) -> Alarm:
        spacecraft, _, id_ = name.partition("/")
        subject, _, condition = id_.rpartition(".")
        return self.alarms.get((spacecraft, id_)) or Alarm(
            spacecraft=spacecraft, id=id_, subject=subject, condition=Condition(condition)
        )

    def _step(self, alarm: Alarm, stimulus: Stimulus, at_s: float, cause: Cause) -> Event:
        after, (event,) = machine.step(alarm, stimulus, ns(at_s), Policy(), cause)
        self.alarms[after.spacecraft, after.id] = after
        self.events.append(event)
        self.changes = self.book.take(event, lambda *name: self.values.get(name))
        return event
