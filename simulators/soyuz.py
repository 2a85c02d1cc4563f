"""The docked Soyuz: every `SIM_SOYUZ_...` parameter as a function of time and seed.

All of it is simulated; no Soyuz parameter is public. Values: KTDU-80 chamber pressure 0.88 MPa and
0.0465 kg/s a thruster, tanks regulated to 1.5-2 MPa; cabin as crews report it.
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from simulators.demonstration import FIRING_DPO, ROLL_SHARE, YAW_SHARE, disturbance
from simulators.orbit import MEAN_MOTION_RAD_S
from simulators.sensor import Telemetry
from telemetry.parameter import Spacecraft

CHAMBER_PRESSURE_MPA: Final = 0.88
MASS_FLOW_KG_S: Final = 0.0465
#: What one consumption signal of the EFIR counter stands for; an assumption of ours.
EFIR_PORTION_KG: Final = 0.05
#: Oxidiser (NTO) to fuel (UDMH), by mass.
MIXTURE_RATIO: Final = 1.85
PROPELLANT_KG: Final = 440.0
_SUD_STANDBY, _SUD_TEST = 1, 2
_DPO: Final = range(1, 29)


class Soyuz(Telemetry):
    """epoch_ns: when the simulation, and its demonstration, begin."""

    def __init__(self, spacecraft: Spacecraft, epoch_ns: int, seed: int) -> None:
        self._phase_rad = np.random.default_rng([seed, 2]).uniform(0, 2 * math.pi, 8).tolist()
        truths = {
            "cabin": self._cabin,
            "motion": self._motion,
            "power": self._power,
            "propulsion": self._propulsion,
            "tanks": self._tanks,
        }
        super().__init__(spacecraft, truths, epoch_ns, seed)

    def _wave(self, elapsed_s: float, period_s: float, which: int) -> float:
        return math.sin(2 * math.pi * elapsed_s / period_s + self._phase_rad[which])

    def _cabin(self, elapsed_s: float) -> Mapping[str, float]:
        return {
            "SIM_SOYUZ_CABIN_P": 755.0 + 0.4 * self._wave(elapsed_s, 11_000, 0),
            "SIM_SOYUZ_ORBITAL_P": 755.1 + 0.4 * self._wave(elapsed_s, 11_000, 0),
            "SIM_SOYUZ_CABIN_PPO2": 158.0 + 1.0 * self._wave(elapsed_s, 14_000, 1),
            "SIM_SOYUZ_CABIN_PPCO2": 2.6 + 0.3 * self._wave(elapsed_s, 9_000, 2),
            "SIM_SOYUZ_CABIN_T": 21.8 + 0.5 * self._wave(elapsed_s, 5_570, 3),
            "SIM_SOYUZ_HATCH": 1,
            "SIM_SOYUZ_HOOKS": 1,
        }

    def _motion(self, elapsed_s: float) -> Mapping[str, float]:
        now = disturbance(elapsed_s)
        orbital_deg_s = math.degrees(MEAN_MOTION_RAD_S)
        return {
            "SIM_SOYUZ_SUD_MODE": _SUD_TEST if now.testing else _SUD_STANDBY,
            "SIM_SOYUZ_GYROS": 2,
            "SIM_SOYUZ_RATE_X": 0.001 * self._wave(elapsed_s, 310, 4) + ROLL_SHARE * now.rate_deg_s,
            "SIM_SOYUZ_RATE_Y": -orbital_deg_s + now.rate_deg_s,
            "SIM_SOYUZ_RATE_Z": 0.001 * self._wave(elapsed_s, 270, 5) + YAW_SHARE * now.rate_deg_s,
        }

    def _power(self, elapsed_s: float) -> Mapping[str, float]:
        heater_a = 1.5 if self._wave(elapsed_s, 420, 6) > 0.6 else 0.0
        testing_a = 4.0 if disturbance(elapsed_s).testing else 0.0
        current_a = 9.0 + heater_a + testing_a
        return {
            "SIM_SOYUZ_BUS_V": 28.3 - 0.03 * current_a,
            "SIM_SOYUZ_BUS_A": current_a,
            "SIM_SOYUZ_BATT_PCT": 96.0 + 1.0 * self._wave(elapsed_s, 5_570, 6),
            "SIM_SOYUZ_STATION_FEED": 1,
        }

    def _propulsion(self, elapsed_s: float) -> Mapping[str, float]:
        now = disturbance(elapsed_s)
        used_kg = len(FIRING_DPO) * now.on_time_s * MASS_FLOW_KG_S
        feed_mpa = 1.76 - (0.04 if now.firing else 0.0)
        values: dict[str, float] = {
            "SIM_SOYUZ_MAN1_FEED_P": feed_mpa,
            "SIM_SOYUZ_MAN2_FEED_P": feed_mpa + 0.01,
            "SIM_SOYUZ_MAN1_EPK": 1,
            "SIM_SOYUZ_MAN2_EPK": 1,
            "SIM_SOYUZ_SKD_READY": 1,
            "SIM_SOYUZ_SKD_PC": 0.0,
            "SIM_SOYUZ_PROP_USED_KG": used_kg,
            "SIM_SOYUZ_EFIR_COUNT": used_kg // EFIR_PORTION_KG,
        }
        for number in _DPO:
            fires = now.firing and number in FIRING_DPO
            name = f"SIM_SOYUZ_DPO{number:02}"
            values[f"{name}_CMD"] = fires
            values[f"{name}_PC"] = CHAMBER_PRESSURE_MPA if fires else 0.0
            values[f"{name}_ONTIME"] = now.on_time_s if number in FIRING_DPO else 0.0
        return values

    def _tanks(self, elapsed_s: float) -> Mapping[str, float]:
        # a demonstration that runs for days must not run dry: only the present test counts
        used_kg = len(FIRING_DPO) * disturbance(elapsed_s).on_time_s * MASS_FLOW_KG_S
        left_kg = PROPELLANT_KG - used_kg
        fuel_kg = left_kg / (1 + MIXTURE_RATIO) / 2
        values = {"SIM_SOYUZ_PROP_KG": left_kg}
        for number in (1, 2):
            for tank, quantity_kg in (("FUEL", fuel_kg), ("OX", fuel_kg * MIXTURE_RATIO)):
                name = f"SIM_SOYUZ_{tank}{number}"
                values[f"{name}_P"] = 1.78 + 0.01 * self._wave(elapsed_s, 5_570, number)
                values[f"{name}_T"] = 20.0 + 1.5 * self._wave(elapsed_s, 5_570, number + 2)
                values[f"{name}_KG"] = quantity_kg
            values[f"SIM_SOYUZ_HE{number}_P"] = 24.0 + 0.1 * self._wave(elapsed_s, 5_570, number)
            values[f"SIM_SOYUZ_HE{number}_REG_P"] = 1.82
        return values
