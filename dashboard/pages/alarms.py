"""The alarms pages: what stands and acting on it, incidents, the journal, who was notified.

What they show comes from the browser's model and from `alarm_routes`; here is what stands still.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import dash_mantine_components as dmc
from dash import Dash, dcc, html

from dashboard import components
from dashboard.address import Address
from dashboard.means import Means
from dashboard.pages.alarm_grid import alarm_grid
from dashboard.pages.alarm_routes import AlarmRoutes
from dashboard.pages.desk import MAX_COMMENT, SHELVES_S
from dashboard.pages.tabs import ALARM_TABS, tabs
from telemetry.topics import Verb

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
_KEYS: Final = {
    "↑ ↓": "choose",
    "Shift ↑ ↓": "a range",
    "Space": "add or take out",
    "a": "acknowledge",
    "c": "comment",
    "/": "find",
}


@dataclass(frozen=True, slots=True)
class AlarmsPage:
    means: Means
    path: str = "/alarms"
    name: str = "Alarms"

    def layout(self, address: Address) -> html.Main:
        view = _VIEWS.get(address.path, _standing)
        return view(address)

    def register(self, pages: Dash) -> None:
        AlarmRoutes(self.means).register(pages)


def _page(name: str, address: Address, *content: Any) -> html.Main:
    return components.page(name, [tabs(ALARM_TABS, address), *content], "alarm-desk")


def _standing(address: Address) -> html.Main:
    return _page(
        "alarms",
        address,
        html.Div(
            [
                html.Section(
                    [
                        html.Div(
                            [
                                html.Div(id="alarm-filter", className="filter-bar"),
                                html.Button(
                                    id="held-toggle", type="button", className="held-toggle"
                                ),
                                html.Span(id="alarm-shown", className="shown", role="status"),
                            ],
                            className="list-bar",
                        ),
                        html.Div(
                            [
                                alarm_grid(),
                                html.Div(id="alarm-nothing", className="nothing-stands"),
                            ],
                            className="grid-holder",
                        ),
                        _form(),
                    ],
                    className="alarm-column",
                    **components.labelled("Standing alarms"),
                ),
                html.Aside(
                    [
                        html.Div(id="alarm-about", className="about-alarm"),
                        html.Div(id=RESPONSE, className="about-response"),
                        html.Div(id="alarm-course", className="about-course"),
                        html.Div(id="incidents", className="incidents"),
                    ],
                    className="alarm-aside",
                    **components.labelled("The chosen alarm, and incidents"),
                ),
            ],
            className="alarm-body",
        ),
    )


def _form() -> html.Div:
    first = html.Div(
        [
            dcc.Input(
                id=COMMENT, placeholder="Comment, kept in the journal", maxLength=MAX_COMMENT
            ),
            html.Button(
                "Acknowledge selected",
                id="acknowledge",
                type="button",
                className="act",
                **components.data(verb=Verb.ACKNOWLEDGE.value),
            ),
            html.Button(
                "Acknowledge all shown", id="acknowledge-shown", type="button", className="act"
            ),
        ],
        className="act-line",
    )
    more = html.Div(
        [
            dmc.SegmentedControl(
                id=SHELF, data=list(SHELVES_S), value=next(iter(SHELVES_S)), size="xs"
            ),
            *(
                html.Button(
                    word, type="button", className="act", **components.data(verb=verb.value)
                )
                for verb, word in _MORE.items()
            ),
            html.Span(
                [part for key, word in _KEYS.items() for part in (html.Kbd(key), f" {word}  ")],
                className="keys-line",
            ),
        ],
        className="act-line more",
    )
    return html.Div([first, more], id="alarm-form", className="alarm-form")


def _incidents(address: Address) -> html.Main:
    return _page(
        "incidents",
        address,
        html.Div(
            [
                html.Section(
                    [html.H2("Open"), html.Div(id="incidents", className="incidents")],
                    className="incidents-open",
                ),
                html.Section(
                    [html.H2("Over"), html.Div(id="incidents-over", className="incidents-over")],
                    className="incidents-past",
                ),
            ],
            className="incidents-body",
        ),
    )


def _journal(address: Address) -> html.Main:
    return _page(
        "journal",
        address,
        html.Div(
            [
                html.Div(id="journal-filter", className="filter-bar"),
                html.A(
                    "Export CSV",
                    id="journal-export",
                    href="/alarms/journal.csv",
                    download="alarm-journal.csv",
                    className="act",
                    **components.data(file=""),
                ),
            ],
            className="list-bar",
        ),
        html.Div(id="journal-note", className="journal-note", role="status"),
        html.Div(
            id="journal-lines",
            className="journal-lines",
            tabIndex=0,
            **components.labelled("Journal"),
        ),
    )


def _notifications(address: Address) -> html.Main:
    return _page(
        "notifications", address, html.Div(id="notified", className="notified", tabIndex=0)
    )


_VIEWS: Final[Mapping[str, Callable[[Address], html.Main]]] = {
    "/alarms": _standing,
    "/alarms/incidents": _incidents,
    "/alarms/journal": _journal,
    "/alarms/notifications": _notifications,
}
