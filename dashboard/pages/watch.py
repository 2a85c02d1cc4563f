"""The watch page: the state of the station in one glance. Home.

Everything on it moves in the browser (`assets/pages/watch*.js`); here is what stands where. What
has no parameter in the mission database is said to have none, and the rest of the page stays.
"""

from dataclasses import dataclass
from typing import Final

from dash import Dash, html

from dashboard import components
from dashboard.address import Address
from dashboard.means import Means
from dashboard.pages.lamps import lamp_groups, lamps_of
from dashboard.pages.tiles import TimeLeft, bare, facts, figure, tile, time_left, trend
from telemetry.missiondb import MissionDatabase

#: Whose thrusters the lamps are of.
SOYUZ: Final = "soyuz"

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


TIMES_LEFT: Final = (
    TimeLeft(
        key="iss/DER_NET_SATURATION",
        name="Saturation no earlier than",
        none="SATURATED",
        past="iss/USLAB000010",
        limit=99.5,  # momentum is sent to 0.1 %, and wanders by as much once it is full
    ),
    TimeLeft(
        key="iss/DER_NET_ATTITUDE",
        name="2 deg of error no earlier than",
        none="BEYOND 2 deg",
        past="iss/DER_ATT_ERROR",
        limit=2.0,
    ),
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
                        self._track(),
                        self._soyuz(address),
                        html.Div([self._alarms(address), self._links(address)], className="side"),
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
        return tile(
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
                        figure("iss/DER_ATT_ERROR", "Error", 2, self._database),
                        figure("iss/DER_LVLH_RATE", "Rate", 4, self._database),
                        figure("iss/USLAB000010", "Momentum", 1, self._database),
                    ],
                    className="figures",
                ),
                facts("iss", CONTROL_ROWS, self._database),
            ],
            href=address.link("/attitude"),
            badge="iss/adcs",
        )

    def _attitude(self, address: Address) -> html.Section:
        words = ("LVLH, deg", "Error, deg", "Rate, deg/s")
        heads = [html.Th(one, scope="col") for one in words]
        rows = [
            html.Tr(
                [
                    html.Th(axis, scope="row"),
                    html.Td(className="axis-angle"),
                    html.Td(bare(f"iss/{error}", self._database)),
                    html.Td(className="axis-rate"),
                ]
            )
            for axis, error in ERRORS.items()
        ]
        return tile(
            "attitude",
            "Attitude against LVLH",
            [
                html.Div(
                    [
                        html.Div(className="indicator"),
                        html.Table(
                            [
                                html.Thead(html.Tr([html.Td(), *heads])),
                                html.Tbody(rows),
                            ],
                            className="axes",
                        ),
                    ],
                    className="attitude-body",
                ),
            ],
            href=address.link("/attitude"),
            badge="iss/adcs",
        )

    def _momentum(self, address: Address) -> html.Section:
        return tile(
            "momentum",
            "CMG momentum",
            [
                html.Div(className="gauge"),
                trend("iss/USLAB000010", "CMG momentum, the last 5 minutes"),
                *(time_left(one) for one in TIMES_LEFT),
                facts("iss", MOMENTUM_ROWS, self._database),
            ],
            href=address.link("/attitude"),
            badge="iss/derived",
        )

    def _alarms(self, address: Address) -> html.Section:
        return tile(
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
        return tile(
            "track",
            "Ground track",
            [
                html.Div(
                    html.Canvas(
                        className="track-map",
                        role="img",
                        title=about,
                        **components.labelled(
                            "Map of the world with the station, its track, day and night; "
                            "its position in words below"
                        ),
                    ),
                    className="track-holder",
                ),
                html.Div(className="track-words"),
            ],
            badge="iss/adcs",
        )

    def _soyuz(self, address: Address) -> html.Section:
        craft = self._database.spacecraft.get(SOYUZ)
        found = lamps_of(craft) if craft else []
        if not found:
            return tile(
                "soyuz",
                "Soyuz firing",
                [html.P("No Soyuz thruster is in the mission database.", className="dim")],
            )
        return tile(
            "soyuz",
            "Soyuz firing",
            [
                html.Div(
                    [html.B(className="firing-what"), html.Span(className="firing-why")],
                    className="firing-words",
                    role="status",
                ),
                lamp_groups(found),
                html.Div(
                    "left half: commanded · right half: chamber pressure",
                    className="lamp-key dim",
                ),
                facts(SOYUZ, FIRING_ROWS, self._database),
            ],
            href=address.link("/propulsion"),
            badge="soyuz/propulsion",
        )

    def _links(self, address: Address) -> html.Section:
        return tile(
            "links", "Links", [html.Div(className="link-list")], href=address.link("/ground")
        )
