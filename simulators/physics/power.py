"""Solar arrays: two rotary joints and eight wings that follow the Sun, and eight power channels.

Pointing, with the unit vector to the Sun in body axes b, which attitude and its errors enter:

    rotary joints (SARJ)   starboard = atan2(-b_x, -b_z), port = 360 - starboard
    along the joint's zero s = -b_x sin(starboard) - b_z cos(starboard)
    gimbals (BGA)          zero +- (atan2(b_y, s) + the wing's own offset)
    incidence              cos = |(b_y, s)| cos(gimbal's distance from facing the Sun)

With the attitude yaw -4.0, pitch -8.2, roll 0.9 the first line fits the recording of 20 May 2022 to
0.11 degrees. Joints turn at most 0.15 deg/s, as when they caught up with the Sun there; held, they
go to the angles they were held at there and are shut down.

Each channel: the wing gives its current at normal incidence times incidence and sunlight; what the
load does not take charges the battery, what it lacks comes from there. Voltage has two levels:
the battery's, a little higher while it is charged, and the regulated one once it is full.

The recorded current does not fall in shadow, so it is taken for the channel's load: means and
orbital parts are fits to hours 0-5, the rest wanders. Currents of the wings (from the time the
batteries took to fill), battery capacity and sag are assumptions [A]. So are the wings' offsets:
operators choose them day by day.

Ends: no temperature or age of cells, no shadows of structure, no load shedding, no cross-ties.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from simulators.physics.conditions import Conditions
from simulators.physics.vector import Vector, unrotate
from simulators.physics.wander import Wanderings

_TAG: Final = 41
SLEW_DEG_S: Final = 0.15
#: Of the gimbals [A].
GIMBAL_DEG_S: Final = 0.2
#: Where the joints were held for a docking, 20 May 2022.
FEATHERED_DEG: Final = 105.4
#: Nearer than this a joint has arrived.
_ARRIVED_DEG: Final = 0.01
#: [A], with the sag: a channel whose battery is nearly empty goes down.
BATTERY_AH: Final = 100.0
_CHARGED_PART: Final = 0.95
_SAG_BELOW, _SAG_V = 0.5, 20.0
_CHARGING_V: Final = 0.45
_LOAD_PERIOD_S: Final = 3_600.0


class JointMode(IntEnum):
    """Codes of the feed."""

    DIRECTED_POSITION = 4
    AUTOTRACK = 5
    SHUTDOWN = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Wing:
    """A wing and its channel.

    zero_deg: gimbal angle that faces the joint's zero. turns: +1 or -1, the gimbal's sense.
    offset_deg: from facing the Sun. array_a: in full sun at normal incidence.
    load_a: mean, cosine and sine part over orbital phase, standard deviation of the rest.
    dark_v, full_v: battery feeding; battery full, where the voltage wanders by full_sd_v.
    """

    zero_deg: float
    turns: int
    offset_deg: float
    array_a: float
    load_a: tuple[float, float, float, float]
    dark_v: float
    full_v: float
    full_sd_v: float


#: 1A 3A 3B 1B 2A 4A 4B 2B, recording of 20 May 2022, minutes 0-304. The offsets come in pairs.
WINGS: Final = tuple(
    Wing(
        zero_deg=zero_deg,
        turns=turns,
        offset_deg=offset_deg,
        array_a=array_a,
        load_a=load_a,
        dark_v=dark_v,
        full_v=full_v,
        full_sd_v=full_sd_v,
    )
    for zero_deg, turns, offset_deg, array_a, load_a, dark_v, full_v, full_sd_v in (
        (0.0, 1, 49.4, 147.0, (54.5, -6.5, -3.0, 5.0), 151.25, 159.5, 0.64),
        (0.0, -1, 49.4, 118.0, (54.5, -1.2, -2.0, 1.6), 151.19, 158.1, 0.27),
        (0.0, -1, -3.0, 99.0, (51.0, 1.2, -1.8, 2.7), 151.35, 159.6, 0.36),
        (0.0, 1, -3.0, 85.0, (41.7, -2.8, -1.2, 3.2), 151.3, 159.6, 0.53),
        (180.0, 1, -3.0, 99.0, (42.7, -1.1, -3.3, 2.9), 151.14, 160.0, 0.26),
        (180.0, -1, -3.0, 100.0, (43.6, -1.2, -0.2, 2.1), 151.35, 159.7, 0.38),
        (180.0, -1, 49.4, 183.0, (54.5, -3.2, -3.8, 1.2), 151.25, 160.27, 0.16),
        (180.0, 1, 52.0, 184.0, (66.5, -0.3, -2.3, 2.7), 151.14, 159.6, 0.24),
    )
)


def sun_angle_deg(sun_body: Vector) -> float:
    """Where the starboard joint faces the Sun; port is 360 degrees less this."""
    return math.degrees(math.atan2(-sun_body[0], -sun_body[2])) % 360.0


@dataclass(slots=True)
class Joint:
    """The rotary joints, which turn as one: port is the mirror image of starboard."""

    angle_deg: float
    target_deg: float
    mode: JointMode

    def step(self, dt_s: float, sun_deg: float, *, locked: bool) -> None:
        self.target_deg = FEATHERED_DEG if locked else sun_deg
        left_deg = (self.target_deg - self.angle_deg + 180.0) % 360.0 - 180.0
        most_deg = SLEW_DEG_S * dt_s
        turned_deg = self.angle_deg + max(-most_deg, min(most_deg, left_deg))
        self.angle_deg = turned_deg % 360.0
        if not locked:
            self.mode = JointMode.AUTOTRACK
        elif abs(left_deg) < _ARRIVED_DEG:
            self.mode = JointMode.SHUTDOWN
        else:
            self.mode = JointMode.DIRECTED_POSITION


class Channel:
    """One wing with its battery and its load."""

    def __init__(self, wing: Wing) -> None:
        self.wing = wing
        self._turned_deg: float | None = None
        self.gimbal_deg = 0.0
        self.incidence = 0.0
        self.array_a = 0.0
        self.load_a = wing.load_a[0]
        self.charge_ah = BATTERY_AH
        self.voltage_v = wing.full_v

    def step(
        self,
        dt_s: float,
        tilt_rad: float,
        facing: float,
        part_lit: float,
        phase: tuple[float, float],
        wander: tuple[float, float],
    ) -> None:
        """tilt_rad: the Sun from the joint's zero, in the plane the wing turns in. facing: the
        part of its light that falls along that plane. phase: cosine and sine of the orbital one.
        wander: of load and of regulated voltage.
        """
        wing = self.wing
        wanted_deg = math.degrees(tilt_rad) + wing.offset_deg
        if self._turned_deg is None:
            self._turned_deg = wanted_deg
        left_deg = (wanted_deg - self._turned_deg + 180.0) % 360.0 - 180.0
        most_deg = GIMBAL_DEG_S * dt_s
        self._turned_deg += max(-most_deg, min(most_deg, left_deg))
        self.gimbal_deg = (wing.zero_deg + wing.turns * self._turned_deg) % 360.0
        off_rad = math.radians(self._turned_deg) - tilt_rad
        self.incidence = max(0.0, facing * math.cos(off_rad))
        self.array_a = wing.array_a * self.incidence * part_lit
        mean_a, cosine_a, sine_a, sd_a = wing.load_a
        self.load_a = mean_a + cosine_a * phase[0] + sine_a * phase[1] + sd_a * wander[0]
        spare_a = self.array_a - self.load_a
        self.charge_ah += spare_a * dt_s / 3_600
        self.charge_ah = max(0.0, min(BATTERY_AH, self.charge_ah))
        if spare_a > 0 and self.charge_ah >= BATTERY_AH:
            self.voltage_v = wing.full_v + wing.full_sd_v * wander[1]
            return
        sag_v = _SAG_V * max(0.0, _SAG_BELOW - self.charge_ah / BATTERY_AH)
        self.voltage_v = wing.dark_v - sag_v + (_CHARGING_V if spare_a > 0 else 0.0)


class Power:
    """Step on whole seconds only. It begins in track, batteries as after an average hour."""

    def __init__(self, seed: int) -> None:
        self.joint = Joint(0.0, 0.0, JointMode.AUTOTRACK)
        self.channels = tuple(Channel(wing) for wing in WINGS)
        self._wander = Wanderings([_LOAD_PERIOD_S] * 16, np.random.default_rng([seed, _TAG]))
        self._started = False

    def step(self, dt_s: float, conditions: Conditions) -> None:
        orbit = conditions.orbit
        sun = unrotate(conditions.attitude, orbit.sun_lvlh)
        locked = conditions.arrays_locked
        if not self._started:
            self._started = True
            self.joint.angle_deg = FEATHERED_DEG if locked else sun_angle_deg(sun)
            for channel in self.channels:
                channel.charge_ah = _CHARGED_PART * BATTERY_AH
        self.joint.step(dt_s, sun_angle_deg(sun), locked=locked)
        self._wander.step(dt_s)
        angle_rad = math.radians(self.joint.angle_deg)
        along = -sun[0] * math.sin(angle_rad) - sun[2] * math.cos(angle_rad)
        tilt_rad, facing = math.atan2(sun[1], along), math.hypot(sun[1], along)
        phase = (math.cos(orbit.phase_rad), math.sin(orbit.phase_rad))
        loads, volts = self._wander.values[:8], self._wander.values[8:]
        for channel, load, volt in zip(self.channels, loads, volts, strict=True):
            channel.step(dt_s, tilt_rad, facing, orbit.sunlight, phase, (load, volt))
