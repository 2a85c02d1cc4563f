"""What holds the station's attitude: control laws of the CMGs, and jets switched on and off.

Attitude hold: u = -I (wn^2 e + 2 z wn (w - w_ref)), e the error's rotation vector. wn and z are the
"softness" that decides how fast the CMGs fill when something pushes.

Momentum management (TEA control): the attitude itself is the actuator. Gravity gradient grows with
the angle from the torque equilibrium, so leaning a little lets stored momentum out. A linear
quadratic regulator over (attitude, rate, momentum, its integral), after Wie, Byun, Warren, Geller,
Long and Sunkel, "New Approach to Attitude/Momentum Control for the Space Station", J. Guidance 12
(1989); weights are ours [A]. Linear: some 15 degrees about the equilibrium.

Jets: a phase-plane switch with a deadband and a limit on the rate of return [A, of the kind every
such controller is].
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.physics.attitude import Law, Motion, Plant, step
from simulators.physics.vector import (
    ZERO,
    Matrix,
    Quaternion,
    Vector,
    conjugate,
    from_rotation_vector,
    multiply,
    norm,
    scale,
    to_rotation_vector,
    unrotate,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where the station should point. attitude: body from LVLH. slew_rad_s: of it, body axes."""

    attitude: Quaternion
    slew_rad_s: Vector = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Gains:
    """u = -(attitude e + rate dw + momentum h + integral of h), each a matrix, body axes.

    Units: N m/rad, N m s/rad, 1/s, 1/s^2.
    """

    attitude: Matrix
    rate: Matrix
    momentum: Matrix | None = None
    integral: Matrix | None = None


def attitude_hold_gains(
    inertia_kg_m2: Matrix, natural_frequency_rad_s: float, damping: float
) -> Gains:
    tensor = np.array(inertia_kg_m2)
    return Gains(
        attitude=_matrix(natural_frequency_rad_s**2 * tensor),
        rate=_matrix(2 * damping * natural_frequency_rad_s * tensor),
    )


def momentum_management_gains(plant: Plant, attitude: Quaternion) -> Gains:
    """The regulator about a torque equilibrium; plant as it is flown there.

    :raises ValueError: if the stack cannot be regulated there.
    """
    a, b = _linearised(plant, attitude)
    # Bryson's rule: what each state and torque may be, at one cost
    n = plant.orbital_rate_rad_s
    angle, momentum, torque = math.radians(1.5), 4_000.0, 4.0
    weights = [1 / angle] * 3 + [1 / (angle * n * 3)] * 3
    weights += [1 / momentum] * 3 + [n / (3 * momentum)] * 3
    gains = _regulator(a, b, np.diag(np.square(weights)), np.eye(3) / torque**2)
    return Gains(
        attitude=_matrix(gains[:, 0:3]),
        rate=_matrix(gains[:, 3:6]),
        momentum=_matrix(gains[:, 6:9]),
        integral=_matrix(gains[:, 9:12]),
    )


def error_rad(reference: Quaternion, attitude: Quaternion) -> Vector:
    """The turn from reference to attitude, as axis times angle: roll, pitch, yaw errors."""
    return to_rotation_vector(multiply(conjugate(reference), attitude))


def reference_rate_rad_s(
    reference: Reference, attitude: Quaternion, orbital_rate_rad_s: float
) -> Vector:
    """The inertial rate, in body axes as they are now, of a body that follows the reference."""
    orbital = unrotate(attitude, (0.0, -orbital_rate_rad_s, 0.0))
    slew = reference.slew_rad_s
    return (orbital[0] + slew[0], orbital[1] + slew[1], orbital[2] + slew[2])


def law(
    gains: Gains, reference: Reference, orbital_rate_rad_s: float, integral_nms2: Vector = ZERO
) -> Law:
    """The torque on the body to ask for. integral_nms2: of the momentum, held over a step."""
    ra, rb, rc, rd = reference.attitude
    sx, sy, sz = reference.slew_rad_s
    n = orbital_rate_rad_s
    (pxx, pxy, pxz), (pyx, pyy, pyz), (pzx, pzy, pzz) = gains.attitude
    (dxx, dxy, dxz), (dyx, dyy, dyz), (dzx, dzy, dzz) = gains.rate
    stored = gains.momentum
    bx, by, bz = _times(gains.integral, integral_nms2)

    def torque(q: Quaternion, w: Vector, h: Vector) -> Vector:
        a, b, c, d = q
        ew = ra * a + rb * b + rc * c + rd * d
        sign = 2.0 if ew >= 0 else -2.0  # twice the vector part, the short way round
        ex = sign * (ra * b - rb * a - rc * d + rd * c)
        ey = sign * (ra * c - rc * a - rd * b + rb * d)
        ez = sign * (ra * d - rd * a - rb * c + rc * b)
        vx = w[0] + n * 2 * (b * c + a * d) - sx
        vy = w[1] + n * (1 - 2 * (b * b + d * d)) - sy
        vz = w[2] + n * 2 * (c * d - a * b) - sz
        ux = pxx * ex + pxy * ey + pxz * ez + dxx * vx + dxy * vy + dxz * vz + bx
        uy = pyx * ex + pyy * ey + pyz * ez + dyx * vx + dyy * vy + dyz * vz + by
        uz = pzx * ex + pzy * ey + pzz * ez + dzx * vx + dzy * vy + dzz * vz + bz
        if stored is not None:
            kx, ky, kz = _times(stored, h)
            ux, uy, uz = ux + kx, uy + ky, uz + kz
        return (-ux, -uy, -uz)

    return torque


def _times(matrix: Matrix | None, a: Vector) -> Vector:
    if matrix is None:
        return ZERO
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = matrix
    x, y, z = a
    return (xx * x + xy * y + xz * z, yx * x + yy * y + yz * z, zx * x + zy * y + zz * z)


Signs = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Jets alone: on-off about each axis, by the rate a return at a limited rate asks for.

    angle_rad: of the deadband. rate_rad_s: by which the rate may miss its goal. approach_rad_s:
    the fastest return. gain_1_s: rate asked for, of the error beyond the deadband.
    """

    angle_rad: float
    rate_rad_s: float
    approach_rad_s: float
    gain_1_s: float

    def signs(self, error: Vector, rate_error_rad_s: Vector, present: Signs) -> Signs:
        """Which way the jets of each axis push now: -1, 0, 1. present: which way they did."""
        size = norm(error)
        goal = ZERO
        if size > self.angle_rad:
            speed = min(self.gain_1_s * (size - self.angle_rad), self.approach_rad_s)
            goal = scale(-speed / size, error)

        def sign(axis: int) -> int:
            miss = rate_error_rad_s[axis] - goal[axis]
            # once open, until the goal is reached: else a jet would chatter about the band's edge
            if present[axis]:
                return present[axis] if miss * present[axis] < 0 else 0
            return 0 if abs(miss) < self.rate_rad_s else (-1 if miss > 0 else 1)

        return (sign(0), sign(1), sign(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assist:
    """Jets beside the CMGs: they stop what moves away, and leave the way back to the CMGs.

    angle_rad: an error from which nothing may move further. fast_rad_s: stopped at any error.
    slow_rad_s: slower is left alone.
    """

    angle_rad: float
    fast_rad_s: float
    slow_rad_s: float

    def signs(self, error: Vector, rate_error_rad_s: Vector, present: Signs) -> Signs:
        """As of `Hold`."""

        def sign(axis: int) -> int:
            rate, angle = rate_error_rad_s[axis], error[axis]
            if present[axis]:
                return present[axis] if rate * present[axis] < 0 else 0
            away = abs(angle) > self.angle_rad and angle * rate > 0
            if abs(rate) < (self.slow_rad_s if away else self.fast_rad_s):
                return 0
            return -1 if rate > 0 else 1

        return (sign(0), sign(1), sign(2))


def _linearised(
    plant: Plant, attitude: Quaternion
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Matrices of x' = A x + B u about holding `attitude`, x = (e, dw, h, integral of h)."""
    n = plant.orbital_rate_rad_s
    tick_s = 1e-2

    def change(x: NDArray[np.float64], u: Vector) -> NDArray[np.float64]:
        free = Plant(
            inertia_kg_m2=plant.inertia_kg_m2,
            inverse=plant.inverse,
            orbital_rate_rad_s=n,
            law=lambda q, w, h: u,
            cmg_torque_nm=math.inf,
            cmg_capacity_nms=math.inf,
        )
        ex, ey, ez, wx, wy, wz, hx, hy, hz = x[:9].tolist()
        turned = multiply(attitude, from_rotation_vector((ex, ey, ez)))
        orbital = unrotate(turned, (0.0, -n, 0.0))
        before = Motion(
            attitude=turned,
            rate_rad_s=(orbital[0] + wx, orbital[1] + wy, orbital[2] + wz),
            momentum_nms=(hx, hy, hz),
        )
        after = step(before, free, ZERO, tick_s)
        orbital = unrotate(after.attitude, (0.0, -n, 0.0))
        e = error_rad(attitude, after.attitude)
        w = [a - b for a, b in zip(after.rate_rad_s, orbital, strict=True)]
        grown = np.array([*e, *w, *after.momentum_nms])
        return np.concatenate([(grown - x[:9]) / tick_s, x[6:9]])

    sizes = [1e-3] * 3 + [1e-6] * 3 + [1e3] * 3 + [1e6] * 3
    rest = change(np.zeros(12), ZERO)
    a = np.zeros((12, 12))
    for column, size in enumerate(sizes):
        x = np.zeros(12)
        x[column] = size
        a[:, column] = (change(x, ZERO) - rest) / size
    b = np.column_stack(
        [
            change(np.zeros(12), (float(i == 0), float(i == 1), float(i == 2))) - rest
            for i in range(3)
        ]
    )
    return a, b


def _regulator(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    q: NDArray[np.float64],
    r: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The gains K of u = -K x that minimise the integral of x'Qx + u'Ru.

    From the stable eigenvectors of the Hamiltonian matrix (Laub 1979), states scaled first.
    """
    scale_of = 1 / np.sqrt(np.diag(q))
    a = a * scale_of / scale_of[:, None]
    b = b / scale_of[:, None]
    inverse = np.linalg.inv(r)
    size = len(a)
    hamiltonian = np.block([[a, -b @ inverse @ b.T], [-np.eye(size), -a.T]])
    values, vectors = np.linalg.eig(hamiltonian)
    stable = vectors[:, np.argsort(values.real)[:size]]
    if np.sort(values.real)[size - 1] > -1e-6 * np.abs(values).max():  # none, but for rounding
        raise ValueError("no stabilising gains: the stack has no torque equilibrium to regulate")
    riccati = np.real(stable[size:] @ np.linalg.inv(stable[:size]))
    gains: NDArray[np.float64] = inverse @ b.T @ riccati / scale_of
    return gains


def _matrix(matrix: NDArray[np.float64]) -> Matrix:
    x, y, z = np.asarray(matrix).tolist()
    return ((x[0], x[1], x[2]), (y[0], y[1], y[2]), (z[0], z[1], z[2]))
