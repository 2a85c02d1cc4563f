"""The frame on the real parts: values move, pages change without the browser's link being lost."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import Station, station
from tests.system.pages_of import on


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    with station(tmp_path_factory.mktemp("station"), at="09:05") as flight:
        yield flight


def test_pages_change_and_the_link_stays(flight: Station, desk: OpenDesk) -> None:
    page = desk("P. Duty").open(f"{flight.url}systems")
    value = page.locator("[data-parameter='iss/USLAB000034'] .value")
    expect(value).to_have_text(re.compile(r"\d"))
    page.evaluate("window.opened = true")
    on(page, "Alarms")
    expect(page).to_have_url(re.compile("/alarms$"))
    page.go_back()
    expect(value).to_have_text(re.compile(r"\d"))
    expect(value).not_to_have_text(value.inner_text())
    assert page.evaluate("window.opened") is True
    expect(page.locator("#operator")).to_have_value("P. Duty")


def test_keys_lead_to_pages_and_list_themselves(flight: Station, desk: OpenDesk) -> None:
    page = desk().open(f"{flight.url}systems")
    first, second = page.locator("#nav a").nth(0), page.locator("#nav a").nth(1)
    page.keyboard.press("2")
    expect(second).to_have_attribute("aria-current", "page")
    page.keyboard.press("1")
    expect(first).to_have_attribute("aria-current", "page")
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys-help")).to_be_hidden()
    # a digit in a field is a digit
    page.locator("#operator").press_sequentially("2")
    expect(first).to_have_attribute("aria-current", "page")


def test_theme_and_dates_are_kept(flight: Station, desk: OpenDesk) -> None:
    page = desk().open(f"{flight.url}systems")
    page.locator("#theme-toggle").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.locator("#wall-clock").click()
    expect(page.locator("#wall-clock")).to_have_text(re.compile(r"^\d{4}-\d{3} "))
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("#wall-clock")).to_have_text(re.compile(r"^\d{4}-\d{3} "))


def test_a_root_that_is_none_says_so(flight: Station, desk: OpenDesk) -> None:
    page = desk().page
    page.goto(f"{flight.url}systems?root=tlm-2")
    expect(page.locator("#page-state")).to_contain_text("NO SUCH STREAM")
