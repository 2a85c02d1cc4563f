"""What the watch page works out for itself, in a real browser on a page with nothing else."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import dashboard
from simulators.physics.vector import from_yaw_pitch_roll, unrotate

ASSETS = Path(dashboard.__file__).parent / "assets"
SCRIPTS = [
    ASSETS / "dom.js",
    ASSETS / "pages" / "watch_motion.js",
    ASSETS / "pages" / "watch_links.js",
]
ORBIT = 0.0645
HOUR = 3_600_000


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    for script in SCRIPTS:
        page.add_script_tag(content=script.read_text())
    yield page
    page.close()


@pytest.mark.parametrize(
    "turned", [(0.0, 0.0, 0.0), (0.7, -2.0, -4.0), (-30.0, 50.0, 170.0), (10.0, -80.0, -60.0)]
)
def test_angles_are_those_the_quaternion_was_made_of(
    page: Page, turned: tuple[float, float, float]
) -> None:
    roll, pitch, yaw = (math.radians(angle) for angle in turned)
    found = page.evaluate("stationwatch.motion.angles", from_yaw_pitch_roll(yaw, pitch, roll))
    assert found == pytest.approx(turned, abs=1e-9)


@pytest.mark.parametrize("turned", [(0.0, 0.0, 0.0), (0.7, -2.0, -4.0), (-30.0, 50.0, 170.0)])
def test_rates_against_lvlh_are_what_is_not_the_orbits(
    page: Page, turned: tuple[float, float, float]
) -> None:
    roll, pitch, yaw = (math.radians(angle) for angle in turned)
    attitude = from_yaw_pitch_roll(yaw, pitch, roll)
    own = (0.01, -0.02, 0.3)
    held = unrotate(attitude, (0.0, -ORBIT, 0.0))  # as LVLH turns, seen from the body
    rates = [a + b for a, b in zip(own, held, strict=True)]
    given = [rates, attitude, ORBIT]
    found = page.evaluate("(given) => stationwatch.motion.lvlhRates(...given)", given)
    assert found == pytest.approx(own, abs=1e-9)


@pytest.mark.parametrize(
    ("loss", "gnc", "master", "dynamic", "word"),
    [
        ("FALSE", "CMG ATTITUDE CONTROL", "NO", "GYRODINES", "US CMGs"),
        ("FALSE", "CMG/THRUSTER ASSIST ATTITUDE CONTROL", "NO", "", "US CMGs"),
        ("FALSE", "STANDBY", "YES", "THRUSTERS", "RS THRUSTERS"),
        ("FALSE", "FREE DRIFT", "NO", "FREE DRIFT", "FREE DRIFT"),
        ("FALSE", "STANDBY", "NO", "FREE DRIFT", "NO CONTROL"),
        ("TRUE", "CMG ATTITUDE CONTROL", "NO", "GYRODINES", "LOST"),
        ("TRUE", "STANDBY", "YES", "THRUSTERS", "LOST"),
        ("", "", "", "", "NOT KNOWN"),
        ("", "", "YES", "", "RS CONTROL"),
        ("", "CMG ATTITUDE CONTROL", "", "", "US CMGs"),
    ],
)
def test_who_controls_is_said_in_a_word(
    page: Page, loss: str, gnc: str, master: str, dynamic: str, word: str
) -> None:
    given = {"loss": loss, "gnc": gnc, "master": master, "dynamic": dynamic}
    said = page.evaluate("stationwatch.motion.control", given)
    assert said["word"] == word
    assert said["lost"] == (word in {"LOST", "FREE DRIFT", "NO CONTROL"})
    if loss == "TRUE":
        assert ("neither" in said["detail"]) == (master == "NO")
    elif gnc and not master:
        assert "the Russian segment is not heard" in said["detail"]


def window(link: str, start: float, end: float) -> dict[str, object]:
    return {"link": link, "start": start * HOUR, "end": end * HOUR}


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        (1.0, 2.0, 3.0),  # the next one
        (2.5, 2.5, 3.0),  # in it
        (3.5, 5.0, 6.0),  # contacts that overlap or meet have none between
        (8.5, 9.0, 10.0),  # after the last contact: until the schedule ends
    ],
)
def test_next_gap_is_when_no_contact_is_announced(
    page: Page, now: float, start: float, end: float
) -> None:
    windows = [
        window("ku", 0, 2),
        window("s-band", 0, 10),
        window("ku", 4, 5),
        window("ku", 3, 4.5),
        window("ku", 6, 9),
    ]
    given = [{"from": 0, "to": 10 * HOUR, "links": ["ku"], "windows": windows}, "ku", now * HOUR]
    found = page.evaluate("(given) => stationwatch.nextGap(...given)", given)
    assert (found["start"] / HOUR, found["end"] / HOUR) == (start, end)


def test_no_gap_is_none(page: Page) -> None:
    schedule = {"from": 0, "to": HOUR, "links": ["ku"], "windows": [window("ku", 0, 1)]}
    gap = "([given, now]) => stationwatch.nextGap(given, 'ku', now)"
    assert page.evaluate(gap, [schedule, HOUR / 2]) is None
    assert page.evaluate(gap, [schedule, 2 * HOUR]) is None  # nothing is announced any more
