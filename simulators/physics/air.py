"""The torque of the thin air on the station.

F = -rho v^2 Cd A / 2 along the velocity, at the centre of pressure. The density follows the
Sun: a bulge some 30 degrees past orbital noon (Jacchia's model has it so); the arrays turn once an
orbit, so their area seen from the front is greatest at noon and midnight, least at the terminators.
Every number is an assumption [A], chosen
so that the CMGs hold some 10 % of their capacity in quiet flight, as the public feed shows them: no
wind, no lift, no change of density from day to day.
"""

import math
from typing import Final

from simulators.physics.vector import Quaternion, Vector, cross, subtract, unrotate

#: Near 418 km (CIRA-72: 1e-12 to 1e-11, with the Sun's activity).
DENSITY_KG_M3: Final = 4.0e-12
_BULGE: Final = 0.5
_BULGE_LAG_RAD: Final = math.radians(30.0)
_DRAG_COEFFICIENT: Final = 2.2
_BODY_M2, _ARRAYS_M2 = 600.0, 1_300.0
#: In structural axes: the truss carries most of the area.
_PRESSURE_CENTRE_M: Final[Vector] = (0.0, -2.0, 0.0)


def air_torque_nm(
    attitude: Quaternion, speed_m_s: float, phase_rad: float, centre_m: Vector
) -> Vector:
    """Body axes. phase_rad: of the orbit since noon. centre_m: of mass, structural axes."""
    return cross(subtract(_PRESSURE_CENTRE_M, centre_m), _force_n(attitude, speed_m_s, phase_rad))


def mean_air_torque_nm(attitude: Quaternion, speed_m_s: float, centre_m: Vector) -> Vector:
    """Over an orbit."""
    count = 36
    torques = [
        air_torque_nm(attitude, speed_m_s, 2 * math.pi * i / count, centre_m) for i in range(count)
    ]
    x, y, z = (sum(axis) / count for axis in zip(*torques, strict=True))
    return (x, y, z)


def _force_n(attitude: Quaternion, speed_m_s: float, phase_rad: float) -> Vector:
    density = DENSITY_KG_M3 * (1 + _BULGE * math.cos(phase_rad - _BULGE_LAG_RAD))
    area_m2 = _BODY_M2 + _ARRAYS_M2 * abs(math.cos(phase_rad))
    force_n = density * speed_m_s * speed_m_s * _DRAG_COEFFICIENT * area_m2 / 2
    return unrotate(attitude, (-force_n, 0.0, 0.0))
