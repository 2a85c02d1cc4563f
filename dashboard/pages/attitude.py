"""The attitude page: how the station stands, who holds it, and how long the gyroscopes can.

What moves is drawn by `assets/pages/attitude.js` and the readouts; here is what stands where.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import Dash, html

from dashboard import components
from dashboard.address import Address
from dashboard.means import Means
from dashboard.pages.tiles import facts, named, tile, time_left
from dashboard.pages.watch import TIMES_LEFT
from telemetry.missiondb import MissionDatabase

AXES: Final = ("roll", "pitch", "yaw")
ERRORS: Final = ("USLAB000022", "USLAB000023", "USLAB000024")

CONTROL: Final = (
    ("USLAB000012", "US GNC mode"),
    ("USLAB000016", "Controller"),
    ("USLAB000017", "Reference frame"),
    ("USLAB000081", "Manoeuvre"),
    ("USLAB000011", "Desaturation"),
    ("RUSSEG000022", "RS is master"),
    ("RUSSEG000025", "RS dynamic mode"),
    ("RUSSEG000021", "RS attitude mode"),
    ("RUSSEG000024", "RS thrusters"),
    ("USLAB000041", "Loss of CMG control"),
    ("USLAB000042", "Loss of ISS control"),
)
SOURCES: Final = (
    ("USLAB000013", "Attitude from"),
    ("USLAB000014", "Rates from"),
    ("USLAB000015", "State vector from"),
    ("USLAB000043", "GPS 1"),
    ("USLAB000044", "GPS 2"),
    ("USLAB000073", "GNC computer 1"),
    ("USLAB000074", "GNC computer 2"),
)
MOMENTUM: Final = (
    ("SIM_ISS_H_X", "Roll"),
    ("SIM_ISS_H_Y", "Pitch"),
    ("SIM_ISS_H_Z", "Yaw"),
    ("USLAB000009", "Magnitude"),
    ("USLAB000038", "Capacity"),
)
CONTROL_TORQUE: Final = (
    ("USLAB000006", "Roll"),
    ("USLAB000007", "Pitch"),
    ("USLAB000008", "Yaw"),
)
EXTERNAL_TORQUE: Final = (
    ("DER_TORQUE_X", "Roll"),
    ("DER_TORQUE_Y", "Pitch"),
    ("DER_TORQUE_Z", "Yaw"),
    ("DER_TORQUE", "Magnitude"),
    ("DER_TORQUE_SIGMA", "Uncertainty"),
)
CAUSE: Final = (
    ("DER_TORQUE_UNEXPLAINED", "Unexplained"),
    ("DER_TORQUE_JETS", "Thrusters that give it"),
    ("DER_TORQUE_CONSISTENT", "Groups it could be"),
    ("DER_TORQUE_EXCLUDED", "Groups it is not"),
    ("DER_TORQUE_SOURCE", "CMG share from"),
)
#: Of each gyroscope, below its drawing; the drawing's own parameters as well.
WHEEL: Final = (
    ("Z10000{speed}", "Speed"),
    ("Z100000{current}", "Current"),
    ("Z100000{number}", "Vibration"),
    ("USLAB0000{motor}", "Motor"),
    ("USLAB0000{resolver}", "Resolver"),
)
STRIPS: Final = (
    "DER_ATT_ERROR",
    *ERRORS,
    "DER_LVLH_RATE",
    "USLAB000010",
    "USLAB000007",
    "DER_TORQUE",
)


@dataclass(frozen=True, slots=True)
class AttitudePage:
    means: Means
    path: str = "/attitude"
    name: str = "Attitude"

    def layout(self, address: Address) -> html.Main:
        stand = [html.Div(className="indicator"), self._axes(), _key()]
        torque = [self._facts(EXTERNAL_TORQUE), self._facts(CAUSE)]
        return components.page(
            "attitude",
            [
                html.H1("Attitude and CMGs", className="unseen"),
                html.Div(
                    [
                        html.Div(
                            [
                                tile("stand", "Attitude against LVLH", stand, badge="iss/adcs"),
                                tile("torque", "External torque", torque, badge="iss/derived"),
                            ],
                            className="column",
                        ),
                        html.Div(
                            [
                                html.Div(
                                    [
                                        tile("control", "Control", self._control(), badge="iss/rs"),
                                        tile(
                                            "momentum", "CMGs", self._momentum(), badge="iss/adcs"
                                        ),
                                    ],
                                    className="pair",
                                ),
                                tile("gyroscopes", "Gyroscopes", self._wheels(), badge="iss/adcs"),
                            ],
                            className="column",
                        ),
                        html.Div(
                            tile(
                                "strips", "Last 5 minutes", self._strips(address), badge="iss/adcs"
                            ),
                            className="column",
                        ),
                    ],
                    className="columns",
                ),
            ],
        )

    def register(self, pages: Dash) -> None:
        """It asks the server for nothing."""

    @property
    def _database(self) -> MissionDatabase:
        return self.means.database

    def _facts(self, rows: Sequence[tuple[str, str]]) -> html.Div:
        return facts("iss", rows, self._database)

    def _control(self) -> list[Any]:
        state = [html.Div(className="control-word"), html.Div(className="control-detail")]
        return [
            html.Div(state, className="control-state", role="status"),
            self._facts(CONTROL),
            html.H3("Navigation"),
            self._facts(SOURCES),
        ]

    def _axes(self) -> html.Table:
        """Angles come from quaternions, so the browser paints them; errors are readouts."""
        rows = [
            html.Tr(
                [
                    html.Th(axis.capitalize(), scope="row"),
                    html.Td(className="commanded"),
                    html.Td(className="measured"),
                    html.Td(
                        [
                            named(f"iss/{error}", "", self._database),
                            html.Div(className="limit", **components.data(limit=f"iss/{error}")),
                        ]
                    ),
                    html.Td(className="lvlh-rate"),
                ]
            )
            for axis, error in zip(AXES, ERRORS, strict=True)
        ]
        heads = {"Command": "deg", "Measured": "deg", "Error": "deg", "LVLH rate": "deg/s"}
        columns = [html.Th([name, html.Br(), unit], scope="col") for name, unit in heads.items()]
        return html.Table(
            [
                html.Thead(html.Tr([html.Td(), *columns])),
                html.Tbody(rows),
            ],
            className="axes",
        )

    def _momentum(self) -> list[Any]:
        return [
            html.Div(className="gauge"),
            *(time_left(one) for one in TIMES_LEFT),
            html.P(
                "The least times, if the torque stays as it is: momentum left over the most that "
                "the CMGs take up, and the turn if nothing held against it.",
                className="dim about",
            ),
            html.Div(className="vector"),
            html.Div(
                [
                    html.Div([html.H3("Momentum"), self._facts(MOMENTUM)]),
                    html.Div([html.H3("Control torque"), self._facts(CONTROL_TORQUE)]),
                ],
                className="vector-numbers",
            ),
        ]

    def _wheels(self) -> list[Any]:
        return [html.Div([self._wheel(n) for n in range(1, 5)], className="wheels")]

    def _wheel(self, n: int) -> html.Div:
        # the catalogue counts a quantity through the four gyroscopes before the next quantity
        numbers = {
            "number": n,
            "current": 4 + n,
            "speed": f"{8 + n:02}",
            "motor": 44 + n,
            "resolver": 48 + n,
        }
        ids = [pattern.format(**numbers) for pattern, _ in WHEEL]
        rows = []
        for id_, (_, name) in zip(ids, WHEEL, strict=True):
            rows += [
                named(f"iss/{id_}", name, self._database),
                html.Div(className="limit", **components.data(limit=f"iss/{id_}")),
            ]
        speed, _, _, motor, resolver = (f"iss/{one}" for one in ids)
        used = f"iss/USLAB00000{n}"
        drawn = components.data(
            number=str(n), speed=speed, used=used, motor=motor, resolver=resolver
        )
        return html.Div(
            [
                named(used, f"CMG {n}", self._database),
                html.Div(className="wheel", **drawn),
                html.Div(rows, className="facts wheel-rows"),
            ],
            className="gyroscope",
        )

    def _strips(self, address: Address) -> list[Any]:
        keys = [f"iss/{one}" for one in STRIPS]
        return [
            *(components.readout(key, self._database, strip=True) for key in keys),
            html.A("Open these in Trends", href=address.link("/trends", p=",".join(keys))),
        ]


def _key() -> html.P:
    return html.P(
        "Bars on the ball: error in roll (R), pitch (P), yaw (Y). Triangles: rates. "
        "Full scale is said above; red at its stop.",
        className="dim about",
    )
