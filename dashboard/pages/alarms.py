"""The alarms page: what stands, what to do about it, and acting on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html

from dashboard import components
from dashboard.address import Address
from dashboard.means import Means
from dashboard.pages.desk import MAX_COMMENT, SHELVES_S
from telemetry.limit import Response
from telemetry.topics import Verb

GRID: Final = "alarm-grid"
COMMENT: Final = "comment"
SHELF: Final = "shelf"
RESPONSE: Final = "response"

_MORE: Final = {
    Verb.SHELVE: "Shelve",
    Verb.UNSHELVE: "Unshelve",
    Verb.RESET: "Reset latched",
    Verb.OUT_OF_SERVICE: "Out of service",
    Verb.IN_SERVICE: "In service",
}


@dataclass(frozen=True, slots=True)
class AlarmsPage:
    means: Means
    path: str = "/alarms"
    name: str = "Alarms"

    def layout(self, address: Address) -> html.Main:
        return components.page(
            "alarms",
            [
                html.Div(id="incidents", className="incidents"),
                html.Section(
                    [
                        html.Div(
                            html.Button(id="held-toggle", type="button", className="held-toggle"),
                            className="list-bar",
                        ),
                        components.alarm_grid(GRID),
                        _form(),
                        html.Div(id=RESPONSE),
                    ],
                    className="alarm-column",
                ),
            ],
        )

    def register(self, pages: Dash) -> None:
        @pages.callback(Output(RESPONSE, "children"), Input(GRID, "selectedRows"))
        async def show_response(rows: list[dict[str, Any]] | None) -> html.Div:
            return self.response(rows or [])

    def response(self, rows: Sequence[dict[str, Any]]) -> html.Div:
        """What the mission database advises for the selected alarm."""
        if not rows:
            return html.Div("Select an alarm to see what to do about it.", className="response dim")
        row = rows[-1]
        found = self._response_of(row["spacecraft"], row["subject"])
        return components.response_card(f"{row['name']} ({row['alarm']})", found)

    def _response_of(self, craft: str, subject: str) -> Response | None:
        spacecraft = self.means.database.spacecraft.get(craft)
        if spacecraft is None:
            return None
        if subject in spacecraft.subsystems:
            return spacecraft.subsystems[subject].stale_response
        try:
            return spacecraft.subsystem_of(subject).parameters[subject].limits.response
        except KeyError:
            return None


def _form() -> html.Div:
    first = html.Div(
        [
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
