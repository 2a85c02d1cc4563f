"""A simulation to look at: one self-contained HTML page of its telemetry. I/O: writes it."""

from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from simulators.files.chart import LANES, ON_TIME, PANELS, Chart, Key, Panel
from telemetry.errors import UsageError
from telemetry.parameter import Parameter

#: Thrusters shown, of those that were on longest; words of events that still find room.
_THRUSTERS: Final = 4
_SHOWN_EVENTS: Final = 60
_LEVELS: Final = 4
#: How many letters have room beside each other.
_LETTERS: Final = 190

_PAPER, _PANEL, _GRID, _TEXT, _DIM = "#14181d", "#1a2027", "#2c353f", "#dfe6ec", "#8c9aa6"
_COLOURS: Final = ("#6cb6ff", "#f2b05e", "#79d19a", "#d59bf6")
#: Of states: calm ones first, since nearly all begin with what is usual.
_STATE_COLOURS: Final = (
    "#3d5a73",
    "#b8802f",
    "#7b5ea7",
    "#3f8560",
    "#a94f4f",
    "#5f6f7d",
    "#927f3a",
)


def figure(chart: Chart) -> go.Figure:
    return _Page(chart).figure()


def write(chart: Chart, path: Path) -> None:
    """:raises UsageError: if it cannot be written."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        figure(chart).write_html(
            partial,
            include_plotlyjs=True,
            div_id="stationwatch",
            config={"displaylogo": False, "responsive": True},
        )
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            partial.unlink()


class _Page:
    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._start_ns = chart.start_ns
        self._end_ns = chart.end_ns

    def figure(self) -> go.Figure:
        rows = 1 + len(PANELS) + len(LANES)
        heights = [0.8, *([1.0] * len(PANELS)), *(0.22 * len(keys) + 0.2 for _, keys in LANES)]
        figure = make_subplots(
            rows=rows, cols=1, shared_xaxes=True, vertical_spacing=0.022, row_heights=heights
        )
        self._draw_events(figure)
        for row, panel in enumerate(PANELS, start=2):
            self._draw_panel(figure, panel, row)
        for row, (title, keys) in enumerate(LANES, start=2 + len(PANELS)):
            self._draw_lane(figure, title, keys, row)
        self._lay_out(figure, rows)
        return figure

    def _draw_events(self, figure: go.Figure) -> None:
        events = [
            (event.at_ns, event.says)
            for event in self._chart.scenario.events
            if event.says and self._start_ns <= event.at_ns <= self._end_ns
        ][:_SHOWN_EVENTS]
        times = _times([at_ns for at_ns, _ in events])
        figure.add_scatter(
            x=times,
            y=[-level for level in self._levels(events)],
            mode="markers+text",
            text=[f" {words}" for _, words in events],
            textposition="middle right",
            hovertext=[words for _, words in events],
            hoverinfo="text+x",
            marker={"symbol": "triangle-down", "size": 9, "color": _TEXT},
            cliponaxis=False,
            row=1,
            col=1,
        )
        for time in times:
            line = {"color": _DIM, "width": 1, "dash": "dot"}
            figure.add_shape(
                type="line", x0=time, x1=time, y0=0, y1=1, yref="paper", line=line, layer="below"
            )

    def _levels(self, events: list[tuple[int, str]]) -> list[int]:
        """For each event a level at which its words begin after those before have ended."""
        free_ns = [self._start_ns] * _LEVELS
        levels = []
        for at_ns, words in events:
            level = next((n for n, end_ns in enumerate(free_ns) if end_ns <= at_ns), None)
            if level is None:
                level = free_ns.index(min(free_ns))
            free_ns[level] = at_ns + (len(words) + 3) * (self._end_ns - self._start_ns) // _LETTERS
            levels.append(level)
        return levels

    def _draw_panel(self, figure: go.Figure, panel: Panel, row: int) -> None:
        curves = self._chart.curves
        shown, nothing = [key for key in panel.parameters if curves[key]], "nothing was received"
        if shown and panel.title == ON_TIME:
            on = sorted((key for key in shown if curves[key].last), key=lambda k: -curves[k].last)
            shown, nothing = sorted(on[:_THRUSTERS]), "no thruster was on"
        title = f"<b>{panel.title}</b>, {panel.unit}"
        for key, colour in zip(shown, _COLOURS, strict=False):
            time_ns, values = curves[key].points()
            figure.add_scatter(
                x=_times(time_ns),
                y=[None if value is None else float(f"{value:.6g}") for value in values],
                mode="lines",
                name=f"{panel.title}: {panel.parameters[key]}",
                line={"color": colour, "width": 1.4, "shape": "hv"},
                row=row,
                col=1,
            )
            title += f'   <span style="color:{colour}">{panel.parameters[key]}</span>'
        _say(figure, title, row, x=0.0, y=1.0, xanchor="left", yanchor="bottom")
        if not shown:  # without any curve the panel would not be drawn at all
            figure.add_scatter(x=_times([self._start_ns]), y=[None], row=row, col=1)
            _say(figure, nothing, row)

    def _draw_lane(self, figure: go.Figure, title: str, keys: tuple[Key, ...], row: int) -> None:
        """Each state as a bar from its beginning to its end, its name in it."""
        known = [key for key in keys if self._chart.states[key]]
        labels = {key: self._parameter(key).name for key in known}
        for key in known:
            self._draw_states(figure, key, labels[key], row)
        if not known:
            _say(figure, f"no {title.lower()} were received", row)
        order = [labels[key] for key in reversed(known)]
        figure.update_yaxes(
            type="category", categoryorder="array", categoryarray=order, row=row, col=1
        )

    def _draw_states(self, figure: go.Figure, key: Key, label: str, row: int) -> None:
        parameter, changes = self._parameter(key), self._chart.states[key]
        bars: dict[int, list[tuple[int, int]]] = defaultdict(list)
        ends = [at_ns for at_ns, _ in changes[1:]] + [self._end_ns]
        for (at_ns, code), end_ns in zip(changes, ends, strict=True):
            bars[code].append((at_ns, end_ns))
        for number, (code, spans) in enumerate(bars.items()):
            name = parameter.display(code)
            figure.add_bar(
                base=_times([at_ns for at_ns, _ in spans]),
                x=[max(end_ns - at_ns, 0) / 1e6 for at_ns, end_ns in spans],
                y=[label] * len(spans),
                orientation="h",
                width=0.8,
                text=name,
                textposition="inside",
                insidetextanchor="start",
                textangle=0,
                hovertext=f"{label}: {name}",
                hoverinfo="text",
                marker={
                    "color": _STATE_COLOURS[number % len(_STATE_COLOURS)],
                    "line": {"width": 0},
                },
                row=row,
                col=1,
            )

    def _parameter(self, key: Key) -> Parameter:
        return self._chart.database.parameter(*key)

    def _lay_out(self, figure: go.Figure, rows: int) -> None:
        scenario = self._chart.scenario
        title = f"<b>{scenario.title}</b>"
        if scenario.label:
            title += f'   <span style="color:#f2b05e">{scenario.label.upper()}</span>'
        figure.update_layout(
            title={"text": title, "x": 0.01},
            template="none",
            barmode="overlay",
            height=185 * rows,
            paper_bgcolor=_PAPER,
            plot_bgcolor=_PANEL,
            font={"color": _TEXT, "size": 12},
            margin={"l": 210, "r": 30, "t": 70, "b": 40},
            hovermode="x",
            showlegend=False,
            uniformtext={"minsize": 11, "mode": "hide"},
        )
        figure.update_xaxes(
            range=_times([self._start_ns, self._end_ns]),
            type="date",
            gridcolor=_GRID,
            zeroline=False,
            linecolor=_GRID,
        )
        figure.update_yaxes(gridcolor=_GRID, zeroline=False, linecolor=_GRID, automargin=False)
        figure.update_yaxes(visible=False, range=[0.7 - _LEVELS, 0.7], row=1, col=1)
        figure.update_xaxes(title={"text": "UTC"}, row=rows, col=1)


def _say(figure: go.Figure, words: str, row: int, **place: Any) -> None:
    """Words in a panel, in its middle unless told where."""
    number = "" if row == 1 else row
    figure.add_annotation(
        text=words,
        xref=f"x{number} domain",
        yref=f"y{number} domain",
        showarrow=False,
        font={"color": _TEXT if place else _DIM},
        **({"x": 0.5, "y": 0.5} | place),
    )


def _times(time_ns: list[int]) -> list[Any]:
    stamps: list[Any] = np.array(time_ns, dtype="datetime64[ns]").astype("datetime64[ms]").tolist()
    return stamps
