"""The chart of Trends as a Plotly figure: lines on axes by unit, states in lanes, and what else
happened. Pure: series and marks in, figure out.

The figure is made of plain values: Plotly's own classes take a third of a second to check one, and
all browsers would wait for that. Times are ms since 1970, so that the browser reads from the same
arrays what stands at a cursor: every line bears its parameter and its part in `meta`.
"""

import base64
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dashboard import theme
from dashboard.trends_ask import TrendAsk
from dashboard.trends_box import BOTTOM, MONO, Axis, Box, axes_of
from dashboard.trends_limits import limit_lines, value_range
from dashboard.trends_look import colour, faint
from dashboard.trends_marks import Mark
from dashboard.trends_series import Line, Series, line
from dashboard.trends_shapes import limit_shapes, mark_shapes, now_shapes, row_names

_SANS: Final = "Inter, Segoe UI, DejaVu Sans, sans-serif"
#: Pixels a sample must have for itself to be marked.
_MARKED: Final = 24


def chart(ask: TrendAsk, series: Sequence[Series], marks: Sequence[Mark]) -> dict[str, Any]:
    """{data, layout}. series: in the order of their numbers, which the table has too."""
    palette = theme.palette(ask.theme)
    axes = axes_of(series, lanes=ask.lanes)
    box = Box(ask, axes, series, marks)
    drawn = [line(one, ask.start_ns, ask.stop_ns) for one in series]
    layout = _layout(ask, box, palette)
    shapes = mark_shapes(ask, box, marks, palette)
    data: list[dict[str, Any]] = []
    taken: list[float] = []
    for axis in axes:
        layout[axis.layout] = box.axis(axis, series, palette)
        if not axis.stated:
            limits = limit_lines({place: series[place] for place in axis.places})
            span = value_range((drawn[place] for place in axis.places), limits)
            layout[axis.layout]["range"] = box.spans[axis.name] = span
            shapes += limit_shapes(limits, axis, box, palette, taken)
        for place in axis.places:
            data += _traces(series[place], drawn[place], place, axis, ask, palette)
    layout["shapes"] = [*shapes, *now_shapes(ask, palette)]
    layout["annotations"] = row_names(box, palette)
    return {"data": data, "layout": layout}


def _layout(ask: TrendAsk, box: Box, palette: theme.Palette) -> dict[str, Any]:
    return {
        "paper_bgcolor": palette.panel,
        "plot_bgcolor": palette.paper,
        "font": {"color": palette.text, "size": 11, "family": _SANS},
        "margin": {"l": box.left, "r": box.right, "t": box.top, "b": BOTTOM},
        "width": ask.wide,
        "height": ask.high,
        "showlegend": False,
        "hovermode": False,
        "dragmode": "zoom",
        "uirevision": "trends",
        "xaxis": {
            "type": "date",
            "range": [ask.start_ns / 1e6, ask.stop_ns / 1e6],
            # an axis that a person has moved stays there until the answer for it has come
            "uirevision": f"{ask.start_ns} {ask.stop_ns}",
            "gridcolor": palette.grid,
            "linecolor": palette.grid,
            "showline": True,
            "ticks": "outside",
            "tickcolor": palette.grid,
            "tickfont": {"size": 11, "family": MONO},
            "tickformatstops": _tick_formats("%Y-%j" if ask.day_of_year else "%Y-%m-%d"),
            "anchor": "free",
            "position": 0,
        },
    }


def _tick_formats(day: str) -> list[dict[str, Any]]:
    """By the distance of ticks in ms: the date stands where it is new, Plotly sees to that."""
    formats = (
        (None, 1000, f"%H:%M:%S.%3f\n{day}"),
        (1000, 60_000, f"%H:%M:%S\n{day}"),
        (60_000, 86_400_000, f"%H:%M\n{day}"),
        (86_400_000, None, day),
    )
    return [{"dtickrange": [low, high], "value": value} for low, high, value in formats]


def _traces(
    series: Series, drawn: Line, place: int, axis: Axis, ask: TrendAsk, palette: theme.Palette
) -> Iterator[dict[str, Any]]:
    """A band from least to most under the line of means; samples and states as one line."""
    own = colour(place, palette)
    parameter = series.entry.parameter
    of = {
        "type": "scatter",
        "x": packed(drawn.time_ns / 1e6),
        "yaxis": axis.name,
        "hoverinfo": "skip",
        "name": f"{place + 1} {parameter.name} ({series.entry.key})",
    }
    # "hv": what has not changed is not sent, and holds until the next
    shape = {"color": own, "shape": "hv"}

    def part(name: str) -> dict[str, Any]:
        return {"meta": {"key": series.entry.key, "part": name}}

    if not series.sampled and not series.stated:
        edge = of | {"mode": "lines", "opacity": 0.6, "showlegend": False}
        edge |= {"line": shape | {"width": 0.6}}
        yield edge | part("high") | {"y": packed(drawn.high)}
        fill = {"fill": "tonexty", "fillcolor": faint(own, 0.26)}
        yield edge | part("low") | fill | {"y": packed(drawn.low)}
    few = len(series.time_ns) <= ask.wide // _MARKED
    yield (
        of
        | part("value" if series.sampled else "mean")
        | {
            "y": packed(drawn.mean),
            "mode": "lines+markers" if few else "lines",
            "marker": {"size": 4, "color": own},
            "line": shape | {"width": 2 if series.stated else 1.5},
        }
    )


def packed(values: NDArray[Any]) -> dict[str, str]:
    """Numbers as Plotly takes them: the bytes of float64, in base64."""
    content = np.ascontiguousarray(values, np.float64).tobytes()
    return {"dtype": "f8", "bdata": base64.b64encode(content).decode()}
