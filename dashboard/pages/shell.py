"""The frame around all pages: the way between them, where data come from, whose alarms stand.

The frame stays while pages change, and with it the browser's link and all that it has heard.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html

from dashboard import components
from dashboard.address import Address
from dashboard.pages.names import (
    ALARM_REQUEST,
    CHOSEN,
    NAV,
    NOTIFICATIONS,
    OPERATOR,
    PAGE,
    THEME,
    WHERE,
)
from dashboard.pages.tabs import section
from dashboard.person import ASKING

#: An operator's name travels in every event of an alarm.
MAX_NAME: Final = 40


class Page(Protocol):
    """It owns its path and what is below it."""

    @property
    def path(self) -> str: ...

    @property
    def name(self) -> str:
        """In the top bar; empty for one that is reached from others only."""
        ...

    def layout(self, address: Address) -> Any:
        """What stands on the page at first."""
        ...

    def register(self, pages: Dash) -> None:
        """Give the page its callbacks. Each is `async def`: a plain one blocks every browser."""
        ...


class Part(Protocol):
    """A part of the frame: on every page."""

    def layout(self) -> Any:
        """None for one that is not seen."""
        ...

    def register(self, pages: Dash) -> None: ...


class Shell:
    def __init__(self, pages: Sequence[Page], parts: Sequence[Part] = ()) -> None:
        self._pages = pages
        self._parts = parts

    def layout(self, content: Any = None) -> dmc.MantineProvider:
        return dmc.MantineProvider(
            id="mantine",
            forceColorScheme="dark",
            theme={"fontFamily": "var(--sans)", "primaryColor": "blue"},
            children=[
                components.notifications(NOTIFICATIONS),
                dcc.Location(id=WHERE, refresh=False),
                dcc.Store(id=THEME, data="dark"),
                dcc.Store(id=ALARM_REQUEST),
                dcc.Store(id=CHOSEN),
                html.Div(
                    [
                        html.Div(id="page-state", className="page-state", role="alert"),
                        *_bars(),
                        html.Div(id="alarms-stale", className="alarms-stale", role="alert"),
                        html.Div(id="missed", className="missed"),
                        html.Div(id="flood-banner", className="flood-banner", role="status"),
                        html.Div(id="link-note", className="link-note", role="status"),
                        html.Div(content, id=PAGE, className="page-holder"),
                    ],
                    id="console",
                    className="console",
                    **_role(),
                ),
                *filter(None, (part.layout() for part in self._parts)),
                _keys(),
            ],
        )

    def everything(self) -> dmc.MantineProvider:
        """All that any page has, so that Dash knows every id its callbacks name."""
        return self.layout([page.layout(Address(path=page.path)) for page in self._pages])

    def register(self, pages: Dash) -> None:
        for page in self._pages:
            page.register(pages)
        for part in self._parts:
            part.register(pages)

        @pages.callback(
            Output(PAGE, "children"),
            Output(NAV, "children"),
            Input(WHERE, "pathname"),
            Input(WHERE, "search"),
        )
        async def show_page(path: str | None, search: str | None) -> tuple[Any, Any]:
            address = Address.read(path, search)
            return self.page(address), self.links(address)

    def page(self, address: Address) -> Any:
        page = self._page(address.path)
        if page is None:
            return html.Main(
                [
                    html.H1("There is no such page"),
                    html.P(html.A("To the watch", href=address.link("/"))),
                ],
                className="no-page",
            )
        return page.layout(address)

    def _page(self, path: str) -> Page | None:
        """The one with the longest path that this is, or is below of."""
        fits = [
            page
            for page in self._pages
            if path == page.path or (page.path != "/" and path.startswith(f"{page.path}/"))
        ]
        return max(fits, key=lambda page: len(page.path), default=None)

    def links(self, address: Address) -> list[html.A]:
        here = self._page(section(address.path))
        return [
            html.A(
                page.name,
                href=address.link(page.path),
                className="here" if page is here else "",
                title=f"key {number}" if number < 10 else None,
                **_current(page is here),
            )
            for number, page in enumerate((one for one in self._pages if one.name), 1)
        ]


def _current(here: bool) -> dict[str, Any]:
    return {"aria-current": "page"} if here else {}


def _bars() -> list[Any]:
    """Two lines: of the console itself, and of what it watches."""
    return [
        html.Header(
            [
                html.Div("stationwatch", className="product"),
                html.Nav(id=NAV, className="pages", **components.labelled("Pages")),
                html.Div(id="annunciator", className="annunciator"),
                html.Button("☾ Dark", id="theme-toggle", type="button", className="quiet"),
                *_who(),
                html.Button(
                    id="wall-clock",
                    type="button",
                    className="wall-clock",
                    title="UTC; press for day of year",
                ),
                html.Div("CONNECTING", id="page-badge", className="page-badge"),
            ],
            className="top-bar",
        ),
        html.Div(
            [
                html.Div(id="mode-banner", className="mode-banner"),
                html.Div(id="spacecraft-states", className="spacecraft-states"),
                html.Div(id="alarm-counts", className="alarm-counts"),
            ],
            className="state-bar",
        ),
        html.Div(id="transport", className="transport"),
    ]


def _role() -> dict[str, Any]:
    """For scripts and styles: what there is no use in offering."""
    user = ASKING.get()
    return {"data-role": str(user.role)} if user is not None else {}


def _who() -> list[Any]:
    """Who is signed in; where nobody signs in, the name that goes into the journal."""
    user = ASKING.get()
    if user is None:
        typed = dcc.Input(
            id=OPERATOR,
            placeholder="your name",
            maxLength=MAX_NAME,
            persistence=True,
            persistence_type="local",
        )
        return [html.Label([html.Span("Operator"), typed], className="operator")]
    name = dcc.Input(id=OPERATOR, value=user.name, readOnly=True)
    return [
        html.Label([html.Span(str(user.role).capitalize()), name], className="operator"),
        html.Form(
            html.Button("Sign out", type="submit", className="quiet"),
            action="/sign-out",
            method="post",
            className="sign-out",
        ),
    ]


def _keys() -> html.Dialog:
    keys = {
        "1 to 9": "page of that place in the top bar",
        "?": "this list",
        "Tab, Enter": "to and into what can be chosen",
        "Esc": "close what is open",
    }
    rows = [item for key, text in keys.items() for item in (html.Dt(html.Kbd(key)), html.Dd(text))]
    return html.Dialog(
        [html.H2("Keys"), html.Dl(rows, id="keys-list")],
        id="keys-help",
        className="keys-help",
        **components.labelled("Keys"),
    )
