"""The drawer over any page: one parameter, its definition, limits, response and recent history.

A link that names a minute of a parameter (`?at=...&craft=...&parameter=...`) opens it on any page.
"""

from typing import Any, Final

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import components, figures
from dashboard.address import Address
from dashboard.means import Means
from dashboard.pages import link
from dashboard.pages.names import CHOSEN, THEME, WHERE
from dashboard.theme import palette as palette_of
from telemetry.clock import SECOND_NS, utc
from telemetry.errors import StoreError

DRAWER: Final = "drawer"
ABOUT: Final = "about"
RANGE: Final = "range"
CHART: Final = "chart"
CHART_NOTE: Final = "chart-note"
LINK_NOTE: Final = "link-note"

#: The last instant that int64 nanoseconds can say, in milliseconds.
_LAST_MS: Final = (2**63 - 1) // 1_000_000


class Drawer:
    def __init__(self, means: Means) -> None:
        self._database = means.database
        self._means = means

    def layout(self) -> dmc.Drawer:
        return dmc.Drawer(
            id=DRAWER,
            position="right",
            size="52%",
            opened=False,
            withOverlay=False,
            lockScroll=False,
            trapFocus=False,
            closeButtonProps=components.labelled("Close"),
            children=[
                dmc.SegmentedControl(
                    id=RANGE,
                    data=list(figures.RANGES),
                    value=next(iter(figures.RANGES)),
                    size="xs",
                ),
                html.Div(id=CHART_NOTE, className="chart-note", role="status"),
                dcc.Loading(
                    dcc.Graph(
                        id=CHART,
                        figure=no_chart(),
                        config={"displaylogo": False, "displayModeBar": False},
                        style={"height": "340px"},
                    ),
                    delay_show=400,
                    overlay_style={"visibility": "visible"},
                ),
                html.Div(id=ABOUT),
            ],
        )

    def register(self, pages: Dash) -> None:
        @pages.callback(
            Output(CHOSEN, "data"), Output(LINK_NOTE, "children"), Input(WHERE, "search")
        )
        async def follow_link(search: str | None) -> tuple[Any, str]:
            linked = link.read(search or "", self._database)
            return linked.chosen or no_update, linked.note

        @pages.callback(
            Output(DRAWER, "opened"),
            Output(DRAWER, "title"),
            Output(ABOUT, "children"),
            Input(CHOSEN, "data"),
            State(WHERE, "search"),
        )
        async def show_parameter(
            chosen: dict[str, Any] | None, search: str | None
        ) -> tuple[bool, str, Any]:
            if not chosen:
                return False, "", []
            return (True, *self.about(chosen, Address.read("/", search)))

        @pages.callback(
            Output(CHART, "figure"),
            Output(CHART_NOTE, "children"),
            Input(CHOSEN, "data"),
            Input(RANGE, "value"),
            Input(THEME, "data"),
            State(WHERE, "search"),
        )
        async def show_history(
            chosen: dict[str, Any] | None, range_name: str, theme: str, search: str | None
        ) -> tuple[go.Figure, str]:
            return await self.chart(chosen, range_name, theme, search)

    def about(self, chosen: dict[str, Any], address: Address) -> tuple[str, list[Any]]:
        """Title and text of the drawer."""
        subsystem = self._database.subsystem(chosen["spacecraft"], chosen["subsystem"])
        parameter = subsystem.parameters[chosen["parameter"]]
        named = f"{chosen['spacecraft']}/{parameter.id}"
        text: list[Any] = [
            html.A("Open in Trends", href=address.link("/trends", p=named), className="act"),
            components.definition(parameter, subsystem),
            html.H3("Limits"),
            components.limits_table(parameter),
        ]
        if parameter.limits.response:
            text.append(components.response_card("Response", parameter.limits.response))
        return f"{parameter.name} ({parameter.id})", text

    async def chart(
        self,
        chosen: dict[str, Any] | None,
        range_name: str,
        theme: str = "dark",
        search: str | None = "",
    ) -> tuple[go.Figure, str]:
        """History up to the stream time at which the parameter was chosen."""
        if chosen is None:
            return no_chart(), ""
        subsystem = self._database.subsystem(chosen["spacecraft"], chosen["subsystem"])
        parameter = subsystem.parameters[chosen["parameter"]]
        range_s = figures.RANGES[range_name]
        stop_ns = min(max(int(chosen["now"]), 0), _LAST_MS) * 1_000_000
        start_ns = stop_ns - range_s * SECOND_NS
        try:
            buckets = await self._means.of(search).history.buckets(
                chosen["spacecraft"],
                subsystem.id,
                parameter.id,
                start_ns,
                stop_ns,
                figures.bucket_width_ns(range_s),
            )
        except StoreError as error:
            return no_chart(), f"No history: the store is away ({error}). Live data go on."
        note = f"{figures.describe_window(buckets)} Up to {utc(stop_ns)[:19]}Z."
        palette = palette_of(theme)
        figure = figures.history(parameter, buckets, start_ns, stop_ns, palette)
        if chosen.get("at"):
            figures.mark_moment(figure, int(chosen["at"]) * 1_000_000, palette)
        return figure, note


def no_chart() -> go.Figure:
    figure = go.Figure(layout={"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"})
    return figure.update_xaxes(visible=False).update_yaxes(visible=False)
