"""A replay session as the list of sessions and the transport bar show it. Times are ms."""

from typing import Any, Final

from telemetry.replay import Replay, ReplayChange, ReplayLimits, ReplayOrder

ORDERS: Final = {
    ReplayOrder.RECEIVED: "as received",
    ReplayOrder.HAPPENED: "as it happened",
}
LIMITS: Final = {ReplayLimits.THEN: "limits of then", ReplayLimits.NOW: "limits of now"}


def row(replay: Replay) -> dict[str, Any]:
    """speed: 0 for as fast as it goes."""
    spec = replay.spec
    return {
        "id": replay.id,
        "root": replay.root,
        "by": replay.by,
        "state": replay.state.value,
        "start": replay.start_ns / 1e6,
        "stop": replay.stop_ns / 1e6,
        "position": replay.position_ns / 1e6,
        "speed": replay.speed,
        "created": replay.created_ns / 1e6,
        "source": source(replay),
        "order": ORDERS[spec.order],
        "limits": LIMITS[spec.limits],
        "gaps": f"gaps {'skipped' if spec.gaps.value == 'skip' else 'kept'}",
        "missiondb": replay.missiondb,
        "frames": replay.frames,
        "events": replay.events,
        "note": replay.note,
        "reason": replay.reason,
    }


def source(replay: Replay) -> str:
    """Of what it is; empty for a range of the store."""
    if replay.spec.recording:
        return f"recording {replay.spec.recording}"
    return f"bundle {replay.spec.bundle}" if replay.spec.bundle else ""


def answer(change: ReplayChange) -> dict[str, Any]:
    """The answer to a command, for whoever asked."""
    return {
        "command": change.command,
        "verb": change.verb.value,
        "by": change.by,
        "refused": change.refused,
        "row": row(change.replay) if change.replay else None,
    }
