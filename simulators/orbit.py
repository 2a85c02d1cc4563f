"""A circular orbit and the Sun: position, velocity, beta angle, orbital phase and shadow.

Equations: two-body motion on a circle (radius 6788 km, 418 km up) whose plane drifts with J2;
the Sun's mean longitude without the equation of centre (2 degrees at worst); a cylindrical
shadow. Frames: J2000 axes, precession since 2000 left out. Enough for plausible telemetry; no
ephemeris of the real station.
"""

import math
from dataclasses import dataclass
from typing import Final

MU_KM3_S2: Final = 398_600.4418
EARTH_RADIUS_KM: Final = 6_378.137
J2: Final = 1.08263e-3
RADIUS_KM: Final = 6_788.0
INCLINATION_RAD: Final = math.radians(51.64)
MEAN_MOTION_RAD_S: Final = math.sqrt(MU_KM3_S2 / RADIUS_KM**3)
PERIOD_S: Final = 2 * math.pi / MEAN_MOTION_RAD_S
#: Drift of the node, Vallado eq. 9-37: about -5 degrees a day.
NODE_RATE_RAD_S: Final = (
    -1.5 * J2 * (EARTH_RADIUS_KM / RADIUS_KM) ** 2 * MEAN_MOTION_RAD_S * math.cos(INCLINATION_RAD)
)
#: Obliquity and mean longitude of the Sun, Astronomical Almanac, low precision.
_OBLIQUITY_RAD: Final = math.radians(23.439)
_J2000_UNIX_S: Final = 946_728_000.0

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrbitState:
    """phase_rad: angle travelled since orbital noon, 0 to 2 pi. sunlit: out of Earth's shadow."""

    position_km: Vector
    velocity_km_s: Vector
    beta_rad: float
    phase_rad: float
    sunlit: bool


def orbit(unix_s: float, node_rad: float, argument_rad: float) -> OrbitState:
    """Where the station is.

    node_rad, argument_rad: right ascension of the node and angle from it, both at 1970.
    """
    node = node_rad + NODE_RATE_RAD_S * unix_s
    along = argument_rad + MEAN_MOTION_RAD_S * unix_s
    cos_n, sin_n = math.cos(node), math.sin(node)
    cos_i, sin_i = math.cos(INCLINATION_RAD), math.sin(INCLINATION_RAD)
    to_node = (cos_n, sin_n, 0.0)
    across = (-sin_n * cos_i, cos_n * cos_i, sin_i)  # in the plane, 90 degrees past the node
    normal = (sin_n * sin_i, -cos_n * sin_i, cos_i)
    sun = sun_direction(unix_s)
    up = _combine(math.cos(along), to_node, math.sin(along), across)
    forward = _combine(-math.sin(along), to_node, math.cos(along), across)
    speed = MEAN_MOTION_RAD_S * RADIUS_KM
    toward = _dot(up, sun)
    noon = math.atan2(_dot(sun, across), _dot(sun, to_node))
    off_axis = math.sqrt(max(0.0, 1 - toward**2)) * RADIUS_KM
    return OrbitState(
        position_km=(up[0] * RADIUS_KM, up[1] * RADIUS_KM, up[2] * RADIUS_KM),
        velocity_km_s=(forward[0] * speed, forward[1] * speed, forward[2] * speed),
        beta_rad=math.asin(_dot(normal, sun)),
        phase_rad=(along - noon) % (2 * math.pi),
        sunlit=toward > 0 or off_axis > EARTH_RADIUS_KM,
    )


def sun_direction(unix_s: float) -> Vector:
    days = (unix_s - _J2000_UNIX_S) / 86_400
    longitude = math.radians((280.460 + 0.9856474 * days) % 360)
    return (
        math.cos(longitude),
        math.sin(longitude) * math.cos(_OBLIQUITY_RAD),
        math.sin(longitude) * math.sin(_OBLIQUITY_RAD),
    )


def _combine(a: float, one: Vector, b: float, other: Vector) -> Vector:
    return (
        a * one[0] + b * other[0],
        a * one[1] + b * other[1],
        a * one[2] + b * other[2],
    )


def _dot(one: Vector, other: Vector) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
