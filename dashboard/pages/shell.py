"""What all pages share: the address, the way between them, and what the operator is told.

Going to another page loads it anew: each starts from what the console knows then.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html

from dashboard import components

WHERE: Final = "where"
PAGE: Final = "page"
NOTIFICATIONS: Final = "notifications"

#: Path -> its name in the top bar.
PAGES: Final[Mapping[str, str]] = {
    "/": "Live",
    "/handover": "Handover",
    "/scorecard": "Scorecard",
}


class Page(Protocol):
    @property
    def path(self) -> str: ...

    def layout(self, search: str) -> Any:
        """What stands on the page at first. search: the query of its address, with its `?`."""
        ...

    def register(self, pages: Dash) -> None:
        """Give the page its callbacks. Each is `async def`: a plain one blocks every browser."""
        ...


class Shell:
    def __init__(self, pages: Sequence[Page]) -> None:
        self._pages = {page.path: page for page in pages}

    def layout(self, content: Any = None) -> dmc.MantineProvider:
        return dmc.MantineProvider(
            forceColorScheme="dark",
            theme={"fontFamily": "var(--sans)", "primaryColor": "blue"},
            children=[
                components.notifications(NOTIFICATIONS),
                dcc.Location(id=WHERE, refresh=False),
                html.Div(content, id=PAGE),
            ],
        )

    def everything(self) -> dmc.MantineProvider:
        """All that any page has, so that Dash knows every id its callbacks name."""
        return self.layout([page.layout("") for page in self._pages.values()])

    def register(self, pages: Dash) -> None:
        for page in self._pages.values():
            page.register(pages)

        @pages.callback(Output(PAGE, "children"), Input(WHERE, "pathname"), State(WHERE, "search"))
        async def show_page(path: str | None, search: str | None) -> Any:
            return self.page(path or "/", search or "")

    def page(self, path: str, search: str) -> Any:
        page = self._pages.get(path.rstrip("/") or "/")
        if page is None:
            return html.Div(
                [top_bar(""), html.P("There is no such page.", className="no-page")],
                className="console",
            )
        return page.layout(search)


def top_bar(path: str, *middle: Any) -> html.Header:
    """path: of the page it stands on."""
    links = [
        html.A(name, href=to, className="here" if to == path else "", **_current(to == path))
        for to, name in PAGES.items()
    ]
    return html.Header(
        [
            html.Div("stationwatch", className="product"),
            html.Nav(links, className="pages", **components.labelled("Pages")),
            *middle,
        ],
        className="top-bar",
    )


def _current(here: bool) -> dict[str, Any]:
    return {"aria-current": "page"} if here else {}
