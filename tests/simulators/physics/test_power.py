import math
from dataclasses import replace

import pytest

from simulators.physics.conditions import Conditions
from simulators.physics.orbit import Orbit, load_elements
from simulators.physics.power import (
    BATTERY_AH,
    FEATHERED_DEG,
    SLEW_DEG_S,
    JointMode,
    Power,
    sun_angle_deg,
)
from simulators.physics.vector import IDENTITY, ZERO, Quaternion, from_rotation_vector

ORBIT_S = 5_570
START_NS = 1_653_055_200 * 10**9


@pytest.fixture(scope="module")
def day() -> list[Conditions]:
    """An orbit and a half in LVLH attitude, once a second."""
    orbit = Orbit(load_elements("2022-05-20"))
    times_ns = [START_NS + second * 10**9 for second in range(ORBIT_S * 3 // 2)]
    return [
        Conditions(
            time_ns=time_ns,
            orbit=orbit.at(time_ns),
            attitude=IDENTITY,
            rate_rad_s=ZERO,
            attitude_error_deg=0.0,
            arrays_locked=False,
            control_lost=False,
        )
        for time_ns in times_ns
    ]


def turned(conditions: Conditions, attitude: Quaternion) -> Conditions:
    return replace(conditions, attitude=attitude)


def locked(conditions: Conditions) -> Conditions:
    return replace(conditions, arrays_locked=True)


def test_the_joint_turns_with_the_orbit_from_noon_on() -> None:
    assert sun_angle_deg((0.0, 0.3, -1.0)) == pytest.approx(0)  # overhead: orbital noon
    assert sun_angle_deg((-1.0, 0.3, 0.0)) == pytest.approx(90)  # a quarter later it is behind


def test_in_track_every_wing_is_as_far_from_the_sun_as_its_offset_says(
    day: list[Conditions],
) -> None:
    power = Power(1)
    for conditions in day[:600]:
        power.step(1.0, conditions)
    assert power.joint.mode is JointMode.AUTOTRACK
    assert power.joint.angle_deg == pytest.approx(power.joint.target_deg)
    for channel in power.channels:
        offset = math.cos(math.radians(channel.wing.offset_deg))
        assert channel.incidence == pytest.approx(offset, abs=1e-3)


def test_held_joints_go_to_their_place_at_their_rate_and_catch_up_after(
    day: list[Conditions],
) -> None:
    power = Power(1)
    power.step(1.0, day[0])
    modes, angle = [], power.joint.angle_deg
    for conditions in day[1:2_000]:
        power.step(1.0, locked(conditions))
        moved = abs((power.joint.angle_deg - angle + 180) % 360 - 180)
        assert moved <= SLEW_DEG_S + 1e-9
        angle = power.joint.angle_deg
        modes.append(power.joint.mode)
    assert modes[0] is JointMode.DIRECTED_POSITION
    assert modes[-1] is JointMode.SHUTDOWN
    assert power.joint.angle_deg == pytest.approx(FEATHERED_DEG)
    for conditions in day[2_000:5_000]:
        power.step(1.0, conditions)
    assert power.joint.mode is JointMode.AUTOTRACK
    assert power.joint.angle_deg == pytest.approx(power.joint.target_deg)


def generated_ah(days: list[Conditions]) -> float:
    power, total = Power(1), 0.0
    for conditions in days:
        power.step(1.0, conditions)
        total += sum(channel.array_a for channel in power.channels) / 3_600
    return total


def test_a_pointing_error_and_held_joints_cost_power(day: list[Conditions]) -> None:
    orbit = day[:ORBIT_S]
    tracking = generated_ah(orbit)
    # at a beta of 55 degrees the gimbals alone catch most of the light
    assert generated_ah([locked(conditions) for conditions in orbit]) < 0.95 * tracking
    # a turn faster than gimbals and joints follow
    tumbling = [
        turned(conditions, from_rotation_vector((math.radians(0.6 * second), 0.0, 0.0)))
        for second, conditions in enumerate(orbit)
    ]
    assert generated_ah(tumbling) < 0.8 * tracking


def test_what_the_array_gives_and_the_load_takes_is_what_the_battery_gains(
    day: list[Conditions],
) -> None:
    power, levels = Power(1), set()
    for conditions in day:
        before = [channel.charge_ah for channel in power.channels]
        power.step(1.0, conditions)
        for channel, was in zip(power.channels, before, strict=True):
            if 0 < channel.charge_ah < BATTERY_AH and conditions is not day[0]:
                gain = (channel.array_a - channel.load_a) / 3_600
                assert channel.charge_ah - was == pytest.approx(gain, abs=1e-9)
            if conditions.orbit.sunlight == 0:
                assert channel.array_a == 0
                assert channel.voltage_v < 152
            levels.add(channel.voltage_v > 155)
    assert levels == {False, True}
    assert min(channel.charge_ah for channel in power.channels) > 0.4 * BATTERY_AH


def test_a_seed_is_one_life(day: list[Conditions]) -> None:
    def loads(seed: int) -> list[float]:
        power = Power(seed)
        for conditions in day[:20]:
            power.step(1.0, conditions)
        return [channel.load_a for channel in power.channels]

    assert loads(1) == loads(1) != loads(2)
