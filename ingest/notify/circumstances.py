"""What was known when an alarm came: its clock, the activities in force, its incident. Pure."""

from collections.abc import Iterable

from ingest.notify.delivery import Circumstances
from telemetry.alarm import Event
from telemetry.clock import StreamClock
from telemetry.incident import Incident
from telemetry.plan import Plan


def circumstances(
    event: Event,
    root: str,
    clock: StreamClock,
    plans: Iterable[Plan],
    incidents: Iterable[Incident],
) -> Circumstances:
    """root: the topic root it came under. clock: of its stream. incidents: those open."""
    alarm = event.alarm
    return Circumstances(
        clock=clock,
        root=root,
        activities=tuple(
            sorted(plan.activity.title for plan in plans if plan.in_force(alarm.since_ns))
        ),
        incident=next(
            (
                incident.title
                for incident in incidents
                if any(member.occurrence == alarm.occurrence for member in incident.members)
            ),
            "",
        ),
    )
