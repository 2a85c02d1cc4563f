"""What a trend shows, as its address says it: which parameters, from when to when. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from telemetry.clock import LAST_NS, SECOND_NS
from telemetry.errors import UsageError
from telemetry.missiondb import MissionDatabase
from telemetry.moments import exact_utc, parse_time
from telemetry.parameter import Parameter

#: More lines than these nobody tells apart.
MAX_PARAMETERS: Final = 8
#: Points of a line, at the most; a screen has hardly more columns.
MAX_POINTS: Final = 2000
MIN_SPAN_NS: Final = SECOND_NS // 10

#: "the last ...", in seconds.
SPANS: Final[Mapping[str, int]] = {
    "5 min": 300,
    "15 min": 900,
    "1 h": 3600,
    "6 h": 21_600,
    "24 h": 86_400,
    "7 d": 604_800,
}
USUAL_SPAN: Final = "15 min"

_SECONDS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400)
#: Widths of buckets, ascending: none that people do not count by.
_WIDTHS_NS: Final = (
    *(SECOND_NS // part for part in (1000, 500, 200, 100, 50, 20, 10, 5, 2)),
    *(seconds * SECOND_NS for seconds in _SECONDS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One parameter of a trend."""

    spacecraft: str
    subsystem: str
    parameter: Parameter

    @property
    def key(self) -> str:
        return f"{self.spacecraft}/{self.parameter.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendView:
    """[start_ns, stop_ns) in stream time. live: it ends now, and goes on. notes: what of the
    address could not be used."""

    lines: tuple[Line, ...]
    start_ns: int
    stop_ns: int
    live: bool
    notes: tuple[str, ...] = ()

    @property
    def span_ns(self) -> int:
        return self.stop_ns - self.start_ns


def read_view(
    keys: list[str], span: str, start: str, stop: str, now_ns: int, database: MissionDatabase
) -> TrendView:
    """start, stop: as people write times; both empty for the last `span`. now_ns: of the stream.

    :raises UsageError: for a range that is none.
    """
    lines, notes = _lines(keys, database)
    if not start.strip() and not stop.strip():
        span_ns = SPANS.get(span, SPANS[USUAL_SPAN]) * SECOND_NS
        start_ns = max(0, now_ns - span_ns)
        return TrendView(lines=lines, start_ns=start_ns, stop_ns=now_ns, live=True, notes=notes)
    start_ns = parse_time(start) if start.strip() else 0
    stop_ns = parse_time(stop) if stop.strip() else now_ns
    if not start.strip():
        start_ns = max(0, stop_ns - SPANS.get(span, SPANS[USUAL_SPAN]) * SECOND_NS)
    if stop_ns <= start_ns:
        raise UsageError(f"the range ends at {exact_utc(stop_ns)}, not after {exact_utc(start_ns)}")
    if stop_ns - start_ns < MIN_SPAN_NS:
        raise UsageError(f"a range shorter than {MIN_SPAN_NS / SECOND_NS:g} s shows nothing")
    return TrendView(
        lines=lines, start_ns=start_ns, stop_ns=min(stop_ns, LAST_NS), live=False, notes=notes
    )


def _lines(keys: list[str], database: MissionDatabase) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    lines: list[Line] = []
    unknown = []
    for key in dict.fromkeys(keys):
        craft, _, id_ = key.partition("/")
        try:
            subsystem = database.spacecraft[craft].subsystem_of(id_)
        except KeyError:
            unknown.append(key[:60])
            continue
        found = subsystem.parameters[id_]
        lines.append(Line(spacecraft=craft, subsystem=subsystem.id, parameter=found))
    notes = [f"not in the mission database: {', '.join(unknown)}"] if unknown else []
    if len(lines) > MAX_PARAMETERS:
        notes.append(f"only the first {MAX_PARAMETERS} parameters are shown")
    return tuple(lines[:MAX_PARAMETERS]), tuple(notes)


def width_ns(span_ns: int, pixels: int) -> int:
    """The narrowest bucket that gives no more than a point a pixel."""
    points = min(max(pixels, 100), MAX_POINTS)
    fits = (width for width in _WIDTHS_NS if span_ns <= width * points)
    return next(fits, -(-span_ns // points))
