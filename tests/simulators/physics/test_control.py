"""Controllers against closed forms, and the promises of jets that switch on and off."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.craft.stack import Stack, stacks
from simulators.physics.air import air_torque_nm, mean_air_torque_nm
from simulators.physics.attitude import CMG_MOMENTUM_NMS, CMG_TORQUE_NM, Motion, Plant, step
from simulators.physics.control import (
    Assist,
    Gains,
    Hold,
    Reference,
    attitude_hold_gains,
    error_rad,
    law,
    momentum_management_gains,
    reference_rate_rad_s,
)
from simulators.physics.mass import MassProperties, trimmed
from simulators.physics.vector import (
    IDENTITY,
    ZERO,
    Quaternion,
    Vector,
    add,
    from_rotation_vector,
    from_yaw_pitch_roll,
    multiply,
    norm,
    scale,
    subtract,
    unit,
    unrotate,
)

N_RAD_S = 2 * math.pi / (92.9 * 60)
ORBIT_S = 92.9 * 60
TEA = from_yaw_pitch_roll(math.radians(-4), math.radians(-2), math.radians(0.7))
CAPACITY_NMS = 4 * CMG_MOMENTUM_NMS


def flown(name: str) -> MassProperties:
    mass = Stack(name).mass
    return trimmed(mass, TEA, mean_air_torque_nm(TEA, 7_660.0, mass.centre_m), N_RAD_S)


def plant(mass: MassProperties, n_rad_s: float = N_RAD_S) -> Plant:
    return Plant(
        inertia_kg_m2=mass.inertia_kg_m2,
        inverse=mass.inverse,
        orbital_rate_rad_s=n_rad_s,
        law=None,
        cmg_torque_nm=4 * CMG_TORQUE_NM,
        cmg_capacity_nms=CAPACITY_NMS,
    )


# --- errors ---


def test_error_is_the_turn_from_reference_to_attitude_in_body_axes() -> None:
    turn = (0.01, -0.7, 0.3)
    attitude = multiply(TEA, from_rotation_vector(turn))
    assert error_rad(TEA, attitude) == pytest.approx(turn)


@given(st.tuples(*[st.floats(-0.02, 0.02)] * 3), st.tuples(*[st.floats(-1e-3, 1e-3)] * 3))
def test_law_acts_on_the_error_and_rate_that_are_shown(turn: Vector, slew: Vector) -> None:
    """With unit gains the torque is minus error and rate error; 2 sin(e/2) is e to e^3 / 24."""
    one = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    none = ((0.0,) * 3,) * 3
    reference = Reference(attitude=TEA, slew_rad_s=slew)
    attitude = multiply(TEA, from_rotation_vector(turn))
    rate = (1e-3, -2e-3, 3e-3)
    by_error = law(Gains(attitude=one, rate=none), reference, N_RAD_S)
    by_rate = law(Gains(attitude=none, rate=one), reference, N_RAD_S)
    expected = subtract(reference_rate_rad_s(reference, attitude, N_RAD_S), rate)
    for q in (attitude, (-attitude[0], -attitude[1], -attitude[2], -attitude[3])):
        assert by_error(q, rate, ZERO) == pytest.approx(scale(-1.0, turn), abs=2e-6)
        assert by_rate(q, rate, ZERO) == pytest.approx(expected, abs=1e-15)


def test_law_lets_momentum_and_its_integral_out() -> None:
    rows = ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.0))
    none = ((0.0,) * 3,) * 3
    gains = Gains(attitude=none, rate=none, momentum=rows, integral=rows)
    torque = law(gains, Reference(attitude=TEA), 0.0, (1.0, 0.0, 0.0))(TEA, ZERO, (0.0, 1.0, 0.0))
    assert torque == (-3.0, -9.0, -15.0)  # minus the first column and the second


# --- attitude hold ---


def test_attitude_hold_gains_are_the_closed_form() -> None:
    mass = Stack("2021-10-15").mass
    gains = attitude_hold_gains(mass.inertia_kg_m2, 0.0045, 0.7)
    tensor = np.array(mass.inertia_kg_m2)
    assert np.allclose(gains.attitude, 2.025e-5 * tensor, rtol=1e-12)
    assert np.allclose(gains.rate, 6.3e-3 * tensor, rtol=1e-12)
    assert gains.momentum is None
    assert gains.integral is None


@pytest.mark.parametrize("damping", [0.5, 1.0, 1.5])
def test_attitude_hold_converges_as_a_damped_oscillator(damping: float) -> None:
    """e'' + 2 z wn e' + wn^2 e = 0 about each axis, from 0.2 deg, in free space.

    What the closed form leaves out, w x I w, is of second order: 1e-3 of the first error.
    """
    wn, start_rad = 0.0045, math.radians(0.2)
    mass = Stack("2021-10-15").mass
    gains = attitude_hold_gains(mass.inertia_kg_m2, wn, damping)
    body = replace(plant(mass, 0.0), law=law(gains, Reference(attitude=TEA), 0.0))
    first = scale(start_rad, unit((1.0, -1.0, 1.0)))
    motion = Motion(
        attitude=multiply(TEA, from_rotation_vector(first)), rate_rad_s=ZERO, momentum_nms=ZERO
    )

    roots = np.roots([1, 2 * damping * wn, wn * wn + 1e-15]).astype(complex)
    for second in range(1, 2_001):
        motion = step(motion, body, ZERO, 1.0)
        if second % 50:
            continue
        a, b = roots
        if damping == 1.0:
            shape = (1 + wn * second) * math.exp(-wn * second)
        else:
            shape = ((b * np.exp(a * second) - a * np.exp(b * second)) / (b - a)).real
        expected = scale(shape, first)
        miss = subtract(error_rad(TEA, motion.attitude), expected)
        assert norm(miss) < 2e-3 * start_rad
    assert norm(error_rad(TEA, motion.attitude)) < 0.06 * start_rad


def test_hold_follows_a_reference_that_slews() -> None:
    """Begun at the reference's rate, it stays with it: what is left is the gradient over I wn^2."""
    mass = flown("2021-10-15")
    slew = (0.0, math.radians(0.004), 0.0)
    gains = attitude_hold_gains(mass.inertia_kg_m2, 0.0045, 1.0)
    start = Reference(attitude=TEA, slew_rad_s=slew)
    motion = Motion(
        attitude=TEA, rate_rad_s=reference_rate_rad_s(start, TEA, N_RAD_S), momentum_nms=ZERO
    )
    for second in range(600):
        turned = multiply(TEA, from_rotation_vector(scale(second, slew)))
        reference = Reference(attitude=turned, slew_rad_s=slew)
        body = replace(plant(mass), law=law(gains, reference, N_RAD_S))
        motion = step(motion, body, ZERO, 1.0)
    last = multiply(TEA, from_rotation_vector(scale(600, slew)))
    assert math.degrees(norm(error_rad(last, motion.attitude))) < 0.5
    assert math.degrees(norm(error_rad(TEA, motion.attitude))) == pytest.approx(2.4, abs=0.5)


# --- momentum management ---

State = tuple[float, ...]
#: Of attitude, rate, momentum and its integral: small beside what makes it nonlinear.
SIZES = [1e-4] * 3 + [1e-7] * 3 + [1e2] * 3 + [1e5] * 3


def managed(mass: MassProperties, gains: Gains, x: State, dt_s: float, air: Vector) -> State:
    """The state (error, rate error, momentum, integral) one step later."""
    attitude = multiply(TEA, from_rotation_vector((x[0], x[1], x[2])))
    rate = add(unrotate(attitude, (0.0, -N_RAD_S, 0.0)), (x[3], x[4], x[5]))
    integral = (x[9], x[10], x[11])
    control = law(gains, Reference(attitude=TEA), N_RAD_S, integral)
    motion = Motion(attitude=attitude, rate_rad_s=rate, momentum_nms=(x[6], x[7], x[8]))
    after = step(motion, replace(plant(mass), law=control), air, dt_s)
    moved = subtract(after.rate_rad_s, unrotate(after.attitude, (0.0, -N_RAD_S, 0.0)))
    stored = after.momentum_nms
    return (
        *error_rad(TEA, after.attitude),
        *moved,
        *stored,
        *add(integral, scale(dt_s, stored)),
    )


@pytest.mark.parametrize("name", stacks())
def test_momentum_management_is_stable_for_every_stack(name: str) -> None:
    """Eigenvalues of one step of the whole loop, by differences, within the unit circle.

    The slowest is slow: yaw hardly feels gravity, so a bias there is learned over days.
    """
    mass, dt_s = flown(name), 20.0
    air = mean_air_torque_nm(TEA, 7_660.0, Stack(name).mass.centre_m)
    gains = momentum_management_gains(plant(mass), TEA)
    columns = []
    for i, size in enumerate(SIZES):
        up, down = (tuple(s * size if j == i else 0.0 for j in range(12)) for s in (1, -1))
        more = np.array(managed(mass, gains, up, dt_s, air))
        less = np.array(managed(mass, gains, down, dt_s, air))
        columns.append((more - less) / (2 * size) * size / np.array(SIZES))
    radii = np.abs(np.linalg.eigvals(np.column_stack(columns)))
    assert radii.max() < 1 - 1e-5
    # eleven of the twelve settle within a few orbits
    assert np.sort(radii)[-2] < math.exp(-dt_s / ORBIT_S)
    # and open, without momentum let out, it would not be stable
    held = replace(gains, momentum=None, integral=None)
    stored = managed(mass, held, (0.0,) * 6 + (1e3,) * 3 + (0.0,) * 3, dt_s, air)
    assert norm((stored[6], stored[7], stored[8])) > 1e3


@pytest.mark.parametrize("name", stacks()[:2])
def test_managed_momentum_stays_bounded_for_a_day_under_the_air(name: str) -> None:
    """Air as it comes round each orbit, and 1 N m in pitch that nobody told the regulator of."""
    centre_m, dt_s = Stack(name).mass.centre_m, 30.0
    mass = flown(name)
    gains = momentum_management_gains(plant(mass), TEA)
    x: State = (0.0,) * 6 + (1_500.0, -1_800.0, 1_000.0) + (0.0,) * 3
    stored, errors = [], []
    for i in range(round(86_400 / dt_s)):
        air = air_torque_nm(TEA, 7_660.0, N_RAD_S * i * dt_s, centre_m)
        x = managed(mass, gains, x, dt_s, add(air, (0.0, 1.0, 0.0)))
        stored.append(norm((x[6], x[7], x[8])))
        errors.append(math.degrees(norm((x[0], x[1], x[2]))))
    # far from where desaturation would be asked for
    assert max(stored) < 0.4 * CAPACITY_NMS
    assert max(errors) < 1.0
    # 1 N m unopposed would have filled the CMGs four times over: the lean takes it all
    assert max(stored[1_440:]) < 0.2 * CAPACITY_NMS


def test_a_stack_that_cannot_be_regulated_is_refused() -> None:
    """A body of equal moments feels no gradient: leaning lets nothing out."""
    mass = MassProperties(
        mass_kg=1.0,
        centre_m=ZERO,
        inertia_kg_m2=((1e8, 0.0, 0.0), (0.0, 1e8, 0.0), (0.0, 0.0, 1e8)),
    )
    with pytest.raises(ValueError, match="no torque equilibrium"):
        momentum_management_gains(plant(mass), IDENTITY)


# --- jets that switch ---

HOLD = Hold(
    angle_rad=math.radians(0.5),
    rate_rad_s=math.radians(0.006),
    approach_rad_s=math.radians(0.1),
    gain_1_s=0.01,
)
ASSIST = Assist(
    angle_rad=math.radians(0.4), fast_rad_s=math.radians(0.03), slow_rad_s=math.radians(0.002)
)
errors = st.tuples(*[st.floats(-1.0, 1.0)] * 3)
rates = st.tuples(*[st.floats(-5e-3, 5e-3)] * 3)
signs = st.tuples(*[st.sampled_from([-1, 0, 1])] * 3)
quiet = (0, 0, 0)


@given(errors, rates, signs)
def test_hold_never_pushes_a_growing_error_further(
    error: Vector, rate: Vector, present: tuple[int, int, int]
) -> None:
    for axis, sign in enumerate(HOLD.signs(error, rate, present)):
        if error[axis] * rate[axis] >= 0 and norm(error) > HOLD.angle_rad:
            assert sign * error[axis] <= 0
        if sign and present[axis]:
            assert sign == present[axis]  # never straight from one way to the other


@given(st.floats(0.1, 1.0), st.floats(-5e-3, 5e-3), st.sampled_from([0, 1, 2]))
def test_hold_asks_for_a_return_at_its_limit_and_no_faster(
    share: float, rate: float, axis: int
) -> None:
    """Far from the goal (over 10 deg): jets open out of a band about the fastest return only."""
    along = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)][axis]
    got = HOLD.signs(scale(2.0 * share, along), scale(rate, along), quiet)
    miss = rate + HOLD.approach_rad_s
    assert got[axis] == (0 if abs(miss) < HOLD.rate_rad_s else -math.copysign(1, miss))
    assert [sign for i, sign in enumerate(got) if i != axis] == [0, 0]


@given(st.tuples(*[st.floats(-1.0, 1.0)] * 3), st.tuples(*[st.floats(-1.0, 1.0)] * 3))
def test_hold_lets_be_what_is_slow_within_the_deadband(share: Vector, rate: Vector) -> None:
    error = scale(0.57 * HOLD.angle_rad, share)
    slow = scale(0.99 * HOLD.rate_rad_s, rate)
    assert HOLD.signs(error, slow, quiet) == quiet


@pytest.mark.parametrize("switch", [HOLD, ASSIST])
def test_an_open_jet_stays_open_until_its_goal_is_reached(switch: Hold | Assist) -> None:
    opens = 0.99 * math.radians(0.03 if switch is ASSIST else 0.006)
    for sign in (-1, 1):
        below = (0.0, -sign * opens, 0.0)
        assert switch.signs(ZERO, below, quiet) == quiet
        assert switch.signs(ZERO, (0.0, -sign * 1.02 * opens, 0.0), quiet) == (0, sign, 0)
        assert switch.signs(ZERO, below, (0, sign, 0)) == (0, sign, 0)
        assert switch.signs(ZERO, (0.0, -sign * 1e-9, 0.0), (0, sign, 0)) == (0, sign, 0)
        assert switch.signs(ZERO, (0.0, sign * 1e-9, 0.0), (0, sign, 0)) == quiet


@given(errors, rates, signs)
def test_assist_only_ever_brakes(
    error: Vector, rate: Vector, present: tuple[int, int, int]
) -> None:
    for axis, sign in enumerate(ASSIST.signs(error, rate, present)):
        assert sign * rate[axis] <= 0
        if sign and not present[axis]:
            fast = abs(rate[axis]) >= ASSIST.fast_rad_s
            leaving = abs(error[axis]) > ASSIST.angle_rad and error[axis] * rate[axis] > 0
            assert fast or (leaving and abs(rate[axis]) >= ASSIST.slow_rad_s)


@given(st.floats(0.01, 1.0), st.floats(0.0021, 0.029))
def test_assist_stops_what_leaves_and_leaves_the_return_alone(over: float, deg_s: float) -> None:
    error, rate = ASSIST.angle_rad + math.radians(over), math.radians(deg_s)
    assert ASSIST.signs((error, 0.0, -error), (rate, 0.0, -rate), quiet) == (-1, 0, 1)
    assert ASSIST.signs((error, 0.0, -error), (-rate, 0.0, rate), quiet) == quiet


@pytest.mark.parametrize("error_deg", [-40.0, 3.0])
def test_hold_brings_a_free_body_back_at_its_limit_and_keeps_it(error_deg: float) -> None:
    """One axis, 8.2 kN m on 1.08e8 kg m2, steps of 0.1 s."""
    acceleration, dt_s = 8.2e3 / 1.08e8, 0.1
    angle, rate = math.radians(error_deg), 0.0
    present, fastest, openings, on_s = quiet, 0.0, 0, 0.0
    for i in range(20_000):
        before = present
        present = HOLD.signs((0.0, angle, 0.0), (0.0, rate, 0.0), present)
        openings += present[1] != 0 and before[1] == 0
        on_s += dt_s * abs(present[1])
        angle += rate * dt_s + present[1] * acceleration * dt_s**2 / 2
        rate += present[1] * acceleration * dt_s
        fastest = max(fastest, abs(rate))
        if i > 15_000:
            # up to there the return asked for is too slow for jets to open
            assert abs(angle) < HOLD.angle_rad + HOLD.rate_rad_s / HOLD.gain_1_s
    # one step of jets beyond what opens them
    assert fastest <= HOLD.approach_rad_s + acceleration * dt_s
    # up to speed and down again: a jet that chatters would take far more
    assert on_s < 3 * fastest / acceleration
    assert openings < 60


def test_reference_rate_is_lvlhs_own_seen_from_the_body() -> None:
    tilted: Quaternion = from_yaw_pitch_roll(math.pi / 2, 0.0, 0.0)
    slew = (1e-4, 2e-4, 3e-4)
    rate = reference_rate_rad_s(Reference(attitude=TEA, slew_rad_s=slew), tilted, N_RAD_S)
    # nose to starboard: the orbit's -Y is along the body's -X
    assert rate == pytest.approx((-N_RAD_S + 1e-4, 2e-4, 3e-4))
