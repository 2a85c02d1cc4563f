"""The training page: start a session, make things go wrong in it, see who saw what how fast.

The browser draws it (`assets/pages/training*.js`): sessions move by the second, and its forms are
built from what the training service offers, of which this program knows nothing.
"""

from dataclasses import dataclass

from dash import Dash, html

from dashboard import components, training_http
from dashboard.address import Address
from dashboard.means import Means
from dashboard.pages.tabs import REPLAY_TABS, tabs


@dataclass(frozen=True, slots=True)
class TrainingPage:
    means: Means
    path: str = "/training"
    #: reached from the replay page
    name: str = ""

    def layout(self, address: Address) -> html.Main:
        return components.page(
            "training",
            [
                tabs(REPLAY_TABS, address),
                html.Div(
                    [
                        html.Nav(
                            className="training-sessions no-print",
                            **components.labelled("Trainings"),
                        ),
                        html.Section(className="training-view", **components.labelled("Training")),
                    ],
                    className="training-columns",
                ),
            ],
        )

    def register(self, pages: Dash) -> None:
        training_http.add_routes(pages.server, self.means)
