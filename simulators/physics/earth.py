"""The Earth as a frame and a figure: J2000, sidereal time, geodetic coordinates.

TEME, the frame SGP4 speaks, is turned to J2000 by precession (IAU 1976, Lieske) and the four
largest terms of nutation (IAU 1980), within 5 m at the station of the full reduction. UTC is taken
for UT1 (at most 0.9 s: 0.4 km in longitude) and for TT; polar motion (15 m) is left out.
"""

import math
from typing import Final

from simulators.physics.vector import Matrix, Vector, transform

#: WGS 84 (NIMA TR8350.2).
EARTH_RADIUS_KM: Final = 6_378.137
EARTH_FLATTENING: Final = 1 / 298.257_223_563
MU_KM3_S2: Final = 398_600.4418
ECCENTRICITY2: Final = EARTH_FLATTENING * (2 - EARTH_FLATTENING)
DAY_NS: Final = 86_400 * 10**9
#: Julian date of 1970, and 1970 in days from J2000.0 (1 January 2000 12:00).
UNIX_JD: Final = 2_440_587.5
UNIX_J2000_DAYS: Final = UNIX_JD - 2_451_545.0
_ARCSECOND: Final = math.radians(1 / 3600)


def sidereal_rad(day: int, fraction: float) -> float:
    """Greenwich mean sidereal time (IAU 1982), which TEME's equinox is made for."""
    since = day + UNIX_J2000_DAYS  # kept apart from the fraction: a double has not digits for both
    centuries = (since + fraction) / 36_525
    degrees = (
        280.460_618_37
        + 360.985_647_366_29 * fraction
        + (360 * (since % 1.0) + 0.985_647_366_29 * since)
        + (0.000_387_933 - centuries / 38_710_000) * centuries * centuries
    )
    return math.radians(degrees % 360)


def geodetic(teme_km: Vector, sidereal_rad: float) -> Vector:
    """Latitude, longitude in degrees and altitude in km, by Bowring's formula (1976)."""
    x, y, z = teme_km
    across = math.sqrt(x * x + y * y)
    longitude = (math.atan2(y, x) - sidereal_rad + math.pi) % (2 * math.pi) - math.pi
    reduced = math.atan2(z, across * (1 - EARTH_FLATTENING))
    s, c = math.sin(reduced), math.cos(reduced)
    polar_km = EARTH_RADIUS_KM * (1 - EARTH_FLATTENING)
    latitude = math.atan2(
        z + ECCENTRICITY2 / (1 - ECCENTRICITY2) * polar_km * s * s * s,
        across - ECCENTRICITY2 * EARTH_RADIUS_KM * c * c * c,
    )
    s, c = math.sin(latitude), math.cos(latitude)
    altitude = across * c + z * s - EARTH_RADIUS_KM * math.sqrt(1 - ECCENTRICITY2 * s * s)
    return math.degrees(latitude), math.degrees(longitude), altitude


def from_teme(time_ns: int) -> Matrix:
    """Turns TEME into J2000: equation of the equinoxes, nutation, precession, each undone."""
    days = time_ns / DAY_NS + UNIX_J2000_DAYS
    t = days / 36_525
    # arguments of the largest terms: the Moon's node, mean longitudes of Sun and Moon
    node = math.radians(125.044_52 - 0.052_953_77 * days)
    sun = math.radians(280.466_5 + 0.985_647_36 * days)
    moon = math.radians(218.316_5 + 13.176_396_48 * days)
    longitude = _ARCSECOND * (
        -17.200 * math.sin(node)
        - 1.319 * math.sin(2 * sun)
        - 0.227 * math.sin(2 * moon)
        + 0.206 * math.sin(2 * node)
    )
    tilt = _ARCSECOND * (
        9.203 * math.cos(node)
        + 0.574 * math.cos(2 * sun)
        + 0.098 * math.cos(2 * moon)
        - 0.090 * math.cos(2 * node)
    )
    obliquity = _ARCSECOND * (84_381.448 - 46.815 * t)
    zeta = _ARCSECOND * (2_306.2181 * t + 0.301_88 * t * t)
    z = _ARCSECOND * (2_306.2181 * t + 1.094_68 * t * t)
    theta = _ARCSECOND * (2_004.3109 * t - 0.426_65 * t * t)
    of_date = _product(
        _about_x(-obliquity),
        _product(_about_z(longitude), _about_x(obliquity + tilt)),
    )
    true_equinox = _about_z(-longitude * math.cos(obliquity))
    precession = _product(_about_z(zeta), _product(_about_y(-theta), _about_z(z)))
    return _product(precession, _product(of_date, true_equinox))


def _about_x(angle: float) -> Matrix:
    """Turns axes by an angle about the first of them; the others likewise."""
    s, c = math.sin(angle), math.cos(angle)
    return ((1.0, 0.0, 0.0), (0.0, c, s), (0.0, -s, c))


def _about_y(angle: float) -> Matrix:
    s, c = math.sin(angle), math.cos(angle)
    return ((c, 0.0, -s), (0.0, 1.0, 0.0), (s, 0.0, c))


def _about_z(angle: float) -> Matrix:
    s, c = math.sin(angle), math.cos(angle)
    return ((c, s, 0.0), (-s, c, 0.0), (0.0, 0.0, 1.0))


def _product(a: Matrix, b: Matrix) -> Matrix:
    columns = [transform(a, column) for column in zip(*b, strict=True)]
    x, y, z = zip(*columns, strict=True)
    return x, y, z
