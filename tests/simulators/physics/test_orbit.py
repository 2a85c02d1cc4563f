"""Against published numbers, closed forms and the real station's recorded eclipses."""

import math
from calendar import timegm
from itertools import pairwise
from pathlib import Path

import pytest

from simulators.physics.earth import (
    DAY_NS,
    EARTH_RADIUS_KM,
    MU_KM3_S2,
    UNIX_J2000_DAYS,
    from_teme,
    geodetic,
    sidereal_rad,
)
from simulators.physics.orbit import (
    ElementSet,
    Orbit,
    coasted,
    element_sets,
    ground_track,
    load_elements,
)
from simulators.physics.sun import sun_position, sunlight
from simulators.physics.vector import cross, dot, norm, subtract, transform, unit

SECOND_NS = 10**9
RECORDING = Path(__file__).parents[2] / "data" / "iss-2022-05-20"


def utc_ns(*time: int) -> int:
    return timegm((*time, 0, 0, 0)[:6]) * SECOND_NS


def states(orbit: Orbit, from_ns: int, count: int, step_s: int):
    return [orbit.at(from_ns + i * step_s * SECOND_NS) for i in range(count)]


@pytest.fixture
def orbit() -> Orbit:
    return Orbit(load_elements("2021-10-15"))


#: 15 October 2021, 09:12.
EVENT_NS = utc_ns(2021, 10, 15, 9, 12)


@pytest.mark.parametrize("name", element_sets())
def test_shipped_sets_are_of_the_station_and_near_the_date_they_are_named_for(name: str) -> None:
    elements = load_elements(name)
    named_ns = utc_ns(*(int(part) for part in name.split("-")), 12, 0)
    assert elements.line1.startswith("1 25544U 98067A")
    assert abs(Orbit(elements).epoch_ns - named_ns) < 3 * DAY_NS
    assert 400 < Orbit(elements).at(named_ns).altitude_km < 450


def test_a_set_that_is_not_shipped_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"'2021-10-14'; there are .*2021-10-15"):
        load_elements("2021-10-14")


def test_a_digit_that_was_copied_wrong_is_found() -> None:
    elements = load_elements("2021-10-15")
    wrong = elements.line2.replace("106.8285", "106.8286")
    with pytest.raises(ValueError, match="line 2 has a wrong"):
        ElementSet(name="typo", line1=elements.line1, line2=wrong)


def test_sgp4_and_its_frame_match_the_published_verification_vectors() -> None:
    """Satellite 00005 of AIAA 2006-6753 (tcppver.out), at its epoch and 6 h later; TEME, km, km/s.

    Given to 1e-8 km; allowed is the epoch's rounding to nanoseconds and, in direction, that axes
    are kept for an hour (0.01 arc seconds, 0.5 m at 10,000 km).
    """
    vanguard = Orbit(
        ElementSet(
            name="00005",
            line1="1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753",
            line2="2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667",
        )
    )
    for minutes, position_km, velocity_km_s in (
        (0, (7022.46529266, -1400.08296755, 0.03995155), (1.893841015, 6.405893759, 4.534807250)),
        (
            360,
            (-7154.03120202, -3783.17682504, -3536.19412294),
            (4.741887409, -4.151817765, -2.093935425),
        ),
    ):
        time_ns = vanguard.epoch_ns + minutes * 60 * SECOND_NS
        state = vanguard.at(time_ns)
        assert norm(state.position_km) == pytest.approx(norm(position_km), abs=1e-6)
        assert norm(state.velocity_km_s) == pytest.approx(norm(velocity_km_s), abs=1e-8)
        turned = transform(from_teme(time_ns), position_km)
        assert norm(subtract(state.position_km, turned)) < 1e-3


def test_teme_becomes_j2000_as_in_vallados_example() -> None:
    """Vallado, Fundamentals of Astrodynamics, example 3-15: 6 April 2004 07:51:28.386 UTC.

    Four terms of nutation instead of 106 and no Earth orientation data: 5 m.
    """
    time_ns = utc_ns(2004, 4, 6, 7, 51, 28) + 386_009_000
    teme_km = (5094.18016210, 6127.64465950, 6380.34453270)
    j2000_km = transform(from_teme(time_ns), teme_km)
    assert norm(subtract(j2000_km, (5102.5096, 6123.01152, 6378.1363))) < 0.005


def test_longitude_is_counted_from_greenwich_as_in_vallados_example() -> None:
    """The same example, Earth-fixed: (-1033.4793830, 7901.2952754, 6380.3565958) km, with UT1.

    Polar motion is left out: 15 m, or 0.0002 degrees.
    """
    ut1_ns = utc_ns(2004, 4, 6, 7, 51, 28) + 386_009_000 - 439_961_000
    day, of_day_ns = divmod(ut1_ns, DAY_NS)
    _, longitude_deg, _ = geodetic(
        (5094.18016210, 6127.64465950, 6380.34453270), sidereal_rad(day, of_day_ns / DAY_NS)
    )
    expected_deg = math.degrees(math.atan2(7901.2952754, -1033.4793830))
    assert longitude_deg == pytest.approx(expected_deg, abs=2e-4)


def test_geodetic_latitude_and_altitude_match_vallados_example() -> None:
    """Example 3-3: (6524.834, 6862.875, 6448.296) km is 34.352496 N, 46.4464 E, 5085.22 km up."""
    latitude_deg, longitude_deg, altitude_km = geodetic((6524.834, 6862.875, 6448.296), 0.0)
    assert latitude_deg == pytest.approx(34.352496, abs=1e-5)
    assert longitude_deg == pytest.approx(46.4464, abs=1e-4)
    assert altitude_km == pytest.approx(5085.22, abs=0.01)


def test_the_station_goes_round_in_92_9_minutes(orbit: Orbit) -> None:
    """From one northward crossing of the equator to the fifteenth after it."""
    day = states(orbit, EVENT_NS, 86_400 // 10, 10)
    crossings_s = [
        10 * (i + a.latitude_deg / (a.latitude_deg - b.latitude_deg))
        for i, (a, b) in enumerate(pairwise(day))
        if a.latitude_deg < 0 <= b.latitude_deg
    ]
    period_min = (crossings_s[-1] - crossings_s[0]) / (len(crossings_s) - 1) / 60
    assert period_min == pytest.approx(92.9, abs=0.1)
    assert 2 * math.pi / orbit.mean_motion_rad_s / 60 == pytest.approx(92.9, abs=0.1)


def test_lvlh_turns_at_the_rate_the_station_reports(orbit: Orbit) -> None:
    """-0.0646 deg/s of pitch in LVLH hold, everywhere on the nearly circular orbit."""
    for state in states(orbit, EVENT_NS, 93, 60):
        assert -math.degrees(state.rate_rad_s) == pytest.approx(-0.0646, abs=0.0003)
        assert norm(cross(state.position_km, state.velocity_km_s)) == pytest.approx(
            state.rate_rad_s * norm(state.position_km) ** 2, rel=1e-12
        )


def test_velocity_is_how_position_changes(orbit: Orbit) -> None:
    """Also across an hour, where the frame is renewed, and after a burn.

    SGP4's velocity is not quite the derivative of its position: 1e-5 of it.
    """
    hour_ns = utc_ns(2021, 10, 15, 10)
    for pushed in (False, True):
        if pushed:
            orbit.push(EVENT_NS, (3.0, 2.0, 1.0))
        for time_ns in (EVENT_NS + 1200 * SECOND_NS, hour_ns):
            before, here, after = (
                orbit.at(time_ns + i * SECOND_NS).position_km for i in (-1, 0, 1)
            )
            moved = subtract(after, before)
            velocity = orbit.at(time_ns).velocity_km_s
            assert norm(subtract((moved[0] / 2, moved[1] / 2, moved[2] / 2), velocity)) < 1e-4
            assert here != before


@pytest.mark.parametrize(
    ("time", "of_date_deg"),
    [
        ((2021, 6, 21, 3, 32), 90),
        ((2021, 9, 22, 19, 21), 180),
        ((2021, 12, 21, 15, 59), 270),
        ((2022, 3, 20, 15, 33), 0),
        ((2026, 9, 23, 0, 5), 180),
    ],
)
def test_the_sun_is_where_equinoxes_and_solstices_say(
    time: tuple[int, ...], of_date_deg: float
) -> None:
    """Instants published by the US Naval Observatory; the formula claims 0.01 degrees.

    The equinox of date has moved by 50.29 arc seconds a year since 2000.
    """
    days = utc_ns(*time) / DAY_NS + UNIX_J2000_DAYS
    longitude = math.radians(of_date_deg - 50.29 / 3600 * days / 365.25)
    obliquity = math.radians(23.4393)
    expected = (
        math.cos(longitude),
        math.sin(longitude) * math.cos(obliquity),
        math.sin(longitude) * math.sin(obliquity),
    )
    direction, _ = sun_position(days)
    assert math.degrees(math.acos(min(1.0, dot(direction, expected)))) < 0.015


def test_the_sun_is_near_in_january_and_far_in_july() -> None:
    """Perihelion 0.98333 au on 4 January 2022, aphelion 1.01673 on 5 July 2021."""
    for time, distance_au in (((2022, 1, 4, 7, 0), 0.98333), ((2021, 7, 5, 22, 0), 1.01673)):
        days = utc_ns(*time) / DAY_NS + UNIX_J2000_DAYS
        assert sun_position(days)[1] == pytest.approx(distance_au, abs=1e-4)


@pytest.mark.parametrize("name", element_sets())
def test_beta_is_that_of_the_closed_form(name: str) -> None:
    """sin b = cos G sin O sin i - sin G cos e cos O sin i + sin G sin e cos i, from published
    elements and the Sun's longitude counted from the September equinox; its equation of centre is
    left out of that count (2 degrees a quarter away from the apsides), hence 2 degrees.
    """
    elements = load_elements(name)
    orbit = Orbit(elements)
    inclination = math.radians(float(elements.line2[8:16]))
    node = math.radians(float(elements.line2[17:25]))
    since_days = (orbit.epoch_ns - utc_ns(2021, 9, 22, 19, 21)) / DAY_NS
    sun = math.radians(180 + since_days * 360 / 365.2422)
    obliquity = math.radians(23.44)
    beta = math.asin(
        math.cos(sun) * math.sin(node) * math.sin(inclination)
        - math.sin(sun) * math.cos(obliquity) * math.cos(node) * math.sin(inclination)
        + math.sin(sun) * math.sin(obliquity) * math.cos(inclination)
    )
    assert math.degrees(orbit.at(orbit.epoch_ns).beta_rad) == pytest.approx(
        math.degrees(beta), abs=2
    )


def test_the_suns_direction_beta_and_phase_say_the_same(orbit: Orbit) -> None:
    for state in states(orbit, EVENT_NS, 93, 60):
        beta, phase = state.beta_rad, state.phase_rad
        expected = (
            -math.cos(beta) * math.sin(phase),
            -math.sin(beta),
            -math.cos(beta) * math.cos(phase),
        )
        assert norm(subtract(state.sun_lvlh, expected)) < 1e-12


def test_phase_grows_from_noon_where_the_sun_is_highest(orbit: Orbit) -> None:
    """Once round in an orbit, always forward, and the Sun is ahead before noon and behind after."""
    round_ = states(orbit, EVENT_NS, 93, 60)
    steps = [(b.phase_rad - a.phase_rad) % (2 * math.pi) for a, b in pairwise(round_)]
    assert all(step == pytest.approx(math.radians(60 * 0.0646), rel=0.01) for step in steps)
    noon = min(round_, key=lambda state: state.sun_lvlh[2])
    assert math.cos(noon.phase_rad) > 0.99
    assert all((state.sun_lvlh[0] > 0) == (state.phase_rad > math.pi) for state in round_)


@pytest.mark.parametrize("beta_deg", [0, 20, 40, 55, 65, 75])
def test_the_part_of_an_orbit_in_shadow_is_that_of_the_closed_form(beta_deg: float) -> None:
    """acos(sqrt(h^2 + 2 R h) / ((R + h) cos b)) / pi for a circle over a sphere.

    An orbit above the equator; the Sun over an oblate Earth is 0.3 % further off the plane.
    """
    radius = EARTH_RADIUS_KM + 420
    beta = math.radians(beta_deg)
    sun = (math.cos(beta), 0.0, math.sin(beta))
    count = 5_000
    angles = (2 * math.pi * i / count for i in range(count))
    mean = sum(sunlight((radius * math.cos(a), radius * math.sin(a), 0.0), sun) for a in angles)
    ratio = math.sqrt(radius**2 - EARTH_RADIUS_KM**2) / (radius * math.cos(beta))
    expected = math.acos(min(1.0, ratio)) / math.pi
    assert 1 - mean / count == pytest.approx(expected, abs=0.005)


def test_sunset_takes_as_long_as_the_suns_disc_is_wide() -> None:
    """0.533 degrees at 0.0646 deg/s: 8.25 s when the Sun is in the orbit's plane."""
    radius = EARTH_RADIUS_KM + 420
    rate = math.radians(0.0646)
    dusk = math.pi / 2 + math.acos(EARTH_RADIUS_KM / radius)
    seen = [
        sunlight(
            (radius * math.cos(dusk + rate * i / 10), radius * math.sin(dusk + rate * i / 10), 0.0),
            (1.0, 0.0, 0.0),
        )
        for i in range(-100, 100)
    ]
    assert seen == sorted(seen, reverse=True)
    assert sum(0 < part < 1 for part in seen) / 10 == pytest.approx(8.25, abs=0.15)
    assert seen[100] == pytest.approx(0.5, abs=0.02)


def test_the_real_arrays_came_out_of_shadow_when_ours_do() -> None:
    """20 May 2022: the voltage of array 2A rose to its sunlit level, sampled every 10 s, about 30 s
    after the first light in each of the recording's nine sunrises; this cut of it has one.
    """
    orbit = Orbit(load_elements("2022-05-20"))
    first_hour_ns = utc_ns(2021, 12, 31)  # of a feed that counts from 24.0 on 1 January
    samples = [
        (first_hour_ns + round(float(hours) * 3600e9), float(volts))
        for hours, volts in map(str.split, (RECORDING / "P4000001.txt").read_text().splitlines())
    ]
    rose_ns = next(
        after_ns for (_, before), (after_ns, after) in pairwise(samples) if before < 155 < after
    )
    assert orbit.at(rose_ns - 60 * SECOND_NS).sunlight == 0
    assert orbit.at(rose_ns).sunlight == 1


def test_the_ground_track_stays_within_the_inclination(orbit: Orbit) -> None:
    track = ground_track(orbit, EVENT_NS, EVENT_NS + 6_000 * SECOND_NS, 10.0)
    latitudes = [latitude for latitude, _ in track]
    assert len(track) == 600
    # geodetic latitude is up to 0.19 degrees above the geocentric one, which reaches 51.64
    assert max(latitudes) == pytest.approx(51.82, abs=0.05)
    assert min(latitudes) == pytest.approx(-51.82, abs=0.05)
    assert all(-180 <= longitude < 180 for _, longitude in track)


def semi_major_axis_km(orbit: Orbit, time_ns: int) -> float:
    state = orbit.at(time_ns)
    return 1 / (2 / norm(state.position_km) - norm(state.velocity_km_s) ** 2 / MU_KM3_S2)


def test_a_burn_forward_raises_the_orbit_by_two_delta_v_over_mean_motion() -> None:
    """Vis-viva at the burn, and again as the mean of radii of the next orbit: 1 %."""
    still, pushed = (Orbit(load_elements("2021-10-15")) for _ in range(2))
    pushed.push(EVENT_NS, (1.5, 0.0, 0.0))
    raise_km = 2 * 1.5e-3 / still.mean_motion_rad_s
    gained_km = semi_major_axis_km(pushed, EVENT_NS) - semi_major_axis_km(still, EVENT_NS)
    assert gained_km == pytest.approx(raise_km, rel=0.01)
    period_s = 2 * math.pi / still.mean_motion_rad_s
    climbs_km = [
        norm(pushed.at(time_ns).position_km) - norm(still.at(time_ns).position_km)
        for time_ns in (EVENT_NS + round(period_s * i / 64 * 1e9) for i in range(64))
    ]
    assert sum(climbs_km) / 64 == pytest.approx(raise_km, rel=0.01)
    assert min(climbs_km) == pytest.approx(0, abs=1e-6)


def test_a_day_after_a_burn_the_station_lags_by_three_delta_v_t() -> None:
    """And 1260 km behind it is still on the orbit, not on a straight line off it."""
    still, pushed = (Orbit(load_elements("2021-10-15")) for _ in range(2))
    pushed.push(EVENT_NS, (5.0, 0.0, 0.0))
    orbits = round(86_400 * still.mean_motion_rad_s / (2 * math.pi))
    later_ns = EVENT_NS + round(orbits * 2 * math.pi / still.mean_motion_rad_s * 1e9)
    elapsed_s = (later_ns - EVENT_NS) / 1e9
    a, b = (each.at(later_ns).position_km for each in (still, pushed))
    behind_km = norm(a) * math.acos(dot(unit(a), unit(b)))
    assert behind_km == pytest.approx(3 * 5e-3 * elapsed_s, rel=0.01)
    assert abs(norm(b) - norm(a)) < 0.1


def test_the_burns_axes_are_those_of_lvlh(orbit: Orbit) -> None:
    before = orbit.at(EVENT_NS)
    down = unit(tuple(-each for each in before.position_km))
    across = unit(cross(before.velocity_km_s, before.position_km))
    forward = cross(across, down)
    orbit.push(EVENT_NS, (1.0, 2.0, 3.0))
    gained = subtract(orbit.at(EVENT_NS).velocity_km_s, before.velocity_km_s)
    assert [1000 * dot(gained, axis) for axis in (forward, across, down)] == pytest.approx(
        [1.0, 2.0, 3.0], abs=1e-6
    )


def test_one_burn_is_the_same_as_its_parts(orbit: Orbit) -> None:
    whole = Orbit(load_elements("2021-10-15"))
    whole.push(EVENT_NS, (1.0, -0.5, 0.25))
    for _ in range(100):
        orbit.push(EVENT_NS, (0.01, -0.005, 0.0025))
    later_ns = EVENT_NS + 5_000 * SECOND_NS
    assert norm(subtract(orbit.at(later_ns).position_km, whole.at(later_ns).position_km)) < 1e-6


def test_coasting_matches_two_bodies_integrated_apart() -> None:
    """A quarter, half and whole orbit after 1 m/s in each axis, by Runge-Kutta on two-body motion.

    Second order in offset over radius: (2 km)^2 / 6800 km, and 1 % allowed beside.
    """
    radius = 6_795.0
    n = math.sqrt(MU_KM3_S2 / radius**3)

    def slope(s: tuple[float, ...]) -> tuple[float, ...]:
        pull = -MU_KM3_S2 / math.hypot(*s[:3]) ** 3
        return (*s[3:], pull * s[0], pull * s[1], pull * s[2])

    def moved(s: tuple[float, ...], by: tuple[float, ...], h: float) -> tuple[float, ...]:
        return tuple(a + h * b for a, b in zip(s, by, strict=True))

    body = (radius, 0.0, 0.0, 0.001, radius * n + 0.001, 0.001)
    for step in range(1, 1_001):
        h = 2 * math.pi / n / 1_000
        k1 = slope(body)
        k2 = slope(moved(body, k1, h / 2))
        k3 = slope(moved(body, k2, h / 2))
        k4 = slope(moved(body, k3, h))
        mean = tuple((a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(k1, k2, k3, k4, strict=True))
        body = moved(body, mean, h)
        if step in (250, 500, 1_000):
            offset_km, _ = coasted((0.0, 0.0, 0.0), (0.001, 0.001, 0.001), n, step * h)
            angle = n * step * h
            along = (math.atan2(body[1], body[0]) - angle + math.pi) % (2 * math.pi) - math.pi
            truth = (math.hypot(body[0], body[1]) - radius, along * radius, body[2])
            for got, expected in zip(offset_km, truth, strict=True):
                assert got == pytest.approx(expected, rel=0.01, abs=0.01)


def test_coasting_on_is_coasting_for_both_times() -> None:
    """From any offset: the equations are those of one linear flow."""
    n = 0.00113
    offset_km, rate_km_s = (0.3, -2.0, 0.7), (0.001, -0.002, 0.003)
    once = coasted(offset_km, rate_km_s, n, 4_000.0)
    twice = coasted(*coasted(offset_km, rate_km_s, n, 1_500.0), n, 2_500.0)
    assert twice[0] == pytest.approx(once[0], abs=1e-9)
    assert twice[1] == pytest.approx(once[1], abs=1e-12)


def test_the_same_time_gives_the_same_state_whatever_was_asked_before(orbit: Orbit) -> None:
    first = orbit.at(EVENT_NS)
    orbit.at(EVENT_NS + 10 * DAY_NS)
    assert orbit.at(EVENT_NS) == first


def test_an_orbit_that_has_long_decayed_is_refused() -> None:
    with pytest.raises(ValueError, match="use a set nearer to that date"):
        Orbit(load_elements("2021-10-15")).at(utc_ns(2031, 1, 1))
