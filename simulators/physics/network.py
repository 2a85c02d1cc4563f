"""Who on the ground can be reached, by geometry: relay satellites and ground stations.

Ku and S-band go through geostationary relays, the Russian link to ground stations and, if wished,
through relays of its own. A relay is in view when the straight line to it clears the Earth and
100 km of air; for Ku it must also be within reach of the steered antenna, in nominal LVLH attitude.
A station is in view above a least elevation.

Which relay serves what, the stations and every angle without a source are assumptions [A]. Left
out: inclination of the relays (some degrees), structure in the way, handover times, other users.
"""

import math
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from simulators.physics.earth import EARTH_RADIUS_KM, ECCENTRICITY2
from simulators.physics.orbit import Orbit, OrbitState
from simulators.physics.vector import Vector, cross, dot, norm, scale, subtract, unit

SECOND_NS: Final = 10**9
_RELAY_RADIUS_KM: Final = 42_164.0
#: A line that passes lower is blocked by Earth and air [A].
_CLEAR_KM2: Final = (EARTH_RADIUS_KM + 100) ** 2
#: Reach of the Ku antenna to either side of the orbit's plane (cross-elevation, Z1000015 of NASA's
#: public feed). Ahead and aft it reaches 120 and 112 degrees from the zenith, beyond the horizon.
_KU_SIDE: Final = math.sin(math.radians(58))
#: Passes over a station begin and end at 7 degrees [A].
_LEAST_ELEVATION: Final = math.sin(math.radians(7))
#: Contacts are sought in steps of this; what is shorter may be missed.
_SEARCH_S: Final = 10


class Link(StrEnum):
    KU = "ku"
    S_BAND = "s-band"
    RUSSIAN = "russian"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """From acquisition of signal up to, and without, its loss."""

    link: Link
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A geostationary satellite; longitude east."""

    name: str
    longitude_deg: float
    links: frozenset[Link]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundStation:
    """Geodetic, at sea level; longitude east."""

    name: str
    latitude_deg: float
    longitude_deg: float


_BOTH: Final = frozenset({Link.KU, Link.S_BAND})
#: TDRS-East and West at 41 and 174 degrees west (NASA, NSSDC: operational at 41, 174 and 275 W);
#: a second one beside each, for S-band only [A]. Over the Indian Ocean is a zone of exclusion.
TDRS: Final = (
    Relay(name="TDRS-East", longitude_deg=-41, links=_BOTH),
    Relay(name="TDRS-West", longitude_deg=-174, links=_BOTH),
    Relay(name="TDRS-East 2", longitude_deg=-49, links=frozenset({Link.S_BAND})),
    Relay(name="TDRS-West 2", longitude_deg=-171, links=frozenset({Link.S_BAND})),
)
#: At 275 W it fills the zone of exclusion; an option, since it is not always given to the station.
TDRS_ZONE: Final = Relay(name="TDRS-Z", longitude_deg=85, links=_BOTH)
#: Luch-5A, 5B and 5V, where they stood in 2021 [A]; an option.
LUCH: Final = (
    Relay(name="Luch-5A", longitude_deg=167, links=frozenset({Link.RUSSIAN})),
    Relay(name="Luch-5B", longitude_deg=-16, links=frozenset({Link.RUSSIAN})),
    Relay(name="Luch-5V", longitude_deg=95, links=frozenset({Link.RUSSIAN})),
)
#: Towns that stations of the Russian network are known by, rounded to 0.1 degrees [A].
STATIONS: Final = (
    GroundStation(name="Shchyolkovo", latitude_deg=55.9, longitude_deg=38.0),
    GroundStation(name="Saint Petersburg", latitude_deg=59.7, longitude_deg=30.0),
    GroundStation(name="Dzhusaly", latitude_deg=45.5, longitude_deg=64.1),
    GroundStation(name="Barnaul", latitude_deg=53.3, longitude_deg=83.8),
    GroundStation(name="Ulan-Ude", latitude_deg=51.9, longitude_deg=107.9),
    GroundStation(name="Ussuriysk", latitude_deg=43.9, longitude_deg=131.8),
    GroundStation(name="Petropavlovsk-Kamchatsky", latitude_deg=53.1, longitude_deg=158.6),
)


def _vertical(latitude_deg: float, longitude_deg: float) -> Vector:
    latitude, longitude = math.radians(latitude_deg), math.radians(longitude_deg)
    c = math.cos(latitude)
    return (c * math.cos(longitude), c * math.sin(longitude), math.sin(latitude))


def _earth_fixed_km(latitude_deg: float, longitude_deg: float, altitude_km: float) -> Vector:
    x, y, z = _vertical(latitude_deg, longitude_deg)
    curvature_km = EARTH_RADIUS_KM / math.sqrt(1 - ECCENTRICITY2 * z * z)
    across_km = curvature_km + altitude_km
    return (across_km * x, across_km * y, (across_km - ECCENTRICITY2 * curvature_km) * z)


def _relay_km(longitude_deg: float) -> Vector:
    return scale(_RELAY_RADIUS_KM, _vertical(0.0, longitude_deg))


def _is_clear(here: Vector, relay: Vector) -> bool:
    line = subtract(relay, here)
    along = -dot(here, line)
    return along <= 0 or dot(here, here) - along * along / dot(line, line) > _CLEAR_KM2


def _is_above(here: Vector, station: Vector, up: Vector) -> bool:
    line = subtract(here, station)
    return dot(line, up) > _LEAST_ELEVATION * norm(line)


def _in_ku_reach(orbit: OrbitState, relay: Vector) -> bool:
    """Earth-fixed axes become inertial ones by what separates the station's longitudes in both."""
    x, y, z = orbit.position_km
    turn = math.atan2(y, x) - math.radians(orbit.longitude_deg)
    s, c = math.sin(turn), math.cos(turn)
    line = (c * relay[0] - s * relay[1] - x, s * relay[0] + c * relay[1] - y, relay[2] - z)
    normal = unit(cross(orbit.position_km, orbit.velocity_km_s))
    return abs(dot(line, normal)) <= _KU_SIDE * norm(line)


class Network:
    """Who listens, ready to be asked once a second."""

    def __init__(
        self, relays: Sequence[Relay] = TDRS, stations: Sequence[GroundStation] = STATIONS
    ) -> None:
        self._relays = [(_relay_km(each.longitude_deg), each.links) for each in relays]
        self._stations = [
            (
                _earth_fixed_km(each.latitude_deg, each.longitude_deg, 0.0),
                _vertical(each.latitude_deg, each.longitude_deg),
            )
            for each in stations
        ]

    def in_view(
        self, orbit: OrbitState, links: Collection[Link] = frozenset(Link)
    ) -> frozenset[Link]:
        """Those of the links that somebody is in view for."""
        here = _earth_fixed_km(orbit.latitude_deg, orbit.longitude_deg, orbit.altitude_km)
        seen: set[Link] = set()
        for relay, serves in self._relays:
            wanted = [link for link in serves if link in links and link not in seen]
            if wanted and _is_clear(here, relay):
                seen.update(
                    link for link in wanted if link is not Link.KU or _in_ku_reach(orbit, relay)
                )
        if Link.RUSSIAN in links and any(_is_above(here, *station) for station in self._stations):
            seen.add(Link.RUSSIAN)
        return frozenset(seen)


NETWORK: Final = Network()


def contacts(
    orbit: Orbit, link: Link, from_ns: int, to_ns: int, network: Network = NETWORK
) -> list[Contact]:
    """By geometry, to the second, counted from the span's start; the span's edges cut them off."""

    def seen(second: int) -> bool:
        return link in network.in_view(orbit.at(from_ns + second * SECOND_NS), (link,))

    last = (to_ns - from_ns - 1) // SECOND_NS
    found: list[Contact] = []
    start_ns: int | None = None
    before = 0
    for second in (*range(0, last, _SEARCH_S), last):
        if (now := seen(second)) is (start_ns is None):
            edge = bisect_left(range(second), True, lo=before, key=lambda at: seen(at) is now)
            edge_ns = from_ns + edge * SECOND_NS
            if start_ns is None:
                start_ns = edge_ns
            else:
                found.append(Contact(link=link, start_ns=start_ns, end_ns=edge_ns))
                start_ns = None
        before = second
    if start_ns is not None:
        found.append(Contact(link=link, start_ns=start_ns, end_ns=to_ns))
    return found
