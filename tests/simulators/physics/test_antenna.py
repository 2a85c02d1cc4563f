import math
from dataclasses import replace

import pytest

from simulators.physics.antenna import Antennas
from simulators.physics.conditions import Conditions
from simulators.physics.orbit import Orbit, OrbitState, load_elements
from simulators.physics.vector import IDENTITY, ZERO, from_yaw_pitch_roll

RADIUS_KM, SPEED_KM_S = 6_790.0, 7.66
#: A circular, equatorial orbit, Earth-fixed and inertial axes as one.
EQUATOR = Orbit(load_elements("2021-10-15")).at(1_634_256_000 * 10**9)


def above(longitude_deg: float) -> OrbitState:
    angle = math.radians(longitude_deg)
    c, s = math.cos(angle), math.sin(angle)
    return replace(
        EQUATOR,
        position_km=(RADIUS_KM * c, RADIUS_KM * s, 0.0),
        velocity_km_s=(-SPEED_KM_S * s, SPEED_KM_S * c, 0.0),
        longitude_deg=longitude_deg,
    )


def conditions(longitude_deg: float) -> Conditions:
    return Conditions(
        time_ns=0,
        orbit=above(longitude_deg),
        attitude=IDENTITY,
        rate_rad_s=ZERO,
        attitude_error_deg=0.0,
        arrays_locked=False,
        control_lost=False,
    )


def test_below_its_relay_everything_points_to_the_zenith() -> None:
    antennas = Antennas((-41.0,))
    antennas.step(1.0, conditions(-41.0))
    assert antennas.ku.tracking
    assert antennas.ku.elevation_deg == pytest.approx(0, abs=1e-6)
    assert antennas.ku.cross_elevation_deg == pytest.approx(0, abs=1e-6)
    assert antennas.s_band.elevation_deg == pytest.approx(0, abs=1e-5)


def test_a_relay_ahead_is_at_a_negative_elevation_and_45_degrees_of_azimuth() -> None:
    antennas = Antennas((-41.0,))
    antennas.step(1.0, conditions(-71.0))
    # 30 degrees of longitude short of a relay at 42 164 km
    ahead_km, up_km = 42_164 * math.sin(math.pi / 6), 42_164 * math.cos(math.pi / 6) - RADIUS_KM
    zenith_deg = math.degrees(math.atan2(ahead_km, up_km))
    assert antennas.ku.elevation_deg == pytest.approx(-zenith_deg)
    assert antennas.s_band.elevation_deg == pytest.approx(zenith_deg)
    assert antennas.s_band.azimuth_deg == pytest.approx(45)


def test_attitude_turns_the_antennas_the_other_way() -> None:
    antennas = Antennas((-41.0,))
    nose_up = from_yaw_pitch_roll(0.0, math.radians(8), 0.0)
    antennas.step(1.0, replace(conditions(-41.0), attitude=nose_up))
    assert abs(antennas.ku.elevation_deg) == pytest.approx(8)


def test_without_control_ku_loses_track_and_needs_its_time_to_find_it_again() -> None:
    antennas = Antennas((-41.0,))
    antennas.step(1.0, conditions(-45.0))
    was = antennas.ku.elevation_deg
    antennas.step(1.0, replace(conditions(-44.0), control_lost=True))
    assert not antennas.ku.tracking
    assert antennas.ku.elevation_deg == was
    assert antennas.s_band.elevation_deg < 5
    tracking = []
    for _ in range(70):
        antennas.step(1.0, conditions(-44.0))
        tracking.append(antennas.ku.tracking)
    assert tracking.count(False) == pytest.approx(60, abs=1)
    assert tracking[-1]


def test_relays_take_turns_and_azimuth_never_breaks_within_a_pass() -> None:
    antennas = Antennas()
    orbit = Orbit(load_elements("2021-10-15"))
    followed, azimuth, relay = set(), 0.0, None
    for second in range(0, 12_000, 2):
        now = replace(conditions(0.0), orbit=orbit.at(1_634_256_000 * 10**9 + second * 10**9))
        antennas.step(2.0, now)
        if antennas.relay is not None and antennas.relay == relay:
            assert abs(antennas.s_band.azimuth_deg - azimuth) < 20
        azimuth, relay = antennas.s_band.azimuth_deg, antennas.relay
        followed.add(relay)
    assert followed == {None, 0, 1}
