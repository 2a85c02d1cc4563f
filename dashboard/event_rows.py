"""A line of the alarm journal as a browser gets it, and as a line of a CSV file. Pure."""

from typing import Any, Final

from dashboard import alarm_rows
from telemetry.alarm import Event
from telemetry.clock import utc
from telemetry.missiondb import MissionDatabase

CSV_HEAD: Final = (
    "time (UTC)",
    "received (UTC)",
    "kind",
    "class",
    "spacecraft",
    "subsystem",
    "alarm",
    "name",
    "value",
    "limit",
    "state",
    "annunciated",
    "by",
    "comment",
    "reason",
    "occurrence",
    "id",
)
#: What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "@", "\t", "\r")


def row(event: Event, database: MissionDatabase) -> dict[str, Any]:
    """t: generation time, rx: when ingest received it, ms; behind: how much later, in s, if over 2.
    value: measured then, with its unit.

    row: its alarm as it was after the event.
    """
    _, value = alarm_rows.subject_words(
        database, event.alarm.spacecraft, event.alarm.subject, event.value
    )
    return {
        "id": event.id,
        "kind": event.kind,
        "t": event.time_ns / 1e6,
        "rx": event.received_ns / 1e6,
        "by": event.by,
        "comment": event.comment,
        "reason": event.reason,
        "value": value,
        "behind": round(event.behind_ns / 1e9, 1),
        "annunciate": event.annunciate,
        "row": alarm_rows.row(event.alarm, database),
    }


def csv_line(event: Event, database: MissionDatabase) -> tuple[str, ...]:
    """The cells of `CSV_HEAD`."""
    made = row(event, database)
    alarm = made["row"]
    cells = (
        utc(event.time_ns),
        utc(event.received_ns) if event.received_ns else "",
        event.kind.value,
        alarm["class"].split()[-1],
        alarm["spacecraft"],
        alarm["subsystem"],
        alarm["alarm"],
        alarm["name"],
        made["value"] or alarm["value"],
        alarm["limit"],
        alarm["state"],
        "yes" if event.annunciate else "no",
        event.by,
        event.comment,
        event.reason,
        alarm["occurrence"],
        event.id,
    )
    return tuple(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)
