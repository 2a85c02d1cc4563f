"""Where things stand on the live page. What moves is drawn by `assets/` into what is empty here."""

from typing import Any, Final

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import dcc, html

from dashboard import components, figures
from dashboard.pages.desk import MAX_COMMENT, MAX_NAME, SHELVES_S
from dashboard.pages.link import Linked
from dashboard.pages.shell import top_bar
from telemetry.topics import Verb

GRID: Final = "alarm-grid"
OPERATOR: Final = "operator"
COMMENT: Final = "comment"
SHELF: Final = "shelf"
REQUEST: Final = "alarm-request"
PLAN_REQUEST: Final = "plan-request"
RESPONSE: Final = "response"
CHOSEN: Final = "chosen"
DRAWER: Final = "drawer"
ABOUT: Final = "about"
RANGE: Final = "range"
CHART: Final = "chart"
CHART_NOTE: Final = "chart-note"

_MORE: Final = {
    Verb.SHELVE: "Shelve",
    Verb.UNSHELVE: "Unshelve",
    Verb.RESET: "Reset latched",
    Verb.OUT_OF_SERVICE: "Out of service",
    Verb.IN_SERVICE: "In service",
}


def layout(linked: Linked) -> html.Div:
    return html.Div(
        [
            dcc.Store(id=REQUEST),
            dcc.Store(id=PLAN_REQUEST),
            dcc.Store(id=CHOSEN, data=linked.chosen),
            html.Div(
                [
                    html.Div(id="page-state", className="page-state", role="alert"),
                    top_bar(
                        "/",
                        html.Div(id="mode-banner", className="mode-banner"),
                        html.Div(id="spacecraft-states", className="spacecraft-states"),
                        html.Div(id="alarm-counts", className="alarm-counts"),
                        html.Div("CONNECTING", id="page-badge", className="page-badge"),
                    ),
                    html.Div(linked.note, className="link-note", role="status"),
                    html.Div(id="flood-banner", className="flood-banner", role="alert"),
                    html.Section(
                        id="plan-strip", className="plan-strip", **components.labelled("Activities")
                    ),
                    html.Main([_alarm_column(), _panel_column()], className="columns"),
                ],
                className="console",
            ),
            _drawer(),
        ]
    )


def no_chart() -> go.Figure:
    figure = go.Figure(layout={"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"})
    return figure.update_xaxes(visible=False).update_yaxes(visible=False)


def _alarm_column() -> html.Section:
    return html.Section(
        [
            html.Div(id="alarms-stale", className="alarms-stale", role="alert"),
            html.Div(id="incidents", className="incidents"),
            html.Div(
                html.Button(id="held-toggle", type="button", className="held-toggle"),
                className="list-bar",
            ),
            components.alarm_grid(GRID),
            _form(),
            html.Div(id=RESPONSE),
        ],
        className="alarm-column",
    )


def _form() -> html.Div:
    first = html.Div(
        [
            dcc.Input(
                id=OPERATOR,
                placeholder="Your name",
                maxLength=MAX_NAME,
                persistence=True,
                persistence_type="local",
            ),
            dcc.Input(id=COMMENT, placeholder="Comment", maxLength=MAX_COMMENT),
            html.Button(
                "Acknowledge selected",
                id="acknowledge",
                type="button",
                className="act",
                **_data(Verb.ACKNOWLEDGE),
            ),
        ],
        className="act-line",
    )
    more = html.Details(
        [
            html.Summary("Shelve, reset, out of service"),
            html.Div(
                [
                    dmc.SegmentedControl(
                        id=SHELF, data=list(SHELVES_S), value=next(iter(SHELVES_S)), size="xs"
                    ),
                    *(
                        html.Button(word, type="button", className="act", **_data(verb))
                        for verb, word in _MORE.items()
                    ),
                ],
                className="act-line more",
            ),
        ]
    )
    return html.Div([first, more], id="alarm-form", className="alarm-form")


def _data(verb: Verb) -> dict[str, Any]:
    return {"data-verb": verb.value}


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
