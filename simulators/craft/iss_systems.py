"""Power, cooling, bearings and antennas of the station as parameters of NASA's feed."""

from collections.abc import Mapping
from typing import Final

from simulators.physics.antenna import Antennas
from simulators.physics.bearing import Bearings
from simulators.physics.conditions import Conditions
from simulators.physics.power import Power
from simulators.physics.thermal import PARKED, Thermal

_STEP_S: Final = 1.0
#: Voltage, current and gimbal of 1A 3A 3B 1B 2A 4A 4B 2B, as power.py has its wings.
_WINGS: Final = tuple(
    (f"{truss}00000{voltage}", f"{truss}00000{voltage + 1}", f"{truss}00000{gimbal}")
    for truss in ("S4", "S6", "P4", "P6")
    for voltage, gimbal in ((1, 7), (4, 8))
)
_MODERATE: Final = ("USLAB000060", "NODE2000007", "NODE3000012")
_LOW: Final = ("USLAB000061", "NODE2000006", "NODE3000013")


class IssSystems:
    """What is left out of the truth of a subsystem stands still."""

    def __init__(self, seed: int) -> None:
        self.power = Power(seed)
        self.thermal = Thermal(seed)
        self.gyros = Bearings(seed)
        self.antennas = Antennas()

    def step(self, conditions: Conditions) -> None:
        """One second on; once a second and no other way, since every step draws at random."""
        self.power.step(_STEP_S, conditions)
        self.thermal.step(_STEP_S, conditions.orbit.phase_rad)
        self.gyros.step(_STEP_S)
        self.antennas.step(_STEP_S, conditions)

    # --- faults ---

    def wear(self, cmg: int, per_hour: float) -> None:
        """From now on a CMG (1 to 4) loses this part of its spin bearing's life an hour."""
        self.gyros.each[cmg - 1].wear_per_hour = per_hour

    def switch_off(self, cmg: int) -> None:
        """Take the motor's power away; the wheel runs down over hours."""
        self.gyros.each[cmg - 1].on = False

    # --- what it shows ---

    def truth(self, subsystem: str) -> Mapping[str, float]:
        """By parameter id, of eps, etcs, itcs and comm; empty for others."""
        match subsystem:
            case "eps":
                return self._eps()
            case "etcs":
                return self._etcs()
            case "itcs":
                water = self.thermal
                return dict(zip(_MODERATE + _LOW, water.moderate_c + water.low_c, strict=True))
            case "comm":
                return self._comm()
        return {}

    def bearings(self) -> Mapping[str, float]:
        """The CMGs' part of adcs: vibration, motor current, wheel speed, temperatures."""
        values: dict[str, float] = {}
        for number, gyro in enumerate(self.gyros.each):
            values[f"Z1{1 + number:06}"] = gyro.vibration_g
            values[f"Z1{5 + number:06}"] = gyro.current_a
            values[f"Z1{9 + number:06}"] = gyro.speed_rpm
            values[f"USLAB{45 + number:06}"] = gyro.motor_c
            values[f"USLAB{49 + number:06}"] = gyro.hall_c
        return values

    def _eps(self) -> Mapping[str, float]:
        joint = self.power.joint
        values: dict[str, float] = {
            "S0000003": joint.angle_deg,
            "S0000004": (360.0 - joint.angle_deg) % 360.0,
            "S0000005": (360.0 - joint.target_deg) % 360.0,
            "S0000008": joint.mode,
            "S0000009": joint.mode,
        }
        for (voltage, current, gimbal), channel in zip(_WINGS, self.power.channels, strict=True):
            values[voltage] = channel.voltage_v
            values[current] = -channel.load_a
            values[gimbal] = channel.gimbal_deg
        return values

    def _etcs(self) -> Mapping[str, float]:
        a, b = self.thermal.loop_a, self.thermal.loop_b
        return {
            "S1000001": a.flow_kg_h,
            "S1000002": a.pressure_kpa,
            "S1000003": a.temperature_c,
            "P1000001": b.flow_kg_h,
            "P1000002": b.pressure_kpa,
            "P1000003": b.temperature_c,
            "S0000001": a.radiator_deg,
            "S0000002": b.radiator_deg,
            "S0000006": PARKED,
            "S0000007": PARKED,
        }

    def _comm(self) -> Mapping[str, float]:
        ku, s_band = self.antennas.ku, self.antennas.s_band
        return {
            "Z1000013": ku.tracking,
            "Z1000014": ku.elevation_deg,
            "Z1000015": ku.cross_elevation_deg,
            "S1000004": s_band.azimuth_deg,
            "S1000005": s_band.elevation_deg,
            "P1000004": s_band.azimuth_deg,
            "P1000005": s_band.elevation_deg,
        }
