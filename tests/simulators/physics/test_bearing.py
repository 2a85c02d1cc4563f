import pytest

from simulators.physics.bearing import MOTOR_MAX_A, RATED_RPM, SOUND, Bearing, Bearings

HOUR_S = 3_600


def test_a_sound_bearing_stays_where_it_was_recorded() -> None:
    bearings = Bearings(1)
    for _ in range(4 * HOUR_S):
        bearings.step(1.0)
        for bearing, sound in zip(bearings.each, SOUND, strict=True):
            assert abs(bearing.vibration_g - sound.vibration_g) <= 2 * sound.vibration_sd_g
            assert abs(bearing.current_a - sound.current_a) <= 2 * sound.current_sd_a
            assert bearing.speed_rpm == RATED_RPM
            assert abs(bearing.hall_c - sound.hall_c) <= 1


def test_a_worn_bearing_shakes_then_drags_then_warms_then_slows() -> None:
    """The order in which the limits of the mission database (advisory) are crossed."""
    bearing = Bearing(SOUND[2])
    bearing.wear_per_hour = 0.15
    first: dict[str, int] = {}
    for second in range(10 * HOUR_S):
        bearing.step(1.0, 0.0, 0.0, 0.0)
        crossed = {
            "vibration": bearing.vibration_g > 0.04,
            "current": bearing.current_a > 1.3,
            "temperature": bearing.motor_c > 45.0,
            "speed": bearing.speed_rpm < 6_590,
        }
        for name, beyond in crossed.items():
            if beyond:
                first.setdefault(name, second)
    assert sorted(first, key=first.__getitem__)[0] == "vibration"
    assert sorted(first, key=first.__getitem__)[-1] == "speed"
    assert set(first) == {"vibration", "current", "temperature", "speed"}
    assert bearing.wear == 1.0
    assert bearing.current_a == MOTOR_MAX_A


def test_only_the_worn_one_is_worn() -> None:
    bearings = Bearings(1)
    bearings.each[2].wear_per_hour = 3.6
    for _ in range(900):
        bearings.step(1.0)
    assert [round(each.wear, 6) for each in bearings.each] == [0, 0, 0.9, 0]


def test_a_wheel_without_its_motor_loses_momentum_to_drag_and_cools() -> None:
    bearing = Bearing(SOUND[0])
    bearing.on = False
    for _ in range(HOUR_S):
        bearing.step(1.0, 0.0, 0.0, 0.0)
    assert bearing.current_a == 0
    # drag torque times an hour, of 4880.5 N m s
    lost_nms = SOUND[0].current_a * 0.15 * HOUR_S
    assert bearing.speed_rpm == pytest.approx(RATED_RPM * (1 - lost_nms / 4_880.5))
    assert bearing.motor_c < 20
    for _ in range(20 * HOUR_S):
        bearing.step(1.0, 0.0, 0.0, 0.0)
    assert (bearing.speed_rpm, bearing.vibration_g) == (0, 0)


def test_a_wheel_switched_on_again_spins_up_and_stays() -> None:
    bearing = Bearing(SOUND[0])
    bearing.on = False
    for _ in range(600):
        bearing.step(1.0, 0.0, 0.0, 0.0)
    bearing.on = True
    bearing.step(1.0, 0.0, 0.0, 0.0)
    assert bearing.current_a == MOTOR_MAX_A
    for _ in range(600):
        bearing.step(1.0, 0.0, 0.0, 0.0)
    assert bearing.speed_rpm == RATED_RPM
    assert bearing.current_a == pytest.approx(SOUND[0].current_a)
