"""The alarms of one incident: a word of the journal becomes a member, members a list. Pure."""

from operator import attrgetter
from typing import Final

from msgspec.structs import replace

from telemetry.alarm import Alarm, Event, EventKind
from telemetry.incident import Incident, Member, Role

#: What an incident cannot list it does not hold back.
MAX_MEMBERS: Final = 500


def member_of(event: Event, role: Role) -> Member:
    """What a violation or escalation says of its alarm."""
    alarm = event.alarm
    return Member(
        spacecraft=alarm.spacecraft,
        alarm=alarm.id,
        occurrence=alarm.occurrence,
        severity=alarm.severity,
        time_ns=event.time_ns,
        inhibited=bool(alarm.inhibited_by) and not event.annunciate,
        value=alarm.value,
        limit=alarm.limit,
        role=role,
        worst_ns=event.time_ns,
        violations=int(event.kind is EventKind.VIOLATED),
        late=alarm.late,
    )


def with_member(incident: Incident, member: Member) -> Incident:
    """The incident with one more word of an alarm, new or of a member."""
    for index, known in enumerate(incident.members):
        if (known.spacecraft, known.alarm) != (member.spacecraft, member.alarm):
            continue
        worse = known if known.severity >= member.severity else member
        merged = replace(
            worse,
            role=member.role,
            occurrence=member.occurrence,
            time_ns=min(known.time_ns, member.time_ns),
            inhibited=known.inhibited and member.inhibited,
            violations=known.violations + member.violations,
            late=known.late and member.late,
        )
        return put_member(incident, index, merged)
    if len(incident.members) >= MAX_MEMBERS:
        return replace(incident, unlisted=incident.unlisted + 1)
    return put_member(incident, len(incident.members), member)


def put_member(incident: Incident, index: int, member: Member) -> Incident:
    """The incident with that member replaced, or added at the end; in order of time."""
    others = (*incident.members[:index], *incident.members[index + 1 :])
    members = sorted((*others, member), key=attrgetter("time_ns", "spacecraft", "alarm"))
    return replace(incident, members=tuple(members))


def index_of(incident: Incident, alarm: Alarm) -> int | None:
    """Where the alarm is among the members; None if it is not."""
    for index, member in enumerate(incident.members):
        if (member.spacecraft, member.alarm) == (alarm.spacecraft, alarm.id):
            return index
    return None
