"""Quaternions against rotation matrices made by numpy, and against the laws they must keep."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulators.physics.vector import (
    IDENTITY,
    Quaternion,
    Vector,
    conjugate,
    cross,
    dot,
    from_rotation_vector,
    from_yaw_pitch_roll,
    multiply,
    norm,
    normalised,
    rotate,
    scale,
    subtract,
    to_rotation_vector,
    transform,
    unit,
    unrotate,
)

#: Some ten roundings of numbers of size one.
CLOSE = 1e-14

component = st.floats(-1.0, 1.0, allow_subnormal=False)
vectors = st.tuples(component, component, component)
angles = st.floats(-math.pi, math.pi)


@st.composite
def directions(draw: st.DrawFn) -> Vector:
    vector = draw(vectors)
    assume(norm(vector) > 1e-3)
    return unit(vector)


@st.composite
def turns(draw: st.DrawFn) -> Quaternion:
    parts = draw(st.tuples(component, component, component, component))
    assume(math.hypot(*parts) > 1e-3)
    return normalised(parts)


def matrix(q: Quaternion) -> NDArray[np.float64]:
    """Columns: the body's axes in reference axes."""
    return np.column_stack(
        [rotate(q, (1.0, 0.0, 0.0)), rotate(q, (0.0, 1.0, 0.0)), rotate(q, (0.0, 0.0, 1.0))]
    )


def about(axis: int, angle: float) -> NDArray[np.float64]:
    """The textbook's right-handed rotation matrix about a coordinate axis."""
    c, s = math.cos(angle), math.sin(angle)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    m = np.eye(3)
    m[first, first] = m[second, second] = c
    m[first, second], m[second, first] = -s, s
    return m


@given(vectors, vectors)
def test_products_are_those_of_numpy(a: Vector, b: Vector) -> None:
    assert dot(a, b) == pytest.approx(np.dot(a, b), abs=CLOSE)
    assert cross(a, b) == pytest.approx(tuple(np.cross(a, b)), abs=CLOSE)
    assert norm(a) == pytest.approx(np.linalg.norm(a), abs=CLOSE)


@given(vectors, vectors, vectors, vectors)
def test_transform_is_the_matrix_times_the_column(
    x: Vector, y: Vector, z: Vector, a: Vector
) -> None:
    expected = np.array([x, y, z]) @ np.array(a)
    assert transform((x, y, z), a) == pytest.approx(tuple(expected), abs=CLOSE)


@given(angles, angles, angles)
def test_yaw_pitch_roll_is_the_product_of_rotation_matrices(
    yaw: float, pitch: float, roll: float
) -> None:
    expected = about(2, yaw) @ about(1, pitch) @ about(0, roll)
    assert np.allclose(matrix(from_yaw_pitch_roll(yaw, pitch, roll)), expected, atol=CLOSE, rtol=0)


def test_nose_up_is_positive_pitch() -> None:
    nose = rotate(from_yaw_pitch_roll(0.0, 0.1, 0.0), (1.0, 0.0, 0.0))
    assert nose == pytest.approx((math.cos(0.1), 0.0, -math.sin(0.1)))  # +Z is down


@given(directions(), st.floats(0.0, math.pi))
def test_rotation_vector_turns_as_rodrigues_has_it(axis: Vector, angle: float) -> None:
    x, y, z = axis
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    expected = np.eye(3) + math.sin(angle) * k + (1 - math.cos(angle)) * k @ k
    turned = matrix(from_rotation_vector(scale(angle, axis)))
    assert np.allclose(turned, expected, atol=CLOSE, rtol=0)


@given(directions(), st.floats(0.0, math.pi - 1e-6))
def test_rotation_vector_comes_back(axis: Vector, angle: float) -> None:
    turn = scale(angle, axis)
    assert to_rotation_vector(from_rotation_vector(turn)) == pytest.approx(turn, rel=1e-12)


@pytest.mark.parametrize("angle", [0.0, 1e-300, 1e-15, 0.9e-12, 1.1e-12, 1e-9])
def test_rotation_vectors_of_next_to_nothing_keep_their_size(angle: float) -> None:
    turn = (0.6 * angle, 0.0, -0.8 * angle)
    back = to_rotation_vector(from_rotation_vector(turn))
    assert back == pytest.approx(turn, rel=1e-12, abs=0.0)


@given(turns())
def test_a_quaternion_and_its_negative_are_one_turn_the_short_way(q: Quaternion) -> None:
    assume(abs(q[0]) > 1e-6)  # at half a turn the axis may point either way
    negative = (-q[0], -q[1], -q[2], -q[3])
    turn = to_rotation_vector(q)
    assert to_rotation_vector(negative) == turn
    assert norm(turn) < math.pi


@given(turns(), vectors)
def test_unrotate_undoes_rotate_and_neither_changes_length(q: Quaternion, a: Vector) -> None:
    assert unrotate(q, rotate(q, a)) == pytest.approx(a, abs=CLOSE)
    assert norm(rotate(q, a)) == pytest.approx(norm(a), abs=CLOSE)
    assert rotate(conjugate(q), a) == unrotate(q, a)


@given(turns(), turns(), turns(), vectors)
def test_product_is_one_turn_after_the_other(
    p: Quaternion, q: Quaternion, r: Quaternion, a: Vector
) -> None:
    assert rotate(multiply(p, q), a) == pytest.approx(rotate(p, rotate(q, a)), abs=CLOSE)
    left, right = multiply(multiply(p, q), r), multiply(p, multiply(q, r))
    assert left == pytest.approx(right, abs=CLOSE)
    assert math.hypot(*left) == pytest.approx(1.0, abs=CLOSE)


@given(turns())
def test_a_turn_and_back_is_none(q: Quaternion) -> None:
    assert multiply(q, conjugate(q)) == pytest.approx(IDENTITY, abs=CLOSE)


@given(turns(), vectors, vectors)
def test_turning_keeps_angles_and_handedness(q: Quaternion, a: Vector, b: Vector) -> None:
    turned = cross(rotate(q, a), rotate(q, b))
    assert norm(subtract(turned, rotate(q, cross(a, b)))) < 10 * CLOSE
