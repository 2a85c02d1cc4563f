"""Rigid body and CMGs against Newton's law of gravity, closed forms, and conservation."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulators.physics.attitude import (
    CMG_MOMENTUM_NMS,
    CMG_TORQUE_NM,
    Law,
    Motion,
    Plant,
    gravity_gradient_nm,
    limited,
    step,
)
from simulators.physics.control import Reference, attitude_hold_gains, law
from simulators.physics.vector import (
    IDENTITY,
    ZERO,
    Matrix,
    Quaternion,
    Vector,
    add,
    cross,
    dot,
    from_rotation_vector,
    from_yaw_pitch_roll,
    multiply,
    norm,
    rotate,
    scale,
    subtract,
    transform,
    unit,
    unrotate,
)

#: Of a 92.9 min orbit.
N_RAD_S = 2 * math.pi / (92.9 * 60)
TORQUE_LIMIT_NM, CAPACITY_NMS = 4 * CMG_TORQUE_NM, 4 * CMG_MOMENTUM_NMS
#: Of the stack of October 2021.
STATION: Matrix = (
    (1.063e8, -6.10e6, 1.10e6),
    (-6.10e6, 1.082e8, 1.5e5),
    (1.10e6, 1.5e5, 1.771e8),
)
TEA = from_yaw_pitch_roll(math.radians(-4), math.radians(-2), math.radians(0.7))


def diagonal(x: float, y: float, z: float) -> Matrix:
    return ((x, 0.0, 0.0), (0.0, y, 0.0), (0.0, 0.0, z))


def plant(inertia: Matrix, n_rad_s: float = 0.0, control: Law | None = None) -> Plant:
    x, y, z = np.linalg.inv(np.array(inertia)).tolist()
    return Plant(
        inertia_kg_m2=inertia,
        inverse=(tuple(x), tuple(y), tuple(z)),
        orbital_rate_rad_s=n_rad_s,
        law=control,
        cmg_torque_nm=TORQUE_LIMIT_NM,
        cmg_capacity_nms=CAPACITY_NMS,
    )


def run(
    motion: Motion, body: Plant, seconds: float, dt_s: float, outside_nm: Vector = ZERO
) -> Motion:
    for _ in range(round(seconds / dt_s)):
        motion = step(motion, body, outside_nm, dt_s)
    return motion


def momentum_nms(motion: Motion, inertia: Matrix) -> Vector:
    """Of body and CMGs, in the axes attitude is given in."""
    own = transform(inertia, motion.rate_rad_s)
    return rotate(motion.attitude, add(own, motion.momentum_nms))


# --- gravity gradient ---


def test_gravity_gradient_is_newtons_law_on_a_cloud_of_points() -> None:
    """Sum of r x F with F = mu m / R^2 towards the Earth, for points some metres apart.

    The closed form leaves out terms of the cloud's size over the distance, 40 m in 6.8e6.
    """
    mu_m3_s2, distance_m = 3.986004418e14, 6.8e6
    generator = np.random.default_rng(3)
    points = generator.uniform(-1, 1, (8, 3)) * np.array([40.0, 25.0, 10.0])
    points -= points.mean(axis=0)
    each_kg = 5e4
    down = np.array(unrotate(from_yaw_pitch_roll(0.4, 0.9, -0.6), (0.0, 0.0, 1.0)))
    to_earth = distance_m * down - points
    force = mu_m3_s2 * each_kg * to_earth / np.linalg.norm(to_earth, axis=1)[:, None] ** 3
    expected = np.cross(points, force).sum(axis=0)

    tensor = each_kg * ((points**2).sum() * np.eye(3) - points.T @ points)
    x, y, z = (tuple(row) for row in tensor.tolist())
    n_rad_s = math.sqrt(mu_m3_s2 / distance_m**3)
    torque = gravity_gradient_nm((x, y, z), tuple(down.tolist()), n_rad_s)
    assert np.linalg.norm(expected) > 1.0
    assert np.linalg.norm(np.array(torque) - expected) < 1e-4 * np.linalg.norm(expected)


@pytest.mark.parametrize("theta_deg", [-57.0, -10.0, 0.0, 1.0, 45.0, 57.0, 90.0])
def test_gravity_gradient_of_a_pitched_body_is_the_closed_form(theta_deg: float) -> None:
    """1.5 n^2 (Izz - Ixx) sin 2 theta about +Y, nose up.

    A rod that hangs (Ixx = Iyy, Izz = 0) must be turned back, so that the sign is that of -theta;
    the station, whose Izz is the largest, is turned further.
    """
    theta = math.radians(theta_deg)
    down = unrotate(from_yaw_pitch_roll(0.0, theta, 0.0), (0.0, 0.0, 1.0))
    for inertia in (diagonal(1.0e8, 1.0e8, 0.0), diagonal(1.063e8, 1.082e8, 1.771e8)):
        expected = 1.5 * N_RAD_S**2 * (inertia[2][2] - inertia[0][0]) * math.sin(2 * theta)
        torque = gravity_gradient_nm(inertia, down, N_RAD_S)
        assert torque == pytest.approx((0.0, expected, 0.0), abs=1e-9)
        # and it is what a body at rest in LVLH is accelerated by
        motion = Motion(
            attitude=from_yaw_pitch_roll(0.0, theta, 0.0),
            rate_rad_s=(0.0, -N_RAD_S, 0.0),
            momentum_nms=ZERO,
        )
        if inertia[2][2]:
            after = step(motion, plant(inertia, N_RAD_S), ZERO, 0.01)
            gained = (after.rate_rad_s[1] + N_RAD_S) * inertia[1][1] / 0.01
            assert gained == pytest.approx(expected, abs=1e-3)  # 3e-7 of 135 N m


# --- motion ---


def test_motion_is_that_of_a_rotation_matrix_integrated_in_inertial_axes() -> None:
    """The same body, by matrices about axes that do not turn, while the Earth's direction does."""
    tensor, inverse = np.array(STATION), np.linalg.inv(np.array(STATION))
    outside = np.array([40.0, 90.0, -30.0])
    stored = np.array([3e3, -2e3, 1e3])  # gimbals held

    def lvlh(t: float) -> NDArray[np.float64]:
        """Columns: LVLH's forward, right (against the orbit's normal) and down, in orbit axes."""
        c, s = math.cos(N_RAD_S * t), math.sin(N_RAD_S * t)
        return np.array([[-s, 0, -c], [c, 0, -s], [0, -1, 0]])

    def derivative(
        t: float, turn: NDArray[np.float64], w: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        down = turn.T @ lvlh(t)[:, 2]
        torque = outside + 3 * N_RAD_S**2 * np.cross(down, tensor @ down)
        torque -= np.cross(w, tensor @ w + stored)
        spin = np.array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]])
        return turn @ spin, inverse @ torque

    start = Motion(
        attitude=TEA,
        rate_rad_s=(1e-4, -2e-3, 5e-4),
        momentum_nms=(3e3, -2e3, 1e3),
    )
    columns = [rotate(TEA, axis) for axis in ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0))]
    turn, w = lvlh(0.0) @ np.column_stack(columns), np.array(start.rate_rad_s)
    dt, seconds = 2.0, 600
    for i in range(round(seconds / dt)):
        t = i * dt
        a, b = derivative(t, turn, w)
        c, d = derivative(t + dt / 2, turn + dt / 2 * a, w + dt / 2 * b)
        e, f = derivative(t + dt / 2, turn + dt / 2 * c, w + dt / 2 * d)
        g, h = derivative(t + dt, turn + dt * e, w + dt * f)
        turn, w = turn + dt / 6 * (a + 2 * c + 2 * e + g), w + dt / 6 * (b + 2 * d + 2 * f + h)

    after = run(start, plant(STATION, N_RAD_S), seconds, 1.0, (40.0, 90.0, -30.0))
    columns = [rotate(after.attitude, axis) for axis in ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0))]
    # both are of fourth order: what is left is the errors of either
    assert np.allclose(turn, lvlh(seconds) @ np.column_stack(columns), atol=1e-9, rtol=0)
    assert after.rate_rad_s == pytest.approx(tuple(w), abs=1e-12)
    assert norm(subtract(after.rate_rad_s, start.rate_rad_s)) > 1e-4
    assert after.momentum_nms == start.momentum_nms


@pytest.mark.parametrize("stored_nms", [0.0, 9_000.0], ids=["body alone", "held gimbals"])
def test_axisymmetric_body_precesses_as_the_closed_form(stored_nms: float) -> None:
    """Rate's cross part turns at ((Ia - It) wz + h) / It in the body; the axis, at |H| / It about
    H. h: momentum held along the axis of symmetry."""
    across, along, spin = 1.1e8, 1.7e8, 3e-3
    inertia = diagonal(across, across, along)
    start = Motion(
        attitude=IDENTITY, rate_rad_s=(4e-4, 0.0, spin), momentum_nms=(0.0, 0.0, stored_nms)
    )
    seconds = 3_000
    after = run(start, plant(inertia), seconds, 1.0)
    turned = ((along - across) * spin + stored_nms) / across * seconds
    expected = (4e-4 * math.cos(turned), 4e-4 * math.sin(turned), spin)
    assert turned > 3.0
    assert after.rate_rad_s == pytest.approx(expected, abs=1e-12)

    total = momentum_nms(start, inertia)
    about_total = from_rotation_vector(scale(seconds / across, total))
    axis = rotate(about_total, (0.0, 0.0, 1.0))
    assert rotate(after.attitude, (0.0, 0.0, 1.0)) == pytest.approx(axis, abs=1e-9)


def test_error_falls_with_the_fourth_power_of_the_step() -> None:
    start = Motion(attitude=TEA, rate_rad_s=(6e-3, -9e-3, 4e-3), momentum_nms=(4e3, 2e3, -6e3))
    gains = attitude_hold_gains(STATION, 0.0045, 1.0)
    # limits out of reach: where one is met, the order is lost by right
    body = replace(
        plant(STATION, N_RAD_S, law(gains, Reference(attitude=TEA), N_RAD_S)),
        cmg_torque_nm=math.inf,
        cmg_capacity_nms=math.inf,
    )
    exact = run(start, body, 240, 0.5)

    def miss(dt_s: float) -> float:
        after = run(start, body, 240, dt_s)
        return math.dist(after.attitude, exact.attitude)

    assert miss(16.0) / miss(8.0) == pytest.approx(16, rel=0.25)
    assert miss(8.0) > 1e-9  # far over rounding


@given(
    st.tuples(*[st.floats(-0.02, 0.02)] * 3),
    st.tuples(*[st.floats(-9e3, 9e3)] * 3),
    st.tuples(*[st.floats(-3e4, 3e4)] * 3),
)
def test_attitude_keeps_its_norm(rate: Vector, stored: Vector, outside_nm: Vector) -> None:
    motion = Motion(attitude=TEA, rate_rad_s=rate, momentum_nms=stored)
    motion = run(motion, plant(STATION, N_RAD_S), 20, 1.0, outside_nm)
    assert math.hypot(*motion.attitude) == pytest.approx(1.0, abs=1e-15)


# --- momentum ---


def hard(wanted_nm: float) -> Law:
    """CMGs asked for far more than they have, in a direction that keeps turning with the rate."""

    def torque(q: Quaternion, w: Vector, h: Vector) -> Vector:
        return scale(wanted_nm, unit((1.0 + 100 * w[0], q[1] - 0.5, q[3])))

    return torque


def around(q: Quaternion, w: Vector, h: Vector) -> Vector:
    """CMGs asked for twice what they have, across what they store: they are never full."""
    return scale(2 * TORQUE_LIMIT_NM, unit(cross(h, (1.0, 1.0, 1.0))))


@pytest.mark.parametrize("case", ["held", "gentle", "torque-limited", "saturated"])
def test_momentum_of_station_and_cmgs_is_conserved(case: str) -> None:
    """An hour in free space, to 1e-9: what CMGs do is between them and the body."""
    stored = (2_000.0, -1_500.0, 700.0)
    start = Motion(attitude=TEA, rate_rad_s=(2e-5, -6e-5, 1e-5), momentum_nms=stored)
    gains = attitude_hold_gains(STATION, 0.0045, 1.0)
    laws = {
        "held": None,
        "gentle": law(gains, Reference(attitude=TEA), 0.0),
        "torque-limited": around,
        "saturated": hard(2 * TORQUE_LIMIT_NM),
    }
    after = run(start, plant(STATION, 0.0, laws[case]), 3_600, 0.5)
    if case == "held":
        assert after.momentum_nms == stored
    else:
        assert math.dist(after.momentum_nms, stored) > 1_000
        full = norm(after.momentum_nms) > 0.999 * CAPACITY_NMS
        assert full == (case == "saturated")
    before, then = momentum_nms(start, STATION), momentum_nms(after, STATION)
    assert math.dist(before, then) < 1e-9 * norm(before)


def test_momentum_is_conserved_about_the_earth_where_gravity_has_no_hold() -> None:
    """A body of equal moments feels no gradient: LVLH turns below it, its momentum stays."""
    inertia = diagonal(1.2e8, 1.2e8, 1.2e8)
    gains = attitude_hold_gains(inertia, 0.0045, 1.0)
    control = law(gains, Reference(attitude=TEA), N_RAD_S)
    start = Motion(attitude=TEA, rate_rad_s=(1e-4, -1e-3, 2e-4), momentum_nms=(2e3, -1e3, 5e2))
    after = run(start, plant(inertia, N_RAD_S, control), 3_600, 1.0)
    lvlh = from_rotation_vector((0.0, -N_RAD_S * 3_600, 0.0))
    before, then = momentum_nms(start, inertia), rotate(lvlh, momentum_nms(after, inertia))
    assert math.dist(before, then) < 1e-9 * norm(before)
    assert math.dist(after.momentum_nms, start.momentum_nms) > 1_000


@pytest.mark.parametrize("control", [None, hard(500.0)], ids=["held", "commanded"])
def test_outside_torque_is_all_that_changes_momentum(control: Law | None) -> None:
    """By its impulse, turned with the body."""
    push = (40.0, 70.0, -90.0)
    body = plant(STATION, 0.0, control)
    motion = Motion(attitude=TEA, rate_rad_s=(3e-4, -1e-3, 2e-4), momentum_nms=ZERO)
    expected = momentum_nms(motion, STATION)
    for _ in range(300):
        after = step(motion, body, push, 1.0)
        # Simpson's rule on the direction of the push
        middle = step(motion, body, push, 0.5)
        parts = [(motion, 1), (middle, 4), (after, 1)]
        for at, weight in parts:
            expected = add(expected, scale(weight / 6, rotate(at.attitude, push)))
        motion = after
    gained = math.dist(momentum_nms(motion, STATION), expected)
    assert gained < 1e-7 * 300 * norm(push)


def test_full_cmgs_do_not_run_over() -> None:
    """A step stores what it stores before it sees that they are full: at 0.1 s, 0.5 % at most."""
    start = Motion(attitude=TEA, rate_rad_s=ZERO, momentum_nms=ZERO)
    motion, body = start, plant(STATION, 0.0, hard(5 * TORQUE_LIMIT_NM))
    largest = 0.0
    for _ in range(600):
        motion = step(motion, body, ZERO, 0.1)
        largest = max(largest, norm(motion.momentum_nms))
    assert 0.9999 * CAPACITY_NMS <= largest < CAPACITY_NMS + 0.1 * TORQUE_LIMIT_NM


def test_station_that_follows_lvlh_pitches_at_the_orbital_rate() -> None:
    """Published: -0.0646 deg/s; one turn in 92.9 min is that to 0.0003.

    Begun at half the rate, so that it is found rather than given.
    """
    gains = attitude_hold_gains(STATION, 0.0045, 1.0)
    body = plant(STATION, N_RAD_S, law(gains, Reference(attitude=IDENTITY), N_RAD_S))
    body = replace(body, cmg_capacity_nms=1e6)
    start = Motion(attitude=IDENTITY, rate_rad_s=(0.0, -N_RAD_S / 2, 0.0), momentum_nms=ZERO)
    after = run(start, body, 3_600, 1.0)
    roll, pitch, yaw = (math.degrees(rate) for rate in after.rate_rad_s)
    assert pitch == pytest.approx(-0.0646, abs=0.0003)
    assert (roll, yaw) == pytest.approx((0.0, 0.0), abs=0.0003)


# --- limits of the CMGs ---

torques = st.tuples(*[st.floats(-5e3, 5e3)] * 3)
shares = st.tuples(*[st.floats(-1.0, 1.0)] * 3)


@given(torques, shares)
def test_cmgs_never_give_more_than_their_torque(wanted: Vector, share: Vector) -> None:
    given_nm = limited(wanted, scale(2 * CAPACITY_NMS, share), TORQUE_LIMIT_NM, CAPACITY_NMS)
    assert norm(given_nm) <= TORQUE_LIMIT_NM * (1 + 1e-12)


@given(torques, shares)
def test_below_full_the_direction_of_torque_is_kept(wanted: Vector, share: Vector) -> None:
    stored = scale(0.57 * CAPACITY_NMS, share)  # at most 0.99 of capacity
    given_nm = limited(wanted, stored, TORQUE_LIMIT_NM, CAPACITY_NMS)
    if norm(wanted) <= TORQUE_LIMIT_NM:
        assert given_nm == wanted
    else:
        assert norm(given_nm) == pytest.approx(TORQUE_LIMIT_NM)
        assert norm(cross(given_nm, wanted)) < 1e-9 * norm(given_nm) * norm(wanted)
        assert dot(given_nm, wanted) > 0


@given(torques, shares.filter(lambda share: norm(share) > 1e-3), st.floats(1.0, 1.5))
def test_full_cmgs_take_no_more_but_give_and_turn(
    wanted: Vector, share: Vector, fullness: float
) -> None:
    stored = scale(fullness * CAPACITY_NMS, unit(share))
    outward = unit(stored)
    given_nm = limited(wanted, stored, TORQUE_LIMIT_NM, CAPACITY_NMS)
    asked = limited(wanted, ZERO, TORQUE_LIMIT_NM, CAPACITY_NMS)
    stores = -dot(given_nm, outward)
    assert stores <= 1e-9 * TORQUE_LIMIT_NM
    # what does not lengthen the momentum is given as asked
    assert stores == pytest.approx(min(-dot(asked, outward), 0.0), abs=1e-6)
    across_given = subtract(given_nm, scale(dot(given_nm, outward), outward))
    across_asked = subtract(asked, scale(dot(asked, outward), outward))
    assert across_given == pytest.approx(across_asked, abs=1e-6)


def test_torques_of_a_control_turn_the_body_and_fill_the_cmgs_against_it() -> None:
    """A body at rest, asked to be turned nose up: it turns so, the CMGs store the opposite."""
    body = plant(STATION, 0.0, lambda q, w, h: (0.0, 100.0, 0.0))
    start = Motion(attitude=IDENTITY, rate_rad_s=ZERO, momentum_nms=ZERO)
    after = run(start, body, 10, 1.0)
    assert after.momentum_nms == pytest.approx((0.0, -1_000.0, 0.0), abs=1.0)
    assert transform(STATION, after.rate_rad_s)[1] == pytest.approx(1_000.0, abs=1.0)
    nose = rotate(multiply(after.attitude, IDENTITY), (1.0, 0.0, 0.0))
    assert nose[2] < 0
