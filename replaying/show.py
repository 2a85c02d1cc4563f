"""A replay session as an operator reads it in a terminal."""

from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.table import Table

from telemetry.clock import utc
from telemetry.replay import AS_FAST_AS_IT_GOES, Replay, ReplayGaps

#: As wide as a table is made where there is no terminal.
_WIDTH: Final = 160


def told(replay: Replay) -> str:
    """Where it is, in one line."""
    line = (
        f"replay {replay.id}: {replay.state} at {utc(replay.position_ns)}, "
        f"{speed_text(replay.speed)}, {replay.frames} frames, {replay.events} alarm events"
    )
    return f"{line}: {replay.reason}" if replay.reason else line


def created(replay: Replay) -> str:
    """What was created, and how to look at it."""
    spec = replay.spec
    source = spec.recording and f" of recording {spec.recording}"
    source = source or (spec.bundle and f" of bundle {spec.bundle}")
    gaps = ", gaps skipped" if spec.gaps is ReplayGaps.SKIP else ""
    lines = [
        f"replay {replay.id}: {replay.state}, {spec.order}{source}, {range_text(replay)}, "
        f"{speed_text(replay.speed)}{gaps}",
        f"judged by the limits of {spec.limits}, mission database {replay.missiondb}",
        *([replay.note] if replay.note else []),
        f"look at it: stationwatch console --root {replay.root} --console-port 8051",
    ]
    return "\n".join(lines)


def speed_text(speed: float) -> str:
    return "as fast as it goes" if speed == AS_FAST_AS_IT_GOES else f"{speed:g}x"


def range_text(replay: Replay) -> str:
    return f"{utc(replay.start_ns)} to {utc(replay.stop_ns)}"


def print_sessions(replays: Iterable[Replay]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("session", "state", "at", "range", "speed", "order", "limits", "by", "events"):
        table.add_column(column, no_wrap=column == "session")
    table.add_column("note")
    for replay in replays:
        table.add_row(
            replay.id,
            replay.state,
            utc(replay.position_ns),
            range_text(replay),
            speed_text(replay.speed),
            replay.spec.order,
            replay.spec.limits,
            replay.by,
            str(replay.events),
            replay.reason or replay.note,
        )
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=_WIDTH)
    console.print(table)
