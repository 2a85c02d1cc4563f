"""A planned turn from one attitude to another, about one axis, its speed a trapezoid."""

import math
from dataclasses import dataclass
from typing import Final

from simulators.physics.control import Reference
from simulators.physics.vector import (
    Quaternion,
    Vector,
    conjugate,
    from_rotation_vector,
    multiply,
    norm,
    scale,
    to_rotation_vector,
)

#: The slew of a planned manoeuvre gathers speed at this rate [A].
SLEW_ACCELERATION_RAD_S2: Final = math.radians(0.002)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slew:
    """A planned turn from one attitude to another, speed in trapezoid. Times since it began."""

    start: Quaternion
    axis: Vector
    angle_rad: float
    rate_rad_s: float

    @classmethod
    def between(cls, start: Quaternion, end: Quaternion, rate_rad_s: float) -> "Slew":
        turn = to_rotation_vector(multiply(conjugate(start), end))
        angle = norm(turn)
        axis = scale(1 / angle, turn) if angle else (1.0, 0.0, 0.0)
        fastest = math.sqrt(angle * SLEW_ACCELERATION_RAD_S2)  # no time to reach more
        return cls(start=start, axis=axis, angle_rad=angle, rate_rad_s=min(rate_rad_s, fastest))

    @property
    def ramp_s(self) -> float:
        return self.rate_rad_s / SLEW_ACCELERATION_RAD_S2

    @property
    def duration_s(self) -> float:
        return self.angle_rad / self.rate_rad_s + self.ramp_s if self.rate_rad_s else 0.0

    def at(self, elapsed_s: float) -> Reference:
        left_s = self.duration_s - elapsed_s
        if left_s <= 0:
            speed, done = 0.0, self.angle_rad
        elif elapsed_s < self.ramp_s:
            speed = SLEW_ACCELERATION_RAD_S2 * elapsed_s
            done = speed * elapsed_s / 2
        elif left_s < self.ramp_s:
            speed = SLEW_ACCELERATION_RAD_S2 * left_s
            done = self.angle_rad - speed * left_s / 2
        else:
            speed = self.rate_rad_s
            done = speed * (elapsed_s - self.ramp_s / 2)
        turned = multiply(self.start, from_rotation_vector(scale(done, self.axis)))
        return Reference(attitude=turned, slew_rad_s=scale(speed, self.axis))
