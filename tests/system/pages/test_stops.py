"""Each part stopped and started with a page open: the page says so, and recovers by itself.

How long it takes to say so is printed; the page's own clock of silence is two seconds.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import Station, station
from tests.system.pages_of import panel_header, parameter_row

#: ISS velocity changes with every sample.
MOVING = "iss/USLAB000035"


@pytest.fixture
def flight(tmp_path: Path) -> Iterator[Station]:
    with station(tmp_path, at="09:05") as flight:
        yield flight


def told(what: str, began: float) -> None:
    print(f"\n{what} is on the page after {time.monotonic() - began:.2f} s")


def moves(page: Page) -> None:
    value = parameter_row(page, MOVING).locator(".value")
    expect(value).to_have_text(re.compile(r"\d"))
    expect(value).not_to_have_text(value.inner_text())


def test_each_part_may_go_and_come_back(flight: Station, desk: OpenDesk) -> None:
    sat = desk("P. Duty")
    page = sat.open(f"{flight.url}systems")
    state, old = page.locator("#page-state"), page.locator("#alarms-stale")
    moves(page)

    flight.broker.kill()
    began = time.monotonic()
    expect(state).to_contain_text("BROKER LOST since")
    told("a lost broker", began)
    flight.broker.start()
    expect(state).to_be_empty()
    moves(page)

    flight.kill("ingest")
    began = time.monotonic()
    expect(old).to_contain_text("alarm state is not being updated")
    told("a crashed ingest", began)
    # nobody checks what comes meanwhile, and nobody can say that it is well
    expect(parameter_row(page, "iss/USLAB000022").locator(".mark")).to_have_text("? UNCHECKED")
    # its store is gone with it: a chart says so, and live values go on
    parameter_row(page, "iss/USLAB000022").click()
    expect(page.locator("#chart-note")).to_contain_text("the store is away")
    page.keyboard.press("Escape")
    moves(page)
    flight.start("ingest")
    expect(old).to_be_empty()
    expect(parameter_row(page, "iss/USLAB000022").locator(".mark")).not_to_have_text("? UNCHECKED")

    flight.stop("simulate")
    began = time.monotonic()
    expect(panel_header(page, "iss/adcs")).to_contain_text("LOS")
    told("a publisher that left", began)
    flight.start("simulate")
    moves(page)

    flight.kill("console")
    began = time.monotonic()
    expect(state).to_contain_text("PAGE NOT UPDATING since")
    told("a crashed console", began)
    flight.start("console")
    expect(state).to_be_empty()
    moves(page)
    # the browser itself complains of connections that were refused, and of nothing else
    sat.forgive(r"WebSocket connection to|Failed to load resource|Failed to fetch|ERR_CONNECTION")
