"""Torque of the air: its direction by reasoning, its size by the public feed's figures."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.physics.air import air_torque_nm, mean_air_torque_nm
from simulators.physics.vector import (
    IDENTITY,
    Quaternion,
    Vector,
    dot,
    from_yaw_pitch_roll,
    norm,
    rotate,
    scale,
    unrotate,
)

TEA = from_yaw_pitch_roll(math.radians(-4), math.radians(-2), math.radians(0.7))
#: Of the stack of October 2021.
CENTRE_M = (-4.44, -1.40, 4.73)
SPEED_M_S = 7_660.0
angle = st.floats(-math.pi, math.pi)
place = st.floats(-20.0, 20.0)


@given(angle, angle, angle, angle, st.tuples(place, place, place))
def test_torque_is_across_the_flight(
    yaw: float, pitch: float, roll: float, phase: float, centre: Vector
) -> None:
    attitude: Quaternion = from_yaw_pitch_roll(yaw, pitch, roll)
    torque = air_torque_nm(attitude, SPEED_M_S, phase, centre)
    along = dot(torque, unrotate(attitude, (1.0, 0.0, 0.0)))
    assert abs(along) < 1e-12 * (1 + norm(torque))


def test_mass_below_the_pressure_is_pitched_up() -> None:
    """Air pushes the truss back while the mass, below and to port or starboard, goes on."""
    below = air_torque_nm(IDENTITY, SPEED_M_S, 0.0, (0.0, -2.0, 4.73))
    assert below[1] > 0
    assert (below[0], below[2]) == pytest.approx((0.0, 0.0), abs=1e-12)
    starboard = air_torque_nm(IDENTITY, SPEED_M_S, 0.0, (0.0, 3.0, 0.0))
    # the truss's middle lags to port: the nose goes there, against yaw's +Z
    assert starboard[2] < 0
    assert (starboard[0], starboard[1]) == pytest.approx((0.0, 0.0), abs=1e-12)


def test_torque_is_a_few_newton_metres() -> None:
    """CMG momentum in the feed wanders by some 5 to 10 % of 19,522 N m s in half an orbit."""
    phases = np.linspace(0, 2 * math.pi, 72, endpoint=False)
    pitch = [air_torque_nm(TEA, SPEED_M_S, phase, CENTRE_M)[1] for phase in phases]
    assert 0.2 < min(pitch) < max(pitch) < 6.0


@given(angle, st.floats(0.5, 1.5))
def test_torque_grows_with_the_square_of_speed(phase: float, factor: float) -> None:
    slow = air_torque_nm(TEA, SPEED_M_S, phase, CENTRE_M)
    fast = air_torque_nm(TEA, factor * SPEED_M_S, phase, CENTRE_M)
    assert fast == pytest.approx(scale(factor**2, slow))


def test_torque_follows_the_bulge_and_the_arrays() -> None:
    """Greatest soon after noon, least at the terminators, and the night's maximum is lower."""
    sizes = [
        norm(air_torque_nm(TEA, SPEED_M_S, math.radians(phase), CENTRE_M)) for phase in range(360)
    ]
    assert 0 < int(np.argmax(sizes)) < 30
    assert sizes.index(min(sizes)) in range(260, 281)  # before the bulge, arrays edge on
    assert sizes[90] < sizes[45] / 1.5
    assert sizes[180] < sizes[0] / 1.5


def test_mean_is_that_of_the_orbit() -> None:
    phases = np.linspace(0, 2 * math.pi, 7_200, endpoint=False)
    dense = np.mean([air_torque_nm(TEA, SPEED_M_S, phase, CENTRE_M) for phase in phases], axis=0)
    # |cos| has a corner: 36 parts miss some 0.1 %
    assert mean_air_torque_nm(TEA, SPEED_M_S, CENTRE_M) == pytest.approx(tuple(dense), rel=3e-3)


def test_attitude_turns_the_wind_not_the_station() -> None:
    """The torque in LVLH's axes is that of a lever arm turned with the body."""
    lever = rotate(TEA, (4.44, -0.6, -4.73))
    force_n = norm(air_torque_nm(IDENTITY, SPEED_M_S, 1.0, (0.0, -2.0, 1.0)))  # at one metre
    expected = tuple(np.cross(lever, (-force_n, 0.0, 0.0)))
    torque = air_torque_nm(TEA, SPEED_M_S, 1.0, CENTRE_M)
    assert rotate(TEA, torque) == pytest.approx(expected)
