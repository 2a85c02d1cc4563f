"""Which role opens what of the console. The one table; what is not in it takes an administrator."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from access.roles import Role

#: (method, path of a route as it is registered) -> role.
ROUTES: Final[Mapping[tuple[str, str], Role]] = MappingProxyType(
    {
        ("GET", "/"): Role.VIEWER,
        # Dash's own, for every page there is
        ("GET", "{path:path}"): Role.VIEWER,
        ("GET", "/_dash-layout"): Role.VIEWER,
        ("GET", "/_dash-dependencies"): Role.VIEWER,
        ("GET", "/_dash-component-suites/{package_name}/{fingerprinted_path:path}"): Role.VIEWER,
        ("GET", "/_favicon.ico"): Role.VIEWER,
        ("GET", "/_reload-hash"): Role.VIEWER,
        ("GET", "/assets"): Role.VIEWER,
        # each callback has a row of its own below
        ("POST", "/_dash-update-component"): Role.VIEWER,
        ("GET", "/alarms/about.json"): Role.VIEWER,
        ("GET", "/alarms/incidents.json"): Role.VIEWER,
        ("GET", "/alarms/journal.csv"): Role.VIEWER,
        ("GET", "/alarms/journal.json"): Role.VIEWER,
        ("GET", "/alarms/missed.json"): Role.VIEWER,
        ("GET", "/alarms/notified.json"): Role.VIEWER,
        ("GET", "/backtests/{id_}"): Role.VIEWER,
        ("GET", "/plan/log"): Role.VIEWER,
        ("POST", "/plan/check"): Role.OPERATOR,
        ("POST", "/plan/file"): Role.OPERATOR,
        # and each command is looked at by itself: `access.roles.NEEDED`
        ("POST", "/plan/ask/{verb}"): Role.OPERATOR,
        ("GET", "/replay/overview"): Role.VIEWER,
        ("GET", "/replay/sources"): Role.VIEWER,
        ("POST", "/replay/ask/{verb}"): Role.OPERATOR,
        ("GET", "/training/debrief/{session}"): Role.VIEWER,
        ("GET", "/training/offer"): Role.VIEWER,
        ("POST", "/training/ask/{verb}"): Role.OPERATOR,
        ("GET", "/trends/chart.json"): Role.VIEWER,
        ("GET", "/trends/export.{kind}"): Role.VIEWER,
        ("WEBSOCKET", "/ws/live"): Role.VIEWER,
        ("POST", "/sign-out"): Role.VIEWER,
        ("GET", "/audit.csv"): Role.ADMINISTRATOR,
    }
)

#: What sets a callback off, the first of it -> role.
CALLBACKS: Final[Mapping[str, Role]] = MappingProxyType(
    {
        "alarm-request.data": Role.OPERATOR,
        "backtest-add.n_clicks": Role.OPERATOR,
        "backtest-poll.n_intervals": Role.VIEWER,
        "backtest-run.n_clicks": Role.OPERATOR,
        "chosen.data": Role.VIEWER,
        "database-query.value": Role.VIEWER,
        "ground-refresh.n_intervals": Role.VIEWER,
        "handover-refresh.n_intervals": Role.VIEWER,
        "scorecard-span.value": Role.VIEWER,
        "shift-note.n_clicks": Role.OPERATOR,
        "where.pathname": Role.VIEWER,
        "where.search": Role.VIEWER,
    }
)


def of_route(method: str, path: str) -> Role:
    return ROUTES.get(("GET" if method == "HEAD" else method, path), Role.ADMINISTRATOR)


def of_callback(row: Mapping[str, Any]) -> Role:
    """row: of Dash's `callback_map`."""
    first = row["inputs"][0]
    return CALLBACKS.get(f"{first['id']}.{first['property']}", Role.ADMINISTRATOR)
