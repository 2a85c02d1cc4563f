"""The station: every parameter of NASA's public feed as a function of time and seed.

Orbital phase drives what follows the Sun (rotary joints, arrays, loops), the rest wanders slowly
about values captured from the real feed. The demonstration's disturbance shows in attitude, rates,
torque and momentum, coherently: a rate is the derivative of its error. What is named nowhere here
stands at the nominal value of its definition.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import numpy as np

from simulators.demonstration import ROLL_SHARE, YAW_SHARE, disturbance
from simulators.orbit import MEAN_MOTION_RAD_S, PERIOD_S, OrbitState, orbit
from simulators.sensor import Telemetry
from simulators.steady import STEADY
from telemetry.clock import SECOND_NS
from telemetry.parameter import Spacecraft

#: Four CMGs of 3600 ft lbf s, as the feed delivers it (USLAB000038).
CMG_CAPACITY_NMS: Final = 19_521.87
#: Commanded torque-equilibrium attitude, yaw, pitch, roll (feed capture of 2018).
TEA_YPR_RAD: Final = tuple(math.radians(angle) for angle in (-4.0, -2.0, 0.7))
#: Attitude errors of quiet flight: amplitudes in roll, pitch, yaw.
QUIET_ERROR_DEG: Final = (0.10, 0.15, 0.08)
#: Gains that give the disturbance a torque command of some hundred N m: for show only.
_TORQUE_NM_PER_DEG, _TORQUE_NMS_PER_DEG = 60.0, 150.0
#: GPS seconds begin on 6 January 1980 and have no leap seconds: 18 of them since.
_GPS_UNIX_S: Final = 315_964_800 - 18
_AUTOTRACK, _DIRECTED_POSITION = 5, 4
#: Drive voltage in the sun and in shadow: the two levels seen in recordings.
_SUN_V, _SHADOW_V = 160.3, 151.7
#: Per array: voltage, current and gimbal ids, and the side its gimbal turns to.
_ARRAYS: Final = tuple(
    (f"{truss}00000{voltage}", f"{truss}00000{voltage + 1}", f"{truss}00000{gimbal}", side)
    for truss, side in (("S4", 1), ("S6", 1), ("P4", -1), ("P6", -1))
    for voltage, gimbal in ((1, 7), (4, 8))
)

Quaternion = tuple[float, float, float, float]


class Iss(Telemetry):
    """epoch_ns: when the simulation, and its demonstration, begin."""

    def __init__(self, spacecraft: Spacecraft, epoch_ns: int, seed: int) -> None:
        draw = np.random.default_rng([seed, 1])
        self._phase_rad = draw.uniform(0, 2 * math.pi, 12).tolist()
        self._node_rad, self._argument_rad = draw.uniform(0, 2 * math.pi, 2).tolist()
        self._epoch_s = epoch_ns / SECOND_NS
        truths = {
            "adcs": self._adcs,
            "cdh": self._cdh,
            "comm": self._comm,
            "eclss": self._eclss,
            "eps": self._eps,
            "etcs": self._etcs,
            "eva": lambda elapsed_s: STEADY,
            "itcs": self._itcs,
            "rs": lambda elapsed_s: STEADY,
        }
        super().__init__(spacecraft, truths, epoch_ns, seed)

    def _wave(self, elapsed_s: float, period_s: float, which: int) -> float:
        return math.sin(2 * math.pi * elapsed_s / period_s + self._phase_rad[which])

    def _orbit(self, elapsed_s: float) -> OrbitState:
        return orbit(self._epoch_s + elapsed_s, self._node_rad, self._argument_rad)

    def _adcs(self, elapsed_s: float) -> Mapping[str, float]:
        now, state = disturbance(elapsed_s), self._orbit(elapsed_s)
        shares = (ROLL_SHARE, 1.0, YAW_SHARE)
        error_deg, rate_deg_s, torque_nm = [], [], []
        for axis, (share, quiet_deg) in enumerate(zip(shares, QUIET_ERROR_DEG, strict=True)):
            period_s = PERIOD_S / (axis + 1)
            angle = 2 * math.pi * elapsed_s / period_s + self._phase_rad[axis]
            error = quiet_deg * math.sin(angle) + share * now.error_deg
            rate = quiet_deg * 2 * math.pi / period_s * math.cos(angle) + share * now.rate_deg_s
            error_deg.append(error)
            rate_deg_s.append(rate)
            torque_nm.append(-_TORQUE_NM_PER_DEG * error - _TORQUE_NMS_PER_DEG * rate)
        orbital_deg_s = math.degrees(MEAN_MOTION_RAD_S)
        yaw, pitch, roll = TEA_YPR_RAD
        commanded = from_yaw_pitch_roll(yaw, pitch, roll)
        attitude = multiply(
            commanded,
            from_yaw_pitch_roll(*(math.radians(error_deg[axis]) for axis in (2, 1, 0))),
        )
        momentum_pct = (
            12.8
            + 3.2 * math.sin(state.phase_rad)
            + 0.8 * self._wave(elapsed_s, 1_700, 3)
            + now.momentum_pct
        )
        unix_s = self._epoch_s + elapsed_s
        values = {
            **STEADY,
            "USLAB000009": momentum_pct / 100 * CMG_CAPACITY_NMS,
            "USLAB000010": momentum_pct,
            "USLAB000025": -orbital_deg_s * math.sin(yaw) + rate_deg_s[0],
            "USLAB000026": -orbital_deg_s * math.cos(yaw) * math.cos(roll) + rate_deg_s[1],
            "USLAB000027": orbital_deg_s * math.sin(roll) + rate_deg_s[2],
            "USLAB000038": CMG_CAPACITY_NMS,
            "USLAB000040": math.degrees(state.beta_rad),
            "USLAB000102": unix_s - _GPS_UNIX_S,
        }
        for axis in range(3):
            values[f"USLAB{6 + axis:06}"] = torque_nm[axis]
            values[f"USLAB{22 + axis:06}"] = error_deg[axis]
            values[f"USLAB{32 + axis:06}"] = state.position_km[axis]
            values[f"USLAB{35 + axis:06}"] = state.velocity_km_s[axis] * 1_000
        for part in range(4):
            values[f"USLAB{18 + part:06}"] = attitude[part]
            values[f"USLAB{28 + part:06}"] = commanded[part]
            warmth_c = 0.6 * self._wave(elapsed_s, PERIOD_S, 4 + part)
            values[f"USLAB{45 + part:06}"] = (27.6, 22.6, 34.8, 34.9)[part] + warmth_c
            values[f"USLAB{49 + part:06}"] = (26.1, 17.4, 45.8, 33.6)[part] + warmth_c
            values[f"Z1{1 + part:06}"] = (0.006, 0.012, 0.005, 0.014)[part]
            values[f"Z1{5 + part:06}"] = (0.64, 0.50, 0.80, 0.70)[part]
            values[f"Z1{9 + part:06}"] = 6600.5
        return values

    def _cdh(self, elapsed_s: float) -> Mapping[str, float]:
        unix_s = self._epoch_s + elapsed_s
        year = datetime.fromtimestamp(unix_s, UTC).year
        year_start_s = datetime(year, 1, 1, tzinfo=UTC).timestamp()
        gps_s = unix_s - _GPS_UNIX_S
        return {
            **STEADY,
            "USLAB000082": 4_089 + elapsed_s // 90,
            "USLAB000083": 28_711 + elapsed_s // 1_200,
            "USLAB000084": math.floor(gps_s),
            "USLAB000085": gps_s % 1.0,
            # the feed's count: hour 24 is 1 January
            "TIME_000001": (unix_s - year_start_s + 86_400) * 1_000,
            "TIME_000002": year,
        }

    def _comm(self, elapsed_s: float) -> Mapping[str, float]:
        return {
            **STEADY,
            "S1000004": 60 * self._wave(elapsed_s, PERIOD_S, 5),
            "S1000005": 50 + 35 * self._wave(elapsed_s, PERIOD_S, 6),
            "P1000004": -55 * self._wave(elapsed_s, PERIOD_S, 5),
            "P1000005": 52 + 35 * self._wave(elapsed_s, PERIOD_S, 7),
            "Z1000014": 80 * self._wave(elapsed_s, PERIOD_S, 8),
            "Z1000015": 45 * self._wave(elapsed_s, PERIOD_S / 2, 9),
        }

    def _eclss(self, elapsed_s: float) -> Mapping[str, float]:
        oxygen_mmhg = 0.8 * self._wave(elapsed_s, 15_000, 0)
        dioxide_mmhg = 0.3 * self._wave(elapsed_s, 8_000, 1)
        pressure_mmhg = 0.3 * self._wave(elapsed_s, 20_000, 2)
        return {
            **STEADY,
            "USLAB000058": 751.8 + pressure_mmhg,
            "AIRLOCK000054": 752.0 + pressure_mmhg,
            "AIRLOCK000049": 752.0 + pressure_mmhg,
            "USLAB000059": 23.4 + 0.3 * self._wave(elapsed_s, 7_000, 3),
            "USLAB000053": 156.0 + oxygen_mmhg,
            "USLAB000054": 574.0 + pressure_mmhg - oxygen_mmhg,
            "USLAB000055": 2.25 + dioxide_mmhg,
            "NODE3000001": 171.0 + oxygen_mmhg,
            "NODE3000002": 566.0 + pressure_mmhg - oxygen_mmhg,
            "NODE3000003": 3.2 + dioxide_mmhg,
            # filled by the crew, emptied by the processor: turns over twice a day
            "NODE3000005": 45.0 + 10 * self._wave(elapsed_s, 43_200, 4),
            "NODE3000008": 25.0 + 8 * self._wave(elapsed_s, 43_200, 5),
            "NODE3000009": 75.0 - 8 * self._wave(elapsed_s, 43_200, 5),
        }

    def _eps(self, elapsed_s: float) -> Mapping[str, float]:
        state = self._orbit(elapsed_s)
        port_deg = math.degrees(state.phase_rad)
        beta_deg = math.degrees(state.beta_rad)
        values = {
            **STEADY,
            "S0000003": (360.0 - port_deg) % 360.0,
            "S0000004": port_deg,
            "S0000005": port_deg,
            "S0000008": _AUTOTRACK,
            "S0000009": _AUTOTRACK,
        }
        for number, (voltage, current, gimbal, side) in enumerate(_ARRAYS):
            load_a = 52.0 + 8.0 * self._wave(elapsed_s, 900, number)
            values[voltage] = _SUN_V if state.sunlit else _SHADOW_V
            values[current] = -load_a if state.sunlit else -1.0
            values[gimbal] = (side * beta_deg + 2.0 * (number % 2)) % 360.0
        return values

    def _etcs(self, elapsed_s: float) -> Mapping[str, float]:
        heat = math.sin(self._orbit(elapsed_s).phase_rad - 0.5)  # lags the Sun by some minutes
        return {
            **STEADY,
            "S1000001": 3_430 + 12 * heat,
            "S1000002": 1_810 + 8 * heat,
            "S1000003": 3.75 + 0.2 * heat,
            "P1000001": 4_358 + 6 * heat,
            "P1000002": 2_197 + 10 * heat,
            "P1000003": 4.30 + 0.25 * heat,
            "S0000001": 25.0 + 30.0 * heat,
            "S0000002": 15.0 - 30.0 * heat,
            "S0000006": _AUTOTRACK,
            "S0000007": _AUTOTRACK,
        }

    def _itcs(self, elapsed_s: float) -> Mapping[str, float]:
        moderate_c = 17.2 + 0.2 * self._wave(elapsed_s, 3_000, 6)
        low_c = 9.4 + 0.3 * self._wave(elapsed_s, 2_400, 7)
        values = dict(STEADY)
        values |= dict.fromkeys(("USLAB000060", "NODE2000007", "NODE3000012"), moderate_c)
        values |= dict.fromkeys(("USLAB000061", "NODE2000006", "NODE3000013"), low_c)
        return values


def from_yaw_pitch_roll(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Quaternion:
    """The unit quaternion, scalar first, of turning by yaw, then pitch, then roll."""
    cy, sy = math.cos(yaw_rad / 2), math.sin(yaw_rad / 2)
    cp, sp = math.cos(pitch_rad / 2), math.sin(pitch_rad / 2)
    cr, sr = math.cos(roll_rad / 2), math.sin(roll_rad / 2)
    return (
        cr * cp * cy + sr * sp * sy,
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
    )


def multiply(one: Quaternion, other: Quaternion) -> Quaternion:
    a, b, c, d = one
    e, f, g, h = other
    return (
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    )
