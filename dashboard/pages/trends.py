"""The trends page: any parameters over any range, at the resolution of the screen.

The address carries what is shown. Zooming asks anew for what is then seen, so that a spike of one
sample shows at every zoom; a click sets a cursor, a second one another.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components, theme
from dashboard.address import Address
from dashboard.means import Means
from dashboard.overview import marks
from dashboard.pages.names import THEME, WHERE
from dashboard.paper import moment
from dashboard.tree import NoTree
from dashboard.trend_export import PATH, add_export
from dashboard.trend_figure import figure
from dashboard.trend_statistics import statistics
from dashboard.trend_view import (
    MAX_PARAMETERS,
    SPANS,
    USUAL_SPAN,
    Line,
    TrendView,
    read_view,
    width_ns,
)
from telemetry.clock import SECOND_NS
from telemetry.errors import StoreError, UsageError
from telemetry.frame import Buckets
from telemetry.moments import exact_utc, parse_time

CHOSEN: Final = "trends-parameters"
SPAN: Final = "trends-span"
FROM: Final = "trends-from"
TO: Final = "trends-to"
SHOW: Final = "trends-show"
GRAPH: Final = "trends-graph"
NOTE: Final = "trends-note"
FIGURES: Final = "trends-figures"
CURSORS: Final = "trends-cursors"
CURSOR_TIMES: Final = "trends-cursor-times"
EXPORT: Final = "trends-export"
VIEW: Final = "trends-view"
TICK: Final = "trends-tick"
WIDTH: Final = "trends-width"

#: A live trend is asked for anew so often; between, live strips are on other pages.
TICK_MS: Final = 3000
_PIXELS: Final = 1200


@dataclass(frozen=True, slots=True)
class TrendsPage:
    means: Means
    path: str = "/trends"
    name: str = "Trends"

    def layout(self, address: Address) -> html.Main:
        query = address.query
        chosen = [key for key in query.get("p", "").split(",") if key][:MAX_PARAMETERS]
        known = [
            {
                "group": f"{craft.name}: {subsystem.name}",
                "items": [
                    {"value": f"{craft.id}/{one.id}", "label": f"{one.name} ({one.id})"}
                    for one in subsystem.parameters.values()
                    if one.type.value != "string"
                ],
            }
            for craft in self.means.database.spacecraft.values()
            for subsystem in craft.subsystems.values()
        ]
        return components.page(
            "trends",
            [
                dcc.Store(id=VIEW),
                dcc.Store(id=CURSOR_TIMES, data=[]),
                dcc.Store(id=WIDTH, data=_PIXELS),
                dcc.Interval(id=TICK, interval=TICK_MS),
                html.H1("Trends", className="unseen"),
                html.Div(
                    [
                        dmc.MultiSelect(
                            id=CHOSEN,
                            data=known,
                            value=chosen,
                            searchable=True,
                            clearable=True,
                            maxValues=MAX_PARAMETERS,
                            limit=200,
                            placeholder="Parameters: name or id",
                            size="xs",
                            **components.labelled("Parameters"),
                        ),
                        dmc.SegmentedControl(
                            id=SPAN,
                            data=list(SPANS),
                            value=query.get("range", USUAL_SPAN)
                            if query.get("range") in SPANS
                            else USUAL_SPAN,
                            size="xs",
                        ),
                        _field("From", FROM, query.get("from", "")),
                        _field("To", TO, query.get("to", "")),
                        html.Button("Show", id=SHOW, type="button", className="act"),
                    ],
                    className="trends-bar",
                ),
                html.Div(id=NOTE, className="trends-note", role="status"),
                html.Div(
                    [
                        dcc.Graph(
                            id=GRAPH,
                            figure=_empty("dark"),
                            config={
                                "displaylogo": False,
                                "scrollZoom": False,
                                "doubleClick": False,
                                "toImageButtonOptions": {"filename": "trend", "scale": 2},
                                "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
                            },
                            responsive=True,
                            className="trends-graph",
                        ),
                        html.Aside(
                            [
                                html.H2("Visible range"),
                                html.Div(id=FIGURES),
                                html.H2("Cursors"),
                                html.Div(id=CURSORS),
                                html.H2("Export what is shown"),
                                html.Div(id=EXPORT, className="trends-export"),
                            ],
                            className="trends-side",
                        ),
                    ],
                    className="trends-body",
                ),
            ],
        )

    def register(self, pages: Dash) -> None:
        add_export(pages.server, self.means)

        @pages.callback(
            Output(FROM, "value"),
            Output(TO, "value"),
            Input(SPAN, "value"),
            Input(GRAPH, "relayoutData"),
            prevent_initial_call=True,
        )
        async def move(_: str | None, relayout: Mapping[str, Any] | None) -> tuple[Any, Any]:
            if ctx.triggered_id == SPAN:
                return "", ""
            return zoomed(relayout or {}) or (no_update, no_update)

        @pages.callback(
            Output(GRAPH, "figure"),
            Output(NOTE, "children"),
            Output(FIGURES, "children"),
            Output(EXPORT, "children"),
            Output(VIEW, "data"),
            Input(CHOSEN, "value"),
            Input(SPAN, "value"),
            Input(FROM, "value"),
            Input(TO, "value"),
            Input(SHOW, "n_clicks"),
            Input(TICK, "n_intervals"),
            Input(THEME, "data"),
            State(WIDTH, "data"),
            State(WHERE, "pathname"),
            State(WHERE, "search"),
        )
        async def show(*given: Any) -> tuple[Any, ...]:
            keys, span, start, stop, _, _, theme_name, pixels, path, search = given
            live = not (start or "").strip() and not (stop or "").strip()
            gone = Address.read(path, search).path != self.path
            if gone or (ctx.triggered_id == TICK and not live):
                return (no_update,) * 5
            return await self.shown(
                list(keys or []), span, start or "", stop or "", theme_name, pixels, search
            )

        pages.clientside_callback(  # type: ignore[no-untyped-call]
            ClientsideFunction("trends", "carry"), Output(VIEW, "id"), Input(VIEW, "data")
        )

        @pages.callback(
            Output(CURSOR_TIMES, "data"),
            Input(GRAPH, "clickData"),
            State(CURSOR_TIMES, "data"),
            prevent_initial_call=True,
        )
        async def click(clicked: Mapping[str, Any] | None, there: list[str] | None) -> Any:
            points = (clicked or {}).get("points") or []
            if not points:
                return no_update
            return [*(there or []), str(points[0]["x"])][-2:]

        @pages.callback(
            Output(CURSORS, "children"), Input(CURSOR_TIMES, "data"), State(CHOSEN, "value")
        )
        async def read_cursors(times: list[str] | None, keys: list[str] | None) -> Any:
            return await self.cursors(times or [], keys or [])

    async def shown(
        self,
        keys: list[str],
        span: str,
        start: str,
        stop: str,
        theme_name: str,
        pixels: Any,
        search: str | None,
    ) -> tuple[Any, ...]:
        """Figure, note, figures' table, links of export, and the view as the browser keeps it."""
        try:
            now_ns = self._now_ns(keys, search)
            view = read_view(keys, span, start, stop, now_ns, self.means.database)
            wide = width_ns(view.span_ns, int(pixels or _PIXELS))
            found, marked = await asyncio.gather(
                asyncio.gather(*(self._buckets(line, view, wide) for line in view.lines)),
                marks(self.means, view.start_ns, view.stop_ns),
            )
        except (UsageError, NoTree) as error:
            return no_update, _wrong(str(error)), no_update, no_update, no_update
        except StoreError as error:
            told = _wrong(f"No history: the store is away ({error}). Live values go on.")
            return no_update, told, no_update, no_update, no_update
        carried = {"p": ",".join(line.key for line in view.lines), "range": span}
        if not view.live:
            carried |= {"from": exact_utc(view.start_ns), "to": exact_utc(view.stop_ns)}
        chart = figure(view, found, marked, theme.palette(theme_name))
        if not view.lines:
            chart = _empty(theme_name)
        note = _note(view, found, marked.get("notes", ()))
        return chart, note, table(view.lines, found), _links(view), carried

    async def _buckets(self, line: Line, view: TrendView, wide: int) -> Buckets:
        return await self.means.history.buckets(
            line.spacecraft,
            line.subsystem,
            line.parameter.id,
            view.start_ns,
            view.stop_ns,
            wide,
        )

    def _now_ns(self, keys: Sequence[str], search: str | None) -> int:
        """Of the stream of the first parameter. :raises NoTree: if its root has gone."""
        view = self.means.trees.at(search).view
        craft = keys[0].partition("/")[0] if keys else "iss"
        return view.clock(craft).at(self.means.clock.now_ns())

    async def cursors(self, times: Sequence[str], keys: Sequence[str]) -> Any:
        """Values that held at each cursor, and the difference and rate between two."""
        if not times:
            return html.P("Click into the chart to set one, again for a second.", className="dim")
        try:
            view = read_view(list(keys), "", "", "", 0, self.means.database)
            moments = sorted(_plot_time_ns(one) for one in times)
            rows = [await self._cursor_row(line, moments) for line in view.lines]
        except StoreError as error:
            return _wrong(f"the store is away ({error})")
        heads = ["", *(moment(one)[11:] for one in moments)]
        if len(moments) == 2:
            seconds = (moments[1] - moments[0]) / SECOND_NS
            heads += [f"in {seconds:g} s", "per s"]
        return html.Table(
            [
                html.Thead(html.Tr([html.Th(head) for head in heads])),
                html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows]),
            ],
            className="figures",
        )

    async def _cursor_row(self, line: Line, moments: Sequence[int]) -> list[str]:
        values = []
        for time_ns in moments:
            last = await self.means.history.last(line.spacecraft, line.subsystem, time_ns + 1)
            sample = last.get(line.parameter.id)
            values.append(sample.value if sample else None)
        cells = ["-" if one is None else line.parameter.display(one) for one in values]
        if len(moments) == 2:
            first, second = values
            if line.parameter.type.numeric and first is not None and second is not None:
                rise = float(second) - float(first)
                seconds = (moments[1] - moments[0]) / SECOND_NS
                cells += [f"{rise:+.6g}", f"{rise / seconds:+.4g}" if seconds else "-"]
            else:
                cells += ["-", "-"]
        return [line.parameter.name, *cells]


def zoomed(relayout: Mapping[str, Any]) -> tuple[str, str] | None:
    """From and to, as a person zoomed or dragged; None for anything else."""
    first, last = relayout.get("xaxis.range[0]"), relayout.get("xaxis.range[1]")
    if first is None or last is None:
        return None
    return f"{_iso(str(first))}Z", f"{_iso(str(last))}Z"


def _iso(text: str) -> str:
    """As Plotly has times, `2021-10-15 09:12:18.1234`, to what people write."""
    day, _, clock = text.partition(" ")
    clock = clock or "00:00:00"
    return f"{day}T{clock if clock.count(':') == 2 else f'{clock}:00'}"


def _plot_time_ns(text: str) -> int:
    return parse_time(f"{_iso(text.replace('T', ' '))}Z")


def table(lines: Sequence[Line], found: Sequence[Buckets]) -> Any:
    """Statistics of the visible range, a row a parameter."""
    heads = ("", "least", "mean", "most", "1 sigma", "first", "last", "samples", "beyond limits")
    rows = []
    for line, buckets in zip(lines, found, strict=True):
        one = statistics(line.parameter, buckets)
        name = html.Td(line.parameter.name, title=line.key)
        if one is None:
            count = int(buckets.count.sum())
            rest = [html.Td("-") for _ in heads[1:7]] + [html.Td(str(count)), html.Td("-")]
            rows.append(html.Tr([name, *rest]))
            continue
        numbers = (one.minimum, one.mean, one.maximum, one.deviation, one.first, one.last)
        beyond: Any = "none" if not one.beyond else f"{one.beyond:.1%} "
        mark = [components.severity_mark(one.worst)] if one.beyond else []
        rows.append(
            html.Tr(
                [
                    name,
                    *(html.Td(f"{number:.5g}") for number in numbers),
                    html.Td(str(one.count)),
                    html.Td([beyond, *mark]),
                ]
            )
        )
    if not rows:
        return html.P("No parameter is chosen.", className="dim")
    return html.Table(
        [html.Thead(html.Tr([html.Th(head) for head in heads])), html.Tbody(rows)],
        className="figures",
    )


def _note(view: TrendView, found: Sequence[Buckets], more: Sequence[str]) -> Any:
    if not view.lines:
        said = [*view.notes, "Choose up to 8 parameters."]
        return " ".join(said)
    state = "● following the stream" if view.live else "◼ fixed range"
    wide = max((one.width_ns for one in found), default=0) / SECOND_NS
    ends = f"{moment(view.start_ns)} to {moment(view.stop_ns)} UTC"
    empty = [line.key for line, one in zip(view.lines, found, strict=True) if not one.count.sum()]
    said = [f"{state}: {ends}; each point {wide:g} s, band: least to most."]
    if empty:
        said.append(f"Nothing was recorded of {', '.join(empty)}.")
    return " ".join([*said, *view.notes, *more])


def _links(view: TrendView) -> Any:
    if not view.lines:
        return html.P("No parameter is chosen.", className="dim")
    query = urlencode(
        {
            "p": ",".join(line.key for line in view.lines),
            "start": exact_utc(view.start_ns),
            "stop": exact_utc(view.stop_ns),
        },
        safe="/:,",
    )
    links: list[Any] = [
        html.A(words, href=f"{PATH}{kind}?{query}", className="act", **components.data(file=kind))
        for kind, words in ((".csv", "CSV"), (".parquet", "Parquet"))
    ]
    return [*links, html.Button("PNG", type="button", className="act", id="trends-png")]


def _wrong(text: str) -> html.Span:
    return html.Span(text, className="wrong")


def _empty(theme_name: str) -> go.Figure:
    palette = theme.palette(theme_name)
    chart = go.Figure(
        layout={"paper_bgcolor": palette.panel, "plot_bgcolor": palette.panel, "height": None}
    )
    return chart.update_xaxes(visible=False).update_yaxes(visible=False)


def _field(words: str, identity: str, value: str) -> html.Label:
    return html.Label(
        [
            html.Span(words),
            dcc.Input(
                id=identity,
                value=value,
                debounce=True,
                placeholder="UTC, 2021-288T09:12",
                maxLength=40,
            ),
        ],
        className="trends-field",
    )
