"""The live page. What moves on it is drawn by `assets/`; this has its frame and its questions.

The browser puts what an operator chose or asked into two Stores (`CHOSEN`, `REQUEST`) and the
callbacks here answer: history and definition of a parameter, acknowledgement of alarms.
"""

import uuid
from collections.abc import Sequence
from typing import Any, Final

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import components, figures
from dashboard.commands import AlarmReference, Commands
from dashboard.history import History
from telemetry.clock import SECOND_NS, utc
from telemetry.errors import LinkError, StoreError
from telemetry.limit import Response
from telemetry.missiondb import MissionDatabase

GRID: Final = "alarm-grid"
OPERATOR: Final = "operator"
COMMENT: Final = "comment"
REQUEST: Final = "acknowledge-request"
RESPONSE: Final = "response"
CHOSEN: Final = "chosen"
DRAWER: Final = "drawer"
ABOUT: Final = "about"
RANGE: Final = "range"
CHART: Final = "chart"
CHART_NOTE: Final = "chart-note"
NOTIFICATIONS: Final = "notifications"

#: An operator's name and comment travel in every event of the alarm.
_MAX_NAME: Final = 40
_MAX_COMMENT: Final = 200
_MAX_ROWS: Final = 200
#: The last instant that int64 nanoseconds can say, in milliseconds.
_LAST_MS: Final = (2**63 - 1) // 1_000_000


class Live:
    def __init__(self, database: MissionDatabase, commands: Commands, history: History) -> None:
        self._database = database
        self._commands = commands
        self._history = history

    def layout(self) -> dmc.MantineProvider:
        return dmc.MantineProvider(
            forceColorScheme="dark",
            theme={"fontFamily": "var(--sans)", "primaryColor": "blue"},
            children=[
                components.notifications(NOTIFICATIONS),
                dcc.Store(id=REQUEST),
                dcc.Store(id=CHOSEN),
                html.Div(
                    [
                        html.Div(id="page-state", className="page-state", role="alert"),
                        _top_bar(),
                        html.Main([_alarm_column(), _panel_column()], className="columns"),
                    ],
                    className="console",
                ),
                _drawer(),
            ],
        )

    def register(self, pages: Dash) -> None:
        """Give the page its callbacks. Each is `async def`: a plain one blocks every browser."""

        @pages.callback(
            Output(NOTIFICATIONS, "sendNotifications"),
            Output(COMMENT, "value"),
            Input(REQUEST, "data"),
            State(OPERATOR, "value"),
            State(COMMENT, "value"),
            prevent_initial_call=True,
        )
        async def acknowledge(
            request: dict[str, Any] | None, operator: str | None, comment: str | None
        ) -> tuple[Any, Any]:
            rows = request["rows"] if request else []
            problem = await self.acknowledge(rows, operator or "", comment or "")
            return ([problem], no_update) if problem else (no_update, "")

        @pages.callback(Output(RESPONSE, "children"), Input(GRID, "selectedRows"))
        async def show_response(rows: list[dict[str, Any]] | None) -> html.Div:
            return self.response(rows or [])

        @pages.callback(
            Output(DRAWER, "opened"),
            Output(DRAWER, "title"),
            Output(ABOUT, "children"),
            Input(CHOSEN, "data"),
            prevent_initial_call=True,
        )
        async def show_parameter(chosen: dict[str, Any]) -> tuple[bool, str, Any]:
            return True, *self.about(chosen)

        @pages.callback(
            Output(CHART, "figure"),
            Output(CHART_NOTE, "children"),
            Input(CHOSEN, "data"),
            Input(RANGE, "value"),
            prevent_initial_call=True,
        )
        async def show_history(
            chosen: dict[str, Any] | None, range_name: str
        ) -> tuple[go.Figure, str]:
            return await self.chart(chosen, range_name)

    async def acknowledge(
        self, rows: Sequence[dict[str, Any]], operator: str, comment: str
    ) -> dict[str, Any] | None:
        """Ask for each row as it was seen; what to tell the operator if that could not be done."""
        by = operator.strip()[:_MAX_NAME]
        if not rows:
            return _warn("Nothing acknowledged", "Select one or more alarms first.")
        if not by:
            return _warn("Nothing acknowledged", "Enter your name: it goes into the journal.")
        try:
            for row in rows[:_MAX_ROWS]:
                seen = AlarmReference(
                    spacecraft=str(row["spacecraft"]),
                    alarm=str(row["alarm"]),
                    occurrence=str(row["occurrence"]),
                )
                if seen.spacecraft in self._database.spacecraft:
                    await self._commands.acknowledge(
                        seen, by=by, comment=comment.strip()[:_MAX_COMMENT]
                    )
        except LinkError as error:
            return _warn("NOT acknowledged", f"{error}. Try again when it is back.")
        return None

    def response(self, rows: Sequence[dict[str, Any]]) -> html.Div:
        """What the mission database advises for the selected alarm."""
        if not rows:
            return html.Div("Select an alarm to see what to do about it.", className="response dim")
        row = rows[-1]
        found = self._response_of(row["spacecraft"], row["subject"])
        return components.response_card(f"{row['name']} ({row['alarm']})", found)

    def _response_of(self, craft: str, subject: str) -> Response | None:
        spacecraft = self._database.spacecraft.get(craft)
        if spacecraft is None:
            return None
        if subject in spacecraft.subsystems:
            return spacecraft.subsystems[subject].stale_response
        try:
            return spacecraft.subsystem_of(subject).parameters[subject].limits.response
        except KeyError:
            return None

    def about(self, chosen: dict[str, Any]) -> tuple[str, list[Any]]:
        """Title and text of the drawer."""
        subsystem = self._database.subsystem(chosen["spacecraft"], chosen["subsystem"])
        parameter = subsystem.parameters[chosen["parameter"]]
        text: list[Any] = [
            components.definition(parameter, subsystem),
            html.H3("Limits"),
            components.limits_table(parameter),
        ]
        if parameter.limits.response:
            text.append(components.response_card("Response", parameter.limits.response))
        return f"{parameter.name} ({parameter.id})", text

    async def chart(self, chosen: dict[str, Any] | None, range_name: str) -> tuple[go.Figure, str]:
        """History up to the stream time at which the parameter was chosen."""
        if chosen is None:
            return go.Figure(), ""
        subsystem = self._database.subsystem(chosen["spacecraft"], chosen["subsystem"])
        parameter = subsystem.parameters[chosen["parameter"]]
        range_s = figures.RANGES[range_name]
        stop_ns = min(max(int(chosen["now"]), 0), _LAST_MS) * 1_000_000
        start_ns = stop_ns - range_s * SECOND_NS
        try:
            buckets = await self._history.buckets(
                chosen["spacecraft"],
                subsystem.id,
                parameter.id,
                start_ns,
                stop_ns,
                figures.bucket_width_ns(range_s),
            )
        except StoreError as error:
            return _no_chart(), f"No history: the store is away ({error}). Live data go on."
        note = f"{figures.describe_window(buckets)} Up to {utc(stop_ns)[:19]}Z."
        return figures.history(parameter, buckets, start_ns, stop_ns), note


def _no_chart() -> go.Figure:
    figure = go.Figure(layout={"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"})
    return figure.update_xaxes(visible=False).update_yaxes(visible=False)


def _warn(title: str, message: str) -> dict[str, Any]:
    return components.notification(
        title, message, colour="yellow", identity=uuid.uuid4().hex, stays=True
    )


def _top_bar() -> html.Header:
    return html.Header(
        [
            html.Div("stationwatch", className="product"),
            html.Div(id="mode-banner", className="mode-banner"),
            html.Div(id="spacecraft-states", className="spacecraft-states"),
            html.Div(id="alarm-counts", className="alarm-counts"),
            html.Div("CONNECTING", id="page-badge", className="page-badge"),
        ],
        className="top-bar",
    )


def _alarm_column() -> html.Section:
    form = html.Div(
        [
            dcc.Input(
                id=OPERATOR,
                placeholder="Your name",
                maxLength=_MAX_NAME,
                persistence=True,
                persistence_type="local",
            ),
            dcc.Input(id=COMMENT, placeholder="Comment", maxLength=_MAX_COMMENT),
            html.Button("Acknowledge selected", id="acknowledge", className="acknowledge"),
        ],
        className="acknowledge-form",
    )
    return html.Section(
        [
            html.Div(id="alarms-stale", className="alarms-stale", role="alert"),
            components.alarm_grid(GRID),
            form,
            html.Div(id=RESPONSE),
        ],
        className="alarm-column",
    )


def _panel_column() -> html.Section:
    return html.Section(
        [
            html.Div(
                [
                    dcc.Input(
                        id="search", type="search", placeholder="Filter parameters", debounce=False
                    ),
                    html.Div(id="overview", className="overview"),
                ],
                className="toolbar",
            ),
            html.Div(id="panels", className="panels"),
        ],
        className="panel-column",
    )


def _drawer() -> dmc.Drawer:
    return dmc.Drawer(
        id=DRAWER,
        position="right",
        size="52%",
        opened=False,
        withOverlay=False,
        lockScroll=False,
        trapFocus=False,
        children=[
            dmc.SegmentedControl(
                id=RANGE, data=list(figures.RANGES), value=next(iter(figures.RANGES)), size="xs"
            ),
            html.Div(id=CHART_NOTE, className="chart-note", role="status"),
            dcc.Loading(
                dcc.Graph(
                    id=CHART,
                    figure=_no_chart(),
                    config={"displaylogo": False, "displayModeBar": False},
                    style={"height": "340px"},
                ),
                delay_show=400,
                overlay_style={"visibility": "visible"},
            ),
            html.Div(id=ABOUT),
        ],
    )
