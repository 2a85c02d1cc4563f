"""Spin bearings of the four control moment gyros: vibration, motor current, temperature, speed.

A motor holds the wheel at speed against the bearing's drag. Drag is told as the current it takes:

    wheel inertia * acceleration = torque per ampere * (motor current - drag current)
    motor current = drag current while that is below what the motor can give

A sound bearing wanders about the levels recorded of that CMG. A worn one (`wear` from 0, new, to 1,
seizing) shakes first (as the 1.5th power of wear), then drags (as the cube), warms with what drag
dissipates, and slows when the motor's limit is reached: the order in which a failing bearing
shows. That order is physics, powers and coefficients are assumptions [A], chosen so that the
limits of the mission database are crossed one after the other.

Ends: no gimbal friction, no cage instability, no transfer of heat between gyros, and drag does not
depend on speed.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.physics.wander import Wanderings

_TAG: Final = 43
#: Speed at which a wheel holds 4880.5 N m s, a quarter of the feed's capacity (USLAB000038).
RATED_RPM: Final = 6_600.5
_INERTIA_KG_M2: Final = 4_880.5 / (RATED_RPM * math.pi / 30)
#: All [A], down to the ambient temperature of a gyro that is off.
_TORQUE_NM_PER_A: Final = 0.15
MOTOR_MAX_A: Final = 2.2
_WEAR_VIBRATION_G: Final = 0.11
_WEAR_DRAG_A: Final = 2.0
_WARMING_C_PER_A: Final = 20.0
_WARMING_S: Final = 1_800.0
_OFF_C: Final = 10.0
#: How far a sound bearing's temperature wanders [A].
_WANDER_C: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One gyro in health: means, and standard deviations of its slow wandering."""

    vibration_g: float
    vibration_sd_g: float
    vibration_period_s: float
    current_a: float
    current_sd_a: float
    motor_c: float
    hall_c: float


#: Vibration and current: recording of 20 May 2022, its first five hours. Temperatures: the feed's
#: capture of 2018.
SOUND: Final = (
    Sound(
        vibration_g=0.0087,
        vibration_sd_g=0.0032,
        vibration_period_s=1_200,
        current_a=0.636,
        current_sd_a=0.020,
        motor_c=27.6,
        hall_c=26.1,
    ),
    Sound(
        vibration_g=0.0161,
        vibration_sd_g=0.0059,
        vibration_period_s=2_600,
        current_a=0.493,
        current_sd_a=0.028,
        motor_c=22.6,
        hall_c=17.4,
    ),
    Sound(
        vibration_g=0.0054,
        vibration_sd_g=0.0022,
        vibration_period_s=3_000,
        current_a=0.703,
        current_sd_a=0.019,
        motor_c=34.8,
        hall_c=45.8,
    ),
    Sound(
        vibration_g=0.0195,
        vibration_sd_g=0.0055,
        vibration_period_s=1_300,
        current_a=0.661,
        current_sd_a=0.031,
        motor_c=34.9,
        hall_c=33.6,
    ),
)
#: Of the slow part of the current's wandering, and of temperature: the same recording; one orbit.
_CURRENT_PERIOD_S: Final = 3_000.0
_TEMPERATURE_PERIOD_S: Final = 5_570.0


class Bearing:
    """One gyro. wear_per_hour: its growth while the wheel turns. on: the motor is driven."""

    def __init__(self, sound: Sound) -> None:
        self._sound = sound
        self.wear = 0.0
        self.wear_per_hour = 0.0
        self.on = True
        self.vibration_g = sound.vibration_g
        self.current_a = sound.current_a
        self.speed_rpm = RATED_RPM
        self._warming_c = 0.0
        self.motor_c = sound.motor_c
        self.hall_c = sound.hall_c

    def step(self, dt_s: float, vibration: float, current: float, warmth: float) -> None:
        """vibration, current, warmth: how each wanders, in standard deviations."""
        sound = self._sound
        turning = self.speed_rpm / RATED_RPM
        if turning > 0:
            self.wear = min(1.0, self.wear + self.wear_per_hour * dt_s / 3_600)
        extra_a = _WEAR_DRAG_A * self.wear**3
        drag_a = sound.current_a + current * sound.current_sd_a + extra_a
        self.current_a = min(drag_a, MOTOR_MAX_A) if self.on else 0.0
        if self.on and turning < 1:  # what the motor has left spins the wheel up again
            self.current_a = MOTOR_MAX_A
        slowing_a = drag_a - self.current_a
        slowing_rpm_s = slowing_a * _TORQUE_NM_PER_A / _INERTIA_KG_M2 * 30 / math.pi
        self.speed_rpm = min(max(0.0, self.speed_rpm - slowing_rpm_s * dt_s), RATED_RPM)

        shaking_g = sound.vibration_g + vibration * sound.vibration_sd_g
        shaking_g += _WEAR_VIBRATION_G * self.wear**1.5
        self.vibration_g = max(0.0, shaking_g) * turning**2

        warming_c = _WARMING_C_PER_A * extra_a * turning
        if not self.on:  # the motor's own heat is gone too
            warming_c += _OFF_C - sound.motor_c
        self._warming_c += (warming_c - self._warming_c) * min(1.0, dt_s / _WARMING_S)
        self.motor_c = sound.motor_c + self._warming_c + _WANDER_C * warmth
        self.hall_c = sound.hall_c + 0.8 * self._warming_c + _WANDER_C * warmth


class Bearings:
    """The four, with what wanders in them. Step on whole seconds only."""

    def __init__(self, seed: int) -> None:
        self.each = tuple(Bearing(sound) for sound in SOUND)
        periods_s = [sound.vibration_period_s for sound in SOUND]
        periods_s += [_CURRENT_PERIOD_S] * 4 + [_TEMPERATURE_PERIOD_S] * 4
        self._wander = Wanderings(periods_s, np.random.default_rng([seed, _TAG]))

    def step(self, dt_s: float) -> None:
        self._wander.step(dt_s)
        wander = self._wander.values
        for bearing, *now in zip(self.each, wander[:4], wander[4:8], wander[8:], strict=True):
            bearing.step(dt_s, *now)
