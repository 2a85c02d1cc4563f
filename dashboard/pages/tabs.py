"""Pages that belong together, as a row under the top bar. Paths are those of the pages."""

from collections.abc import Sequence
from typing import Any, Final

from dash import html

from dashboard import components
from dashboard.address import Address

#: (name, path) in order.
Tabs = Sequence[tuple[str, str]]

ALARM_TABS: Final[Tabs] = (
    ("Standing", "/alarms"),
    ("Incidents", "/alarms/incidents"),
    ("Journal", "/alarms/journal"),
    ("Notifications", "/alarms/notifications"),
    ("Scorecard", "/scorecard"),
    ("Shift handover", "/handover"),
)
REPLAY_TABS: Final[Tabs] = (
    ("Sessions", "/replay"),
    ("Back-test", "/backtest"),
    ("Training", "/training"),
)
GROUND_TABS: Final[Tabs] = (("Ingest", "/ground"), ("Mission database", "/database"))


def section(path: str) -> str:
    """The page in the top bar that a path belongs to: the first of its row, or itself."""
    for row in (ALARM_TABS, REPLAY_TABS, GROUND_TABS):
        if any(path == to for _, to in row):
            return row[0][1]
    return path


def tabs(them: Tabs, address: Address) -> html.Nav:
    links = [
        html.A(
            name,
            href=address.link(path),
            className="here" if path == address.path else "",
            **_current(path == address.path),
        )
        for name, path in them
    ]
    return html.Nav(links, className="tabs no-print", **components.labelled("Views"))


def _current(here: bool) -> dict[str, Any]:
    return {"aria-current": "page"} if here else {}
