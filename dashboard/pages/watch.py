"""The watch page: the state of the station in one glance. Home.

Everything on it moves in the browser (`assets/pages/watch*.js`); here is what stands where. What
has no parameter in the mission database is said to have none, and the rest of the page stays.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import Dash, html

from dashboard import components
from dashboard.address import Address
from dashboard.means import Means
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Spacecraft

#: Whose thrusters the lamps are of.
SOYUZ: Final = "soyuz"

#: "Lateral +Z in the ship's axes, manifold 1."
_GROUP: Final = re.compile(r"(?P<group>[A-Z][a-z]+) (?P<way>[+-][XYZ]) .*manifold (?P<manifold>\d)")

CONTROL_ROWS: Final = (
    ("USLAB000012", "US GNC mode"),
    ("RUSSEG000022", "RS is master"),
    ("RUSSEG000025", "RS dynamic mode"),
    ("USLAB000016", "Controller"),
    ("USLAB000011", "Desaturation"),
    ("USLAB000081", "Manoeuvre"),
)
MOMENTUM_ROWS: Final = (
    ("USLAB000005", "CMGs on line"),
    ("DER_TORQUE", "External torque"),
    ("DER_TORQUE_JETS", "Jets that give it"),
)
#: Lower bounds of times that are left, and what is said once nothing is.
NETS: Final = (
    ("iss/DER_NET_SATURATION", "Saturation no earlier than", "SATURATED"),
    ("iss/DER_NET_ATTITUDE", "2 deg of error no earlier than", "BEYOND 2 deg"),
)
FIRING_ROWS: Final = (
    ("DER_FIRING_UNPLANNED", "Outside its window"),
    ("DER_FIRING_OVERLONG", "Beyond its pulse"),
    ("DER_BUDGET_ON_TIME", "On-time budget"),
    ("DER_BUDGET_PROPELLANT", "Propellant budget"),
    ("SIM_SOYUZ_PROP_USED_KG", "Propellant used"),
    ("SIM_SOYUZ_MAN1_EPK", "Manifold 1 EPK"),
    ("SIM_SOYUZ_MAN2_EPK", "Manifold 2 EPK"),
)
ERRORS: Final = {"Roll": "USLAB000022", "Pitch": "USLAB000023", "Yaw": "USLAB000024"}


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


def lamps(craft: Spacecraft) -> list[Lamp]:
    """Of all engines with chamber pressure, in the order of their ids. Groups by description."""
    known = {p.id: p for s in craft.subsystems.values() for p in s.parameters.values()}
    found = []
    for pressure in sorted(known):
        stem = pressure.removesuffix("_PC")
        if stem == pressure:
            continue
        command = known.get(f"{stem}_CMD")
        words = _GROUP.match(command.description if command else "")
        name = command.name.removesuffix(" command") if command else "SKD"
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


@dataclass(frozen=True, slots=True)
class WatchPage:
    means: Means
    path: str = "/"
    name: str = "Watch"

    def layout(self, address: Address) -> html.Main:
        return components.page(
            "watch",
            [
                html.H1("Watch", className="unseen"),
                html.Div(className="incidents"),
                html.Div(className="plan-strip"),
                html.Div(
                    [
                        self._control(address),
                        self._attitude(address),
                        self._momentum(address),
                        self._alarms(address),
                        self._track(),
                        self._soyuz(address),
                        self._links(address),
                    ],
                    className="tiles",
                ),
            ],
        )

    def register(self, pages: Dash) -> None:
        """It asks the server for nothing."""

    @property
    def _database(self) -> MissionDatabase:
        return self.means.database

    def _control(self, address: Address) -> html.Section:
        return _tile(
            "control",
            "Attitude control",
            [
                html.Div(
                    [
                        html.Div(className="control-word"),
                        html.Div(className="control-detail"),
                    ],
                    className="control-state",
                    role="status",
                ),
                html.Div(
                    [
                        self._figure("iss/DER_ATT_ERROR", "Error", 2),
                        self._figure("iss/DER_LVLH_RATE", "LVLH rate", 4),
                        self._figure("iss/USLAB000010", "Momentum", 1),
                    ],
                    className="figures",
                ),
                self._rows("iss", CONTROL_ROWS),
            ],
            href=address.link("/attitude"),
            badges=("iss/adcs", "iss/rs"),
        )

    def _attitude(self, address: Address) -> html.Section:
        head = ("Axis", "Attitude, deg", "Error, deg", "LVLH rate, deg/s")
        rows = [
            html.Tr(
                [
                    html.Th(axis, scope="row"),
                    html.Td(className="axis-angle"),
                    html.Td(self._bare(f"iss/{error}")),
                    html.Td(className="axis-rate"),
                ]
            )
            for axis, error in ERRORS.items()
        ]
        return _tile(
            "attitude",
            "Attitude against LVLH",
            [
                html.Div(className="indicator"),
                html.Table(
                    [
                        html.Thead(html.Tr([html.Th(words, scope="col") for words in head])),
                        html.Tbody(rows),
                    ],
                    className="axes",
                ),
            ],
            href=address.link("/attitude"),
            badges=("iss/adcs",),
        )

    def _momentum(self, address: Address) -> html.Section:
        return _tile(
            "momentum",
            "CMG momentum",
            [
                html.Div(className="gauge"),
                *(
                    html.Div(
                        [
                            html.Span(name, className="net-name"),
                            html.Span(className="net", **components.data(net=key, none=none)),
                        ],
                        className="net-line",
                    )
                    for key, name, none in NETS
                ),
                self._rows("iss", MOMENTUM_ROWS),
            ],
            href=address.link("/attitude"),
            badges=("iss/derived",),
        )

    def _alarms(self, address: Address) -> html.Section:
        return _tile(
            "alarms",
            "Open alarms",
            [
                html.Div(
                    [
                        html.Span(className="alarm-classes"),
                        html.Button(
                            "ACK all shown", className="act alarm-all", type="button", disabled=True
                        ),
                    ],
                    className="alarm-bar",
                ),
                html.Ol(className="alarm-list"),
                html.A("All alarms", href=address.link("/alarms"), className="alarm-more"),
            ],
            href=address.link("/alarms"),
        )

    def _track(self) -> html.Section:
        about = (
            "One orbit behind and one ahead of the state vector last heard, with the Earth's "
            "oblateness and without drag or burns [A]; dots are 10 minutes apart. Dotted ring: "
            "where the station is above the horizon. Coastlines: Natural Earth."
        )
        return _tile(
            "track",
            "Ground track",
            [
                html.Canvas(
                    className="track-map",
                    role="img",
                    title=about,
                    **components.labelled(
                        "Map of the world with the station, its track, day and night; "
                        "its position in words below"
                    ),
                ),
                html.Div(className="track-words"),
            ],
            badges=("iss/adcs",),
        )

    def _soyuz(self, address: Address) -> html.Section:
        craft = self._database.spacecraft.get(SOYUZ)
        found = lamps(craft) if craft else []
        if craft is None or not found:
            return _tile(
                "soyuz",
                "Soyuz firing",
                [html.P("No Soyuz thruster is in the mission database.", className="dim")],
            )
        groups = [
            html.Div(
                [html.H3(group), *(_lamp_row(way, ones) for way, ones in ways.items())],
                className="lamp-group",
            )
            for group, ways in _grouped(found).items()
        ]
        return _tile(
            "soyuz",
            "Soyuz firing",
            [
                html.Div(
                    [html.B(className="firing-what"), html.Span(className="firing-why")],
                    className="firing-words",
                    role="status",
                ),
                html.Div(groups, className="lamps"),
                html.Div(
                    "left half: commanded · right half: chamber pressure",
                    className="lamp-key dim",
                ),
                self._rows(SOYUZ, FIRING_ROWS),
            ],
            href=address.link("/propulsion"),
            badges=("soyuz/propulsion",),
        )

    def _links(self, address: Address) -> html.Section:
        return _tile(
            "links", "Links", [html.Div(className="link-list")], href=address.link("/ground")
        )

    def _figure(self, key: str, name: str, digits: int) -> Any:
        """A number to be read from across the room; the browser writes it with so many digits."""
        made = self._named(key, name)
        if not isinstance(made.children, list):
            return made
        parts = {part.className.partition(" ")[0]: part for part in made.children}
        parts["name"].children = ", ".join(filter(None, (name, parts.pop("unit").children)))
        parts["value"].className = "big"
        made.children = list(parts.values())
        made.className = "readout figure"
        setattr(made, "data-digits", str(digits))
        return made

    def _bare(self, key: str) -> Any:
        """A value alone; its name is beside it already."""
        made: Any = components.readout(key, self._database)
        made.className = "readout bare"
        return made

    def _rows(self, craft: str, rows: Sequence[tuple[str, str]]) -> html.Div:
        return html.Div(
            [self._named(f"{craft}/{parameter}", name) for parameter, name in rows],
            className="facts",
        )

    def _named(self, key: str, name: str) -> Any:
        """A readout under a shorter name than the mission database's, which is on hover."""
        made: Any = components.readout(key, self._database)
        for part in made.children if isinstance(made.children, list) else []:
            if part.className == "name":
                part.children = name
        return made


def _tile(
    name: str,
    title: str,
    content: Sequence[Any],
    *,
    href: str = "",
    badges: Sequence[str] = (),
) -> html.Section:
    heading = html.H2(html.A(title, href=href) if href else title)
    return html.Section(
        [
            html.Header([heading, *(components.freshness_badge(key) for key in badges[:1])]),
            *content,
        ],
        className=f"tile tile-{name}",
        **components.labelled(title),
    )


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


def _grouped(found: Sequence[Lamp]) -> dict[str, dict[str, list[Lamp]]]:
    """Lamps by group and by the way they push. What has no group stands with the last."""
    groups: dict[str, dict[str, list[Lamp]]] = {}
    for one in sorted(found, key=lambda one: not one.group):
        group = one.group or next(reversed(groups), "Engines")
        groups.setdefault(group, {}).setdefault(one.way, []).append(one)
    return groups
