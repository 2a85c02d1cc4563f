"""A trace as SVG: what was measured, the limits of each side, when each side spoke. Pure."""

from collections.abc import Iterator
from html import escape
from typing import Final

import numpy as np

from backtest.compare import Comparison
from backtest.traces import Trace
from telemetry.clock import utc
from telemetry.limit import Band, Severity

_WIDTH: Final = 1000
_HEIGHT: Final = 200
_LEFT: Final = 70
#: Below the trace: a lane a side with its alarms, then the times.
_LANE: Final = 14
_COLOURS: Final = {
    Severity.ADVISORY: "#3b78b8",
    Severity.CAUTION: "#b98500",
    Severity.WARNING: "#c6362c",
    Severity.EMERGENCY: "#b0146c",
}
#: Solid for the first side, dashed for the second.
_DASHES: Final = ("", "6 4", "2 3")


def drawing(trace: Trace, found: Comparison) -> str:
    """One `<svg>` element; nothing in it is asked of anybody."""
    return _Drawing(trace, found).svg()


class _Drawing:
    def __init__(self, trace: Trace, found: Comparison) -> None:
        self._trace = trace
        self._found = found
        low, high = _extent(trace)
        pad = (high - low) * 0.06 or abs(high) * 0.05 or 1.0
        self._low, self._high = low - pad, high + pad

    def svg(self) -> str:
        height = _HEIGHT + _LANE * len(self._found.sides) + 22
        name = escape(f"{self._trace.spacecraft}/{self._trace.parameter.id}")
        parts = [
            f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{name}">',
            f'<rect class="field" x="{_LEFT}" y="0" width="{_WIDTH - _LEFT}" height="{_HEIGHT}"/>',
            *self._scale(),
            *self._limits(),
            *self._samples(),
            *self._events(),
            *self._lanes(),
            "</svg>",
        ]
        return "".join(parts)

    def _x(self, time_ns: int) -> float:
        share = (time_ns - self._found.start_ns) / (self._found.stop_ns - self._found.start_ns)
        return _LEFT + min(max(share, 0.0), 1.0) * (_WIDTH - _LEFT)

    def _y(self, value: float) -> float:
        return _HEIGHT * (1 - (value - self._low) / (self._high - self._low))

    def _scale(self) -> Iterator[str]:
        for share in (0.05, 0.5, 0.95):
            value = self._low + share * (self._high - self._low)
            yield _text(_LEFT - 6, self._y(value) + 4, f"{value:.5g}", "end")
        y = _HEIGHT + _LANE * len(self._found.sides) + 16
        for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
            span_ns = self._found.stop_ns - self._found.start_ns
            time_ns = self._found.start_ns + round(share * span_ns)
            yield _text(self._x(time_ns), y, utc(time_ns)[:19] + "Z", anchor)

    def _limits(self) -> Iterator[str]:
        for number, bands in enumerate(self._trace.bands):
            for severity, band in bands:
                for value in _sides(band):
                    if self._low <= value <= self._high:
                        y = self._y(value)
                        title = f"{self._found.sides[number].name}: {severity.name} {value:g}"
                        yield (
                            f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" '
                            f'stroke="{_COLOURS[severity]}" stroke-dasharray="{_dash(number)}">'
                            f"<title>{escape(title)}</title></line>"
                        )

    def _samples(self) -> Iterator[str]:
        times = [self._x(time_ns) for time_ns in self._trace.time_ns.tolist()]
        tops = [self._y(value) for value in self._trace.high.tolist()]
        bottoms = [self._y(value) for value in self._trace.low.tolist()]
        if not times:
            yield _text(_LEFT + 12, _HEIGHT / 2, "nothing measured", "start")
            return
        # there and back: the span between the lowest and the highest of each moment
        there = [f"{x:.1f},{y:.1f}" for x, y in zip(times, tops, strict=True)]
        back = [f"{x:.1f},{y:.1f}" for x, y in zip(times, bottoms, strict=True)]
        yield f'<polygon class="trace" points="{" ".join([*there, *reversed(back)])}"/>'

    def _events(self) -> Iterator[str]:
        for time_ns in self._found.events_ns:
            x = self._x(time_ns)
            yield (
                f'<line class="event" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{_HEIGHT}">'
                f"<title>{escape(utc(time_ns))}</title></line>"
            )

    def _lanes(self) -> Iterator[str]:
        for number, alarms in enumerate(self._trace.alarms):
            y = _HEIGHT + _LANE * number + 3
            yield _text(_LEFT - 6, y + 9, self._found.sides[number].name[:10], "end")
            for one in alarms:
                start = self._x(one.start_ns)
                width = max(self._x(one.stop_ns or self._found.stop_ns) - start, 2.0)
                title = "; ".join(
                    f"{step.severity.name} {step.limit} at {utc(step.time_ns)}"
                    for step in one.steps[:5]
                )
                yield (
                    f'<rect x="{start:.1f}" y="{y}" width="{width:.1f}" height="{_LANE - 4}" '
                    f'fill="{_COLOURS[one.severity]}"><title>{escape(title)}</title></rect>'
                )


def _extent(trace: Trace) -> tuple[float, float]:
    """Of what was measured, and of the limits that are not far from it."""
    values = np.concatenate([trace.low, trace.high])
    values = values[np.isfinite(values)]
    limits = [value for bands in trace.bands for _, band in bands for value in _sides(band)]
    if not values.size:
        return (min(limits), max(limits)) if limits else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    reach = 1.5 * (high - low) or abs(high) or 1.0
    near = [value for value in limits if low - reach <= value <= high + reach]
    return min([low, *near]), max([high, *near])


def _sides(band: Band) -> list[float]:
    return [value for value in (band.low, band.high) if value is not None]


def _dash(number: int) -> str:
    return _DASHES[min(number, len(_DASHES) - 1)]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
