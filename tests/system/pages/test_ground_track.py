"""The ground track in a real browser on a page with nothing else, against the simulators' physics.

Its formulas are others than theirs (SGP4, nutation), so agreement says that both are right.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import dashboard
from simulators.physics.earth import DAY_NS, UNIX_J2000_DAYS, sidereal_rad
from simulators.physics.orbit import Orbit, OrbitState, load_elements
from simulators.physics.sun import sun_position

ASSETS = Path(dashboard.__file__).parent / "assets"
SCRIPTS = [
    ASSETS / "dom.js",
    ASSETS / "data" / "coastline.js",
    ASSETS / "instruments" / "orbit.js",
    ASSETS / "instruments" / "ground_track.js",
]
#: 15 October 2021, 09:12.
BEGIN_MS = 1_634_289_120_000
MINUTE_MS = 60_000
ORBIT_MS = 93 * MINUTE_MS


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content("<canvas id=c style='--strong: rgb(255, 0, 0); --stale: rgb(0, 255, 0)'>")
    for script in SCRIPTS:
        page.add_script_tag(content=script.read_text())
    yield page
    page.close()


@pytest.fixture(scope="module")
def orbit() -> Orbit:
    return Orbit(load_elements("2021-10-15"))


def at(orbit: Orbit, ms: float) -> OrbitState:
    return orbit.at(int(ms * 1e6))


def state(one: OrbitState) -> dict[str, Any]:
    return {"position": one.position_km, "velocity": one.velocity_km_s}


def apart_km(a: dict[str, float], b: OrbitState) -> float:
    """Over the ground."""
    middle = math.radians((a["latitude"] + b.latitude_deg) / 2)
    east = (a["longitude"] - b.longitude_deg + 180) % 360 - 180
    return math.hypot(a["latitude"] - b.latitude_deg, east * math.cos(middle)) * 111.2


@pytest.mark.parametrize("minutes", [0, 17, 46, 500, 1_400])
def test_place_is_that_of_the_simulators(page: Page, orbit: Orbit, minutes: int) -> None:
    ms = BEGIN_MS + minutes * MINUTE_MS
    there = at(orbit, ms)
    given = [there.position_km, ms]
    found = page.evaluate("(given) => stationwatch.orbit.over(...given)", given)
    assert apart_km(found, there) < 1.0  # nutation: 0.6 km
    assert found["altitude"] == pytest.approx(there.altitude_km, abs=0.1)


def test_path_is_where_the_station_then_is(page: Page, orbit: Orbit) -> None:
    given = [state(at(orbit, BEGIN_MS)), BEGIN_MS, ORBIT_MS, ORBIT_MS]
    path = page.evaluate("(given) => stationwatch.orbit.path(...given)", given)
    assert [point["t"] for point in path] == [
        BEGIN_MS + minutes * MINUTE_MS for minutes in range(-93, 94)
    ]
    # drag, and what of the Earth's figure is left out
    assert max(apart_km(point, at(orbit, point["t"])) for point in path) < 15.0


def test_shadow_begins_and_ends_with_the_simulators(page: Page, orbit: Orbit) -> None:
    given = [state(at(orbit, BEGIN_MS)), BEGIN_MS, 0, ORBIT_MS]
    path = page.evaluate("(given) => stationwatch.orbit.path(...given)", given)
    clear = [(one, at(orbit, one["t"]).sunlight) for one in path]
    told = {one["dark"] for one, _ in clear}
    assert told == {True, False}
    # within a minute of an edge the flat shadow of the page may say otherwise
    for before, here, after in zip(clear, clear[1:], clear[2:], strict=False):
        if before[1] == here[1] == after[1]:
            assert here[0]["dark"] == (here[1] == 0.0), here[0]["t"]


@pytest.mark.parametrize("days", [0, 80, 158, 250, 330])
def test_sun_stands_where_the_simulators_have_it(page: Page, days: int) -> None:
    ms = BEGIN_MS + days * 86_400_000
    day, of_day_ns = divmod(ms * 1_000_000, DAY_NS)
    fraction = of_day_ns / DAY_NS
    (x, y, z), _ = sun_position(day + fraction + UNIX_J2000_DAYS)
    # theirs counts from the equinox of 2000: 0.31 degrees of right ascension ago, and as much of
    # declination at most
    found = page.evaluate("(ms) => stationwatch.orbit.subsolar(ms)", ms)
    longitude = math.degrees(math.atan2(y, x) - sidereal_rad(day, fraction))
    assert found["latitude"] == pytest.approx(math.degrees(math.asin(z)), abs=0.15)
    assert (found["longitude"] - longitude + 180) % 360 - 180 == pytest.approx(0.29, abs=0.07)


@pytest.mark.parametrize(
    ("longitude", "sun", "latitude"),
    [
        # at noon and midnight the line is as far from the poles as the Sun from the equator
        (0, {"latitude": 20, "longitude": 0}, -70),
        (180, {"latitude": 20, "longitude": 0}, 70),
        (0, {"latitude": -20, "longitude": 0}, 70),
        (100, {"latitude": 20, "longitude": 10}, 0),
    ],
)
def test_night_begins_a_quarter_from_the_sun(
    page: Page, longitude: float, sun: dict[str, float], latitude: float
) -> None:
    given = [longitude, sun]
    found = page.evaluate("(given) => stationwatch.orbit.terminator(...given)", given)
    assert found == pytest.approx(latitude, abs=1e-6)


def test_track_is_broken_at_the_date_line_on_the_line(page: Page) -> None:
    path = [
        {"longitude": 170, "latitude": 10},
        {"longitude": 176, "latitude": 12},
        {"longitude": -176, "latitude": 16},
        {"longitude": -170, "latitude": 18},
    ]
    pieces = page.evaluate("(path) => stationwatch.trackPieces(path)", path)
    assert pieces == [[[170, 10], [176, 12], [180, 14]], [[-180, 14], [-176, 16], [-170, 18]]]


def test_rings_of_land_are_closed_and_no_step_crosses_the_map(page: Page) -> None:
    rings: list[list[int]] = page.evaluate("stationwatch.coastline")
    assert len(rings) > 100
    for ring in rings:
        assert (sum(ring[2::2]), sum(ring[3::2])) == (0, 0)
    # but the one over the pole
    long = [ring for ring in rings if any(abs(step) > 1_800 for step in ring[2::2])]
    assert len(long) == 1


def test_mark_is_hollow_once_it_is_old(page: Page) -> None:
    dots = """(old) => {
      const canvas = document.getElementById("c");
      const track = new stationwatch.GroundTrack(canvas);
      track.resize(720, 360, 1);
      const mark = { latitude: 0, longitude: 0, altitude: 420, old, label: "ISS" };
      track.paint({ now: 1634289120000, path: [], mark });
      const rows = canvas.getContext("2d").getImageData(350, 180, 21, 1).data;
      return Array.from({ length: 21 }, (_, i) => [...rows.slice(4 * i, 4 * i + 3)]);
    }"""
    red, green = [255, 0, 0], [0, 255, 0]
    now = page.evaluate(dots, False)
    assert now[10] == red  # where it is
    then = page.evaluate(dots, True)
    assert red not in then
    assert then[10] != green
    assert any(dot[1] > 200 and dot[0] < 100 for dot in then)
