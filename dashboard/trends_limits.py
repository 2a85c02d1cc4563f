"""Limits as lines of a chart: each once, however many of its parameters have it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dashboard.trends_series import Line, Series
from telemetry.limit import Severity

#: More lines than these on one axis hide the data.
MAX_LINES: Final = 16
#: Parts of what the values span.
_NEAR: Final = 0.3
_MARGIN: Final = 0.06


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LimitLine:
    """places: of the parameters that have it."""

    value: float
    side: str
    severity: Severity
    places: tuple[int, ...]

    @property
    def dash(self) -> str:
        return "solid" if self.severity >= Severity.WARNING else "dash"


def limit_lines(series: Mapping[int, Series]) -> list[LimitLine]:
    """Of what shares an axis, by place: each value once, as the most severe that it is.

    Where a context puts others in their place is not drawn.
    """
    found: dict[tuple[float, str], LimitLine] = {}
    for place, one in series.items():
        if one.stated:
            continue
        for severity, band in one.entry.parameter.limits.range.items():
            for side, value in (("low", band.low), ("high", band.high)):
                if value is None:
                    continue
                other = found.get((value, side))
                worst = max(severity, other.severity) if other else severity
                places = (*other.places, place) if other else (place,)
                found[value, side] = LimitLine(
                    value=value, severity=worst, side=side, places=tuple(dict.fromkeys(places))
                )
    return sorted(found.values())[:MAX_LINES]


def value_range(series: Iterable[Line], limits: Iterable[LimitLine]) -> tuple[float, float]:
    """What an axis shows: all values, and limits that are near enough to be seen coming."""
    edges = [
        float(edge(one[np.isfinite(one)]))
        for line in series
        for one, edge in ((line.low, np.min), (line.high, np.max))
        if np.isfinite(one).any()
    ]
    low, high = (min(edges), max(edges)) if edges else (0.0, 1.0)
    near = _NEAR * (high - low)
    for limit in limits:
        if high < limit.value <= high + near:
            high = limit.value
        elif low - near <= limit.value < low:
            low = limit.value
    # what stands still is drawn in the middle
    margin = (high - low) * _MARGIN or max(abs(high) * _MARGIN, 0.5)
    return low - margin, high + margin


def context_note(series: Sequence[Series]) -> str:
    """That other limits may hold than those drawn, and of what; empty if none do."""
    names = [
        one.entry.parameter.name
        for one in series
        if any(c.range is not None for c in one.entry.parameter.limits.contexts)
    ]
    if not names:
        return ""
    return f"Other limits hold for {', '.join(names)} while certain states are planned."
