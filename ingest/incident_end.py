"""When an incident is over. Pure."""

from collections.abc import Mapping
from typing import Final

from ingest.incident_lists import RuleLists
from telemetry.alarm import Alarm
from telemetry.clock import SECOND_NS
from telemetry.incident import Incident, Role

#: How long before its root an alarm may have come to belong to it [A].
JOIN_NS: Final = 30 * SECOND_NS
#: How long roots and cascade must have been quiet for the incident to be over [A].
QUIET_NS: Final = 600 * SECOND_NS
#: However long it lasts: nothing is held back for more than a day [A].
LONGEST_NS: Final = 24 * 3600 * SECOND_NS
#: What keeps an incident open; consequences do not.
CAUSES: Final = (Role.ROOT, Role.CASCADE)


def end_ns(
    incident: Incident,
    lists: RuleLists | None,
    standing: Mapping[tuple[str, str], Alarm],
    now_ns: int,
) -> int:
    """When it was over, 0 while it is not; the same whenever one looks.

    lists: of its rule, None when the mission database has it no more. standing: the alarms there
    are. now_ns: of its stream.
    """
    if lists is None:
        return incident.settled_ns
    if now_ns < incident.opened_ns - JOIN_NS:
        return incident.settled_ns  # another run of the stream, at an earlier time
    if now_ns >= incident.opened_ns + LONGEST_NS:
        return incident.opened_ns + LONGEST_NS
    quiet_ns = incident.settled_ns + QUIET_NS
    return quiet_ns if now_ns >= quiet_ns and not _lasts(incident, lists, standing) else 0


def _lasts(incident: Incident, lists: RuleLists, standing: Mapping[tuple[str, str], Alarm]) -> bool:
    """Whether a root, or what is heard of the cascade, is violated or unacknowledged."""
    for member in incident.members:
        alarm = standing.get((member.spacecraft, member.alarm))
        listed = lists.of(member.spacecraft, member.alarm)
        if alarm is None or listed is None or listed.role not in CAUSES:
            continue
        if alarm.state.violated and alarm.severity > listed.held_up_to:
            return True
        if alarm.state.unacknowledged and alarm.highest > listed.held_up_to:
            return True
    return False
