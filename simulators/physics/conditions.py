"""What every system aboard needs to know of the station's motion, once a second."""

from dataclasses import dataclass

from simulators.physics.orbit import OrbitState
from simulators.physics.vector import Quaternion, Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """One instant.

    attitude: body from LVLH. rate_rad_s: inertial, body axes.
    arrays_locked: the rotary joints are held (feathered), since thrusters control attitude.
    control_lost: nothing holds attitude, and what points by it points anywhere.
    """

    time_ns: int
    orbit: OrbitState
    attitude: Quaternion
    rate_rad_s: Vector
    attitude_error_deg: float
    arrays_locked: bool
    control_lost: bool
