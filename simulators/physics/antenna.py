"""Antennas that follow relay satellites: the Ku-band dish and the two S-band antennas.

Directions, with the unit vector to the relay in body axes l, attitude and its errors included:

    Ku (SGANT)     elevation = atan2(-l_x, -l_z), cross-elevation = -asin(l_y)
    S-band (RFG)   azimuth = atan2(l_y, l_x) + 45 degrees, elevation = angle of l from the zenith

Signs and the 45 degrees are fits to the recording of 20 May 2022, minutes 0-300: with relays at
41 W and 174 W, taken on the equator, they hold to 1-4 degrees over all passes.

Both follow one relay until it sinks below the Earth's limb, or until another has risen while it
goes down: the recorded passes changed like that. Which one was a timetable's choice, so the rule
and its angles are assumptions [A]. Ku transmits while it tracks. Without control of attitude, or
far off it, the narrow Ku beam is lost and the dish stands still; the wide S-band one goes on.

Ends: slews take no time, no structure is in the way, no bent cables; contacts as the downlink has
them (links.py) come from the same relays, by a rule of their own.
"""

import math
from dataclasses import dataclass
from typing import Final

from simulators.physics.conditions import Conditions
from simulators.physics.links import POINTING
from simulators.physics.network import TDRS, Link
from simulators.physics.orbit import OrbitState
from simulators.physics.vector import Vector, cross, dot, unit, unrotate

_RELAY_RADIUS_KM: Final = 42_164.0
#: Of the relays that serve Ku, east longitudes.
RELAYS_DEG: Final = tuple(relay.longitude_deg for relay in TDRS if Link.KU in relay.links)
#: Degrees from the zenith: the limb with 100 km of air (as in network.py); where a pass begins and
#: where it may be handed over [A].
_LIMB_DEG, _RISEN_DEG, _SINKING_DEG = 107.0, 100.0, 80.0
#: Of the dish's own elevation, aft: where the longest passes of minutes 0-300 ended.
_KU_REACH_DEG: Final = 117.0
#: The dish's reach to either side (as in network.py), and where it begins: four of seven passes at
#: 63-65 degrees ahead.
_KU_SIDE_DEG, _KU_RISEN_DEG = 58.0, 65.0
_AZIMUTH_ZERO_DEG: Final = 45.0
#: Azimuth goes round once and more: a pass begins within these and is followed without a break.
_AZIMUTH_FIRST_DEG: Final = -130.0


@dataclass(slots=True)
class KuDish:
    """elevation: from the zenith, aft positive. cross-elevation: to port."""

    elevation_deg: float = 0.0
    cross_elevation_deg: float = 0.0
    tracking: bool = False
    lost_s: float = 0.0

    def step(
        self, dt_s: float, relay: Vector | None, conditions: Conditions, *, fresh: bool = False
    ) -> None:
        """relay: unit vector in body axes; None when there is none in view. fresh: another one."""
        ku = POINTING[Link.KU]
        if conditions.control_lost or conditions.attitude_error_deg > ku.max_error_deg:
            self.lost_s = ku.reacquire_s
        elif self.lost_s > 0:
            self.lost_s -= dt_s
        if relay is None or self.lost_s > 0:
            self.tracking = False
            return
        elevation_deg = math.degrees(math.atan2(-relay[0], -relay[2]))
        side_deg = -math.degrees(math.asin(max(-1.0, min(1.0, relay[1]))))
        near_deg = _KU_REACH_DEG if self.tracking and not fresh else _KU_RISEN_DEG
        self.tracking = abs(side_deg) <= _KU_SIDE_DEG and abs(elevation_deg) <= near_deg
        if self.tracking:
            self.elevation_deg, self.cross_elevation_deg = elevation_deg, side_deg


@dataclass(slots=True)
class SBand:
    """One angle pair for both antennas, which are pointed alike."""

    azimuth_deg: float = 0.0
    elevation_deg: float = 0.0

    def step(self, relay: Vector, *, fresh: bool) -> None:
        """fresh: this relay was not followed a step ago."""
        azimuth_deg = math.degrees(math.atan2(relay[1], relay[0])) + _AZIMUTH_ZERO_DEG
        first_deg = _AZIMUTH_FIRST_DEG if fresh else self.azimuth_deg - 180.0
        self.azimuth_deg = (azimuth_deg - first_deg) % 360.0 + first_deg
        self.elevation_deg = math.degrees(math.acos(max(-1.0, min(1.0, -relay[2]))))


class Antennas:
    """relay: index of the one followed, None out of contact."""

    def __init__(self, relays_deg: tuple[float, ...] = RELAYS_DEG) -> None:
        self._relays = [
            (
                _RELAY_RADIUS_KM * math.cos(math.radians(longitude_deg)),
                _RELAY_RADIUS_KM * math.sin(math.radians(longitude_deg)),
            )
            for longitude_deg in relays_deg
        ]
        self.relay: int | None = None
        self._zenith_deg = 0.0
        self.ku = KuDish()
        self.s_band = SBand()

    def step(self, dt_s: float, conditions: Conditions) -> None:
        lines = _lines_lvlh(conditions.orbit, self._relays)
        before = self.relay
        self._choose([math.degrees(math.acos(max(-1.0, min(1.0, -line[2])))) for line in lines])
        if self.relay is None:
            self.ku.step(dt_s, None, conditions)
            return
        line = unrotate(conditions.attitude, lines[self.relay])
        fresh = self.relay != before
        self.ku.step(dt_s, line, conditions, fresh=fresh)
        self.s_band.step(line, fresh=fresh)

    def _choose(self, zenith_deg: list[float]) -> None:
        """zenith_deg: of each relay, its angle from the zenith."""
        nearest = min(range(len(zenith_deg)), key=zenith_deg.__getitem__)
        if self.relay is None:
            self.relay = nearest if zenith_deg[nearest] < _RISEN_DEG else None
        else:
            now_deg = zenith_deg[self.relay]
            sinking = now_deg > self._zenith_deg and now_deg > _SINKING_DEG
            others = [
                other
                for other, angle_deg in enumerate(zenith_deg)
                if other != self.relay and angle_deg < _RISEN_DEG
            ]
            if sinking and others:
                self.relay = min(others, key=zenith_deg.__getitem__)
            elif now_deg > _LIMB_DEG:
                self.relay = None
        if self.relay is not None:
            self._zenith_deg = zenith_deg[self.relay]


def _lines_lvlh(orbit: OrbitState, relays: list[tuple[float, float]]) -> list[Vector]:
    """Unit vectors to relays given in Earth-fixed axes.

    Those become inertial ones by what separates the station's longitudes in both.
    """
    x, y, z = orbit.position_km
    turn = math.atan2(y, x) - math.radians(orbit.longitude_deg)
    s, c = math.sin(turn), math.cos(turn)
    up = unit(orbit.position_km)
    normal = unit(cross(orbit.position_km, orbit.velocity_km_s))
    forward = cross(normal, up)
    lines = []
    for a, b in relays:
        line = unit((c * a - s * b - x, s * a + c * b - y, -z))
        lines.append((dot(line, forward), -dot(line, normal), -dot(line, up)))
    return lines
