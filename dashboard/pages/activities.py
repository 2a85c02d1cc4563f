"""The activities page: a time line of what is planned and of contact, and each activity's life.

The browser draws it (`assets/pages/activities.js`): the time line moves with the streams, and what
is chosen on it must follow the hand.
"""

from dataclasses import dataclass
from typing import Final

from dash import Dash, html

from dashboard import components, plan_http
from dashboard.address import Address
from dashboard.means import Means
from telemetry.activity import ActivityKind, LinkName, PlannedState

#: The choices of the form, which the browser makes from what the activity itself knows.
CHOICES: Final = {
    "kinds": " ".join(ActivityKind),
    "states": " ".join(PlannedState),
    "links": " ".join(LinkName),
}


@dataclass(frozen=True, slots=True)
class ActivitiesPage:
    means: Means
    path: str = "/activities"
    name: str = "Activities"

    def layout(self, address: Address) -> html.Main:
        return components.page(
            "activities",
            [
                html.Section(
                    [
                        html.Div(
                            [html.H1("Activities"), html.Div(className="range-bar")],
                            className="line-head",
                        ),
                        html.Div(className="line-holder"),
                    ],
                    className="line",
                    **components.labelled("Time line"),
                ),
                html.Div(
                    [
                        html.Section(className="every", **components.labelled("All activities")),
                        html.Section(
                            className="chosen", **components.labelled("The chosen activity")
                        ),
                    ],
                    className="below",
                    **components.data(**CHOICES),
                ),
            ],
        )

    def register(self, pages: Dash) -> None:
        plan_http.add_routes(pages.server, self.means)
