"""Being told, in a real browser: what was missed is listed, the tab says it, and it sounds.

The sound is Chromium's own WebAudio: what is asked is its state and what was given it to play.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

import dashboard
from telemetry.alarm import Event, EventKind, State
from telemetry.clock import SECOND_NS, SystemClock
from telemetry.limit import Severity
from tests.servers.chromium import Watch
from tests.system.sky import Console, Sky

WITHIN_MS = 15_000

expect.set_options(timeout=WITHIN_MS)

ROLL, PITCH, YAW = "USLAB000022", "USLAB000023", "USLAB000024"
ASSETS = Path(dashboard.__file__).parent / "assets"

#: A browser that is told to hide a page does not do so without a screen; the page is told instead.
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
PLAYED = "() => stationwatch.annunciator.sound.log.map((one) => one.pattern)"


@pytest.fixture
def page(browser: Browser, console: Console, sky: Sky) -> Iterator[Page]:
    sky.run(sky.flight.announce())
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(WITHIN_MS)
    watch = Watch.over(page)
    page.goto(console.url)
    expect(page.locator("#page-badge")).to_have_text("● PAGE LIVE")
    page.wait_for_function("() => window.stationwatch.annunciator")
    yield page
    assert watch.elsewhere == []
    assert not [one for one in watch.complaints if "WebSocket connection" not in one]
    context.close()


def violate(sky: Sky, parameter: str, severity: Severity = Severity.WARNING) -> Event:
    """An alarm; its event, as ingest would have put it into the store."""
    alarm = sky.run(sky.flight.violate("iss", parameter, severity, 9.5, "above 5 deg"))
    return Event(
        id=f"{alarm.occurrence}/{alarm.events}",
        kind=EventKind.VIOLATED,
        time_ns=alarm.since_ns,
        received_ns=SystemClock().now_ns(),
        previous=State.NORMAL,
        alarm=alarm,
        annunciate=True,
    )


def test_what_came_while_the_page_was_hidden_is_listed_on_return(sky: Sky, page: Page) -> None:
    missed = page.locator("#missed")
    violate(sky, YAW)  # seen when it comes
    expect(page.locator("#alarm-counts")).to_contain_text("WARNING 1")
    page.evaluate(HIDE, True)
    violate(sky, ROLL)
    violate(sky, PITCH, Severity.CAUTION)
    sky.run(sky.flight.return_to_normal("iss", PITCH))
    expect(page.locator("#alarm-counts")).to_contain_text("▲ CAUTION 1")
    expect(missed).to_be_empty()
    page.evaluate(HIDE, False)
    expect(missed).to_contain_text(
        "(page hidden): 2 alarms: 1 not acknowledged, still so, 1 back in limits"
    )
    expect(missed.locator("li")).to_have_count(2)
    expect(missed).to_contain_text("ISS Attitude error, roll")
    expect(missed).not_to_contain_text("yaw")
    # it stays on other pages, and when the page is loaded anew, until it is dismissed
    page.locator("#nav a").nth(1).click()
    expect(missed.locator("li")).to_have_count(2)
    page.reload()
    expect(missed.locator("li")).to_have_count(2)
    missed.get_by_role("button", name="Dismiss").click()
    expect(missed).to_be_empty()
    page.reload()
    expect(page.locator("#alarm-counts")).to_contain_text("▲ CAUTION 1")
    expect(missed).to_be_empty()


def test_what_came_while_the_page_was_frozen_is_listed(sky: Sky, page: Page) -> None:
    page.evaluate(
        """() => void setTimeout(() => {
          const end = performance.now() + 7000;
          while (performance.now() < end);
        })"""
    )
    violate(sky, ROLL)
    missed = page.locator("#missed")
    expect(missed).to_contain_text("1 alarm: 1 not acknowledged, still so")
    expect(missed).to_contain_text("page frozen")


def test_what_came_and_went_while_disconnected_is_listed_from_the_journal(
    sky: Sky, console: Console, page: Page
) -> None:
    violate(sky, YAW)
    expect(page.locator("#alarm-counts")).to_contain_text("WARNING 1")
    console.stop()
    expect(page.locator("#page-state")).to_contain_text("PAGE NOT UPDATING")
    stands, went = violate(sky, ROLL), violate(sky, PITCH, Severity.CAUTION)
    quiet = replace(went, id="quiet", annunciate=False, alarm=replace(went.alarm, subject="X"))
    long_ago = replace(went, id="before", received_ns=went.received_ns - 900 * SECOND_NS)
    sky.run(sky.store.append_events([stands, went, quiet, long_ago]))
    # gone before anybody is back: only the journal knows
    sky.run(sky.flight.put(replace(went.alarm, state=State.NORMAL)))
    console.start()
    missed = page.locator("#missed")
    expect(missed.locator("li")).to_have_count(2)
    expect(missed).to_contain_text(
        "(no connection): 2 alarms: 1 not acknowledged, still so, 1 over"
    )
    expect(missed).to_contain_text("ISS Attitude error, pitch")
    expect(page.locator("#page-state")).to_be_empty()


def test_what_the_list_of_the_missed_has_no_room_for_is_counted(sky: Sky, page: Page) -> None:
    page.evaluate(HIDE, True)
    violate(sky, ROLL)
    page.wait_for_function("() => stationwatch.annunciator.missed.recent.length === 1")
    page.evaluate(
        """() => {
          const [{ event }] = stationwatch.annunciator.missed.recent;
          for (let i = 1; i <= 511; i++) {
            const row = { ...event.row, occurrence: `${event.row.occurrence}/${i}` };
            stationwatch.annunciator.missed.add([{ ...event, row }], 0, 1, "page hidden");
          }
        }"""
    )
    page.evaluate(HIDE, False)
    missed = page.locator("#missed")
    expect(missed).to_contain_text("500 alarms")
    expect(missed).to_contain_text("and 12 more: open the journal")
    expect(missed.locator("li")).to_have_count(500)


def test_without_the_journal_what_stands_is_listed_and_what_is_unknown_is_said(
    sky: Sky, console: Console, page: Page
) -> None:
    violate(sky, YAW)
    expect(page.locator("#alarm-counts")).to_contain_text("WARNING 1")
    console.stop()
    expect(page.locator("#page-state")).to_contain_text("PAGE NOT UPDATING")
    violate(sky, ROLL)
    console.start("--store=remote+http://127.0.0.1:1")
    missed = page.locator("#missed")
    expect(missed.locator("li")).to_have_count(1)
    expect(missed).to_contain_text("Attitude error, roll")
    expect(missed).to_contain_text("What came and went in between is not known")


def test_the_tab_says_how_many_nobody_has_acknowledged(sky: Sky, page: Page) -> None:
    icon = page.locator("link[rel=icon]")
    quiet = icon.get_attribute("href")
    page.evaluate(HIDE, True)
    violate(sky, ROLL)
    page.wait_for_function("() => document.title.startsWith('(1) ')")
    assert icon.get_attribute("href") != quiet
    page.evaluate(HIDE, False)
    page.locator("#operator").fill("P. Duty")
    page.evaluate(
        "() => stationwatch.ask.alarm('acknowledge', [...stationwatch.model.alarms.rows.values()])"
    )
    page.wait_for_function("() => !/^\\(\\d/.test(document.title)")
    page.wait_for_function(f"() => document.querySelector('link[rel=icon]').href === '{quiet}'")


def test_that_the_browser_lets_nothing_sound_is_said_until_the_page_is_touched(
    browser: Browser, console: Console, sky: Sky
) -> None:
    sky.run(sky.flight.announce())
    violate(sky, ROLL)
    context = browser.new_context()
    page = context.new_page()
    # whatever Playwright asks of a page counts as touching it; so the page itself tells
    page.add_init_script(
        """setInterval(() => {
          const text = document.getElementById("sound-status")?.textContent;
          if (text && text !== window.said) console.log((window.said = text));
        }, 50);"""
    )
    with page.expect_console_message(lambda said: "♪" in said.text) as first:
        page.goto(console.url)
    assert first.value.text == "♪ Sound is blocked: click here"
    page.mouse.click(300, 300)
    expect(page.locator("#sound-status")).to_have_text("♪ WARNING")
    page.wait_for_function(f"() => ({PLAYED})().includes('twotone')")
    context.close()


def test_it_sounds_until_it_is_silenced_or_acknowledged(sky: Sky, page: Page) -> None:
    status = page.locator("#sound-status")
    status.click()
    expect(status).to_have_text("♪ Sound on")
    assert page.evaluate("() => stationwatch.annunciator.sound.context.state") == "running"
    page.keyboard.press("Escape")
    assert page.evaluate(PLAYED) == []
    violate(sky, PITCH, Severity.CAUTION)
    page.wait_for_function(f"() => ({PLAYED})().includes('steady')")
    assert page.evaluate("() => stationwatch.annunciator.sound.playing.size") > 0
    # what is worse does not wait for its turn
    violate(sky, ROLL, Severity.WARNING)
    page.wait_for_function(f"() => ({PLAYED})().at(-1) === 'twotone'")
    expect(status).to_have_text("♪ WARNING")
    # and goes on
    page.wait_for_function(f"() => ({PLAYED})().filter((one) => one === 'twotone').length >= 2")
    page.get_by_role("button", name="Silence").click()
    expect(status).to_have_text("♪ Sound on")
    assert page.evaluate("() => stationwatch.annunciator.sound.playing.size") == 0
    # silence is for what sounded; a new one sounds
    violate(sky, YAW, Severity.CAUTION)
    expect(status).to_have_text("♪ CAUTION")
    page.wait_for_function(f"() => ({PLAYED})().at(-1) === 'steady'")
    page.locator("#operator").fill("P. Duty")
    page.evaluate(
        "() => stationwatch.ask.alarm('acknowledge', [...stationwatch.model.alarms.rows.values()])"
    )
    expect(status).to_have_text("♪ Sound on")
    assert page.evaluate("() => stationwatch.annunciator.sound.playing.size") == 0


def test_of_two_pages_of_one_browser_one_sounds_and_the_other_takes_over(
    sky: Sky, console: Console, page: Page
) -> None:
    page.locator("#sound-status").click()
    expect(page.locator("#sound-status")).to_have_text("♪ Sound on")
    other = page.context.new_page()
    other.goto(console.url)
    other.wait_for_function("() => window.stationwatch.annunciator")
    other.locator("#sound-status").click()
    expect(other.locator("#sound-status")).to_have_text("♪ Sound on")
    leads = "() => stationwatch.annunciator.voice.leads(performance.now())"
    other.wait_for_function(f"() => !({leads})()")
    assert page.evaluate(leads)
    violate(sky, ROLL)
    page.wait_for_function(f"() => ({PLAYED})().includes('twotone')")
    # both say so, and each can silence it
    expect(other.locator("#sound-status")).to_have_text("♪ WARNING")
    assert other.evaluate(PLAYED) == []
    other.get_by_role("button", name="Silence").click()
    expect(page.locator("#sound-status")).to_have_text("♪ Sound on")
    violate(sky, PITCH)
    page.wait_for_function("() => stationwatch.annunciator.sounding.level")
    assert other.evaluate(PLAYED) == []
    page.goto("about:blank")
    other.wait_for_function(f"() => ({PLAYED})().includes('twotone')")


def test_sounds_are_chosen_tested_and_muted_for_two_minutes_at_most(sky: Sky, page: Page) -> None:
    status = page.locator("#sound-status")
    status.click()
    page.get_by_label("Sound of WARNING", exact=True).select_option("pulses")
    page.get_by_label("Test the sound of WARNING").click()
    page.wait_for_function(f"() => ({PLAYED})().at(-1) === 'pulses'")
    assert page.get_by_label("Sound of CAUTION", exact=True).locator(
        "option"
    ).all_inner_texts() == [
        "Chime",
        "Steady",
        "Pulses",
        "Two-tone",
        "Siren",
    ]  # and no way to turn it off
    page.get_by_role("button", name="Mute for 2 min").click()
    expect(status).to_contain_text("♪ Muted 1:5")
    violate(sky, ROLL)
    expect(page.locator("#alarm-counts")).to_contain_text("WARNING 1")
    assert page.evaluate(PLAYED) == ["pulses"]
    page.get_by_role("button", name="Unmute").click()
    page.wait_for_function(f"() => ({PLAYED})().length === 2")
    page.reload()
    status.click()
    expect(page.get_by_label("Sound of WARNING", exact=True)).to_have_value("pulses")


@pytest.fixture
def machine(browser: Browser) -> Iterator[Page]:
    """What decides about sound, on a page of its own: it takes the time as an argument."""
    page = browser.new_page()
    page.goto("about:blank")
    # such a page has no storage
    page.evaluate("() => Object.defineProperty(window, 'localStorage', { value: new Map() })")
    page.evaluate("() => (localStorage.getItem = localStorage.get)")
    page.add_script_tag(content=(ASSETS / "annunciator" / "sounding.js").read_text())
    page.evaluate(
        """() => {
          const every = { every: 4 };
          window.one = new stationwatch.Sounding({ steady: every, twotone: every, siren: every });
          window.alarm = (more) => ({ id: "a", occurrence: "o", annunciated: 1, severity: 3,
            unacknowledged: true, silenced: false, last: false, late: false, ...more });
        }"""
    )
    yield page
    page.close()


@pytest.mark.parametrize(
    ("alarms", "live", "sounds"),
    [
        ([], True, None),
        ([{}], True, "twotone"),
        ([{}, {"severity": 4}], True, "siren"),
        ([{"severity": 1}], True, None),
        ([{"unacknowledged": False}], True, None),
        ([{"silenced": True}], True, None),
        ([{"last": True}], True, None),
        ([{"late": True}], True, None),
        ([{"annunciated": 0}], True, None),
        ([{}], False, None),
    ],
)
def test_what_sounds(
    machine: Page, alarms: list[dict[str, object]], live: bool, sounds: str | None
) -> None:
    step = "([alarms, live]) => one.step(alarms.map(alarm), 0, live)"
    assert machine.evaluate(step, [alarms, live]) == sounds


def test_it_repeats_at_its_pace_and_a_mute_ends_by_itself(machine: Page) -> None:
    times = machine.evaluate(
        """() => {
          const heard = [];
          for (let now = 0; now < 200000; now += 250) {
            if (now === 10000) one.mute(now);
            if (one.step([alarm()], now, true)) heard.push(now);
          }
          return heard;
        }"""
    )
    assert times[:4] == [0, 4000, 8000, 130_000]
    assert times[4] == 134_000


def test_settings_that_cannot_be_are_as_at_first(machine: Page) -> None:
    read = "(text) => stationwatch.readSettings(text, one.patterns)"
    for text in (
        "",
        "no JSON",
        "[]",
        '{"classes":{"3":""},"volume":0}',
        '{"classes":{"3":"no such"}}',
    ):
        said = machine.evaluate(read, text)
        assert said["classes"]["3"] == "twotone"
        assert said["volume"] == 0.5
        assert said["elsewhere"] is False
