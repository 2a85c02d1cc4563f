"""The propulsion page: the 28 thrusters where they sit, their budget, and what turns the station.

What moves is drawn by `assets/pages/propulsion*.js`; here is what stands where.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from dash import Dash, html

from dashboard import components
from dashboard.address import Address
from dashboard.means import Means
from dashboard.soyuz_jets import JETS

CRAFT: Final = "soyuz"

# fmt: off
TORQUE: Final = (
    "DER_TORQUE", "DER_TORQUE_SIGMA", "DER_TORQUE_X", "DER_TORQUE_Y", "DER_TORQUE_Z",
    "DER_TORQUE_UNEXPLAINED", "DER_TORQUE_SOURCE",
)
AGAINST: Final = (
    "DER_FIRING_UNPLANNED", "DER_FIRING_OVERLONG", "DER_CMD_NO_PRESSURE", "DER_PRESSURE_NO_CMD",
)
FEED: Final = (
    "SIM_SOYUZ_SUD_MODE", "SIM_SOYUZ_MAN1_EPK", "SIM_SOYUZ_MAN1_FEED_P", "SIM_SOYUZ_MAN2_EPK",
    "SIM_SOYUZ_MAN2_FEED_P", "SIM_SOYUZ_SKD_READY", "SIM_SOYUZ_SKD_PC", "SIM_SOYUZ_PROP_USED_KG",
    "SIM_SOYUZ_PROP_KG", "SIM_SOYUZ_EFIR_COUNT",
)
STRIPS: Final = (
    "iss/DER_TORQUE", "iss/DER_ATT_ERROR", "soyuz/DER_FIRING_UNPLANNED",
    "soyuz/SIM_SOYUZ_PROP_USED_KG",
)
#: Of both circuits: what is in a tank, and what pushes it out.
TANKS: Final = (
    ("Fuel", ("SIM_SOYUZ_FUEL{n}_KG", "SIM_SOYUZ_FUEL{n}_P", "SIM_SOYUZ_FUEL{n}_T")),
    ("Oxidiser", ("SIM_SOYUZ_OX{n}_KG", "SIM_SOYUZ_OX{n}_P", "SIM_SOYUZ_OX{n}_T")),
    ("Helium", ("SIM_SOYUZ_HE{n}_P", "SIM_SOYUZ_HE{n}_REG_P")),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class PropulsionPage:
    means: Means
    path: str = "/propulsion"
    name: str = "Propulsion"

    def layout(self, address: Address) -> html.Main:
        if CRAFT not in self.means.database.spacecraft:
            nothing = html.P("No Soyuz is in the mission database: there is nothing to fire.")
            return components.page("propulsion", [html.H1("Propulsion"), nothing], "nothing-there")
        jets = json.dumps([asdict(one) | {"name": one.name, "way": one.way} for one in JETS])
        return components.page(
            "propulsion",
            [
                html.H1("Soyuz propulsion", className="unseen"),
                html.Div(className="firing-state", role="status"),
                html.Div(
                    [
                        html.Section(
                            [
                                _head("Thrusters", "soyuz/propulsion"),
                                html.Div(className="ship", **components.data(jets=jets)),
                                _key(),
                            ],
                            className="tile thrusters",
                        ),
                        html.Section(
                            [
                                _head("Against the plan", "soyuz/derived"),
                                html.Div(className="budget"),
                                *self._readouts(CRAFT, AGAINST),
                                html.H3("Firing heard by this page"),
                                html.Ol(className="firing-log"),
                            ],
                            className="tile against",
                        ),
                        html.Section(
                            [
                                _head("What turns the station", "iss/derived"),
                                html.Div(className="cause"),
                                *self._readouts("iss", TORQUE),
                                html.H3("What to do"),
                                self._advice(),
                            ],
                            className="tile cause-tile",
                        ),
                        html.Section(
                            [
                                _head("Feed and tanks", "soyuz/tanks"),
                                *self._readouts(CRAFT, FEED),
                                html.Div([self._tanks(n) for n in (1, 2)], className="tanks"),
                            ],
                            className="tile feed",
                        ),
                        html.Section(
                            [
                                _head("Last 5 minutes", "soyuz/propulsion"),
                                html.Div(
                                    [
                                        components.readout(one, self.means.database, strip=True)
                                        for one in STRIPS
                                    ],
                                    className="strip-grid",
                                ),
                                html.A(
                                    "Open these in Trends",
                                    href=address.link("/trends", p=",".join(STRIPS)),
                                ),
                            ],
                            className="tile strips",
                        ),
                    ],
                    className="tiles",
                ),
            ],
        )

    def register(self, pages: Dash) -> None:
        """It asks the server for nothing."""

    def _readouts(self, craft: str, parameters: Sequence[str]) -> list[Any]:
        return [components.readout(f"{craft}/{one}", self.means.database) for one in parameters]

    def _tanks(self, circuit: int) -> html.Div:
        rows: list[Any] = [html.H3(f"Circuit {circuit}")]
        for _, parameters in TANKS:
            rows += self._readouts(CRAFT, [one.format(n=circuit) for one in parameters])
        return html.Div(rows)

    def _advice(self) -> Any:
        """What the mission database says to do about a firing that nobody planned."""
        try:
            limits = self.means.database.parameter(CRAFT, "DER_FIRING_UNPLANNED").limits
        except KeyError:
            return html.P("The mission database has no advice.", className="dim")
        return components.response_card("If a thruster fires outside its window", limits.response)


def _head(title: str, badge: str) -> html.Header:
    return html.Header([html.H2(title), components.freshness_badge(badge)])


def _key() -> html.Ul:
    """What the lamps say."""
    looks = {
        "commanded": "commanded",
        "firing": "commanded, with pressure: firing",
        "uncommanded": "✖ pressure without command",
        "dry": "▲ command without pressure",
        "fired": "fired in the last 10 s",
    }
    items = [
        html.Li([html.Span(className=f"lamp-key {name}"), words]) for name, words in looks.items()
    ]
    return html.Ul(items, className="key")
