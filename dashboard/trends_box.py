"""Where everything of a chart is: axes by unit, lanes of states, rows of what else happened. Pure.

Sizes are in pixels, places in parts of the chart, from its bottom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboard import theme
from dashboard.trends_ask import TrendAsk
from dashboard.trends_look import colour, cut
from dashboard.trends_marks import Mark, MarkKind
from dashboard.trends_series import Series

#: More axes than these leave no room for the chart; every parameter gets its own lane then.
MAX_AXES: Final = 4
BOTTOM: Final = 36
MONO: Final = "JetBrains Mono, DejaVu Sans Mono, Liberation Mono, monospace"
#: As wide as a character of what stands in a chart is.
CHARACTER: Final = 6.2

_AXIS: Final = 58
_ROW: Final = 18
_GAP: Final = 12
_STATE: Final = 15
#: Activities at once that are told apart [A].
_MAX_ACTIVITY_ROWS: Final = 3
_LONGEST_STATE: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One y axis: of a unit, or of a lane with one parameter. name: "y", "y2" and so on.

    shares: it stands in the place of the first axis.
    """

    name: str
    unit: str
    places: tuple[int, ...]
    stated: bool = False
    shares: bool = False

    @property
    def layout(self) -> str:
        return f"yaxis{self.name[1:]}"


def axes_of(series: Sequence[Series], *, lanes: bool) -> list[Axis]:
    """Numbers share an axis by unit while these are few enough; what has states never does."""
    numbers = [place for place, one in enumerate(series) if not one.stated]
    by_unit: dict[str, list[int]] = {}
    for place in numbers:
        by_unit.setdefault(series[place].entry.parameter.unit, []).append(place)
    shared = not lanes and len(by_unit) <= MAX_AXES
    groups = list(by_unit.values()) if shared else [[place] for place in numbers]
    of_numbers = len(groups)
    groups += [[place] for place, one in enumerate(series) if one.stated]
    return [
        Axis(
            name=f"y{n + 1 if n else ''}",
            unit=series[places[0]].entry.parameter.unit,
            places=tuple(places),
            stated=n >= of_numbers,
            shares=shared and 0 < n < of_numbers,
        )
        for n, places in enumerate(groups)
    ]


class Box:
    """Where everything is, in pixels and parts of the chart.

    spans: the values each axis of numbers shows, by its name, as soon as that is known.
    """

    def __init__(
        self,
        ask: TrendAsk,
        axes: Sequence[Axis],
        series: Sequence[Series],
        marks: Sequence[Mark],
    ) -> None:
        self.activities = _apart([one for one in marks if one.kind is MarkKind.ACTIVITY])
        self.alarms = any(mark.kind is MarkKind.ALARM for mark in marks)
        self._rows = len(self.activities) + self.alarms
        self.top = 8 + _ROW * self._rows
        self.spans: dict[str, tuple[float, float]] = {}
        numbers = [axis for axis in axes if not axis.stated]
        self._stated = [axis for axis in axes if axis.stated]
        self._shared = all(axis.shares for axis in numbers[1:])
        sides = len(numbers) if self._shared else min(1, len(numbers))
        names = [name for one in series if one.stated for name in one.names]
        words = max((min(len(name), _LONGEST_STATE) for name in names), default=0) * CHARACTER + 10
        rows_wide = 62 if self._rows else 0
        self._left_axes = (sides + 1) // 2
        self._right_axes = sides // 2
        self.left = round(max(_AXIS * max(1, self._left_axes), words, rows_wide))
        self.right = max(14, _AXIS * self._right_axes)
        self.wide = max(100, ask.wide - self.left - self.right)
        self.high = max(60, ask.high - self.top - BOTTOM)
        self._domains = self._split(numbers, series)

    def _split(
        self, numbers: Sequence[Axis], series: Sequence[Series]
    ) -> Mapping[str, tuple[float, float]]:
        """Lanes of states at the bottom, as high as their states need; numbers share the rest."""
        wanted = {
            axis.name: max(34, _STATE * max(1, len(series[axis.places[0]].names)) + 8)
            for axis in self._stated
        }
        lanes = 1 if self._shared and numbers else len(numbers)
        spare = self.high - _GAP * (len(wanted) + lanes - 1)
        share = min(1.0, (spare * (0.6 if numbers else 1.0)) / max(1, sum(wanted.values())))
        domains: dict[str, tuple[float, float]] = {}
        at = 0.0
        for axis in reversed(self._stated):
            height = wanted[axis.name] * share
            domains[axis.name] = (at / self.high, (at + height) / self.high)
            at += height + _GAP
        if self._shared:
            domains |= {axis.name: (min(at / self.high, 0.9), 1.0) for axis in numbers}
            return domains
        height = (self.high - at - _GAP * (lanes - 1)) / max(1, lanes)
        for axis in reversed(numbers):
            domains[axis.name] = (at / self.high, min(1.0, (at + height) / self.high))
            at += height + _GAP
        return domains

    def axis(self, axis: Axis, series: Sequence[Series], palette: theme.Palette) -> dict[str, Any]:
        own = colour(axis.places[0], palette) if len(axis.places) == 1 else palette.text
        domain = self._domains[axis.name]
        made: dict[str, Any] = {
            "domain": domain,
            "type": "linear",  # Plotly cannot tell from a line without a value
            "gridcolor": palette.grid,
            "zeroline": False,
            "tickmode": "auto",  # else its ticks are put where those of the first axis are
            "linecolor": palette.grid,
            "showline": True,
            "tickfont": {"color": own, "size": 11, "family": MONO},
            "uirevision": f"{axis.name} {axis.unit}",
            "automargin": False,
        }
        if axis.stated:
            names = series[axis.places[0]].names
            count = max(1, len(names))
            room = (domain[1] - domain[0]) * self.high
            every = max(1, round(count * 12 / max(room, 1)))
            return made | {
                "range": [-0.5, count - 0.5],
                "tickmode": "array",
                "fixedrange": True,
                "tickvals": list(range(0, len(names), every)),
                "ticktext": [cut(name, _LONGEST_STATE) for name in names[::every]],
                "tickfont": {"color": own, "size": 10},
                "showgrid": True,
            }
        made |= {
            "title": {"text": axis.unit or None, "standoff": 4, "font": {"color": own, "size": 11}}
        }
        made |= {"nticks": max(3, round((domain[1] - domain[0]) * self.high / 36))}
        nth = int(axis.name[1:] or 1) - 1
        if not axis.shares:
            return made
        side = "left" if nth % 2 == 0 else "right"
        outer = (nth - 1) // 2 if side == "right" else nth // 2
        shift = outer * _AXIS * (1 if side == "right" else -1)
        return (
            made
            | {
                "side": side,
                "overlaying": "y",
                "anchor": "free" if outer else "x",
                "shift": shift,
                "showgrid": False,
            }
            | ({"position": 1.0 if side == "right" else 0.0} if outer else {})
        )

    def row(self, nth: int) -> tuple[float, float]:
        """Of a row over the chart, from the top: its bottom and top."""
        bottom = (2 + _ROW * (self._rows - 1 - nth)) / self.high
        return 1 + bottom, 1 + bottom + (_ROW - 3) / self.high

    def edges(self, axis: Axis) -> tuple[float, float]:
        """Bottom and top of an axis, in pixels from the bottom of the chart."""
        bottom, top = self._domains[axis.name]
        return bottom * self.high, top * self.high

    def height_of(self, axis: Axis, value: float) -> float | None:
        """Where a value is on an axis, in pixels from the bottom; None if it is not shown."""
        low, high = self.spans[axis.name]
        bottom, top = self.edges(axis)
        part = (value - low) / (high - low)
        return bottom + part * (top - bottom) if 0 < part < 1 else None

    def pixels(self, mark: Mark, ask: TrendAsk) -> float:
        return (mark.stop_ns - mark.start_ns) / (ask.stop_ns - ask.start_ns) * self.wide


def _apart(activities: Sequence[Mark]) -> list[list[Mark]]:
    """In rows, so that none lies on another while there are not too many."""
    rows: list[list[Mark]] = []
    for mark in sorted(activities, key=lambda one: one.start_ns):
        free = next((row for row in rows if row[-1].stop_ns <= mark.start_ns), None)
        if free is not None:
            free.append(mark)
        elif len(rows) < _MAX_ACTIVITY_ROWS:
            rows.append([mark])
        else:
            rows[-1].append(mark)
    return rows
