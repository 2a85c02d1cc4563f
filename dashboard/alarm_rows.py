"""An alarm as a row of the alarm list: everything in words an operator reads."""

from typing import Any, Final

from dashboard import theme
from telemetry.alarm import Alarm, State
from telemetry.clock import utc
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value


def row_id(craft: str, alarm: str) -> str:
    return f"{craft}/{alarm}"


def row(alarm: Alarm, database: MissionDatabase) -> dict[str, Any]:
    """One row of the alarm list. What has returned keeps the class it had."""
    shown = alarm.severity if alarm.state.violated else alarm.highest
    name, value = _subject(alarm, database)
    return {
        "id": row_id(alarm.spacecraft, alarm.id),
        "spacecraft": alarm.spacecraft,
        "alarm": alarm.id,
        "occurrence": alarm.occurrence,
        "subject": alarm.subject,
        "condition": alarm.condition,
        "name": name,
        "severity": int(shown),
        "class": theme.SEVERITY_LOOKS[shown].label,
        "state": _state_words(alarm, shown),
        "violated": alarm.state.violated,
        "unacknowledged": alarm.state.unacknowledged,
        "value": value,
        "limit": alarm.limit,
        "since": alarm.since_ns / 1e6,
        "since_utc": utc(alarm.since_ns) if alarm.since_ns else "",
        "by": alarm.acknowledged_by,
        "comment": alarm.comment,
    }


def _subject(alarm: Alarm, database: MissionDatabase) -> tuple[str, str]:
    """Name of what the alarm is about, and the value that broke the limit, with its unit."""
    craft = database.spacecraft.get(alarm.spacecraft)
    if craft is None:
        return alarm.subject, _plain(alarm.value)
    if alarm.subject in craft.subsystems:
        return craft.subsystems[alarm.subject].name, _plain(alarm.value)
    try:
        parameter = craft.subsystem_of(alarm.subject).parameters[alarm.subject]
    except KeyError:
        return alarm.subject, _plain(alarm.value)
    if alarm.value is None:
        return parameter.name, ""
    return parameter.name, f"{parameter.display(alarm.value)} {parameter.unit}".rstrip()


def _plain(value: Value | None) -> str:
    return "" if value is None else str(value)


_STATE_WORDS: Final = {
    State.NORMAL: "NORMAL",
    State.UNACK: "UNACK",
    State.ACKED: "ACKED",
    State.RTN_UNACK: "RTN UNACK",
    State.LATCHED_UNACK: "LATCHED UNACK",
    State.LATCHED_ACKED: "LATCHED ACKED",
}


def _state_words(alarm: Alarm, shown: Severity) -> str:
    again = f" x{alarm.violations}" if alarm.violations > 1 else ""
    words = [_STATE_WORDS[alarm.state] + again]
    if alarm.highest > shown:
        words.append(f"was {theme.SEVERITY_LOOKS[alarm.highest].word}")
    if alarm.shelved_until_ns:
        words.append(f"SHELVED until {utc(alarm.shelved_until_ns)[11:16]}")
    if alarm.out_of_service:
        words.append("OUT OF SERVICE")
    return ", ".join(words)
