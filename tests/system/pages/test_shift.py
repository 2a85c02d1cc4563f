"""15 October 2021 as a shift would live it, four times as fast: watched, acknowledged, replayed,
handed over. The screenshots are kept in build/screenshots/tour, in the order of the day.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS, Station, station
from tests.system.pages_of import alarm_row, on

FIRING = "soyuz/DER_FIRING_UNPLANNED.limit"


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    with station(tmp_path_factory.mktemp("station"), at="09:12:00", speed=4) as flight:
        yield flight


def keep(page: Page, name: str) -> None:
    page.screenshot(path=SCREENSHOTS / "tour" / f"{name}.png")


def test_the_shift_of_ms18(flight: Station, desk: OpenDesk) -> None:
    duty = desk("P. Duty").open(flight.url)
    relief = desk("A. Relief", width=1366, height=768).open(f"{flight.url}handover")

    # watched: the firing is known as what it is
    card = duty.locator(".incident").filter(has_text="Soyuz thrusters fire unplanned")
    expect(card.locator(".first-out")).to_contain_text("Firing outside its window")
    keep(duty, "01-watch")
    on(duty, "Propulsion")
    expect(duty.locator(".ship")).to_be_visible()
    keep(duty, "02-propulsion")

    # acknowledged by keyboard alone
    expect(alarm_row(duty, FIRING)).to_contain_text("UNACK")
    duty.locator("#nav a", has_text="Alarms").focus()
    duty.keyboard.press("ArrowDown")
    for _ in range(8):
        duty.keyboard.press("Shift+ArrowDown")
    duty.keyboard.press("a")
    # thrusters stop within seconds at this speed: then it has returned, and acknowledging ends it
    expect(alarm_row(duty, FIRING).filter(has_text="UNACK")).to_have_count(0)
    keep(duty, "03-alarms")

    # replayed from a minute before, by one click; nothing of it touches live
    on(duty, "Watch")
    expect(card).to_be_visible()
    card.get_by_role("button", name="Replay from 1 min before").click()
    duty.wait_for_url(re.compile(r"root=replay-"))
    expect(duty.locator("#mode-banner")).to_contain_text("REPLAY - NOT LIVE")
    expect(duty.locator("#spacecraft-states")).to_contain_text(re.compile(r"09:1[12]:"))
    keep(duty, "04-replay")
    duty.goto(flight.url)
    expect(duty.locator("#mode-banner")).to_contain_text("SIMULATION")

    # handed over: what one signs the other reads, and signs too
    duty.goto(f"{flight.url}handover")
    duty.locator("#shift-text").fill("Thrusters stopped by themselves; watch CMG 3.")
    duty.get_by_role("button", name="Add note").click()
    expect(relief.locator("#handover-body")).to_contain_text("Thrusters stopped by themselves")
    duty.get_by_role("button", name="Sign out (outgoing)").click()
    expect(relief.locator("#handover-body")).to_contain_text("P. Duty at")
    relief.get_by_role("button", name="Sign in (incoming)").click()
    expect(duty.locator("#handover-body")).to_contain_text("A. Relief since")
    keep(duty, "05-handover")
