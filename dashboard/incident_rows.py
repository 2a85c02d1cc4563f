"""An incident as a card: what began it, what followed, what is held back, by what it is known."""

from typing import Any, Final

from dashboard import alarm_rows, theme
from telemetry.incident import Incident, Member, Role
from telemetry.missiondb import MissionDatabase

SECOND_NS: Final = 1_000_000_000


def row(incident: Incident, database: MissionDatabase) -> dict[str, Any]:
    """One card. Times of the cascade and the consequences are from the first-out on, in seconds."""
    first = incident.first_out
    in_order = sorted(incident.members, key=lambda one: one.time_ns)
    causes = [one for one in in_order if one.role is not Role.CONSEQUENCE and one is not first]
    consequences = [one for one in in_order if one.role is Role.CONSEQUENCE and one is not first]
    worst = max(member.severity for member in incident.members)
    return {
        "id": incident.id,
        "rule": incident.rule,
        "title": incident.title,
        "severity": int(worst),
        "craft": first.spacecraft,
        "opened": incident.opened_ns / 1e6,
        "closed": incident.closed_ns / 1e6,
        "first": _member(first, first, database),
        "cascade": [_member(one, first, database) for one in causes],
        "consequences": [_member(one, first, database) for one in consequences],
        "held": sum(one.inhibited for one in consequences),
        "unlisted": incident.unlisted,
        "evidence": [_evidence(name, said, database) for name, said in incident.evidence.items()],
    }


def _member(member: Member, first: Member, database: MissionDatabase) -> dict[str, Any]:
    subject, _, condition = member.alarm.rpartition(".")
    name, value = alarm_rows.subject_words(database, member.spacecraft, subject, member.value)
    look = theme.SEVERITY_LOOKS[member.severity]
    return {
        "id": alarm_rows.row_id(member.spacecraft, member.alarm),
        "name": alarm_rows.titled(name, condition),
        "spacecraft": member.spacecraft,
        "severity": int(member.severity),
        "class": look.label,
        "t": member.time_ns / 1e6,
        "after": (member.time_ns - first.time_ns) / SECOND_NS,
        "value": value,
        "limit": member.limit,
        "held": member.inhibited,
        "late": member.late,
        "violations": member.violations,
    }


def _evidence(name: str, said: str, database: MissionDatabase) -> dict[str, Any]:
    """said: what ingest last heard of it; the page shows what comes now where it can."""
    craft, _, parameter = name.partition("/")
    words, unit = parameter, ""
    try:
        known = database.parameter(craft, parameter)
    except KeyError:
        pass
    else:
        words, unit = known.name, known.unit
    return {"key": name, "name": words, "unit": unit, "said": said}
