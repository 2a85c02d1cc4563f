"""The Trends page: any parameters over any range, live or long ago.

The browser asks for a chart and draws it (`assets/pages/trends*.js`): what is zoomed must follow
the hand, and only the newest question counts. Plotly does what zooms.
"""

from dataclasses import dataclass
from typing import Any, Final

from dash import Dash, dcc, html

from dashboard import components
from dashboard.address import Address
from dashboard.means import Means
from dashboard.pages.drawer import no_chart
from dashboard.trends_http import TrendRoutes

CHART: Final = "trends-chart"

#: No bar of buttons: dragging zooms, and what else there is stands on the page.
_CONFIG: Final[Any] = {
    "displaylogo": False,
    "displayModeBar": False,
    "doubleClick": False,
    "scrollZoom": False,
    "responsive": False,
}


@dataclass(frozen=True, slots=True)
class TrendsPage:
    means: Means
    path: str = "/trends"
    name: str = "Trends"

    def layout(self, address: Address) -> html.Main:
        return components.page(
            "trends",
            [
                html.H1("Trends", className="for-ears"),
                html.Div(className="trends-bar"),
                html.Div(className="trends-notes", role="status"),
                html.Div(
                    [
                        dcc.Graph(id=CHART, figure=no_chart(), config=_CONFIG),
                        html.Div(className="trends-over"),
                        html.Div(className="trends-none"),
                    ],
                    className="trends-plot",
                    tabIndex=0,
                    role="group",
                    **_plot_label(),
                ),
                html.Div(className="trends-table", role="region", tabIndex=0, **_table_label()),
            ],
        )

    def register(self, pages: Dash) -> None:
        TrendRoutes(self.means).register(pages)


def _plot_label() -> dict[str, Any]:
    return components.labelled(
        "Chart: left and right move the cursor, a and b pin it, plus and minus zoom"
    )


def _table_label() -> dict[str, Any]:
    return components.labelled("Values at the cursor and statistics")
