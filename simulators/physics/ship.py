"""A docked ship's bus and battery, and what keeps its tanks warm.

Bus: a source with internal resistance, V = V0 - R I. The source is the station's converter while
its feed is on, otherwise the battery, whose open voltage is linear in its charge; charge is the
integral of current. Tanks: first order towards a sink that follows sunlight, with a thermostat
heater of which each tank gets its share,

    dT/dt = (T_sink - T) / tau + heating

Every number here is an assumption [A] but the battery's capacity; no Soyuz figure is public.
"""

import math
from typing import Final

#: Soyuz MS batteries (Wikipedia's Soyuz MS page).
BATTERY_AH: Final = 755.0
FEED_V, BATTERY_EMPTY_V, BATTERY_FULL_V = 28.5, 24.0, 29.0
RESISTANCE_OHM: Final = 0.03
#: Docked and dormant; with motion control up for a test; one tank heater; one open thruster valve.
STANDBY_A, CONTROL_A, HEATER_A, VALVE_A = 10.0, 4.0, 1.5, 0.4
#: The station's converter gives this much to the battery, until it is full.
CHARGE_A: Final = 5.0
#: Where the instrument compartment would settle in shadow and in full sun, and how slowly.
SHADOW_C, SUN_C, TANK_TAU_S = 4.0, 24.0, 8 * 3_600.0
HEATER_ON_C, HEATER_OFF_C, HEATING_C_S = 19.0, 20.5, 2.0 / 3_600
#: Fuel 1 and 2, oxidiser 1 and 2: start, and sink against the others.
_START_C: Final = (19.9, 20.1, 19.7, 20.2)
_PLACE_C: Final = (0.4, -0.2, -0.5, 0.3)

_Four = tuple[float, float, float, float]


class Power:
    """charge: of the battery, 0 to 1. feed: the station's, on or off."""

    def __init__(self, charge: float = 0.97) -> None:
        self.charge = charge
        self.feed = True
        self.current_a = STANDBY_A

    @property
    def bus_v(self) -> float:
        open_v = FEED_V
        if not self.feed:
            open_v = BATTERY_EMPTY_V + (BATTERY_FULL_V - BATTERY_EMPTY_V) * self.charge
        return open_v - RESISTANCE_OHM * self.current_a

    def step(self, dt_s: float, load_a: float) -> None:
        """load_a: what the ship's equipment draws."""
        self.current_a = load_a
        battery_a = CHARGE_A * (self.charge < 1) if self.feed else -load_a
        self.charge = min(max(self.charge + battery_a * dt_s / 3_600 / BATTERY_AH, 0.0), 1.0)


class TankHeat:
    """temperatures_c: of fuel tanks 1 and 2, then oxidiser tanks 1 and 2."""

    def __init__(self) -> None:
        self.temperatures_c: _Four = _START_C
        self.heater = False

    def step(self, dt_s: float, sunlight: float) -> None:
        """sunlight: 0 to 1."""
        sink_c = SHADOW_C + (SUN_C - SHADOW_C) * sunlight
        settled = -math.expm1(-dt_s / TANK_TAU_S)
        heated_c = HEATING_C_S * dt_s if self.heater else 0.0
        a, b, c, d = (
            own + (sink_c + place - own) * settled + heated_c
            for own, place in zip(self.temperatures_c, _PLACE_C, strict=True)
        )
        self.temperatures_c = (a, b, c, d)
        coldest = min(self.temperatures_c)
        if coldest < HEATER_ON_C:
            self.heater = True
        elif coldest > HEATER_OFF_C:
            self.heater = False
