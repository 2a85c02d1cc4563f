"""The handover page's lists of alarms: open, shelved, out of service. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from dash import html

from dashboard import alarm_rows, components, paper
from dashboard.paper import clock_time, when
from dashboard.view import LiveView
from telemetry.alarm import Alarm


def in_order(alarms: Iterable[Alarm]) -> list[Alarm]:
    """What is held back last, then severe, then not acknowledged, then new first."""
    return sorted(alarms, key=_rank)


def _rank(alarm: Alarm) -> tuple[Any, ...]:
    shown = alarm.severity if alarm.state.violated else alarm.highest
    unseen = alarm.state.unacknowledged
    return bool(alarm.inhibited_by), -shown, not unseen, -alarm.since_ns, alarm.spacecraft, alarm.id


def open_alarms(alarms: Sequence[Alarm], view: LiveView) -> html.Div:
    heads = ("Class", "State", "What", "Value, limit", "Since (UTC)", "Acknowledged", "Note")
    rows = [
        (
            components.severity_mark(a.severity if a.state.violated else a.highest),
            row["state"],
            _what(row),
            ", ".join(filter(None, (row["value"], row["limit"]))),
            when(a.since_ns),
            ": ".join(filter(None, (a.acknowledged_by, a.comment))) or "no",
            "; ".join(_alarm_notes(a, view)),
        )
        for a in alarms
        for row in (alarm_rows.row(a, view.database),)
    ]
    return paper.table(heads, rows, "No alarm is open.")


def _what(row: dict[str, Any]) -> str:
    return f"{row['spacecraft'].upper()} {row['name']} ({row['alarm']})"


def _alarm_notes(alarm: Alarm, view: LiveView) -> Iterable[str]:
    if alarm.inhibited_by:
        incident = view.board.incidents.get(alarm.inhibited_by)
        yield f"HELD BACK by {incident.title if incident else alarm.inhibited_by}"
    if alarm.unknown_since_ns:
        yield f"STATE UNKNOWN since LOS {clock_time(alarm.unknown_since_ns)}"
    if alarm.late:
        yield "found in late data"


def shelved(alarms: Sequence[Alarm], view: LiveView) -> html.Div:
    heads = ("Class", "What", "Until (UTC)", "By", "Reason")
    rows = [
        (
            components.severity_mark(max(alarm.severity, alarm.highest)),
            _what(alarm_rows.row(alarm, view.database)),
            when(alarm.shelved_until_ns),
            alarm.shelved_by,
            alarm.shelf_reason,
        )
        for alarm in alarms
    ]
    return paper.table(heads, rows, "Nothing is shelved.")


def out_of_service(alarms: Sequence[Alarm], view: LiveView) -> html.Div:
    heads = ("Class", "What", "State", "Changed (UTC)")
    rows = [
        (
            components.severity_mark(max(alarm.severity, alarm.highest)),
            _what(row),
            row["state"],
            when(alarm.changed_ns),
        )
        for alarm in alarms
        for row in (alarm_rows.row(alarm, view.database),)
    ]
    return paper.table(heads, rows, "Nothing is out of service.")
