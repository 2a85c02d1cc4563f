"""The console as a process, over a real broker, in a real browser. The sky is a fake."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from telemetry.clock import SECOND_NS, StreamKind
from telemetry.frame import Frame
from telemetry.limit import Severity
from tests.dashboard.fake import Flight
from tests.servers.chromium import Watch
from tests.servers.mosquitto import Mosquitto
from tests.system.pages_of import alarm_row, on, panel_header, parameter_row
from tests.system.sky import DATABASE, Console, Sky

ERROR = "USLAB000022"
WITHIN_MS = 15_000

expect.set_options(timeout=WITHIN_MS)


#: Opens the page in a browser of its own, as another operator's.
Open = Callable[[], tuple[Page, Watch]]


@pytest.fixture
def open_page(browser: Browser, console: Console) -> Iterator[Open]:
    contexts = []

    def open_page() -> tuple[Page, Watch]:
        contexts.append(browser.new_context(viewport={"width": 1920, "height": 1080}))
        page = contexts[-1].new_page()
        watch = Watch.over(page)
        page.goto(f"{console.url}systems")
        expect(page.locator(".row").first).to_be_attached()
        return page, watch

    yield open_page
    for context in contexts:
        context.close()


def row(page: Page, parameter: str = ERROR, craft: str = "iss") -> Locator:
    return parameter_row(page, f"{craft}/{parameter}")


def header(page: Page, panel: str) -> Locator:
    return panel_header(page, panel)


def alarm(page: Page, identity: str = f"iss/{ERROR}.limit") -> Locator:
    return alarm_row(page, identity)


def violate(sky: Sky) -> None:
    sky.run(sky.flight.violate("iss", ERROR, Severity.WARNING, 9.5, "above 5 deg"))


async def attitude(flight: Flight, value: float) -> None:
    await flight.frame("iss", "adcs", {ERROR: value})


def test_values_move_and_nothing_else_is_asked_for(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce(StreamKind.LIVE))
    sky.fly()
    page, watch = open_page()
    value = row(page).locator(".value")
    expect(value).to_have_text(re.compile(r"\d"))
    expect(value).not_to_have_text(value.inner_text())
    expect(header(page, "iss/adcs")).to_contain_text("● LIVE")
    expect(page.locator("#mode-banner")).to_be_empty()
    page.wait_for_function(
        """() => {
          const canvas = document.querySelector("[data-parameter='iss/USLAB000022'] canvas");
          const dots = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return canvas.width > 60 && dots.data.some((dot) => dot > 0);
        }"""
    )
    row(page).click()  # Plotly is loaded only then
    expect(page.locator("#chart-note")).to_contain_text("Nothing was recorded")
    assert watch.elsewhere == []
    assert watch.complaints == []


def test_value_that_could_not_be_measured_is_shown_as_invalid(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce())
    page, _ = open_page()
    expect(row(page).locator(".value")).to_have_text("NO DATA")
    sky.run(sky.flight.frame("iss", "adcs", {}, {ERROR: 24}))
    expect(row(page).locator(".value")).to_have_text("INVALID q24")


def test_a_page_opened_later_shows_what_came_before(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce())
    first, _ = open_page()
    for value in (1.25, 1.5):
        sky.run(attitude(sky.flight, value))
    violate(sky)
    expect(row(first).locator(".value")).to_have_text("1.5000")
    second, _ = open_page()
    expect(row(second).locator(".value")).to_have_text("1.5000")
    expect(alarm(second)).to_contain_text("◆ WARNING")
    assert second.evaluate(f"stationwatch.model.point('iss/{ERROR}').series.count") == 2


def test_a_second_browser_sees_the_acknowledgement(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce())
    first, first_watch = open_page()
    second, second_watch = open_page()
    sky.run(attitude(sky.flight, 9.5))
    violate(sky)
    for page in (first, second):
        expect(alarm(page)).to_contain_text("UNACK")
        expect(alarm(page)).to_contain_text("9.5 deg")
        expect(alarm(page)).to_contain_text("above 5 deg")
        expect(row(page).locator(".mark")).to_have_text("◆ WARNING")
        expect(page.locator("#alarm-counts")).to_contain_text("◆ WARNING 1 (1 new)")
    alarm(first).click()
    expect(first.locator("#response")).to_contain_text("First action")
    first.locator("#operator").fill("P. Duty")
    first.locator("#comment").fill("looking")
    first.locator("#acknowledge").click()
    for page in (first, second):
        expect(alarm(page)).to_contain_text("ACKED")
        expect(alarm(page)).to_contain_text("✓ P. Duty")
        expect(alarm(page)).to_contain_text("looking")
        expect(page.locator("#alarm-counts")).not_to_contain_text("new")
    sky.run(sky.flight.return_to_normal("iss", ERROR))
    for page in (first, second):
        expect(alarm(page)).to_have_count(0)
        expect(row(page)).to_have_class("row")
    assert first_watch.complaints + second_watch.complaints == []


def test_refused_acknowledgement_is_told_with_its_reason(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce())
    page, _ = open_page()
    violate(sky)
    expect(alarm(page)).to_be_attached()
    standing = sky.flight.alarms["iss", f"{ERROR}.limit"]
    page.locator("#operator").fill("P. Duty")
    # in the meantime another occurrence has begun, which this page has not heard of
    sky.flight.alarms["iss", standing.id] = type(standing)(
        spacecraft="iss",
        id=standing.id,
        subject=standing.subject,
        condition=standing.condition,
        state=standing.state,
        occurrence="another",
    )
    alarm(page).locator("button").click()
    expect(page.get_by_text("Refused", exact=True)).to_be_visible()
    expect(page.get_by_text("it is for another occurrence")).to_be_visible()


def test_acknowledgement_needs_a_name(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce())
    page, _ = open_page()
    violate(sky)
    alarm(page).locator("button").click()
    expect(page.get_by_text("Enter your name")).to_be_visible()
    expect(alarm(page)).to_contain_text("UNACK")


def test_silence_shows_as_stale_within_two_seconds_of_due(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce())
    page, _ = open_page()
    sky.run(attitude(sky.flight, 1.0))
    last = time.monotonic()
    expect(header(page, "iss/adcs")).to_contain_text("◇ SIM")
    expect(header(page, "iss/adcs")).to_contain_text("◌ STALE")
    silent_s = time.monotonic() - last
    due_s = DATABASE.subsystem("iss", "adcs").stale_after_ns / SECOND_NS
    assert due_s - 0.5 < silent_s < due_s + 2
    expect(row(page).locator(".mark")).to_have_text("◌ STALE")


def test_alarm_list_says_when_ingest_no_longer_tells(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce())
    page, _ = open_page()
    stale = page.locator("#alarms-stale")
    expect(stale).to_contain_text("ingest was never heard of")
    sky.fly()
    expect(stale).to_be_empty()
    sky.land()
    expect(stale).to_contain_text(
        re.compile(r"STALE: alarm state is not being updated since \d\d:\d\d:\d\d UTC")
    )


def test_lost_publisher_shows_as_loss_of_signal(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce())
    sky.fly()
    page, _ = open_page()
    expect(header(page, "soyuz/propulsion")).to_contain_text("◇ SIM")
    sky.run(sky.flight.link("soyuz", online=False))
    expect(header(page, "soyuz/propulsion")).to_contain_text("⊘ LOS")
    expect(page.locator("#spacecraft-states")).to_contain_text(re.compile("SOYUZ⊘ LOS since"))
    expect(header(page, "iss/adcs")).to_contain_text("◇ SIM")


@pytest.mark.parametrize(
    ("kind", "label", "banner", "word"),
    [
        (StreamKind.SIMULATED, "", "SIMULATION", "◇ SIM"),
        (
            StreamKind.SIMULATED,
            "ms18: reconstruction, not flight data",
            "SIMULATION: ms18: reconstruction, not flight data",
            "◇ SIM",
        ),
        (StreamKind.PLAYED, "", "PLAYED RECORDING - NOT LIVE", "▶ PLAYED"),
    ],
)
def test_what_is_not_live_says_so_and_what_it_is(
    sky: Sky, open_page: Open, kind: StreamKind, label: str, banner: str, word: str
) -> None:
    sky.run(sky.flight.announce(kind, label))
    sky.run(attitude(sky.flight, 1.0))
    page, _ = open_page()
    expect(page.locator("#mode-banner")).to_have_text(banner)
    sky.run(attitude(sky.flight, 2.0))
    expect(header(page, "iss/adcs")).to_contain_text(word)


def test_page_says_that_the_console_is_gone_and_recovers(
    sky: Sky, console: Console, open_page: Open
) -> None:
    sky.run(sky.flight.announce())
    page, _ = open_page()
    violate(sky)
    expect(alarm(page)).to_be_attached()
    expect(page.locator("#page-state")).to_be_empty()
    assert console.stop() == 0
    expect(page.locator("#page-state")).to_contain_text("PAGE NOT UPDATING since")
    expect(page.locator("#page-badge")).to_have_text("⊘ PAGE LOST")
    console.start()
    expect(page.locator("#page-state")).to_be_empty()
    expect(page.locator("#page-badge")).to_have_text("● PAGE LIVE")
    expect(alarm(page)).to_contain_text("UNACK")
    sky.run(attitude(sky.flight, 3.0))
    expect(row(page).locator(".value")).to_have_text("3.0000")


def test_page_says_that_the_broker_is_lost_and_takes_no_acknowledgement(
    sky: Sky, frail_broker: Mosquitto, open_page: Open
) -> None:
    sky.run(sky.flight.announce())
    page, _ = open_page()
    violate(sky)
    expect(alarm(page)).to_be_attached()
    page.locator("#operator").fill("P. Duty")
    frail_broker.kill()
    expect(page.locator("#page-state")).to_contain_text("BROKER LOST since")
    alarm(page).locator("button").click()
    expect(page.get_by_text("NOT acknowledged")).to_be_visible()
    frail_broker.start()
    expect(page.locator("#page-state")).to_be_empty()


def test_history_comes_from_the_store_and_says_when_there_is_none(
    sky: Sky, open_page: Open
) -> None:
    sky.run(sky.flight.announce())
    sky.run(attitude(sky.flight, 1.0))
    now_ns = sky.flight.now_ns("iss")
    frames = [
        Frame(
            spacecraft="iss",
            subsystem="adcs",
            time_ns=now_ns - n * SECOND_NS,
            received_ns=now_ns,
            sequence=n,
            values={ERROR: 0.01 * n},
        )
        for n in range(1, 60)
    ]
    sky.run(sky.store.write(frames))
    page, watch = open_page()
    row(page).click()
    note = page.locator("#chart-note")
    expect(note).to_contain_text("59 samples")
    expect(page.locator("#chart .scatterlayer .trace")).to_have_count(3)
    expect(page.locator("#chart")).to_contain_text("▲ CAUTION high 1.5")
    page.get_by_text("24 h", exact=True).click()
    expect(note).to_contain_text("in each 90 s")
    assert watch.complaints == []


def test_text_of_others_is_never_taken_for_markup(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce())
    page, watch = open_page()
    evil = "<img src=x onerror=alert(1)>"
    sky.run(sky.flight.violate("iss", ERROR, Severity.CAUTION, 2.0, evil))
    expect(alarm(page)).to_contain_text(evil)
    assert page.locator("img[src='x']").count() == 0
    assert watch.complaints == []


def test_filter_leaves_only_what_fits(sky: Sky, open_page: Open) -> None:
    sky.run(sky.flight.announce())
    page, _ = open_page()
    on(page, "Systems").locator("#search").fill("attitude error roll")
    expect(page.locator(".row:visible")).to_have_count(1)
    expect(row(page)).to_be_visible()
    page.locator("#search").fill("")
    expect(page.locator("[data-panel='soyuz/tanks']")).to_be_visible()
