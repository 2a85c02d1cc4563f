"""Where the station is, where it goes, and where the Sun is seen from there.

Equations: SGP4 (Vallado et al., AIAA 2006-6753) on a shipped element set; frames, shadow and Sun as
in earth.py and sun.py. Reboosts: Clohessy-Wiltshire motion from the element set's orbit, measured
along its arc, which keeps it true for drifts of thousands of km where straight axes would not.

Ends: the element set is good to some km near its date (elements/iss.toml); nothing is estimated.
For reboosts the orbit is a circle, and drag and the node's drift go on as before: good to 1 % of
the change for 10 m/s over a day.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sgp4.api import Satrec  # type: ignore[import-untyped]

from simulators.physics.earth import (
    DAY_NS,
    MU_KM3_S2,
    UNIX_J2000_DAYS,
    UNIX_JD,
    from_teme,
    geodetic,
    sidereal_rad,
)
from simulators.physics.sun import sun_position, sunlight
from simulators.physics.vector import ZERO, Matrix, Vector, norm, scale, transform

#: Precession and nutation turn by less than 0.01 arc seconds (0.3 m) in this time.
_FRAME_STEP_NS: Final = 3_600 * 10**9
_ELEMENTS: Final = Path(__file__).with_name("elements") / "iss.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrbitState:
    """The station's motion at one instant.

    position_km, velocity_km_s: J2000. rate_rad_s: at which LVLH turns, |r x v| / r^2.
    beta_rad: the Sun above the orbit's plane. phase_rad: travelled since orbital noon, 0 to 2 pi.
    sunlight: the part of the Sun's disc that is seen, 0 to 1.
    sun_lvlh: unit vector to the Sun, +X forward, +Y against the orbit's normal, +Z nadir.
    latitude_deg, longitude_deg (east, -180 to 180), altitude_km: geodetic, WGS 84.
    """

    position_km: Vector
    velocity_km_s: Vector
    rate_rad_s: float
    beta_rad: float
    phase_rad: float
    sunlight: float
    sun_lvlh: Vector
    latitude_deg: float
    longitude_deg: float
    altitude_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementSet:
    """A NORAD two-line element set; source: when, where from and how good."""

    name: str
    line1: str
    line2: str
    source: str = ""

    def __post_init__(self) -> None:
        """:raises ValueError: if a line is not what was published."""
        for number, line in (("1", self.line1), ("2", self.line2)):
            if len(line) != 69 or line[0] != number or _checksum(line) != line[68]:
                raise ValueError(
                    f"element set {self.name!r}: line {number} has a wrong length, number or "
                    "checksum; copy it again from where it was published"
                )


def _checksum(line: str) -> str:
    return str(sum(int(c) if c.isdecimal() else c == "-" for c in line[:68]) % 10)


def element_sets() -> tuple[str, ...]:
    """Names of those shipped: the dates they are for."""
    return tuple(_shipped())


def load_elements(name: str) -> ElementSet:
    """:raises ValueError: if none of that name is shipped."""
    shipped = _shipped()
    if name not in shipped:
        raise ValueError(f"no element set {name!r}; there are {', '.join(shipped)}")
    return ElementSet(name=name, **shipped[name])


def _shipped() -> Mapping[str, dict[str, str]]:
    return tomllib.loads(_ELEMENTS.read_text(encoding="utf-8"))


class Orbit:
    """The orbit of an element set, and what reboosts have made of it since."""

    def __init__(self, elements: ElementSet) -> None:
        self.elements = elements
        self._satellite = Satrec.twoline2rv(elements.line1, elements.line2)
        self._mean_motion_rad_s: float = self._satellite.no_kozai / 60
        self._radius_km = (MU_KM3_S2 / self._mean_motion_rad_s**2) ** (1 / 3)
        self._drift: tuple[int, Vector, Vector] | None = None
        self._frame: tuple[int, Matrix] = (-1, from_teme(0))

    @property
    def mean_motion_rad_s(self) -> float:
        return self._mean_motion_rad_s

    @property
    def epoch_ns(self) -> int:
        """Of the element set."""
        jd: float = self._satellite.jdsatepoch
        fraction: float = self._satellite.jdsatepochF
        return round((jd - UNIX_JD) * DAY_NS) + round(fraction * DAY_NS)

    def push(self, time_ns: int, delta_v_m_s: Vector) -> None:
        """A burn, short beside an orbit, in LVLH axes; long ones are many short ones.

        The relative motion is linear, so any number of burns is still one state. Times before the
        last burn are then answered as if the orbit after it had always been.
        """
        offset_km, rate_km_s = self._offset(time_ns)
        forward, across, down = scale(0.001, delta_v_m_s)
        # the arc is measured on the circle, the burn made where the station is
        forward *= self._radius_km / norm(self.at(time_ns).position_km)
        pushed = (rate_km_s[0] - down, rate_km_s[1] + forward, rate_km_s[2] - across)
        self._drift = (time_ns, offset_km, pushed)

    def at(self, time_ns: int) -> OrbitState:
        """:raises ValueError: if SGP4 gives up, far from the element set's date."""
        day, of_day_ns = divmod(time_ns, DAY_NS)
        fraction = of_day_ns / DAY_NS
        error, position, velocity = self._satellite.sgp4(UNIX_JD + day, fraction)
        if error:
            raise ValueError(
                f"element set {self.elements.name!r}: no orbit on day {day} after 1970 "
                f"(SGP4 error {error}); use a set nearer to that date"
            )
        if self._drift is not None:
            position, velocity = _shifted(
                position, velocity, *self._offset(time_ns), self._radius_km
            )
        latitude_deg, longitude_deg, altitude_km = geodetic(position, sidereal_rad(day, fraction))
        hour = time_ns // _FRAME_STEP_NS
        if self._frame[0] != hour:
            self._frame = (hour, from_teme(hour * _FRAME_STEP_NS))
        r = transform(self._frame[1], position)
        v = transform(self._frame[1], velocity)
        sun, distance_au = sun_position(day + fraction + UNIX_J2000_DAYS)
        rx, ry, rz = r
        vx, vy, vz = v
        hx, hy, hz = ry * vz - rz * vy, rz * vx - rx * vz, rx * vy - ry * vx
        h = math.sqrt(hx * hx + hy * hy + hz * hz)
        radius = math.sqrt(rx * rx + ry * ry + rz * rz)
        up = (sun[0] * rx + sun[1] * ry + sun[2] * rz) / radius
        north = (sun[0] * hx + sun[1] * hy + sun[2] * hz) / h
        # forward is h x r, not v: LVLH follows the vertical, and the orbit is not quite a circle
        forward = (
            sun[0] * (hy * rz - hz * ry)
            + sun[1] * (hz * rx - hx * rz)
            + sun[2] * (hx * ry - hy * rx)
        ) / (h * radius)
        return OrbitState(
            position_km=r,
            velocity_km_s=v,
            rate_rad_s=h / (radius * radius),
            beta_rad=math.asin(north),
            phase_rad=math.atan2(-forward, up) % (2 * math.pi),
            sunlight=sunlight(r, sun, distance_au),
            sun_lvlh=(forward, -north, -up),
            latitude_deg=latitude_deg,
            longitude_deg=longitude_deg,
            altitude_km=altitude_km,
        )

    def _offset(self, time_ns: int) -> tuple[Vector, Vector]:
        """From the element set's orbit: km and km/s up, forward along the arc, and along h."""
        if self._drift is None:
            return ZERO, ZERO
        since_ns, offset_km, rate_km_s = self._drift
        return coasted(offset_km, rate_km_s, self._mean_motion_rad_s, (time_ns - since_ns) / 1e9)


def coasted(
    offset_km: Vector, rate_km_s: Vector, mean_motion_rad_s: float, seconds: float
) -> tuple[Vector, Vector]:
    """Relative motion near a circular orbit (Clohessy and Wiltshire 1960), up, forward, along h."""
    (x, y, z), (u, v, w), n = offset_km, rate_km_s, mean_motion_rad_s
    s, c = math.sin(n * seconds), math.cos(n * seconds)
    later_km = (
        (4 - 3 * c) * x + (s * u + 2 * (1 - c) * v) / n,
        6 * (s - n * seconds) * x + y + (-2 * (1 - c) * u + 4 * s * v) / n - 3 * seconds * v,
        c * z + s * w / n,
    )
    later_km_s = (
        3 * n * s * x + c * u + 2 * s * v,
        -6 * n * (1 - c) * x - 2 * s * u + (4 * c - 3) * v,
        -n * s * z + c * w,
    )
    return later_km, later_km_s


def _shifted(
    r: Vector, v: Vector, offset_km: Vector, rate_km_s: Vector, circle_km: float
) -> tuple[Vector, Vector]:
    """Position and velocity with an offset whose second component is an arc of `circle_km`."""
    hx, hy, hz = r[1] * v[2] - r[2] * v[1], r[2] * v[0] - r[0] * v[2], r[0] * v[1] - r[1] * v[0]
    h = math.sqrt(hx * hx + hy * hy + hz * hz)
    radius = math.sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2])
    normal = (hx / h, hy / h, hz / h)
    up = (r[0] / radius, r[1] / radius, r[2] / radius)
    along = (
        normal[1] * up[2] - normal[2] * up[1],
        normal[2] * up[0] - normal[0] * up[2],
        normal[0] * up[1] - normal[1] * up[0],
    )
    angle = offset_km[1] / circle_km
    s, c = math.sin(angle), math.cos(angle)
    new_radius = radius + offset_km[0]
    climb = v[0] * up[0] + v[1] * up[1] + v[2] * up[2] + rate_km_s[0]
    speed = new_radius * (h / (radius * radius) + rate_km_s[1] / circle_km)
    turned = [(c * up[i] + s * along[i], c * along[i] - s * up[i], normal[i]) for i in range(3)]
    a, b, d = ((u * new_radius + n * offset_km[2]) for u, _, n in turned)
    e, f, g = ((u * climb + t * speed + n * rate_km_s[2]) for u, t, n in turned)
    return (a, b, d), (e, f, g)


def ground_track(
    orbit: Orbit, from_ns: int, to_ns: int, step_s: float
) -> list[tuple[float, float]]:
    """Latitude and longitude in degrees, up to but not including `to_ns`."""
    states = (orbit.at(time_ns) for time_ns in range(from_ns, to_ns, round(step_s * 1e9)))
    return [(state.latitude_deg, state.longitude_deg) for state in states]
