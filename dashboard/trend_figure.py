"""The figure of a trend: a lane a unit, all on one time axis. Pure: buckets in, figure out.

A lane of one parameter has its limits; activities and incidents are drawn through all lanes, and
where its alarms began is marked in the lane of each parameter.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from dashboard import figures
from dashboard.theme import SEVERITY_LOOKS, Palette
from dashboard.trend_view import Line, TrendView
from telemetry.frame import Buckets
from telemetry.limit import Severity

_GAP: Final = 0.03
#: Told apart by lightness too; on dark and on light.
_COLOURS: Final[Mapping[str, tuple[str, ...]]] = {
    "dark": (
        "#9fc3dd",
        "#e6b870",
        "#8fd6a4",
        "#d7a3e0",
        "#e58f86",
        "#7fd0cf",
        "#c9c36e",
        "#b0b8c4",
    ),
    "light": (
        "#1f5f8b",
        "#8a5a00",
        "#1c6b39",
        "#7a2f8a",
        "#a2352b",
        "#0d6866",
        "#6b6410",
        "#3f4a56",
    ),
}


def figure(
    view: TrendView,
    found: Sequence[Buckets],
    marks: Mapping[str, Any],
    palette: Palette,
) -> go.Figure:
    """found: of each line. marks: as `overview.overview` gives them, times in ms."""
    lanes = _lanes(view.lines)
    chart = go.Figure(layout=_layout(view, lanes, palette))
    for at, (line, buckets) in enumerate(zip(view.lines, found, strict=True)):
        lane = next(n for n, one in enumerate(lanes) if at in one)
        axis = f"y{lane + 1}" if lane else "y"
        _add_line(chart, line, buckets, axis, _COLOURS[palette.name][at % 8])
        if len(lanes[lane]) == 1 and line.parameter.type.numeric:
            _add_limits(chart, line, buckets, axis, palette)
    _add_marks(chart, view, marks, palette)
    return chart


def _lanes(lines: Sequence[Line]) -> list[list[int]]:
    """Numbers of the lines of each lane: those of one unit together, each state by itself."""
    lanes: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        numeric = line.parameter.type.numeric
        lanes.setdefault(line.parameter.unit if numeric else f"\0{line.key}", []).append(at)
    return list(lanes.values())


def _layout(view: TrendView, lanes: list[list[int]], palette: Palette) -> go.Layout:
    window = list(figures.times([view.start_ns, view.stop_ns]))
    grid = {"gridcolor": palette.grid, "zerolinecolor": palette.grid, "linecolor": palette.grid}
    count = max(1, len(lanes))
    height = (1 - _GAP * (count - 1)) / count
    axes: dict[str, Any] = {}
    for n, lane in enumerate(lanes):
        top = 1 - n * (height + _GAP)
        first = view.lines[lane[0]].parameter
        title = first.unit or "" if first.type.numeric else first.name
        axes[f"yaxis{n + 1 if n else ''}"] = {
            **grid,
            "domain": [max(0.0, top - height), top],
            "anchor": "x",
            "title": {"text": title, "font": {"size": 11}},
            "automargin": True,
        }
    return go.Layout(
        paper_bgcolor=palette.panel,
        plot_bgcolor=palette.paper,
        font={"color": palette.text, "size": 12},
        margin={"l": 72, "r": 16, "t": 26, "b": 36},
        showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": {"size": 11}},
        hovermode="x unified",
        hoversubplots="axis",
        hoverlabel={"bgcolor": palette.panel, "font": {"color": palette.text}},
        dragmode="zoom",
        xaxis={
            **grid,
            "type": "date",
            "range": window,
            "anchor": f"y{count}" if count > 1 else "y",
            "showspikes": True,
            "spikemode": "across",
            "spikethickness": 1,
            "spikecolor": palette.dim,
        },
        uirevision=f"{view.start_ns if not view.live else 'live'}",
        **axes,
    )


def _add_line(chart: go.Figure, line: Line, buckets: Buckets, axis: str, colour: str) -> None:
    parameter = line.parameter
    name = f"{parameter.name} ({line.key})"
    if not parameter.type.numeric:
        words = [parameter.display(value) for value in buckets.last.tolist()]
        shape = {"color": colour, "width": 1.5, "shape": "hv"}
        chart.add_scatter(
            x=figures.times(buckets.time_ns), y=words, yaxis=axis, name=name, line=shape,
            mode="lines+markers", marker={"size": 4}, hovertemplate="%{y}",
        )  # fmt: skip
        return
    time_ns, low, high, mean = figures.with_gaps(parameter, buckets)
    at = figures.times(time_ns)
    edge = {"width": 0, "shape": "hv"}
    hidden = {
        "yaxis": axis,
        "mode": "lines",
        "line": edge,
        "hoverinfo": "skip",
        "showlegend": False,
    }
    chart.add_scatter(x=at, y=high, name="maximum", **hidden)
    chart.add_scatter(
        x=at, y=low, name="minimum", fill="tonexty", fillcolor=_faint(colour), **hidden
    )
    chart.add_scatter(
        x=at,
        y=mean,
        yaxis=axis,
        mode="lines+markers" if len(mean) < 3 else "lines",
        line={"color": colour, "width": 1.4, "shape": "hv"},
        customdata=np.column_stack((low, high)),
        hovertemplate=f"%{{y:.6g}} {parameter.unit}"
        " (%{customdata[0]:.6g} to %{customdata[1]:.6g})",
        name=name,
    )


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.28)"


def _add_limits(
    chart: go.Figure, line: Line, buckets: Buckets, axis: str, palette: Palette
) -> None:
    """Limits that are near what is shown: one far away would press the data flat."""
    if not len(buckets.time_ns):
        return
    least, most = float(np.nanmin(buckets.minimum)), float(np.nanmax(buckets.maximum))
    reach = max(most - least, abs(most) * 0.05, 1e-9) * 3
    for severity, band in sorted(line.parameter.limits.range.items()):
        look = SEVERITY_LOOKS[severity]
        for side, limit in (("low", band.low), ("high", band.high)):
            if limit is None or not least - reach <= limit <= most + reach:
                continue
            chart.add_shape(
                type="line", x0=0, x1=1, xref="x domain", y0=limit, y1=limit, yref=axis,
                line={"color": palette.colour(look), "width": 1, "dash": _dash(severity)},
            )  # fmt: skip
            chart.add_annotation(
                x=0, xref="x domain", xanchor="left", y=limit, yref=axis, showarrow=False,
                yanchor="bottom" if side == "high" else "top",
                text=f"{look.label} {side} {limit:g}",
                font={"size": 10, "color": palette.colour(look)},
            )  # fmt: skip


def _dash(severity: Severity) -> str:
    return "solid" if severity >= Severity.WARNING else "dash"


def _add_marks(
    chart: go.Figure, view: TrendView, marks: Mapping[str, Any], palette: Palette
) -> None:
    spans = [
        (one["start"], one["over"] or one["end"], palette.dim, one["title"])
        for one in marks.get("activities", ())
    ]
    spans += [
        (one["start"], one["end"], _colour(one, palette), one["title"])
        for one in marks.get("incidents", ())
    ]
    for row, span in enumerate(spans):
        _add_span(chart, view, span, row, palette)
    shown = {line.key for line in view.lines}
    for one in marks.get("alarms", ()):
        if one["subject"] not in shown:
            continue
        look = SEVERITY_LOOKS[Severity(one["severity"])]
        at = str(figures.times([round(one["t"] * 1e6)])[0])
        chart.add_shape(
            type="line", x0=at, x1=at, y0=0, y1=1, yref="paper",
            line={"color": palette.colour(look), "width": 1, "dash": "dot"},
        )  # fmt: skip
        chart.add_annotation(
            x=at, y=0, yref="paper", yanchor="bottom", showarrow=False, text=look.symbol,
            hovertext=f"{look.label} {one['name']}: {one['said']}",
            font={"size": 11, "color": palette.colour(look)},
        )  # fmt: skip


def _colour(mark: Mapping[str, Any], palette: Palette) -> str:
    return palette.colour(SEVERITY_LOOKS[Severity(mark["severity"])])


def _add_span(
    chart: go.Figure,
    view: TrendView,
    span: tuple[float, float | None, str, str],
    row: int,
    palette: Palette,
) -> None:
    """span: from, to (None: it goes on), colour, title. row: titles stand below each other."""
    start_ms, stop_ms, colour, title = span
    start_ns = max(view.start_ns, round(start_ms * 1e6))
    stop_ns = min(view.stop_ns, round(stop_ms * 1e6) if stop_ms else view.stop_ns)
    if stop_ns <= start_ns:
        return
    first, last = (str(one) for one in figures.times([start_ns, stop_ns]))
    chart.add_shape(
        type="rect", x0=first, x1=last, y0=0, y1=1, yref="paper", layer="below",
        fillcolor=colour, opacity=0.09, line={"width": 0},
    )  # fmt: skip
    chart.add_annotation(
        x=first, y=1, yref="paper", xanchor="left", yanchor="top", yshift=-13 * row,
        showarrow=False, text=title if len(title) <= 40 else f"{title[:39]}…", hovertext=title,
        font={"size": 10, "color": palette.dim},
    )  # fmt: skip
