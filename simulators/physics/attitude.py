"""Rigid-body attitude of the station with its CMGs, relative to LVLH.

Equations (Wie, Space Vehicle Dynamics and Control, ch. 6 and 7), body axes:

    I w' = -w x (I w) + u + T          w: inertial rate, u: torque of the CMGs on the body
    h'   = -u - w x h                  h: momentum stored in the CMGs
    q'   = q (0, w - w_lvlh) / 2       q: body from LVLH, which turns at -n about its +Y
    T    = 3 n^2 d x (I d) + outside   d: the Earth's direction

so momentum of body and CMGs together changes by outside torque alone. n is held over a step, as are
outside torques; the orbital plane's drift (5 deg a day) is left out. Integrated by the classical
Runge-Kutta rule; u is evaluated inside it, so step lengths need not follow the controller.

The CMGs are one store of momentum [A]: limited in torque (the limiter keeps the direction) and in
magnitude. At full magnitude no torque is left that would store more; singularities inside the
envelope are left out. Held gimbals (free drift) keep h fixed in the body.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators.physics.vector import Matrix, Quaternion, Vector

#: 3600 ft lbf s a wheel; the feed's capacity (USLAB000038) with four on line is 19521.87.
CMG_MOMENTUM_NMS: Final = 19_521.87 / 4
#: 190 ft lbf a CMG.
CMG_TORQUE_NM: Final = 258.0
#: Of capacity, over which the store takes no more: at 1 the limit would be met by rounding alone.
_FULL: Final = 0.9999

#: The torque the controller asks of the CMGs, before any limit: of attitude, rate, momentum.
Law = Callable[[Quaternion, Vector, Vector], Vector]


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """attitude: body from LVLH. rate_rad_s: inertial. momentum_nms: of the CMGs. Body axes."""

    attitude: Quaternion
    rate_rad_s: Vector
    momentum_nms: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """What a step takes as given.

    law: None when the gimbals are held. orbital_rate_rad_s: n above, 0 for free space.
    """

    inertia_kg_m2: Matrix
    inverse: Matrix
    orbital_rate_rad_s: float
    law: Law | None
    cmg_torque_nm: float
    cmg_capacity_nms: float


def limited(
    wanted_nm: Vector,
    momentum_nms: Vector,
    torque_limit_nm: float,
    capacity_nms: float,
    settle_s: float = 0.0,
) -> Vector:
    """The torque on the body the CMGs can give of what is wanted.

    settle_s: the store is not filled in less time than this, or a step of that length would end
    beyond what it holds.
    """
    x, y, z = wanted_nm
    size = math.sqrt(x * x + y * y + z * z)
    if size > torque_limit_nm:
        factor = torque_limit_nm / size
        x, y, z = x * factor, y * factor, z * factor
    hx, hy, hz = momentum_nms
    stored = math.sqrt(hx * hx + hy * hy + hz * hz)
    room = _FULL * capacity_nms - stored
    if not stored or room > torque_limit_nm * settle_s:
        return (x, y, z)
    # storing takes place along -u; what would lengthen h too much is not to be had
    growth = -(x * hx + y * hy + z * hz) / stored
    excess = growth - (room / settle_s if room > 0 and settle_s else 0.0)
    if excess > 0 and growth > 0:
        factor = excess / stored
        x, y, z = x + factor * hx, y + factor * hy, z + factor * hz
    return (x, y, z)


def gravity_gradient_nm(inertia_kg_m2: Matrix, down: Vector, rate_rad_s: float) -> Vector:
    """3 n^2 d x (I d): torque on a body in the Earth's field; down: unit vector, body axes."""
    x, y, z = down
    (ixx, ixy, ixz), (iyx, iyy, iyz), (izx, izy, izz) = inertia_kg_m2
    lx, ly, lz = (
        ixx * x + ixy * y + ixz * z,
        iyx * x + iyy * y + iyz * z,
        izx * x + izy * y + izz * z,
    )
    factor = 3 * rate_rad_s * rate_rad_s
    return (factor * (y * lz - z * ly), factor * (z * lx - x * lz), factor * (x * ly - y * lx))


def step(motion: Motion, plant: Plant, outside_nm: Vector, dt_s: float) -> Motion:
    """The motion dt_s later. outside_nm: torque of thrusters and air, body axes, held."""
    n = plant.orbital_rate_rad_s
    (ixx, ixy, ixz), (iyx, iyy, iyz), (izx, izy, izz) = plant.inertia_kg_m2
    (jxx, jxy, jxz), (jyx, jyy, jyz), (jzx, jzy, jzz) = plant.inverse
    law, torque_limit, capacity = plant.law, plant.cmg_torque_nm, plant.cmg_capacity_nms
    tx, ty, tz = outside_nm
    gradient = 3 * n * n

    def derivative(s: tuple[float, ...]) -> tuple[float, ...]:
        qw, qx, qy, qz, wx, wy, wz, hx, hy, hz = s
        # LVLH's down and starboard axes, seen from the body
        dx, dy, dz = 2 * (qx * qz - qw * qy), 2 * (qy * qz + qw * qx), 1 - 2 * (qx * qx + qy * qy)
        sx, sy, sz = 2 * (qx * qy + qw * qz), 1 - 2 * (qx * qx + qz * qz), 2 * (qy * qz - qw * qx)
        lx, ly, lz = (
            ixx * dx + ixy * dy + ixz * dz,
            iyx * dx + iyy * dy + iyz * dz,
            izx * dx + izy * dy + izz * dz,
        )
        if law is None:
            # held gimbals: h' = 0, and the body feels the momentum it turns
            ux, uy, uz = hy * wz - hz * wy, hz * wx - hx * wz, hx * wy - hy * wx
        else:
            ux, uy, uz = limited(
                law((qw, qx, qy, qz), (wx, wy, wz), (hx, hy, hz)),
                (hx, hy, hz),
                torque_limit,
                capacity,
                dt_s,
            )
        kx, ky, kz = (
            ixx * wx + ixy * wy + ixz * wz,
            iyx * wx + iyy * wy + iyz * wz,
            izx * wx + izy * wy + izz * wz,
        )
        ax = tx + ux + gradient * (dy * lz - dz * ly) - (wy * kz - wz * ky)
        ay = ty + uy + gradient * (dz * lx - dx * lz) - (wz * kx - wx * kz)
        az = tz + uz + gradient * (dx * ly - dy * lx) - (wx * ky - wy * kx)
        rx, ry, rz = (wx + n * sx) / 2, (wy + n * sy) / 2, (wz + n * sz) / 2
        return (
            -qx * rx - qy * ry - qz * rz,
            qw * rx + qy * rz - qz * ry,
            qw * ry + qz * rx - qx * rz,
            qw * rz + qx * ry - qy * rx,
            jxx * ax + jxy * ay + jxz * az,
            jyx * ax + jyy * ay + jyz * az,
            jzx * ax + jzy * ay + jzz * az,
            -ux - (wy * hz - wz * hy),
            -uy - (wz * hx - wx * hz),
            -uz - (wx * hy - wy * hx),
        )

    s0 = (*motion.attitude, *motion.rate_rad_s, *motion.momentum_nms)
    half = dt_s / 2
    k1 = derivative(s0)
    k2 = derivative(tuple([a + half * b for a, b in zip(s0, k1, strict=True)]))
    k3 = derivative(tuple([a + half * b for a, b in zip(s0, k2, strict=True)]))
    k4 = derivative(tuple([a + dt_s * b for a, b in zip(s0, k3, strict=True)]))
    sixth = dt_s / 6
    qw, qx, qy, qz, wx, wy, wz, hx, hy, hz = [
        a + sixth * (b + 2 * c + 2 * d + e)
        for a, b, c, d, e in zip(s0, k1, k2, k3, k4, strict=True)
    ]
    length = math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
    return Motion(
        attitude=(qw / length, qx / length, qy / length, qz / length),
        rate_rad_s=(wx, wy, wz),
        momentum_nms=(hx, hy, hz),
    )
