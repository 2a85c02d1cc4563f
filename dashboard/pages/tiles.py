"""What tiles of a page are made of: values under short names, large numbers, times that are left.

The browser fills them: `assets/core/readout.js`, and `assets/pages/watch.js` where it says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard import components
from telemetry.missiondb import MissionDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLeft:
    """A lower bound of the time that is left. At `limit` of the parameter `past` none is."""

    key: str
    name: str
    none: str
    past: str
    limit: float


def tile(
    name: str,
    title: str,
    content: Sequence[Any],
    *,
    href: str = "",
    badge: str = "",
) -> html.Section:
    """badge: the subsystem whose freshness it shows. href: the page about it."""
    heading = html.H2(html.A(title, href=href) if href else title)
    return html.Section(
        [
            html.Header([heading, components.freshness_badge(badge) if badge else None]),
            *content,
        ],
        className=f"tile tile-{name}",
        **components.labelled(title),
    )


def time_left(left: TimeLeft) -> html.Div:
    about = components.data(net=left.key, none=left.none, past=left.past, limit=f"{left.limit:g}")
    return html.Div(
        [html.Span(left.name, className="net-name"), html.Span(className="net", **about)],
        className="net-line",
    )


def trend(key: str, about: str) -> html.Div:
    """A strip alone: what it is of stands above it."""
    canvas = html.Canvas(className="strip", role="img", **components.labelled(about))
    return html.Div(canvas, className="trend", title=about, **components.data(readout=key))


def figure(key: str, name: str, digits: int, database: MissionDatabase) -> Any:
    """A number to be read from across the room; the browser writes it with so many digits."""
    made = named(key, name, database)
    if not isinstance(made.children, list):
        return made
    parts = {part.className.partition(" ")[0]: part for part in made.children}
    parts["name"].children = ", ".join(filter(None, (name, parts.pop("unit").children)))
    parts["value"].className = "big"
    made.children = list(parts.values())
    made.className = "readout figure"
    setattr(made, "data-digits", str(digits))
    return made


def bare(key: str, database: MissionDatabase) -> Any:
    """A value alone; its name is beside it already."""
    made: Any = components.readout(key, database)
    made.className = "readout bare"
    return made


def facts(craft: str, rows: Sequence[tuple[str, str]], database: MissionDatabase) -> html.Div:
    """rows: (parameter, name), each a line."""
    return html.Div(
        [named(f"{craft}/{parameter}", name, database) for parameter, name in rows],
        className="facts",
    )


def named(key: str, name: str, database: MissionDatabase) -> Any:
    """A readout under a shorter name than the mission database's, which is on hover."""
    made: Any = components.readout(key, database)
    for part in made.children if isinstance(made.children, list) else []:
        if part.className == "name":
            part.children = name
    return made
