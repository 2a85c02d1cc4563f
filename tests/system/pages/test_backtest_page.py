"""A back-test asked for from the page: of what this station has just recorded."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS, Station, station

RANGE = {"from": "2021-10-15T09:11:50", "to": "2021-288T09:12:40"}


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """Thrusters fire 28 s after it begins."""
    home = tmp_path_factory.mktemp("station")
    with station(home, at="09:11:50", speed=5) as flight:
        yield flight


def test_edited_limits_are_judged_beside_todays(flight: Station, desk: OpenDesk) -> None:
    page = desk("P. Duty").open(f"{flight.url}backtest")
    # what is to be judged has been recorded once it has been heard
    incident = page.locator("#alarm-counts")
    expect(incident).to_contain_text(re.compile(r"WARNING [1-9]"))
    page.locator("#backtest-from").fill(RANGE["from"])
    page.locator("#backtest-to").fill(RANGE["to"])
    page.locator("#backtest-limits").fill("[iss.parameter.USLAB000010]\nrange.warning = { high = 9")
    page.get_by_role("button", name="Run back-test").click()
    expect(page.locator("#backtest-report")).to_contain_text("limits.toml")  # it is no TOML
    page.locator("#backtest-limits").fill(
        "[iss.parameter.USLAB000010]\nremove = ['range.warning', 'range.caution']"
    )
    page.get_by_role("button", name="Run back-test").click()
    listed = page.locator("#backtest-list li").first
    expect(listed).to_contain_text("DONE")
    expect(listed).to_contain_text(re.compile(r"today \d+ alarms.*edited \d+ alarms"))
    report = page.frame_locator("iframe.report")
    expect(report.get_by_role("heading", name="Back-test of edited limits")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "backtest.png")
    # the address of a report opens it again
    page.goto(f"{flight.url}backtest?run={_run(page)}")
    expect(report.get_by_role("heading", name="Back-test of edited limits")).to_be_visible()


def _run(page: Page) -> str:
    source = page.locator("iframe.report").get_attribute("src")
    return str(source).rpartition("/")[2]
