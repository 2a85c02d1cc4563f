"""The alarms pages in a real browser: acting by keyboard alone, the journal, who was notified."""

from collections.abc import Iterator

import pytest
from aiohttp import web
from msgspec.structs import replace
from playwright.sync_api import Browser, Locator, Page, expect

from ingest.notify.http import notify_routes
from ingest.notify.outbox import Outbox
from ingest.notify.told import Attempt
from telemetry.alarm import Event, EventKind, State
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from tests.dashboard import scene
from tests.ingest.notify.samples import many, route
from tests.ingest.notify.test_outbox import owed
from tests.servers.chromium import Watch
from tests.system.sky import Console, Sky

WITHIN_MS = 15_000

expect.set_options(timeout=WITHIN_MS)

ROLL, PITCH, YAW = "USLAB000022", "USLAB000023", "USLAB000024"


@pytest.fixture
def page(browser: Browser, console: Console, sky: Sky) -> Iterator[Page]:
    sky.run(sky.flight.announce())
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(WITHIN_MS)
    watch = Watch.over(page)
    yield page
    assert watch.complaints == []
    assert watch.elsewhere == []
    context.close()


def row(page: Page, parameter: str) -> Locator:
    return page.locator(f".ag-center-cols-container [row-id='iss/{parameter}.limit']")


def violate(sky: Sky, *parameters: str, severity: Severity = Severity.WARNING) -> None:
    for parameter in parameters:
        sky.run(sky.flight.violate("iss", parameter, severity, 9.5, "above 5 deg"))


def standing(page: Page, console: Console, query: str = "") -> None:
    page.goto(f"{console.url}alarms{query}")
    expect(row(page, ROLL)).to_be_attached()


def event(number: int, kind: EventKind = EventKind.VIOLATED, **more: object) -> Event:
    one = Event(
        id=f"event-{number:04}",
        kind=kind,
        time_ns=scene.NOW_NS + number * SECOND_NS,
        received_ns=scene.NOW_NS + number * SECOND_NS,
        previous=State.NORMAL,
        alarm=scene.alarm(ROLL),
        annunciate=kind is EventKind.VIOLATED,
    )
    return replace(one, **more)


def test_acknowledged_by_keyboard_alone(sky: Sky, console: Console, page: Page) -> None:
    violate(sky, ROLL, PITCH)
    standing(page, console)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "operator":
            break
    page.keyboard.type("P. Duty")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#response")).to_contain_text("First action")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("a")
    second = page.locator(".ag-center-cols-container .ag-row[row-index='1']")
    expect(page.get_by_text("✓ P. Duty")).to_have_count(1)
    expect(page.locator("#alarm-counts")).to_contain_text("◆ WARNING 2 (1 new)")
    # what nobody has acknowledged comes first again
    expect(second).to_contain_text("ACKED")


def test_an_event_of_the_grid_that_comes_when_the_page_is_left_is_none(
    sky: Sky, console: Console, page: Page
) -> None:
    violate(sky, ROLL)
    standing(page, console)
    came = page.evaluate(
        """() => {
            const api = dash_ag_grid.getApi("alarm-grid");
            const came = new Promise((resolve) => {
                let left = 2;
                window.addEventListener("error", (event) => resolve(event.message));
                const one = () => (left -= 1) || resolve(api.isDestroyed());
                api.addEventListener("selectionChanged", one);
                api.addEventListener("cellFocused", one);
            });
            api.setFocusedCell(0, "class");
            api.selectAll();
            api.destroy();
            return came;
        }"""
    )
    assert came is True


def test_many_are_acknowledged_at_once_with_a_comment(
    sky: Sky, console: Console, page: Page
) -> None:
    violate(sky, ROLL, PITCH, YAW)
    standing(page, console)
    page.locator("#operator").fill("P. Duty")
    page.locator("#operator").press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#acknowledge")).to_have_text("Acknowledge 2 selected")
    page.keyboard.press("c")
    page.keyboard.type("seen on the loop")
    page.keyboard.press("Enter")
    expect(page.get_by_text("✓ P. Duty")).to_have_count(2)
    expect(page.locator(".ag-center-cols-container").get_by_text("seen on the loop")).to_have_count(
        2
    )
    expect(page.locator("#comment")).to_have_value("")
    expect(page.locator("#acknowledge-shown")).to_have_text("Acknowledge all 1 shown")
    page.locator("#acknowledge-shown").click()
    expect(page.get_by_text("✓ P. Duty")).to_have_count(3)
    expect(page.locator("#acknowledge-shown")).to_be_disabled()


def test_a_comment_is_not_lost_with_a_refusal(sky: Sky, console: Console, page: Page) -> None:
    violate(sky, ROLL)
    standing(page, console)
    known = sky.flight.alarms["iss", f"{ROLL}.limit"]
    # in the meantime another occurrence has begun, which this page has not heard of
    sky.flight.alarms["iss", known.id] = replace(known, occurrence="another")
    page.locator("#operator").fill("P. Duty")
    row(page, ROLL).click()
    page.locator("#comment").fill("long words")
    page.locator("#acknowledge").click()
    expect(page.get_by_text("it is for another occurrence")).to_be_visible()
    expect(page.locator("#comment")).to_have_value("long words")


def test_shelved_with_a_reason_that_the_table_shows(sky: Sky, console: Console, page: Page) -> None:
    violate(sky, ROLL)
    standing(page, console)
    page.locator("#operator").fill("P. Duty")
    row(page, ROLL).click()
    page.get_by_role("button", name="Shelve", exact=True).click()
    expect(page.get_by_text("Give the reason as a comment")).to_be_visible()
    page.locator("#comment").fill("sensor under repair")
    page.get_by_role("button", name="Shelve", exact=True).click()
    expect(row(page, ROLL)).to_contain_text("SHELVED until")
    expect(row(page, ROLL)).to_contain_text("P. Duty: sensor under repair")
    expect(page.locator("#alarm-about")).to_contain_text("sensor under repair")


def test_a_filter_stands_in_the_address_and_says_what_it_hides(
    sky: Sky, console: Console, page: Page
) -> None:
    violate(sky, ROLL)
    violate(sky, PITCH, severity=Severity.CAUTION)
    standing(page, console)
    expect(page.locator("#alarm-shown")).to_have_text("2 standing")
    page.get_by_label("Class").select_option("3")
    expect(row(page, PITCH)).to_have_count(0)
    expect(page.locator("#alarm-shown")).to_have_text("1 of 2 shown")
    assert "class=3" in page.url
    page.reload()
    expect(row(page, ROLL)).to_be_attached()
    expect(row(page, PITCH)).to_have_count(0)
    page.get_by_label("Find").fill("no such alarm")
    expect(page.locator("#alarm-nothing")).to_have_text(
        "None of the 2 standing alarms fits the filter."
    )
    page.get_by_role("button", name="Clear").click()
    expect(row(page, PITCH)).to_be_attached()
    assert "class" not in page.url


def test_the_pane_tells_what_to_do_and_how_it_went(sky: Sky, console: Console, page: Page) -> None:
    violate(sky, ROLL)
    alarm = sky.flight.alarms["iss", f"{ROLL}.limit"]
    came = replace(event(1), alarm=alarm, time_ns=alarm.since_ns)
    worse = replace(event(2, EventKind.ESCALATED), alarm=alarm, time_ns=alarm.since_ns + SECOND_NS)
    other = replace(event(3), alarm=replace(alarm, occurrence="another"))
    sky.run(sky.store.append_events([came, worse, other]))
    standing(page, console)
    row(page, ROLL).click()
    about = page.locator("#alarm-about")
    expect(about).to_contain_text("9.5 deg, above 5 deg")
    expect(page.locator("#response")).to_contain_text("Time available")
    expect(page.locator(".course li")).to_have_count(2)
    expect(page.locator(".course li").nth(1)).to_contain_text("got worse, 9.5 deg, above 5 deg")
    expect(about.get_by_role("link", name="Trends at")).to_have_attribute(
        "href", f"/trends?p=iss%2F{ROLL}&from=2021-10-15T09%3A08%3A00Z&to=2021-10-15T09%3A28%3A00Z"
    )


def test_the_journal_is_paged_filtered_and_goes_on_live(
    sky: Sky, console: Console, page: Page
) -> None:
    sky.run(
        sky.store.append_events(
            [
                *(event(n) for n in range(1, 300)),
                event(300, EventKind.ACKNOWLEDGED, by="Anna", comment="looking"),
                event(301, EventKind.RETURNED, value=0.2),
            ]
        )
    )
    page.goto(f"{console.url}alarms/journal")
    lines = page.locator("tr.event")
    expect(lines).to_have_count(200)
    expect(lines.nth(0)).to_contain_text("back in limits")
    expect(lines.nth(0)).to_contain_text("0.2 deg")
    expect(lines.nth(1)).to_contain_text("Anna: looking")
    page.get_by_role("button", name="Older than").click()
    expect(lines).to_have_count(301)
    expect(page.get_by_role("button", name="Older than")).to_be_hidden()
    violate(sky, PITCH)
    expect(lines).to_have_count(302)
    expect(lines.nth(0)).to_contain_text("Attitude error, pitch")
    expect(page.locator("#journal-note")).to_contain_text("1 came while you look")
    page.get_by_label("Person").fill("anna")
    expect(lines).to_have_count(1)
    assert "by=anna" in page.url
    with page.expect_download() as downloading:
        page.locator("#journal-export").click()
    text = downloading.value.path().read_text()
    assert text.splitlines()[0].startswith("time (UTC),received (UTC),kind")
    assert "Anna,looking" in text
    assert len(text.splitlines()) == 2
    page.get_by_label("From").fill("yesterday")
    expect(page.locator("#journal-note")).to_contain_text("'yesterday' is no time")


def test_a_journal_that_cannot_be_read_says_so_and_still_hears(
    sky: Sky, console: Console, page: Page
) -> None:
    console.stop()
    console.start("--store=remote+http://127.0.0.1:1")
    page.goto(f"{console.url}alarms/journal")
    expect(page.locator("#journal-note")).to_contain_text("The journal cannot be read")
    violate(sky, ROLL)
    expect(page.locator("tr.event")).to_have_count(1)


def test_who_was_notified_and_who_could_not_be(
    sky: Sky, console: Console, page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    failed = Attempt(
        time_ns=scene.NOW_NS,
        route="ops",
        target="json://b",
        title="WARNING: ISS Attitude error, roll",
        severity=3,
        alarms=2,
        why=("raised",),
        tries=4,
        accepted=False,
        reason="Connection refused",
    )
    arrived = replace(failed, target="json://a", accepted=True, reason="", tries=1)

    async def serve() -> tuple[Outbox, web.AppRunner, int]:
        box = await Outbox.open(tmp_path_factory.mktemp("outbox"), 0).__aenter__()
        await box.take(owed(many(1), target=1), 1)
        for attempt in (failed, arrived):
            await box.note(attempt)
        app = web.Application()
        app.add_routes(notify_routes((route("ops", "json://a", "json://b"),), box))
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return box, runner, runner.addresses[0][1]

    box, runner, port = sky.run(serve())
    console.stop()
    console.start(f"--ingest-port={port}")
    page.goto(f"{console.url}alarms/notifications")
    told = page.locator("#notified")
    expect(told).to_contain_text("Waiting (1)")
    expect(told).to_contain_text("ops: json://b")
    expect(told.get_by_text("✓ taken")).to_have_count(1)
    expect(told.get_by_text("✖ try 4: Connection refused")).to_have_count(1)
    sky.run(runner.cleanup())
    sky.run(box.__aexit__(None, None, None))
    expect(told).to_contain_text("Not known: ingest does not answer")
