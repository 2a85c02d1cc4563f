"""The live page. What moves on it is drawn by `assets/`; this has its frame and its questions.

The browser puts what an operator chose or asked into two Stores (`CHOSEN`, `REQUEST`) and the
callbacks here answer: history and definition of a parameter, acknowledgement of alarms.
"""

from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go
from dash import Dash, Input, Output, State, html, no_update

from dashboard import components, figures
from dashboard.history import History
from dashboard.pages import link, live_layout
from dashboard.pages.desk import Desk
from dashboard.pages.live_layout import (
    ABOUT,
    CHART,
    CHART_NOTE,
    CHOSEN,
    COMMENT,
    DRAWER,
    GRID,
    OPERATOR,
    PLAN_REQUEST,
    RANGE,
    REQUEST,
    RESPONSE,
    SHELF,
)
from dashboard.pages.shell import NOTIFICATIONS
from telemetry.clock import SECOND_NS, utc
from telemetry.errors import StoreError
from telemetry.limit import Response
from telemetry.missiondb import MissionDatabase

#: The last instant that int64 nanoseconds can say, in milliseconds.
_LAST_MS: Final = (2**63 - 1) // 1_000_000


class Live:
    path = "/"

    def __init__(self, database: MissionDatabase, desk: Desk, history: History) -> None:
        self._database = database
        self._desk = desk
        self._history = history

    def layout(self, search: str) -> html.Div:
        return live_layout.layout(link.read(search, self._database))

    def register(self, pages: Dash) -> None:
        @pages.callback(
            Output(NOTIFICATIONS, "sendNotifications"),
            Output(COMMENT, "value"),
            Input(REQUEST, "data"),
            State(OPERATOR, "value"),
            State(COMMENT, "value"),
            State(SHELF, "value"),
            prevent_initial_call=True,
        )
        async def ask_for_alarms(
            request: dict[str, Any] | None,
            operator: str | None,
            comment: str | None,
            shelf: str | None,
        ) -> tuple[Any, Any]:
            if request is None:  # the page has only just been put there
                return no_update, no_update
            return _told(
                await self._desk.alarms(request, operator or "", comment or "", shelf or "")
            )

        @pages.callback(
            Output(NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            Output(COMMENT, "value", allow_duplicate=True),
            Input(PLAN_REQUEST, "data"),
            State(OPERATOR, "value"),
            State(COMMENT, "value"),
            prevent_initial_call=True,
        )
        async def ask_for_a_plan(
            request: dict[str, Any] | None, operator: str | None, comment: str | None
        ) -> tuple[Any, Any]:
            if request is None:
                return no_update, no_update
            return _told(await self._desk.plan(request, operator or "", comment or ""))

        @pages.callback(Output(RESPONSE, "children"), Input(GRID, "selectedRows"))
        async def show_response(rows: list[dict[str, Any]] | None) -> html.Div:
            return self.response(rows or [])

        @pages.callback(
            Output(DRAWER, "opened"),
            Output(DRAWER, "title"),
            Output(ABOUT, "children"),
            Input(CHOSEN, "data"),
        )
        async def show_parameter(chosen: dict[str, Any] | None) -> tuple[bool, str, Any]:
            return (True, *self.about(chosen)) if chosen else (False, "", [])

        @pages.callback(
            Output(CHART, "figure"),
            Output(CHART_NOTE, "children"),
            Input(CHOSEN, "data"),
            Input(RANGE, "value"),
        )
        async def show_history(
            chosen: dict[str, Any] | None, range_name: str
        ) -> tuple[go.Figure, str]:
            return await self.chart(chosen, range_name)

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
            return live_layout.no_chart(), ""
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
            return (
                live_layout.no_chart(),
                f"No history: the store is away ({error}). Live data go on.",
            )
        note = f"{figures.describe_window(buckets)} Up to {utc(stop_ns)[:19]}Z."
        figure = figures.history(parameter, buckets, start_ns, stop_ns)
        if chosen.get("at"):
            figures.mark_moment(figure, int(chosen["at"]) * 1_000_000)
        return figure, note


def _told(problem: dict[str, Any] | None) -> tuple[Any, Any]:
    """What the operator is told, and the comment: used up when it was sent."""
    return ([problem], no_update) if problem else (no_update, "")
