"""What a page is built from: the mission database, and how severities and freshness look."""

from typing import Any, Final

from dashboard import theme
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, Subsystem
from telemetry.topics import GROUND, LIVE_ROOT, TRAINING_ROOT

#: The spacecraft that ingest tells of itself as; alarms come from it alone.
INGEST: Final = GROUND

#: What ingest says of floods and chatter.
FLOOD: Final = {
    "on": "ground/GND_ALARM_FLOOD",
    "count": "ground/GND_ANNUNCIATIONS_10MIN",
    "chattering": "ground/GND_CHATTERING",
}


def looks(root: str) -> dict[str, Any]:
    """Words, symbols and class names of severities, by number, and of freshness, by stream kind."""
    other = theme.TRAINING_MODE if is_training(root) else theme.REPLAY_MODE
    modes = {kind: mode if root == LIVE_ROOT else other for kind, mode in theme.MODES.items()}
    return {
        "severity": [_look(theme.SEVERITY_LOOKS[severity]) for severity in Severity],
        "freshness": {key: _look(look) for key, look in theme.FRESHNESS_LOOKS.items()},
        "modes": {
            kind: {"banner": mode.banner, "freshness": mode.freshness}
            for kind, mode in modes.items()
        },
    }


def is_training(root: str) -> bool:
    return root.startswith(f"{TRAINING_ROOT}-")


def _look(look: theme.Look) -> dict[str, str]:
    return {"word": look.word, "symbol": look.symbol, "name": theme.css_name(look.word)}


def spacecraft(database: MissionDatabase) -> list[dict[str, Any]]:
    """What the page is built from."""
    return [
        {
            "id": craft.id,
            "name": craft.name,
            "subsystems": [_subsystem_fields(s) for s in craft.subsystems.values()],
        }
        # ground watches the rest: it stands last
        for craft in sorted(database.spacecraft.values(), key=lambda craft: craft.id == INGEST)
    ]


def _subsystem_fields(subsystem: Subsystem) -> dict[str, Any]:
    return {
        "id": subsystem.id,
        "name": subsystem.name,
        "derived": subsystem.derived,
        "period_ms": subsystem.period_s * 1000,
        "stale_ms": subsystem.stale_after_ns / 1e6,
        "parameters": [_parameter_fields(p) for p in subsystem.parameters.values()],
    }


def _parameter_fields(parameter: Parameter) -> dict[str, Any]:
    return {
        "id": parameter.id,
        "name": parameter.name,
        "type": parameter.type,
        "unit": parameter.unit,
        "states": {str(code): name for code, name in parameter.states.items()},
        "period_ms": None if parameter.period_s is None else parameter.period_s * 1000,
        "limited": parameter.limits.highest > Severity.NOMINAL,
        "bands": [
            {"severity": int(severity), "low": band.low, "high": band.high}
            for severity, band in sorted(parameter.limits.range.items())
        ],
    }
