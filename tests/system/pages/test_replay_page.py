"""Replay from the page, as a person does it: an incident by one click, a range by hand, and the
transport bar of a session, all of a station that has just lived it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS, Station, station

#: The firing that nobody planned.
FIRST_OUT = "09:12:18"
REPLAYED = re.compile(r".*/\?root=replay-[0-9a-f]{8}$")


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """Thrusters fire 78 s of its time after it begins."""
    with station(tmp_path_factory.mktemp("station"), at="09:11:00", speed=10) as flight:
        yield flight


@pytest.fixture
def page(flight: Station, desk: OpenDesk) -> Page:
    """The replay page, once the incident is known."""
    page = desk("P. Duty", width=1366, height=768).open(f"{flight.url}replay")
    expect(page.locator(".replay-incidents")).to_contain_text("Soyuz thrusters fire unplanned")
    return page


def state(page: Page, word: str) -> None:
    expect(page.locator(".transport-state")).to_contain_text(word)


def at(page: Page, time: str) -> None:
    expect(page.locator(".transport-time")).to_contain_text(re.compile(f"2021-10-15 .288. {time}"))


def end(page: Page) -> None:
    """The session, for all; and back on live telemetry."""
    button = page.locator(".transport .end")
    button.click()
    expect(button).to_have_text("End for all?")
    button.click()
    expect(page.locator("#transport")).to_be_empty()
    expect(page.locator("#mode-banner")).to_contain_text("SIMULATION")


def test_an_incident_is_opened_a_minute_before_its_first_out_by_one_click(page: Page) -> None:
    page.locator(".replay-incidents").get_by_role("button").first.click()
    expect(page.locator(".replay-ready")).to_contain_text(
        "a minute before: from 2021-10-15 09:11:18 UTC"
    )
    page.wait_for_url(REPLAYED)
    state(page, "▶ PLAYING 1")
    at(page, "09:11:")
    expect(page.locator("#mode-banner")).to_contain_text("REPLAY - NOT LIVE")
    expect(page.locator(".transport-judged")).to_have_text("as received · limits of then")

    # the first-out comes on the hour and second it came, with the class it had
    page.keyboard.press("n")
    at(page, "09:12:1[3-9]")
    page.locator(".transport select").select_option("5")
    expect(page.locator("#alarm-counts")).to_contain_text("WARNING 1")
    page.keyboard.press("Space")
    state(page, "‖ PAUSED")
    page.screenshot(path=SCREENSHOTS / "replay-incident.png")

    # what is replayed has happened: nothing about it can be done
    page.goto(page.url.replace("/?", "/alarms?"))
    state(page, "‖ PAUSED")
    expect(page.locator(".ag-center-cols-container .ag-row").first).to_be_visible()
    expect(page.locator(".acknowledge-row:visible")).to_have_count(0)
    page.evaluate(
        "stationwatch.ask.alarm('acknowledge', [...stationwatch.model.alarms.rows.values()])"
    )
    expect(page.get_by_text("this has happened, and is only shown")).to_be_visible()
    end(page)


def test_the_session_goes_where_it_is_told(page: Page) -> None:
    page.locator(".moment").nth(0).fill("2021-10-15 09:11:30")
    page.locator(".moment").nth(1).fill("2021-288T09:12:10")
    page.get_by_label("As it happened").check()
    page.get_by_label("paused").check()
    page.get_by_role("button", name="↻ Replay", exact=True).click()
    page.wait_for_url(REPLAYED)
    state(page, "‖ PAUSED")
    at(page, "09:11:30.0")
    expect(page.locator(".transport-judged")).to_contain_text("as it happened")
    expect(page.locator(".alarms-stale")).to_be_empty()  # ingest itself is in no such replay

    # by frame and second, by keys and on the overview
    page.keyboard.press(".")
    at(page, "09:11:3[01]")
    strip = page.get_by_role("slider", name="Place in the replay")
    strip.focus()
    strip.press("ArrowRight")
    at(page, "09:11:4[01]")
    expect(strip).to_have_attribute("aria-valuetext", re.compile("09:11:4[01] UTC"))
    box = strip.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    expect(page.locator(".transport .tip")).to_contain_text("2021-10-15 09:11:50 UTC, day 288")
    page.mouse.down()
    page.mouse.up()
    at(page, r"09:11:(49\.|50\.)")
    state(page, "‖ PAUSED")
    page.keyboard.press(",")
    at(page, r"09:11:(48\.|49\.)")

    # what is left, as fast as it goes; from the end it goes nowhere but back
    page.locator(".transport select").select_option(label="max")
    page.keyboard.press("Space")
    state(page, "■ FINISHED")
    strip.press("Home")
    state(page, "‖ PAUSED")
    at(page, "09:11:30.0")
    end(page)


def test_a_part_of_the_overview_is_chosen_and_watched_by_two(
    page: Page, flight: Station, desk: OpenDesk
) -> None:
    strip = page.locator(".replay-range .replay-strip")
    box = strip.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.get_by_role("button", name="15 min").click()
    page.mouse.move(box["x"] + box["width"] * 0.9, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, y)
    page.mouse.move(box["x"] + box["width"] * 0.98, y)
    page.mouse.up()
    expect(page.locator(".moment").nth(0)).to_have_value(re.compile("2021-10-15 09:"))
    expect(strip.locator(".chosen")).to_be_visible()
    page.get_by_role("button", name="↻ Replay", exact=True).click()
    page.wait_for_url(REPLAYED)
    state(page, "PLAYING")

    other = desk("S. Second", width=1366, height=768).open(f"{flight.url}replay")
    row = other.locator(".sessions tbody tr").filter(has_text="PLAYING")
    expect(row).to_contain_text("P. Duty")
    row.get_by_role("button", name="Pause").click()
    state(page, "‖ PAUSED")
    other.locator(".sessions tbody tr").filter(has_text="PAUSED").get_by_role(
        "button", name="End"
    ).click()
    state(page, "⊘ ENDED: ended by S. Second")
    expect(page.locator(".transport .play")).to_be_disabled()
    page.get_by_role("link", name="Back to live").click()
    expect(page.locator("#transport")).to_be_empty()


def test_what_cannot_be_replayed_says_why_and_what_else_can_be_done(page: Page) -> None:
    begin = page.get_by_role("button", name="↻ Replay", exact=True)
    problem = page.locator(".replay-form .wrong")
    begin.click()
    expect(problem).to_contain_text("Say from when to when")
    page.locator(".moment").nth(0).fill("soon")
    page.locator(".moment").nth(1).fill("2020-01-01 01:00")
    begin.click()
    expect(problem).to_contain_text("That is no time")
    page.locator(".moment").nth(0).fill("2020-01-01")
    begin.click()
    expect(problem).to_be_hidden()
    dialog = page.get_by_role("dialog", name="Making a replay ready")
    expect(dialog).to_contain_text("⊘ No replay")
    expect(dialog.locator(".state")).not_to_be_empty()
    dialog.get_by_role("button", name="As it happened").click()
    expect(dialog).to_contain_text("⊘ No replay")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)

    page.locator("#operator").fill("")
    page.locator(".replay-incidents").get_by_role("button").first.click()
    expect(page.get_by_text("a replay says who asked for it")).to_be_visible()
    expect(page.locator("#operator")).to_be_focused()
