"""A journal small enough to time by hand. Stream times and wall times cannot be taken for one
another: they are a million seconds apart."""

from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from telemetry.missiondb import load
from telemetry.training import Fault, FaultState

DATABASE = load()
#: 2021-10-15T09:12:18Z.
FIRING_NS = 1_634_289_138 * SECOND_NS
WALL_S = 1_000_000


def s(seconds: float) -> int:
    """Generation time."""
    return FIRING_NS + round(seconds * SECOND_NS)


def wall(seconds: float) -> int:
    return s(seconds + WALL_S)


def event(
    at_s: float,
    subject: str = "USLAB000022",
    *,
    craft: str = "iss",
    kind: EventKind = EventKind.VIOLATED,
    condition: Condition = Condition.LIMIT,
    occurrence: str = "1",
    held: str = "",
    by: str = "",
    since_s: float | None = None,
) -> Event:
    """received a second after its time."""
    alarm = Alarm(
        spacecraft=craft,
        id=f"{subject}.{condition}",
        subject=subject,
        condition=condition,
        severity=Severity.WARNING,
        occurrence=f"{craft}/{subject}.{condition}/{occurrence}",
        since_ns=s(at_s if since_s is None else since_s),
        inhibited_by=held,
    )
    return Event(
        id=f"{craft}/{subject}/{condition}/{occurrence}/{at_s}/{kind}",
        kind=kind,
        time_ns=s(at_s),
        received_ns=wall(at_s + 1),
        previous=State.NORMAL,
        alarm=alarm,
        annunciate=kind in (EventKind.VIOLATED, EventKind.ESCALATED) and not held,
        by=by,
    )


def fault(
    name: str, at_s: float, do: str = "fire", *, by: str = "Ina", done: bool = True, **fields: str
) -> Fault:
    return Fault(
        id=name,
        title=name,
        action={"do": do, **fields},
        state=FaultState.DONE if done else FaultState.PLANNED,
        time_ns=s(at_s),
        by=by,
    )
