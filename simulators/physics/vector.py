"""Vectors and quaternions as tuples of floats.

A quaternion (scalar first, unit norm) says how a body is turned from a reference: `rotate` takes a
vector from body to reference axes, `unrotate` from reference to body. `multiply(a, b)` is the turn
a followed by the turn b about axes already turned by a.
"""

import math
from typing import Final

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
#: Three rows.
Matrix = tuple[Vector, Vector, Vector]

ZERO: Final[Vector] = (0.0, 0.0, 0.0)
IDENTITY: Final[Quaternion] = (1.0, 0.0, 0.0, 0.0)


def add(a: Vector, b: Vector) -> Vector:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def subtract(a: Vector, b: Vector) -> Vector:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def scale(factor: float, a: Vector) -> Vector:
    return (factor * a[0], factor * a[1], factor * a[2])


def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def norm(a: Vector) -> float:
    return math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def unit(a: Vector) -> Vector:
    return scale(1.0 / norm(a), a)


def transform(m: Matrix, a: Vector) -> Vector:
    """The product of a matrix and a column."""
    return (dot(m[0], a), dot(m[1], a), dot(m[2], a))


def multiply(a: Quaternion, b: Quaternion) -> Quaternion:
    return (
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    )


def conjugate(q: Quaternion) -> Quaternion:
    """The turn back."""
    return (q[0], -q[1], -q[2], -q[3])


def normalised(q: Quaternion) -> Quaternion:
    factor = 1.0 / math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
    return (factor * q[0], factor * q[1], factor * q[2], factor * q[3])


def rotate(q: Quaternion, a: Vector) -> Vector:
    """A vector given in body axes, in reference axes."""
    w, x, y, z = q
    t = (2 * (y * a[2] - z * a[1]), 2 * (z * a[0] - x * a[2]), 2 * (x * a[1] - y * a[0]))
    return (
        a[0] + w * t[0] + y * t[2] - z * t[1],
        a[1] + w * t[1] + z * t[0] - x * t[2],
        a[2] + w * t[2] + x * t[1] - y * t[0],
    )


def unrotate(q: Quaternion, a: Vector) -> Vector:
    """A vector given in reference axes, in body axes."""
    return rotate((q[0], -q[1], -q[2], -q[3]), a)


def from_yaw_pitch_roll(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Quaternion:
    """Turning by yaw about Z, then pitch about the new Y, then roll about the new X."""
    cy, sy = math.cos(yaw_rad / 2), math.sin(yaw_rad / 2)
    cp, sp = math.cos(pitch_rad / 2), math.sin(pitch_rad / 2)
    cr, sr = math.cos(roll_rad / 2), math.sin(roll_rad / 2)
    return (
        cr * cp * cy + sr * sp * sy,
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
    )


def from_rotation_vector(turn_rad: Vector) -> Quaternion:
    """Turning about the vector's direction by its length."""
    angle = norm(turn_rad)
    if angle < 1e-12:
        return normalised((1.0, turn_rad[0] / 2, turn_rad[1] / 2, turn_rad[2] / 2))
    factor = math.sin(angle / 2) / angle
    return (math.cos(angle / 2), factor * turn_rad[0], factor * turn_rad[1], factor * turn_rad[2])


def to_rotation_vector(q: Quaternion) -> Vector:
    """Axis times angle (0 to pi) of a turn: what roll, pitch and yaw *errors* are.

    Differences of Euler angles are not, once the turn is large.
    """
    if q[0] < 0:
        q = (-q[0], -q[1], -q[2], -q[3])
    length = math.sqrt(q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
    factor = 2.0 if length < 1e-12 else 2.0 * math.atan2(length, q[0]) / length
    return (factor * q[1], factor * q[2], factor * q[3])
