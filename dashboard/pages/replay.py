"""The replay page: choose what to replay from an overview of what happened; the sessions there are.

The browser draws it (`assets/pages/replay.js`): sessions move every second, and what is chosen on
the overview must follow the hand.
"""

from dataclasses import dataclass
from typing import Any

from dash import Dash, html

from dashboard import components, replay_http
from dashboard.address import Address
from dashboard.means import Means
from dashboard.pages.tabs import REPLAY_TABS, tabs


@dataclass(frozen=True, slots=True)
class ReplayPage:
    means: Means
    path: str = "/replay"
    name: str = "Replay"

    def layout(self, address: Address) -> html.Main:
        return components.page(
            "replay",
            [
                tabs(REPLAY_TABS, address),
                _part("replay-sessions", "Replays now", html.H1),
                _part("replay-range", "What happened, and when"),
                html.Div(
                    [
                        _part("replay-form", "New replay"),
                        _part("replay-incidents", "Incidents"),
                        _part("replay-named", "Recordings and bundles"),
                    ],
                    className="replay-below",
                ),
            ],
        )

    def register(self, pages: Dash) -> None:
        replay_http.add_routes(pages.server, self.means)


def _part(class_name: str, title: str, heading: Any = html.H2) -> html.Section:
    """What it holds is drawn in its body."""
    return html.Section(
        [heading(title), html.Div(className="replay-body")],
        className=f"replay-part {class_name}",
        **components.labelled(title),
    )
