"""Engines as lamps: one each, its left half lit by its command, its right by chamber pressure.

Which there are, and how they are grouped, is read from the mission database alone.
`assets/pages/watch_firing.js` lights them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dash import html

from dashboard import components
from telemetry.parameter import Spacecraft

#: "Lateral +Z in the ship's axes, manifold 1."
_GROUP: Final = re.compile(r"(?P<group>[A-Z][a-z]+) (?P<way>[+-][XYZ]) .*manifold (?P<manifold>\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """One engine. key: what its parameters begin with, `soyuz/SIM_SOYUZ_DPO01`.

    group, way, manifold: as its description has them, empty where it has none.
    commanded: whether its command is sent; without, it is lit by pressure alone.
    """

    key: str
    name: str
    group: str
    way: str
    manifold: str
    commanded: bool


def lamps_of(craft: Spacecraft) -> list[Lamp]:
    """Of all engines with chamber pressure, in the order of their ids. Groups by description."""
    known = {p.id: p for s in craft.subsystems.values() for p in s.parameters.values()}
    found = []
    for pressure in sorted(known):
        stem = pressure.removesuffix("_PC")
        if stem == pressure:
            continue
        command = known.get(f"{stem}_CMD")
        words = _GROUP.match(command.description if command else "")
        name = command.name.removesuffix(" command") if command else stem.rpartition("_")[2]
        found.append(
            Lamp(
                key=f"{craft.id}/{stem}",
                name=name,
                group=words["group"] if words else "",
                way=words["way"] if words else "",
                manifold=words["manifold"] if words else "",
                commanded=command is not None,
            )
        )
    return found


def lamp_groups(lamps: Sequence[Lamp]) -> html.Div:
    groups = [
        html.Div(
            [html.H3(group), *(_lamp_row(way, ones) for way, ones in ways.items())],
            className="lamp-group",
        )
        for group, ways in grouped(lamps).items()
    ]
    return html.Div(groups, className="lamps")


def _lamp(lamp: Lamp) -> html.Button:
    about = ", ".join(
        filter(
            None,
            (
                lamp.name,
                f"{lamp.group.lower()} {lamp.way}".strip(),
                f"manifold {lamp.manifold}" if lamp.manifold else "",
            ),
        )
    )
    halves = ("half command", "half pressure") if lamp.commanded else ("half pressure",)
    return html.Button(
        [
            *(html.Span(className=name) for name in halves),
            html.Span(lamp.name.rpartition("-")[2], className="lamp-name"),
        ],
        type="button",
        className="lamp no-data",
        **components.data(lamp=lamp.key, about=about),
        **components.labelled(about),
    )


def _lamp_row(way: str, lamps: Sequence[Lamp]) -> html.Div:
    return html.Div(
        [html.Span(way, className="way"), *(_lamp(one) for one in lamps)], className="lamp-row"
    )


def grouped(found: Sequence[Lamp]) -> dict[str, dict[str, list[Lamp]]]:
    """Lamps by group and by the way they push. What has no group stands with the last."""
    groups: dict[str, dict[str, list[Lamp]]] = {}
    for one in sorted(found, key=lambda one: not one.group):
        group = one.group or next(reversed(groups), "Engines")
        groups.setdefault(group, {}).setdefault(one.way, []).append(one)
    return groups
