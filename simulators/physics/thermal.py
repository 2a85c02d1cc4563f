"""Cooling: two ammonia loops outside, with their radiators' joints, and the water loops inside.

A loop warms and cools once an orbit: its heat lags orbital noon, its pressure lags more, as the
whole charge of ammonia must warm. Fits [A] to the recording of 20 May 2022, hours 0-5:

    quantity = mean + swing * cos(phase - lag) + wandering

The pumps hold the flow; loop B's transducer shows two counts. The radiators' joints stood still in
that recording, save moves of half a degree between parked positions: here they are parked, and the
encoder's last count dithers. Water loops: levels of the feed's capture of 2018, wandering [A].

Ends: heat load, attitude and beta change nothing; no pump trip, no leak.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.physics.wander import Wanderings

_TAG: Final = 42
#: One count of the radiator joint's encoder, 16 bits a turn.
_COUNT_DEG: Final = 360 / 65_536
#: Loop B's flow: the two counts its transducer shows, and how often it shows the lower one.
_FLOW_B_KG_H: Final = (4_349.2671, 4_367.5522)
_FLOW_B_LOW: Final = 0.0113
_WANDER_S: Final = 2_400.0
_FLOW_A_KG_H: Final = 3_430.8
_ANGLE_A_DEG, _ANGLE_B_DEG = 25.415, 14.9396
_MODERATE_C, _LOW_C = 17.2, 9.4
_WATER_SD_C: Final = 0.15
#: Joints of the radiators: directed to a position.
PARKED: Final = 4


@dataclass(frozen=True, slots=True)
class Swing:
    """Over an orbit: mean, half the swing, degrees of phase it lags noon, and wandering's sd."""

    mean: float
    half: float
    lag_deg: float
    sd: float

    def at(self, phase_rad: float, wander: float) -> float:
        return (
            self.mean
            + self.half * math.cos(phase_rad - math.radians(self.lag_deg))
            + self.sd * wander
        )


PRESSURE_A_KPA: Final = Swing(1_812.4, 10.7, 95.0, 1.5)
PRESSURE_B_KPA: Final = Swing(2_192.6, 16.0, 103.0, 3.0)
TEMPERATURE_A_C: Final = Swing(3.74, 0.184, 41.0, 0.045)
TEMPERATURE_B_C: Final = Swing(4.27, 0.275, 67.0, 0.04)


@dataclass(slots=True)
class Loop:
    flow_kg_h: float
    pressure_kpa: float
    temperature_c: float
    radiator_deg: float


class Thermal:
    """Step on whole seconds only. moderate_c, low_c: of Lab, Node 2 and Node 3."""

    def __init__(self, seed: int) -> None:
        self._draw = np.random.default_rng([seed, _TAG])
        self._wander = Wanderings([_WANDER_S] * 10, self._draw)
        self.loop_a = Loop(_FLOW_A_KG_H, PRESSURE_A_KPA.mean, TEMPERATURE_A_C.mean, _ANGLE_A_DEG)
        self.loop_b = Loop(_FLOW_B_KG_H[1], PRESSURE_B_KPA.mean, TEMPERATURE_B_C.mean, _ANGLE_B_DEG)
        self.moderate_c = (_MODERATE_C,) * 3
        self.low_c = (_LOW_C,) * 3

    def step(self, dt_s: float, phase_rad: float) -> None:
        self._wander.step(dt_s)
        pressure_a, pressure_b, heat_a, heat_b, *water = self._wander.values
        chance_a, chance_b, chance_flow = self._draw.random(3).tolist()
        a, b = self.loop_a, self.loop_b
        a.pressure_kpa = PRESSURE_A_KPA.at(phase_rad, pressure_a)
        b.pressure_kpa = PRESSURE_B_KPA.at(phase_rad, pressure_b)
        a.temperature_c = TEMPERATURE_A_C.at(phase_rad, heat_a)
        b.temperature_c = TEMPERATURE_B_C.at(phase_rad, heat_b)
        b.flow_kg_h = _FLOW_B_KG_H[chance_flow > _FLOW_B_LOW]
        a.radiator_deg = _ANGLE_A_DEG + 2 * _COUNT_DEG * (chance_a < 0.5)
        b.radiator_deg = _ANGLE_B_DEG + _COUNT_DEG * (chance_b < 0.2)
        first, second, third, fourth, fifth, sixth = (_WATER_SD_C * each for each in water)
        self.moderate_c = (_MODERATE_C + first, _MODERATE_C + second, _MODERATE_C + third)
        self.low_c = (_LOW_C + fourth, _LOW_C + fifth, _LOW_C + sixth)
