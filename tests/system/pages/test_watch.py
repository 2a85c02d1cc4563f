"""The watch page on the real parts, on 15 October 2021: seen, understood, acknowledged."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS, Station, station

#: Latitude and longitude as the simulators have it, and as the page says it.
PLACE = """() => {
  const said = document.querySelector(".track-words").textContent;
  const [, latitude, north, longitude, east] = said.match(/([\\d.]+)° (N|S) +([\\d.]+)° (E|W)/);
  const sign = { N: 1, S: -1, E: 1, W: -1 };
  const value = (id) => stationwatch.model.point(`iss/${id}`).value;
  const known = [value("SIM_ISS_LATITUDE"), value("SIM_ISS_LONGITUDE")];
  return [latitude * sign[north], longitude * sign[east], ...known];
}"""


@pytest.fixture
def flight(tmp_path: Path) -> Iterator[Station]:
    """Thrusters fire 28 s after it begins, control is lost 40 s later."""
    with station(tmp_path, at="09:11:50", speed=2) as flight:
        yield flight


def words(page: Page, selector: str, said: str) -> None:
    expect(page.locator(selector)).to_have_text(re.compile(said))


def test_watch_tells_the_event_and_takes_acknowledgements(flight: Station, desk: OpenDesk) -> None:
    page = desk("P. Duty").open(flight.url)
    words(page, ".control-word", "^US CMGs$")
    words(page, ".control-detail", "Master: US segment")
    expect(page.locator(".plan-strip")).to_contain_text("Soyuz motion control test")
    words(page, ".track-words", r"in (sunlight|shadow), sun(set|rise) in \d+ min")
    words(page, ".link-list", "ISS● LINK.*Ku-band: no gap until.*SOYUZ● LINK.*Russian link")
    said_north, said_east, north, east = page.evaluate(PLACE)
    assert said_north == pytest.approx(north, abs=0.4)  # 2 s of flight, and a digit
    assert said_east == pytest.approx(east, abs=0.6)

    # it fires: the incident on top, which thrusters, how long is left
    expect(page.locator(".incidents")).to_contain_text("Soyuz thrusters fire unplanned")
    words(page, ".firing-what", "FIRING DPO-07, DPO-08")
    words(page, ".firing-why", "against the plan: DPO-07, DPO-08")
    lamp = page.locator("[data-lamp='soyuz/SIM_SOYUZ_DPO07']")
    expect(lamp).to_have_class(re.compile("commanded burning wrong"))
    expect(lamp).to_have_attribute("title", re.compile("lateral.*commanded, burning, against"))
    words(page, "[data-net='iss/DER_NET_SATURATION']", r"^\d+ s$")

    # acknowledged by keyboard alone
    row = page.locator(".alarm-list li", has_text="Firing outside its window")
    expect(row).to_contain_text("WARNING")
    page.keyboard.press("a")
    expect(row.get_by_role("button", name="Acknowledge WARNING Firing")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row.locator(".alarm-by")).to_have_text("✓ P. Duty")

    # control is lost
    words(page, ".control-word", "LOST$")
    expect(page.locator(".control-state")).to_have_class(re.compile("severity-warning lost"))
    words(page, "[data-net='iss/DER_NET_SATURATION']", "^SATURATED$")
    expect(page.locator(".figure", has_text="Error").locator(".big")).to_have_text(
        re.compile(r"^\d+\.\d\d$")
    )
    every = page.get_by_role("button", name="ACK all shown")
    expect(every).to_have_text(re.compile(r"\([2-9]\)"))
    every.click()
    expect(page.locator(".alarm-list li", has_text="Loss of ISS attitude control")).to_contain_text(
        "✓ P. Duty"
    )
    page.screenshot(path=SCREENSHOTS / "watch.png")


def test_no_page_is_out_of_sight_beside_an_alarm_that_sounds(
    flight: Station, desk: OpenDesk
) -> None:
    page = desk("P. Duty", width=1280, height=720).open(flight.url)
    expect(page.locator("#annunciator").get_by_role("button", name="Silence")).to_be_visible()
    links = page.locator("#nav a")
    expect(links.last).to_have_text("Ground")
    for link in links.all():
        expect(link).to_be_in_viewport(ratio=1)


def test_what_is_not_heard_any_more_looks_so(flight: Station, desk: OpenDesk) -> None:
    page = desk().open(flight.url)
    words(page, ".track-words", r"\d km +[○●]")
    flight.stop("simulate")
    words(page, ".track-words", r"(LOS|STALE): last known \d+ s ago")
    words(page, ".control-detail", r"^(LOS|STALE): last known \d+ s ago")
    words(page, ".firing-what", "(LOS|STALE): ")
    expect(page.locator("[data-lamp='soyuz/SIM_SOYUZ_DPO07']")).to_have_class(re.compile("old"))
    expect(page.locator(".axis-angle").first).to_have_class(re.compile("old"))
    words(page, "[data-net='iss/DER_NET_ATTITUDE']", "^(LOS|STALE), was")
    words(page, ".link-list", "ISS⊘ LOSnothing is heard")
