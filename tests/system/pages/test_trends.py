"""Trends over what this station has just recorded: chosen, zoomed, read off, carried away."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import Station, station

MOMENTUM = "iss/USLAB000010"
#: The thrusters fire from 09:12:18 on; the CMGs fill within 25 s.
RANGE = "from=2021-10-15T09:12:05Z&to=2021-10-15T09:12:40Z"


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    with station(tmp_path_factory.mktemp("station"), at="09:12:00", speed=4) as flight:
        yield flight


def test_a_trend_follows_is_zoomed_and_its_address_shows_the_same(
    flight: Station, desk: OpenDesk
) -> None:
    page = desk("P. Duty").open(f"{flight.url}trends")
    note = page.locator("#trends-note")
    expect(note).to_contain_text("Choose up to 8 parameters")
    page.get_by_placeholder("Parameters: name or id").fill("USLAB000010")
    page.get_by_role("option", name=re.compile("CMG momentum, share")).click()
    page.keyboard.press("Escape")
    expect(note).to_contain_text("following the stream")
    expect(page).to_have_url(re.compile("p=iss/USLAB000010|p=iss%2FUSLAB000010"))
    row = page.locator("#trends-figures tbody tr")
    expect(row).to_contain_text("CMG momentum")

    # it has been recorded once the CMGs are full
    expect(row).to_contain_text("WARNING")
    page.goto(f"{flight.url}trends?p={MOMENTUM}&{RANGE}")
    expect(note).to_contain_text("fixed range: 2021-10-15 09:12:05 to 2021-10-15 09:12:40")
    expect(row).to_contain_text("WARNING")
    plot = page.locator("#trends-graph .nsewdrag").first
    box = plot.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, middle, steps=5)
    page.mouse.up()
    expect(note).to_contain_text(re.compile(r"fixed range: 2021-10-15 09:12:1[4-7]"))
    address = page.url
    other = desk().open(address)
    expect(other.locator("#trends-note")).to_have_text(note.inner_text())


def test_what_is_shown_is_exported(flight: Station, desk: OpenDesk) -> None:
    page = desk("P. Duty").open(f"{flight.url}trends?p={MOMENTUM}&{RANGE}")
    expect(page.locator("#trends-figures tbody tr")).to_contain_text(re.compile(r"\d"))
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith('"time"')
    assert all("USLAB000010" in line for line in lines[1:])
    assert len(lines) > 5
