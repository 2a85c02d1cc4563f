"""The systems pages on the real parts: find a parameter, open a subsystem, see it fall silent."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS, Station, station


@pytest.fixture
def flight(tmp_path: Path) -> Iterator[Station]:
    """Thrusters fire 8 s after it begins."""
    with station(tmp_path, at="09:12:10") as flight:
        yield flight


def focused(page: Page) -> str | None:
    found: str | None = page.evaluate(
        "document.activeElement.dataset.parameter ?? document.activeElement.dataset.readout ?? null"
    )
    return found


def test_a_parameter_is_found_among_all(flight: Station, desk: OpenDesk) -> None:
    page = desk().open(f"{flight.url}systems")
    rows = page.locator(".row:visible")
    expect(rows.first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("vibration")
    expect(rows).to_have_count(4)
    expect(page).to_have_url(re.compile(r"\?q=vibration$"))
    # down into the list, and on by keys; Enter opens it
    page.keyboard.press("ArrowDown")
    assert focused(page) == "iss/Z1000001"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert focused(page) == "iss/Z1000002"
    page.keyboard.press("Enter")
    expect(page.locator(".mantine-Drawer-title")).to_contain_text("CMG 2 vibration")
    page.keyboard.press("Escape")

    # the address shows a colleague the same
    other = desk().open(page.url)
    expect(other.locator(".row:visible")).to_have_count(4)
    expect(other.locator("#search")).to_have_value("vibration")
    other.locator("#search").fill("nothing is called so")
    expect(other.locator(".nothing-fits")).to_be_visible()


def test_only_one_spacecraft_and_only_what_is_in_alarm(flight: Station, desk: OpenDesk) -> None:
    page = desk().open(f"{flight.url}systems")
    soyuz = page.get_by_role("button", name="Soyuz MS-18", exact=True)
    soyuz.click()
    expect(soyuz).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-panel='iss/eps']")).to_be_hidden()
    expect(page.locator("[data-panel='soyuz/tanks']")).to_be_visible()
    page.get_by_role("button", name="In alarm only").click()
    firing = page.locator("[data-parameter='soyuz/DER_FIRING_UNPLANNED']")
    expect(firing).to_be_visible()  # comes by itself, once it is one
    expect(page.locator("[data-panel='soyuz/tanks']")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"craft=soyuz&alarms=only$"))
    page.screenshot(path=SCREENSHOTS / "systems-alarms.png")
    page.get_by_role("link", name="Open Soyuz MS-18: Firing against the plan").click()
    expect(page.locator("h1")).to_contain_text("Firing against the plan")


def test_one_subsystem_large(flight: Station, desk: OpenDesk) -> None:
    page = desk().open(f"{flight.url}systems/iss/eps")
    voltage = page.locator("[data-readout='iss/S4000001']")
    expect(voltage.locator(".value")).to_have_text(re.compile(r"^1\d\d\.\d\d$"))
    expect(voltage.locator(".limit-bar")).to_have_class("limit-bar is-live")
    expect(voltage.locator(".strip-scale .high")).to_have_text(re.compile(r"^\d+"))
    expect(page.locator(".heard")).to_have_text(
        re.compile(r"^frame \d s ago \(09:1\d:\d\d\), due every 2 s$")
    )
    expect(page.locator(".counts")).to_contain_text("37 parameters")
    # words are words
    joint = page.locator("[data-readout='iss/S0000008'] .value")
    expect(joint).to_have_text(re.compile("^[A-Z ]+$"))

    # by keys: the first, its drawer; then the subsystem after this one
    page.keyboard.press("j")
    assert focused(page) == "iss/S4000001"
    page.keyboard.press("ArrowDown")
    assert focused(page) == "iss/S4000002"
    page.keyboard.press("Enter")
    expect(page.locator(".mantine-Drawer-title")).to_contain_text("Array 1A current")
    page.keyboard.press("Escape")
    page.keyboard.press("]")
    expect(page.locator("h1")).to_contain_text("External thermal control")
    expect(page.locator("[data-subsystem='iss/etcs']")).to_have_attribute("aria-current", "page")

    # the filter hides groups without a hit
    page.locator("#search").fill("radiator")
    expect(page.locator(".group:visible h2")).to_have_text(["Radiator joint"])
    page.locator(".line:visible a").first.click()
    expect(page).to_have_url(re.compile(r"/trends\?p=iss/S0000001$"))


def test_a_subsystem_that_falls_silent_says_so(flight: Station, desk: OpenDesk) -> None:
    page = desk().open(f"{flight.url}systems/soyuz/propulsion")
    row = page.locator("[data-readout='soyuz/SIM_SOYUZ_MAN1_FEED_P']")
    expect(row.locator(".value")).to_have_text(re.compile(r"^\d\.\d{4}$"))
    way = page.locator("[data-subsystem='soyuz/propulsion']")
    expect(way).to_have_class(re.compile("chip"))
    expect(page.locator(".counts")).to_have_text(
        re.compile(r"^148 parameters .*\d (ADVISORY|CAUTION|WARNING)")
    )
    flight.stop("simulate")
    expect(page.locator(".subsystem-head .freshness")).to_have_text(re.compile("LOS|STALE"))
    expect(way).to_contain_text(re.compile("LOS|STALE"))
    expect(row).to_have_class(re.compile("old"))
    expect(row.locator(".limit-bar")).to_have_class(re.compile("old"))
