"""The Sun from near the Earth: direction, distance, and how much of it an orbit sees.

Direction: low precision formula of the Astronomical Almanac, 0.01 degrees. Shadow: the part of the
Sun's disc above the limb of an oblate Earth without an atmosphere, so umbra, penumbra and full sun
are one number. Left out: that air bends and reddens a sunset by some seconds, the station's
parallax (0.003 degrees), TT - UTC (0.001 degrees).
"""

import math
from typing import Final

from simulators.physics.earth import EARTH_FLATTENING, EARTH_RADIUS_KM
from simulators.physics.vector import Vector

#: The Sun's angular radius at one astronomical unit, 959.63 arc seconds (Astronomical Almanac).
_SUN_RADIUS_RAD: Final = math.radians(959.63 / 3600)
_OBLIQUITY_RAD: Final = math.radians(23.439)
_SIN_OBLIQUITY, _COS_OBLIQUITY = math.sin(_OBLIQUITY_RAD), math.cos(_OBLIQUITY_RAD)


def sun_position(j2000_days: float) -> tuple[Vector, float]:
    """Unit vector to the Sun in J2000, and its distance in astronomical units.

    Astronomical Almanac, low precision formulas (page C5): 0.01 degrees from 1950 to 2050. Its mean
    longitude counts from the equinox of date; here from that of 2000, slower by precession.
    """
    anomaly = math.radians((357.528 + 0.985_600_3 * j2000_days) % 360)
    longitude = math.radians((280.460 + 0.985_609_1 * j2000_days) % 360)
    s, c = math.sin(anomaly), math.cos(anomaly)
    longitude += math.radians((1.915 + 0.040 * c) * s)  # 1.915 sin g + 0.020 sin 2g
    east = math.sin(longitude)
    direction = (math.cos(longitude), east * _COS_OBLIQUITY, east * _SIN_OBLIQUITY)
    return direction, 1.000_14 - 0.016_71 * c - 0.000_14 * (2 * c * c - 1)


def sunlight(position_km: Vector, sun: Vector, distance_au: float = 1.0) -> float:
    """The part of the Sun's disc above the Earth's limb, which is taken as straight across it.

    Stretching the polar axis makes the Earth a sphere and leaves straight lines straight.
    """
    stretch = 1 / (1 - EARTH_FLATTENING)
    x, y, z = position_km[0], position_km[1], position_km[2] * stretch
    sz = sun[2] * stretch
    radius = math.sqrt(x * x + y * y + z * z)
    toward = (x * sun[0] + y * sun[1] + z * sz) / (
        radius * math.sqrt(sun[0] * sun[0] + sun[1] * sun[1] + sz * sz)
    )
    if toward > 0:
        return 1.0
    height = math.acos(-toward) - math.asin(min(1.0, EARTH_RADIUS_KM / radius))
    in_radii = height * distance_au / _SUN_RADIUS_RAD
    if in_radii >= 1:
        return 1.0
    if in_radii <= -1:
        return 0.0
    hidden = math.acos(in_radii) - in_radii * math.sqrt(1 - in_radii * in_radii)
    return 1 - hidden / math.pi
