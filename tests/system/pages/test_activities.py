"""The life of an activity from the page, by two people, as they do it; and what the page says
before ingest has to refuse.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS, Station, station

FILE = b"""
[[activity]]
id = "reboost-1"
title = "Reboost before the Progress arrival"
kind = "reboost"
spacecraft = "iss"
start = 2021-10-15T11:25:00Z
end = 2021-10-15T11:33:00Z
may_fire = ["zvezda"]
planned_states = ["rs-control"]

[[activity]]
id = "undocking"
title = "Soyuz MS-18 undocking"
kind = "undocking"
spacecraft = "soyuz"
start = 2021-10-15T12:14:00Z
end = 2021-10-15T12:24:00Z
may_fire = ["soyuz"]
"""


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """Amid the test window of ms18, some minutes before anything goes wrong."""
    with station(tmp_path_factory.mktemp("station"), at="09:03") as flight:
        yield flight


@pytest.fixture
def ann(flight: Station, desk: OpenDesk) -> Page:
    return sit_down(desk("Ann", width=1366, height=768).open(f"{flight.url}activities"))


@pytest.fixture
def bob(flight: Station, desk: OpenDesk) -> Page:
    return sit_down(desk("Bob", width=1366, height=768).open(f"{flight.url}activities"))


def sit_down(page: Page) -> Page:
    """The page once it knows the plan of the scenario."""
    expect(page.locator(".list")).to_contain_text("Soyuz motion control test before undocking")
    return page


def act(page: Page, name: str) -> Locator:
    return page.locator(".acts").get_by_role("button", name=name, exact=True)


def surely(page: Page, name: str) -> None:
    act(page, name).click()
    act(page, f"{name}: sure?").click()


def choose(page: Page, title: str) -> None:
    page.locator(".list button").filter(has_text=title).click()
    expect(page.locator(".card h2")).to_have_text(title)


def answered(page: Page, words: str) -> None:
    expect(page.locator(".card .answer")).to_contain_text(words)


def stands(page: Page, word: str) -> None:
    expect(page.locator(".card header .state")).to_contain_text(word)


def propose(page: Page, title: str, start: str, end: str) -> None:
    page.get_by_role("button", name="+ Propose").click()
    page.get_by_label("Spacecraft").select_option("soyuz")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Start").fill(start)
    page.get_by_label("End", exact=True).fill(end)


def test_an_activity_lives_by_two_people(ann: Page, bob: Page) -> None:
    title = "Second motion control test"
    propose(ann, title, "2021-288T09:00", "2021-10-15 08:50")
    form = ann.locator(".propose")
    expect(form).to_contain_text("must be after start")
    ann.get_by_label("May fire").fill("soyuz")
    ann.get_by_label("Longest pulse").fill("half")
    expect(form).to_contain_text("'half' is no number")
    ann.get_by_label("Longest pulse").fill("5")
    ann.get_by_label("On-time").fill("2")
    ann.get_by_label("End", exact=True).fill("2021-10-15 10:40")
    expect(form).to_contain_text("is beyond the whole on_time_s 2")
    ann.get_by_label("Longest pulse").fill("0.5")
    ann.get_by_label("Comment", exact=True).fill("as agreed at the planning meeting")
    expect(form).to_contain_text("Hazardous")
    expect(ann.locator(".drawing .draft")).to_be_attached()
    ann.screenshot(path=SCREENSHOTS / "activities-propose.png")
    ann.locator(".propose .begin").click()
    stands(ann, "PROPOSED")
    expect(ann.locator(".card .facts")).to_contain_text("soyuz/second-motion-control-test")
    expect(ann).to_have_url(re.compile("activity=soyuz(/|%2F)second-motion-control-test"))

    # the one who proposed it cannot approve it: said before, and nothing is sent
    expect(ann.locator(".act-note")).to_contain_text("another person must approve it")
    expect(act(ann, "Approve")).to_have_attribute("aria-disabled", "true")
    act(ann, "Approve").click(force=True)
    answered(ann, "Not asked. You proposed it")
    # and ingest refuses it whatever the page says
    refused = ann.evaluate(
        """stationwatch.plans.ask('approve',
        stationwatch.model.plans.rows.get('soyuz/second-motion-control-test'), {})"""
    )
    assert "another person must approve it" in refused["refused"]
    stands(ann, "PROPOSED")

    choose(bob, title)
    expect(bob.locator(".journal")).to_contain_text("as agreed at the planning meeting")
    act(bob, "Approve").click()
    answered(bob, "Done: APPROVED, version 2")
    stands(bob, "IN FORCE")
    stands(ann, "IN FORCE")  # who looks on sees it too

    act(bob, "Check now").click()
    answered(bob, "Checked: NO-GO")  # desaturation is inhibited, and this one does not plan that
    expect(bob.locator(".card .check")).to_contain_text("✖ NO-GO")
    act(bob, "Start in spite of NO-GO").click()
    answered(bob, "give the reason to start all the same")
    bob.get_by_label("Reason or comment").fill("the test's own activity inhibits it")
    bob.screenshot(path=SCREENSHOTS / "activities-no-go.png")
    surely(bob, "Start in spite of NO-GO")
    answered(bob, "Done: STARTED")
    stands(ann, "STARTED")
    expect(ann.locator(".journal")).to_contain_text("override: the test's own activity inhibits it")

    # more time: asked for by one with a reason, approved by the other
    act(ann, "+20 min").click()
    answered(ann, "Say why it needs more time")
    ann.get_by_label("Reason or comment").fill("the test slipped 20 min")
    act(ann, "+20 min").click()
    answered(ann, "until 2021-10-15 11:00:00 UTC; another person must approve it")
    expect(ann.locator(".act-note")).to_contain_text("You asked for more time")
    act(bob, "Approve to 11:00:00").click()
    answered(bob, "Done: STARTED")
    expect(bob.locator(".card .facts")).to_contain_text("to 2021-10-15 (288) 11:00:00 UTC")

    bob.get_by_label("Reason or comment").fill("enough")
    surely(bob, "Abort")
    answered(bob, "Done: ABORTED")
    stands(ann, "ABORTED")
    expect(ann.locator(".list")).not_to_contain_text(title)
    ann.locator(".list-head").get_by_role("button", name="Over", exact=True).click()
    expect(ann.locator(".list")).to_contain_text(title)
    expect(ann.locator(".journal")).to_contain_text("aborted: enough")
    ann.screenshot(path=SCREENSHOTS / "activities-over.png")

    # the address says what is looked at
    ann.reload()
    stands(ann, "ABORTED")
    expect(ann.locator(".card h2")).to_have_text(title)


def test_a_plan_file_is_proposed_when_all_of_it_is_right(ann: Page) -> None:
    wrong = FILE.replace(b'"undocking"', b'"un-docking"', 2).replace(b'["zvezda"]', b'"zvezda"')
    picker = ann.locator(".file-choice input")
    picker.set_input_files({"name": "tests.toml", "mimeType": "text/plain", "buffer": wrong})
    problems = ann.locator(".plan-file .problems li")
    expect(problems).to_have_count(2)
    expect(problems.nth(0)).to_contain_text("[activity[1]] may_fire: must be a list of texts")
    expect(ann.locator(".plan-file .begin")).to_be_hidden()
    picker.set_input_files({"name": "tests.toml", "mimeType": "text/plain", "buffer": FILE})
    expect(ann.locator(".plan-file .found li")).to_have_count(2)
    ann.get_by_role("button", name="Propose all 2").click()
    stands(ann, "PROPOSED")
    expect(ann.locator(".card h2")).to_have_text("Reboost before the Progress arrival")
    expect(ann.locator(".list")).to_contain_text("Soyuz MS-18 undocking")


def test_the_time_line_is_used_by_keyboard_and_its_address_tells_it(ann: Page) -> None:
    line = ann.locator(".line")
    test = line.locator(".bar").filter(has_text="Soyuz motion control test before undocking")
    expect(line.locator(".drawing .now").first).to_be_attached()
    test.focus()
    test.press("Enter")
    expect(ann.locator(".card h2")).to_have_text("Soyuz motion control test before undocking")
    expect(ann.locator(".budgets")).to_contain_text("on-time used")
    ann.locator("body").press("-")
    expect(ann).to_have_url(re.compile("range=6h"))
    ann.locator("body").press("ArrowRight")
    expect(ann).to_have_url(re.compile("from=2021-10-15T"))
    expect(line.get_by_role("button", name="Now")).to_have_attribute("aria-pressed", "false")
    shown = ann.locator(".drawing .hour").all_text_contents()
    ann.reload()
    expect(ann.locator(".drawing .hour")).to_have_text(shown)
    ann.locator("body").press("n")
    expect(line.get_by_role("button", name="Now")).to_have_attribute("aria-pressed", "true")


def test_silence_of_ingest_is_said(flight: Station, ann: Page) -> None:
    choose(ann, "Soyuz motion control test before undocking")
    flight.stop("ingest")
    try:
        act(ann, "Check now").click()
        answered(ann, "NO ANSWER: no answer from ingest within 4 s")
    finally:
        flight.start("ingest")


SCHEDULE = """{
  from: 1000, to: 9000, links: ["russian"],
  windows: [{link: "russian", start: 2000, end: 4000}, {link: "russian", start: 3000, end: 5000},
            {link: "ku", start: 5000, end: 9000}, {link: "russian", start: 8000, end: 9500}],
}"""


@pytest.mark.parametrize(
    ("link", "start", "end", "gaps"),
    [
        ("russian", 2000, 5000, []),
        ("russian", 1000, 9000, [[1000, 2000], [5000, 8000]]),
        ("russian", 0, 3000, [[1000, 2000]]),  # before it begins nothing is announced
        ("russian", 6000, 7000, [[6000, 7000]]),
        ("russian", 9000, 9900, None),
        ("s-band", 2000, 5000, None),
    ],
)
def test_a_window_knows_where_no_contact_is_announced(
    ann: Page, link: str, start: int, end: int, gaps: list[list[int]] | None
) -> None:
    found = ann.evaluate(
        f"""stationwatch.activities.gapsIn({SCHEDULE}, "{link}", {start}, {end})
        ?.map(({{start, end}}) => [start, end]) ?? null"""
    )
    assert found == gaps


@pytest.mark.parametrize(
    ("now", "words"),
    [(900_000, "✓ GO"), (1_030_000, "✓ GO"), (1_070_000, "✓ GO at 00:16")],
)
def test_a_check_is_of_its_time_once_the_window_is_open(ann: Page, now: int, words: str) -> None:
    row = "{state: 'APPROVED', start: 1e6, check: {go: true, t: 999000, items: []}}"
    assert ann.evaluate(f"stationwatch.plans.verdict({row}, {now}).text") == words
