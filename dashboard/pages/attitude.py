"""The attitude page: how the station stands, who holds it, and how long the gyroscopes can.

What moves is drawn by `assets/pages/attitude.js` and the readouts; here is what stands where.
"""

from dataclasses import dataclass
from typing import Any, Final

from dash import Dash, html

from dashboard import components
from dashboard.address import Address
from dashboard.means import Means

AXES: Final = ("Roll", "Pitch", "Yaw")
ERRORS: Final = ("USLAB000022", "USLAB000023", "USLAB000024")
RATES: Final = ("USLAB000025", "USLAB000026", "USLAB000027")
TORQUES: Final = ("DER_TORQUE_X", "DER_TORQUE_Y", "DER_TORQUE_Z")

# fmt: off
CONTROL: Final = (
    "USLAB000012", "USLAB000016", "USLAB000017", "USLAB000081", "USLAB000011", "RUSSEG000022",
    "RUSSEG000025", "RUSSEG000021", "RUSSEG000024", "USLAB000041", "USLAB000042",
)
SOURCES: Final = ("USLAB000013", "USLAB000014", "USLAB000015", "USLAB000043", "USLAB000044")
MOMENTUM: Final = (
    "USLAB000009", "USLAB000038", "SIM_ISS_H_X", "SIM_ISS_H_Y", "SIM_ISS_H_Z", "USLAB000006",
    "USLAB000007", "USLAB000008",
)
TORQUE: Final = (
    "DER_TORQUE", "DER_TORQUE_SIGMA", "DER_TORQUE_SOURCE", "DER_TORQUE_UNEXPLAINED",
    "DER_TORQUE_JETS", "DER_TORQUE_CONSISTENT", "DER_TORQUE_EXCLUDED",
)
#: Each with what 0 says.
NETS: Final = (
    ("DER_NET_SATURATION", "Momentum left over the most the CMGs take up: not sooner."),
    ("DER_NET_ATTITUDE", "Until 2 deg of error if nothing holds against the torque: not sooner."),
)
#: Of each gyroscope, in the order of its card.
WHEEL: Final = (
    ("in use", "USLAB00000{n}"),
    ("wheel speed", "Z10000{s:02}"),
    ("spin current", "Z100000{c}"),
    ("vibration", "Z100000{n}"),
    ("bearing, motor", "USLAB0000{m}"),
    ("bearing, resolver", "USLAB0000{r}"),
)
STRIPS: Final = (
    "DER_ATT_ERROR", *ERRORS, "DER_LVLH_RATE", "USLAB000010", "DER_TORQUE", "DER_NET_SATURATION",
)
# fmt: on


@dataclass(frozen=True, slots=True)
class AttitudePage:
    means: Means
    path: str = "/attitude"
    name: str = "Attitude"

    def layout(self, address: Address) -> html.Main:
        return components.page(
            "attitude",
            [
                html.H1("Attitude and CMGs", className="unseen"),
                html.Div(
                    [
                        html.Section(
                            [
                                _head("Attitude against LVLH", "iss/adcs"),
                                html.Div(className="indicator"),
                                _axes(),
                                html.P(
                                    "Needles: error in roll above, pitch right, yaw below. "
                                    "Triangles: rates. Red: at its stop.",
                                    className="dim",
                                ),
                            ],
                            className="tile stand",
                        ),
                        html.Section(
                            [
                                _head("Control", "iss/adcs", "iss/rs"),
                                *self._readouts(CONTROL),
                                html.H3("Navigation"),
                                *self._readouts(SOURCES),
                            ],
                            className="tile control",
                        ),
                        html.Section(
                            [
                                _head("CMG momentum", "iss/derived"),
                                html.Div(className="gauge"),
                                *(self._net(*net) for net in NETS),
                                *self._readouts(MOMENTUM),
                                html.H3("External torque"),
                                *self._readouts(TORQUE),
                            ],
                            className="tile momentum",
                        ),
                        html.Section(
                            [
                                _head("Gyroscopes", "iss/adcs"),
                                html.Div([self._wheel(n) for n in range(1, 5)], className="wheels"),
                            ],
                            className="tile gyroscopes",
                        ),
                        html.Section(
                            [
                                _head("Last 5 minutes", "iss/adcs"),
                                *(
                                    components.readout(
                                        f"iss/{one}", self.means.database, strip=True
                                    )
                                    for one in STRIPS
                                ),
                                html.A(
                                    "Open these in Trends",
                                    href=address.link(
                                        "/trends", p=",".join(f"iss/{one}" for one in STRIPS[:4])
                                    ),
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

    def _readouts(self, parameters: tuple[str, ...]) -> list[Any]:
        return [components.readout(f"iss/{one}", self.means.database) for one in parameters]

    def _net(self, parameter: str, about: str) -> Any:
        made: Any = components.readout(f"iss/{parameter}", self.means.database)
        made.className = "readout net"
        made.title = about
        return made

    def _wheel(self, n: int) -> html.Div:
        rows = []
        for words, pattern in WHEEL:
            id_ = pattern.format(n=n, s=8 + n, c=4 + n, m=44 + n, r=48 + n)
            made: Any = components.readout(f"iss/{id_}", self.means.database)
            for part in made.children if isinstance(made.children, list) else []:
                if part.className == "name":
                    part.children = words
            rows.append(made)
        return html.Div(
            [
                html.Div(
                    className="wheel",
                    **components.data(
                        speed=f"iss/Z10000{8 + n:02}", used=f"iss/USLAB00000{n}", number=str(n)
                    ),
                ),
                html.Div(rows, className="wheel-rows"),
            ],
            className="gyroscope",
        )


def _head(title: str, *badges: str) -> html.Header:
    return html.Header([html.H2(title), *(components.freshness_badge(one) for one in badges)])


def _axes() -> html.Table:
    """Its numbers are painted: commanded and measured angles come from quaternions."""
    heads = ("", *AXES)
    rows = ("Measured, deg", "Commanded, deg", "Error, deg", "LVLH rate, deg/s")
    names = ("measured", "commanded", "error", "rate")
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
            html.Tbody(
                [
                    html.Tr([html.Th(words, scope="row"), *(html.Td(className=name) for _ in AXES)])
                    for words, name in zip(rows, names, strict=True)
                ]
            ),
        ],
        className="axes",
    )
