"""The docked Soyuz: what is true aboard, as `SIM_SOYUZ_...` parameters.

All of it is simulated; no Soyuz parameter is public. The models are in simulators/physics; here
they are put together and named. `propulsion` is stepped by whoever needs its forces, as finely as
firing asks for; everything else in `step`, on whole seconds. The main engine stays cold: a docked
ship does not use it.
"""

import math
from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from simulators.physics.cabin import Cabin, share_air
from simulators.physics.conditions import Conditions
from simulators.physics.propulsion import Propulsion
from simulators.physics.ship import CONTROL_A, HEATER_A, STANDBY_A, VALVE_A, Power, TankHeat
from simulators.physics.thruster import MOUNTS, Mount, load_jets, mounted
from simulators.physics.vector import ZERO, Vector

#: In the usual 300-500 kg before undocking.
PROPELLANT_KG: Final = 440.0
#: Descent and orbital module together, the hatch between them open (from memory).
VOLUME_M3: Final = 10.5
#: The air duct through an open hatch [A].
VENTILATION_M3_S: Final = 0.05
#: Temperatures of tanks move so slowly that their gas need not be looked at every second.
_TANKS_EVERY_S: Final = 10.0


class SudMode(IntEnum):
    """Of the motion control system, by the codes of the mission database."""

    OFF = 0
    STANDBY = 1
    TEST = 2
    ATTITUDE_HOLD = 3
    MANUAL = 4
    APPROACH = 5
    UNDOCKING = 6
    DEORBIT = 7


class Gyros(IntEnum):
    OFF = 0
    RUN_UP = 1
    READY = 2
    FAILED = 3


def soyuz_propulsion(
    mount: Mount, *, propellant_kg: float = PROPELLANT_KG, limit_kg: float | None = None
) -> Propulsion:
    """The thrusters of a Soyuz MS at a port, their forces in station axes."""
    jets = mounted(load_jets("soyuz-ms"), mount)
    return Propulsion(jets, propellant_kg=propellant_kg, limit_kg=limit_kg)


class SoyuzTruth:
    """station: the air beyond the hatch, None when undocked; whoever owns it steps it.

    What others set: `mode`, `gyros`, `hooks`, `hole_mm`, `power.feed`, `cabin.crew`,
    `hatch_open` and `controllers_pct` (by the end of the parameter's name, "RUO_ROLL").
    """

    def __init__(
        self,
        propulsion: Propulsion,
        *,
        station: Cabin | None,
        mount: Mount = MOUNTS["nauka-nadir"],
    ) -> None:
        self.propulsion = propulsion
        self.berth(mount, station)
        self.cabin = Cabin(volume_m3=VOLUME_M3, temperature_set_c=21.8)
        self.power = Power()
        self.heat = TankHeat()
        self.mode = SudMode.STANDBY
        self.gyros = Gyros.READY
        self.hole_mm = 0.0
        self.controllers_pct = dict.fromkeys(
            ("RUO_ROLL", "RUO_PITCH", "RUO_YAW", "RUD_X", "RUD_Y", "RUD_Z"), 0.0
        )
        self.rate_deg_s = ZERO
        self._tanks_due_s = 0.0
        self._ids = {name: _thruster_ids(name) for name in propulsion.thrusters}
        propulsion.tanks.warm(self.heat.temperatures_c)

    def berth(self, mount: Mount, station: Cabin | None) -> None:
        """At a port, hooks closed and hatch open, or with no station away from it.

        Away, the gyros go on feeling the station's rates [A]: a free ship's motion is not modelled.
        """
        self.mount = mount
        self.station = station
        self.hatch_open = station is not None
        self.hooks = int(station is not None)

    def step(self, dt_s: float, conditions: Conditions) -> None:
        """On whole seconds: air, power, warmth, and the rates the gyros feel."""
        self.cabin.step(dt_s, self.hole_mm)
        if self.hatch_open and self.station is not None:
            share_air(self.cabin, self.station, dt_s, VENTILATION_M3_S)
        self.heat.step(dt_s, conditions.orbit.sunlight)
        self._tanks_due_s -= dt_s
        if self._tanks_due_s <= 0:
            self._tanks_due_s = _TANKS_EVERY_S
            self.propulsion.tanks.warm(self.heat.temperatures_c)
        self.power.step(dt_s, self._load_a())
        self.feel(conditions.rate_rad_s)

    def feel(self, rate_rad_s: Vector) -> None:
        """Let the gyros take the station's inertial rate, in its body axes; at fine ticks too."""
        x, y, z = self.mount.to_vehicle(rate_rad_s)
        self.rate_deg_s = (math.degrees(x), math.degrees(y), math.degrees(z))

    def truth(self, subsystem: str) -> Mapping[str, float]:
        """The true values of a subsystem of the mission database, by parameter id."""
        match subsystem:
            case "propulsion":
                return self._propulsion()
            case "tanks":
                return self._tanks()
            case "motion":
                return self._motion()
            case "power":
                return self._power()
            case "cabin":
                return self._cabin()
        raise KeyError(subsystem)

    def _load_a(self) -> float:
        valves = sum(thruster.open for thruster in self.propulsion.thrusters.values())
        control_a = 0.0 if self.mode in (SudMode.OFF, SudMode.STANDBY) else CONTROL_A
        return STANDBY_A + control_a + HEATER_A * self.heat.heater + VALVE_A * valves

    def _propulsion(self) -> Mapping[str, float]:
        state = self.propulsion
        values: dict[str, float] = {
            "SIM_SOYUZ_SKD_READY": 1,
            "SIM_SOYUZ_SKD_PC": 0.0,
            "SIM_SOYUZ_PROP_USED_KG": state.used_kg,
            "SIM_SOYUZ_EFIR_COUNT": state.efir_count,
        }
        for number, manifold in state.manifolds.items():
            values[f"SIM_SOYUZ_MAN{number}_FEED_P"] = manifold.feed_mpa
            values[f"SIM_SOYUZ_MAN{number}_EPK"] = manifold.epk
        for name, thruster in state.thrusters.items():
            command, valve, pressure, on_time, pressure_time = self._ids[name]
            values[command] = thruster.commanded
            values[valve] = thruster.open
            values[pressure] = thruster.pressure_mpa
            values[on_time] = thruster.on_time_s
            values[pressure_time] = thruster.pressure_time_mpa_s
        return values

    def _tanks(self) -> Mapping[str, float]:
        tanks = self.propulsion.tanks
        values = {"SIM_SOYUZ_PROP_KG": tanks.liquid_kg}
        for kind, pair in (("FUEL", tanks.fuel), ("OX", tanks.oxidiser)):
            for number, tank in enumerate(pair, 1):
                values[f"SIM_SOYUZ_{kind}{number}_P"] = tank.pressure_mpa
                values[f"SIM_SOYUZ_{kind}{number}_T"] = tank.temperature_c
                values[f"SIM_SOYUZ_{kind}{number}_KG"] = tank.liquid_kg
        for number, circuit in enumerate(tanks.helium, 1):
            values[f"SIM_SOYUZ_HE{number}_P"] = circuit.pressure_mpa
            values[f"SIM_SOYUZ_HE{number}_REG_P"] = circuit.regulated_mpa
        return values

    def _motion(self) -> Mapping[str, float]:
        x, y, z = self.rate_deg_s
        values = {f"SIM_SOYUZ_{name}": pct for name, pct in self.controllers_pct.items()}
        return values | {
            "SIM_SOYUZ_SUD_MODE": self.mode,
            "SIM_SOYUZ_GYROS": self.gyros,
            "SIM_SOYUZ_RATE_X": x,
            "SIM_SOYUZ_RATE_Y": y,
            "SIM_SOYUZ_RATE_Z": z,
        }

    def _power(self) -> Mapping[str, float]:
        return {
            "SIM_SOYUZ_BUS_V": self.power.bus_v,
            "SIM_SOYUZ_BUS_A": self.power.current_a,
            "SIM_SOYUZ_BATT_PCT": 100 * self.power.charge,
            "SIM_SOYUZ_STATION_FEED": self.power.feed,
        }

    def _cabin(self) -> Mapping[str, float]:
        return {
            "SIM_SOYUZ_CABIN_P": self.cabin.pressure_mmhg,
            "SIM_SOYUZ_ORBITAL_P": self.cabin.pressure_mmhg,
            "SIM_SOYUZ_CABIN_PPO2": self.cabin.oxygen_mmhg,
            "SIM_SOYUZ_CABIN_PPCO2": self.cabin.carbon_dioxide_mmhg,
            "SIM_SOYUZ_CABIN_T": self.cabin.temperature_c,
            "SIM_SOYUZ_HATCH": self.hatch_open,
            "SIM_SOYUZ_HOOKS": self.hooks,
        }


def _thruster_ids(name: str) -> tuple[str, str, str, str, str]:
    """Of command, valve, chamber pressure, on-time and pressure-time."""
    start = f"SIM_SOYUZ_{name.replace('-', '')}"
    return f"{start}_CMD", f"{start}_VALVE", f"{start}_PC", f"{start}_ONTIME", f"{start}_PT"
