"""Plotly figures of what was recorded. Pure: buckets in, figure out."""

from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from dashboard import theme
from dashboard.trends_look import faint
from telemetry.clock import SECOND_NS
from telemetry.frame import Buckets
from telemetry.limit import Severity
from telemetry.parameter import STALE_AFTER_PERIODS, Parameter

_MINUTE: Final = 60
_HOUR: Final = 3600

#: What the range selector offers, in seconds.
RANGES: Final = {"15 min": 15 * _MINUTE, "1 h": _HOUR, "6 h": 6 * _HOUR, "24 h": 24 * _HOUR}

_DAY: Final = 24 * _HOUR
#: Bucket widths to choose from, in seconds: divisors of what people read a time axis by.
_WIDTHS: Final = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 5, 10, 15, 30, 60, 90, 120, 180, 300, 600, 900),
    *(1800, _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY),
)
_WANTED_BUCKETS: Final = 1000

#: A sampled value that does not change may be left out for so long; a longer silence is a gap.
_REPEATED_S: Final = 60


def bucket_width_ns(range_s: float, wanted: int = _WANTED_BUCKETS) -> int:
    """The narrowest width that gives no more buckets than are wanted."""
    wide_enough = (width for width in _WIDTHS if range_s / width <= wanted)
    return round(next(wide_enough, _WIDTHS[-1]) * SECOND_NS)


def history(
    parameter: Parameter,
    buckets: Buckets,
    start_ns: int,
    stop_ns: int,
    palette: theme.Palette = theme.DARK,
) -> go.Figure:
    """Minimum to maximum as a band with the mean in it; states and flags as steps."""
    figure = go.Figure(layout=_layout(parameter, start_ns, stop_ns, palette))
    if parameter.type.numeric:
        _add_limits(figure, parameter, palette)
        _add_band(figure, parameter, buckets, palette)
    else:
        _add_steps(figure, parameter, buckets, palette)
    return figure


def mark_moment(figure: go.Figure, time_ns: int, palette: theme.Palette = theme.DARK) -> None:
    """A line at the minute a link is about."""
    at = str(times([time_ns])[0])
    figure.add_shape(
        type="line",
        x0=at,
        x1=at,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": palette.text, "width": 1, "dash": "dot"},
    )


def times(time_ns: Any) -> Any:
    """As Plotly takes them: datetime64, to the millisecond."""
    return np.asarray(time_ns, dtype="datetime64[ns]").astype("datetime64[ms]")


def _add_band(
    figure: go.Figure, parameter: Parameter, buckets: Buckets, palette: theme.Palette
) -> None:
    time_ns, low, high, mean = with_gaps(parameter, buckets)
    moments = times(time_ns)
    line = {"width": 0, "shape": "hv"}  # what has not changed is not sent: it holds until the next
    figure.add_scatter(x=moments, y=high, mode="lines", line=line, hoverinfo="skip", name="maximum")
    figure.add_scatter(
        x=moments,
        y=low,
        mode="lines",
        line=line,
        fill="tonexty",
        fillcolor=faint(palette.trace, 0.28),
        hoverinfo="skip",
        name="minimum",
    )
    figure.add_scatter(
        x=moments,
        y=mean,
        mode="lines+markers" if len(mean) < 3 else "lines",
        line={"color": palette.trace, "width": 1.5, "shape": "hv"},
        customdata=np.column_stack((low, high)),
        hovertemplate="%{y:.6g} (%{customdata[0]:.6g} to %{customdata[1]:.6g})<extra></extra>",
        name="mean",
    )


def with_gaps(parameter: Parameter, buckets: Buckets) -> tuple[Any, Any, Any, Any]:
    """The buckets with an empty one wherever sampling stopped, so that no line spans it."""
    columns = (buckets.time_ns, buckets.minimum, buckets.maximum, buckets.mean)
    if parameter.period_s is None or len(buckets.time_ns) < 2:
        return columns
    expected_s = max(buckets.width_ns / SECOND_NS, parameter.period_s, _REPEATED_S)
    expected_ns = expected_s * SECOND_NS * STALE_AFTER_PERIODS
    after = np.flatnonzero(np.diff(buckets.time_ns) > expected_ns)
    time_ns = np.insert(columns[0], after + 1, columns[0][after] + buckets.width_ns)
    low, high, mean = (np.insert(column, after + 1, np.nan) for column in columns[1:])
    return time_ns, low, high, mean


def _add_steps(
    figure: go.Figure, parameter: Parameter, buckets: Buckets, palette: theme.Palette
) -> None:
    names = [parameter.display(value) for value in buckets.last.tolist()]
    figure.add_scatter(
        x=times(buckets.time_ns),
        y=names,
        mode="lines+markers",
        line={"color": palette.trace, "width": 1.5, "shape": "hv"},
        marker={"size": 4},
        hovertemplate="%{y}<extra></extra>",
        name="last",
    )
    known = list(parameter.states.values())
    order = known + [name for name in dict.fromkeys(names) if name not in known]
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=order)


def _add_limits(figure: go.Figure, parameter: Parameter, palette: theme.Palette) -> None:
    for severity, band in sorted(parameter.limits.range.items()):
        look = theme.SEVERITY_LOOKS[severity]
        for side, value in (("low", band.low), ("high", band.high)):
            if value is None:
                continue
            figure.add_hline(
                y=value,
                line={"color": palette.colour(look), "width": 1, "dash": _dash(severity)},
                annotation={
                    "text": f"{look.label} {side} {value:g}",
                    "font": {"size": 10, "color": palette.colour(look)},
                },
                annotation_position="top left" if side == "high" else "bottom left",
            )


def _dash(severity: Severity) -> str:
    return "solid" if severity >= Severity.WARNING else "dash"


def _layout(parameter: Parameter, start_ns: int, stop_ns: int, palette: theme.Palette) -> go.Layout:
    window = times([start_ns, stop_ns])
    grid = {"gridcolor": palette.grid, "zerolinecolor": palette.grid}
    return go.Layout(
        paper_bgcolor=palette.panel,
        plot_bgcolor=palette.paper,
        font={"color": palette.text, "size": 12},
        margin={"l": 64, "r": 16, "t": 16, "b": 40},
        showlegend=False,
        hovermode="x unified",
        xaxis={**grid, "type": "date", "range": list(window), "title": {"text": "UTC"}},
        yaxis={**grid, "title": {"text": parameter.unit or None}},
        uirevision=parameter.id,
    )


def describe_window(buckets: Buckets) -> str:
    """What the chart is made of, in words under it."""
    count = int(buckets.count.sum())
    if not count:
        return "Nothing was recorded in this window."
    step = f"{buckets.width_ns / SECOND_NS:g} s"
    return f"{count} samples; band: least to most in each {step}, line: mean."
