"""What ingest tells besides samples, as the live page shows it in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from telemetry import wire
from telemetry.clock import SECOND_NS
from telemetry.parameter import Value
from telemetry.plan import PlanVerb
from tests.dashboard import scene
from tests.servers.chromium import Watch
from tests.system.pages_of import alarm_row, on, panel_header
from tests.system.sky import Console, Sky

WITHIN_MS = 15_000

expect.set_options(timeout=WITHIN_MS)


@pytest.fixture
def page(browser: Browser, console: Console, sky: Sky) -> Iterator[Page]:
    sky.run(sky.flight.announce())
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    page.set_default_timeout(WITHIN_MS)
    watch = Watch.over(page)
    page.goto(console.url)
    expect(page.locator("#page-badge")).to_have_text("● PAGE LIVE")
    yield page
    assert watch.complaints == []
    assert watch.elsewhere == []
    context.close()


def alarm(page: Page, parameter: str) -> Locator:
    return alarm_row(page, f"iss/{parameter}.limit")


def tell(sky: Sky, topic: str, payload: bytes) -> None:
    sky.run(sky.flight.retain(topic, payload))


def test_incident_is_one_card_and_what_it_explains_stands_last(sky: Sky, page: Page) -> None:
    topic = sky.flight.topics.incident(scene.INCIDENT)
    tell(sky, topic, wire.encode(scene.incident()))
    sky.run(sky.flight.put(scene.alarm("USLAB000022", inhibited_by=scene.INCIDENT)))
    sky.run(sky.flight.put(scene.alarm("USLAB000010")))
    card = page.locator(".incident")
    expect(card).to_contain_text("Soyuz thrusters fire unplanned")
    expect(card.locator(".first-out")).to_contain_text("FIRST OUT")
    expect(card.locator(".first-out")).to_contain_text("09:12:18 UTC")
    expect(card.locator(".first-out")).to_contain_text("Firing outside its window")
    expect(card.locator("ol.cascade").first).to_contain_text("+17.9 s")
    expect(card.locator("summary")).to_have_text("6 consequences held back")
    expect(card.get_by_text("Inertial rate, X")).to_be_hidden()
    card.locator("summary").click()
    expect(card.get_by_text("Inertial rate, X")).to_be_visible()
    # evidence: as ingest knew it, then as it comes
    expect(card.locator(".evidence")).to_contain_text("92.0 (at the time)")
    sky.run(sky.flight.frame("iss", "adcs", {"USLAB000010": 97.5}))
    expect(card.locator(".evidence")).to_contain_text("97.500 %")
    expect(card.get_by_text("Inertial rate, X")).to_be_visible()

    held = alarm(page, "USLAB000022")
    expect(held).to_contain_text("HELD BACK by Soyuz thrusters fire unplanned")
    expect(alarm(page, "USLAB000010")).to_have_attribute("row-index", "0")
    expect(held).to_have_attribute("row-index", "1")
    expect(page.locator("#alarm-counts")).to_contain_text("◆ WARNING 2 (1 new)")
    toggle = page.locator("#held-toggle")
    toggle.click()
    expect(held).to_have_count(0)
    expect(toggle).to_have_text("1 held back by incidents, hidden: show")
    toggle.click()
    expect(held).to_have_count(1)
    tell(sky, topic, b"")
    expect(card).to_have_count(0)


def test_late_alarm_is_never_a_new_one(sky: Sky, page: Page) -> None:
    since_ns = sky.flight.now_ns("iss") - 372 * SECOND_NS
    sky.run(sky.flight.put(scene.alarm(late=True, since_ns=since_ns)))
    row = alarm(page, "USLAB000022")
    expect(row).to_contain_text("occurred 6 min ago")
    expect(row).not_to_have_class(re.compile(r"\bunacknowledged\b"))
    expect(page.locator("#alarm-counts")).to_contain_text("◆ WARNING 1")
    expect(page.locator("#alarm-counts")).not_to_contain_text("new")


def test_announced_loss_of_signal_is_told_apart_from_the_other(sky: Sky, page: Page) -> None:
    topic = sky.flight.topics.signal("iss")
    sky.run(sky.flight.frame("iss", "eps", {}))
    tell(sky, topic, wire.encode(scene.signal()))
    sky.run(sky.flight.put(scene.alarm("P4000001", unknown_since_ns=scene.NOW_NS)))
    expect(alarm(page, "P4000001")).to_contain_text("STATE UNKNOWN since LOS 09:13:00")
    banner = on(page, "Systems").locator(".signal")
    expect(banner).to_have_class("signal announced")
    expect(banner).to_contain_text("⊘ LOS announced: eps, etcs: last known at 09:12:40")
    expect(banner).to_contain_text(re.compile(r"AOS 09:20:00 \(in 6:\d\d\), 4 alarms standing"))
    header = panel_header(page, "iss/etcs")
    expect(header).to_contain_text("⊘ LOS")
    expect(panel_header(page, "iss/derived")).to_contain_text("⊘ LOS")
    expect(panel_header(page, "iss/adcs")).not_to_contain_text("LOS")
    tell(sky, topic, wire.encode(scene.signal(announced=False)))
    expect(banner).to_have_class("signal unannounced")
    expect(banner).to_contain_text("◌ SIGNAL LOST, NOT ANNOUNCED")
    expect(header).to_contain_text("□ NO DATA")
    tell(sky, topic, b"")
    expect(banner).to_have_count(0)


def test_flood_and_chatter_are_said(sky: Sky, page: Page) -> None:
    sky.run(sky.flight.put(scene.alarm()))
    flood: dict[str, Value] = {
        "GND_ALARM_FLOOD": 1,
        "GND_ANNUNCIATIONS_10MIN": 14,
        "GND_CHATTERING": "iss/USLAB000022.limit",
    }
    sky.repeat("ground", "ingest", flood)
    banner = page.locator("#flood-banner")
    expect(banner).to_contain_text("≣ ALARM FLOOD: 14 annunciations in 10 min")
    expect(alarm(page, "USLAB000022")).to_contain_text("≋ CHATTERING")
    sky.land()
    sky.repeat("ground", "ingest", {"GND_ALARM_FLOOD": 0, "GND_CHATTERING": ""})
    expect(banner).to_be_empty()
    expect(alarm(page, "USLAB000022")).not_to_contain_text("CHATTERING")


def test_plan_strip_counts_down_and_asks_by_name(sky: Sky, page: Page) -> None:
    for plan in (scene.thruster_test(go=False), scene.undocking()):
        tell(sky, sky.flight.topics.plan("soyuz", plan.activity.id), wire.encode(plan))
    used = {"DER_BUDGET_ON_TIME": 43.0, "DER_BUDGET_PROPELLANT": 40.0}
    sky.run(sky.flight.frame("soyuz", "derived", used))
    now, coming = page.locator(".plan-line").nth(0), page.locator(".plan-line").nth(1)
    expect(now).to_contain_text("▶ NOW")
    expect(now).to_contain_text(re.compile(r"09:03:00.09:17:12 closes in [34]:\d\d"))
    expect(now).to_contain_text("✖ NO-GO (1)")
    expect(now).to_contain_text("used: on-time 43 %, propellant 40 %")
    expect(coming).to_contain_text("◷ NEXT")
    expect(now.locator(".plan-about")).to_be_hidden()
    now.locator(".plan-title").click()
    expect(now.locator(".plan-about")).to_contain_text("NO-GO desaturation: ENABLED")

    coming.get_by_role("button", name="approve").click()
    expect(page.get_by_text("Enter your name")).to_be_visible()
    page.locator("#operator").fill("P. Duty")
    now.get_by_role("button", name="abort").click()
    now.get_by_role("button", name="abort: sure?").click()
    coming.get_by_role("button", name="approve").click()
    # nobody answers here, and that is said
    expect(page.get_by_text("No answer from ingest for Soyuz MS-18 undocking")).to_be_visible()
    asked = [(verb, command.plan, command.by) for verb, command in sky.flight.plan_commands]
    assert asked == [
        (PlanVerb.ABORT, "ms18-thruster-test", "P. Duty"),
        (PlanVerb.APPROVE, "ms18-undocking", "P. Duty"),
    ]


def test_alarm_is_shelved_with_a_reason(sky: Sky, page: Page) -> None:
    sky.run(sky.flight.put(scene.alarm()))
    row = alarm(page, "USLAB000022")
    row.click()
    page.locator("#operator").fill("P. Duty")
    page.get_by_role("button", name="Shelve", exact=True).click()
    expect(page.get_by_text("Give the reason")).to_be_visible()
    page.locator("#comment").fill("sensor under repair")
    page.get_by_role("button", name="Shelve", exact=True).click()
    expect(row).to_contain_text(re.compile(r"SHELVED until \d\d:\d\d.*sensor under repair"))


def test_link_opens_the_parameter_at_its_minute(sky: Sky, console: Console, page: Page) -> None:
    sky.run(sky.flight.put(scene.alarm("USLAB000010")))
    page.goto(f"{console.url}?at=2021-10-15T09:12Z&craft=iss&parameter=USLAB000010")
    expect(page.locator(".link-note")).to_contain_text("nothing was acknowledged")
    expect(page.get_by_text("CMG momentum, share of capacity (USLAB000010)")).to_be_visible()
    expect(page.locator("#chart-note")).to_contain_text("Up to 2021-10-15T09:17:00Z")
    expect(alarm(page, "USLAB000010")).to_contain_text("UNACK")


def test_pages_are_reached_from_each_other(page: Page) -> None:
    on(page, "Alarms").get_by_role("link", name="Scorecard").click()
    expect(page.get_by_text("nothing to judge")).to_be_visible()
    page.get_by_role("link", name="Shift handover").click()
    expect(page.locator("#handover-body")).to_contain_text("Signatures")
    expect(on(page, "Systems").locator(".row").first).to_be_attached()
