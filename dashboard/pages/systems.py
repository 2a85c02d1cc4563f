"""The systems pages: every parameter of every subsystem, from the mission database."""

from dataclasses import dataclass

from dash import Dash, dcc, html

from dashboard import components
from dashboard.address import Address
from dashboard.means import Means


@dataclass(frozen=True, slots=True)
class SystemsPage:
    means: Means
    path: str = "/systems"
    name: str = "Systems"

    def layout(self, address: Address) -> html.Main:
        return components.page(
            "systems",
            [
                html.Div(
                    [
                        dcc.Input(
                            id="search",
                            type="search",
                            placeholder="Filter parameters",
                            debounce=False,
                        ),
                        html.Div(id="overview", className="overview"),
                    ],
                    className="toolbar",
                ),
                html.Div(id="panels", className="panels"),
            ],
        )

    def register(self, pages: Dash) -> None:
        """It asks the server for nothing."""
