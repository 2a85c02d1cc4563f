"""An alarm as a row of the alarm list: everything in words an operator reads."""

from typing import Any, Final

from dashboard import theme
from telemetry.alarm import Alarm, Condition, State
from telemetry.clock import utc
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value


def row_id(craft: str, alarm: str) -> str:
    return f"{craft}/{alarm}"


def row(alarm: Alarm, database: MissionDatabase) -> dict[str, Any]:
    """One row of the alarm list. What has returned keeps the class it had."""
    shown = alarm.severity if alarm.state.violated else alarm.highest
    name, value = subject_words(database, alarm.spacecraft, alarm.subject, alarm.value)
    return {
        "id": row_id(alarm.spacecraft, alarm.id),
        "spacecraft": alarm.spacecraft,
        "alarm": alarm.id,
        "occurrence": alarm.occurrence,
        "subject": alarm.subject,
        "subsystem": _subsystem(database, alarm),
        "condition": alarm.condition,
        "name": titled(name, alarm.condition),
        "severity": int(shown),
        "class": theme.SEVERITY_LOOKS[shown].label,
        "state": _state_words(alarm, shown),
        "violated": alarm.state.violated,
        "unacknowledged": alarm.state.unacknowledged,
        "value": value,
        "limit": alarm.limit,
        "since": alarm.since_ns / 1e6,
        "since_utc": utc(alarm.since_ns) if alarm.since_ns else "",
        "annunciated": alarm.annunciated_ns / 1e6,
        "by": alarm.acknowledged_by,
        "acknowledged": alarm.acknowledged_ns / 1e6,
        "comment": alarm.comment,
        "late": alarm.late,
        "held_back": alarm.inhibited_by,
        "last": bool(alarm.inhibited_by),
        "unknown_since": alarm.unknown_since_ns / 1e6,
        "silenced": alarm.silenced,
        "silence": ", ".join(_silence_words(alarm)),
        "shelved_until": alarm.shelved_until_ns / 1e6,
        "out_of_service": alarm.out_of_service,
        "silenced_by": alarm.shelved_by or alarm.out_of_service_by,
        "reason": alarm.shelf_reason or alarm.out_of_service_reason,
    }


def _subsystem(database: MissionDatabase, alarm: Alarm) -> str:
    craft = database.spacecraft.get(alarm.spacecraft)
    if craft is None or alarm.subject in craft.subsystems:
        return alarm.subject if craft else ""
    try:
        return craft.subsystem_of(alarm.subject).id
    except KeyError:
        return ""


def titled(name: str, condition: str) -> str:
    """Name of an alarm; a limit broken is what one expects, anything else is said."""
    words = _CONDITION_WORDS.get(condition, condition)
    return f"{name}: {words}" if words else name


def subject_words(
    database: MissionDatabase, spacecraft: str, subject: str, value: Value | None
) -> tuple[str, str]:
    """Name of what an alarm is about, and the value that broke the limit, with its unit."""
    craft = database.spacecraft.get(spacecraft)
    if craft is None:
        return subject, _plain(value)
    if subject in craft.subsystems:
        return craft.subsystems[subject].name, _plain(value)
    try:
        parameter = craft.subsystem_of(subject).parameters[subject]
    except KeyError:
        return subject, _plain(value)
    if value is None:
        return parameter.name, ""
    return parameter.name, f"{parameter.display(value)} {parameter.unit}".rstrip()


def _plain(value: Value | None) -> str:
    return "" if value is None else str(value)


_CONDITION_WORDS: Final[dict[str, str]] = {
    Condition.LIMIT: "",
    Condition.RATE: "rate",
    Condition.INVALID: "invalid",
    Condition.STALE: "silent",
    Condition.INCREASE: "increase",
}

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
    words += _silence_words(alarm)
    return ", ".join(words)


def _silence_words(alarm: Alarm) -> list[str]:
    words = []
    if alarm.shelved_until_ns:
        words.append(f"SHELVED until {utc(alarm.shelved_until_ns)[11:16]}")
    if alarm.out_of_service:
        words.append("OUT OF SERVICE")
    return words
