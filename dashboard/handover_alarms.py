"""The handover page's lists of alarms: open, held back, shelved, out of service. Pure."""

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
            "; ".join(_alarm_notes(a)),
        )
        for a in alarms
        for row in (alarm_rows.row(a, view.database),)
    ]
    return paper.table(heads, rows, "No alarm is open.")


def _what(row: dict[str, Any]) -> str:
    return f"{row['spacecraft'].upper()} {row['name']} ({row['alarm']})"


def _alarm_notes(alarm: Alarm) -> Iterable[str]:
    if alarm.unknown_since_ns:
        yield f"STATE UNKNOWN since LOS {clock_time(alarm.unknown_since_ns)}"
    if alarm.late:
        yield "found in late data"


def held_back(alarms: Sequence[Alarm], view: LiveView) -> html.Div:
    """A row for each incident, however many alarms it holds back."""
    of: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        of.setdefault(alarm.inhibited_by, []).append(alarm)
    rows = []
    for id_, its in of.items():
        incident = view.board.incidents.get(id_)
        worst = max(max(alarm.severity, alarm.highest) for alarm in its)
        named = (_what(alarm_rows.row(alarm, view.database)) for alarm in its)
        cells = (
            incident.title if incident else id_,
            components.severity_mark(worst),
            str(len(its)),
        )
        rows.append((*cells, "; ".join(named)))
    return paper.table(("Incident", "Worst", "Alarms", "Which"), rows, "Nothing is held back.")


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
    heads = ("Class", "What", "State", "Since (UTC)", "By", "Reason")
    rows = [
        (
            components.severity_mark(max(alarm.severity, alarm.highest)),
            _what(row),
            row["state"],
            when(alarm.changed_ns),
            alarm.out_of_service_by,
            alarm.out_of_service_reason,
        )
        for alarm in alarms
        for row in (alarm_rows.row(alarm, view.database),)
    ]
    return paper.table(heads, rows, "Nothing is out of service.")
