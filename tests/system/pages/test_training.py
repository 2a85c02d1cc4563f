"""The training page as instructor and trainee use it: started, made to go wrong, acknowledged in
its own watch, looked at together afterwards.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS, Station, station
from tests.system.programs import running

SIZES = ((1366, 768), (1920, 1080), (2560, 1440))


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """A quiet live station, and a training service beside it."""
    home = tmp_path_factory.mktemp("training")
    with (
        station(home, scenario="nominal-day", at="0") as live,
        running(
            home / "training.log",
            "training",
            f"--broker={live.broker.url}",
            f"--state={home / 'state'}",
        ),
    ):
        yield live


def keep(page: Page, name: str) -> None:
    """Screenshots at every size and in both themes, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for theme in ("dark", "light"):
        page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=SCREENSHOTS / f"training-{name}-{width}-{theme}.png")
            assert not page.evaluate(
                "() => document.querySelector('.training-view').scrollWidth"
                " > document.querySelector('.training-view').clientWidth"
            )
        assert serious(page) == []
    page.evaluate("() => (document.documentElement.dataset.theme = 'dark')")
    if before:
        page.set_viewport_size(before)


def serious(page: Page) -> list[str]:
    """What axe-core finds on the page itself."""
    found = Axe().run(page, context=".training-page").response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_a_training_from_its_start_to_its_debrief(ground: Station, desk: OpenDesk) -> None:
    instructor = desk("Ina Structor").open(f"{ground.url}training")
    instructor.get_by_role("radio", name=re.compile("^ms18")).check()
    instructor.get_by_label("Begin at, UTC of the scenario").fill("09:12:08")
    wrong = instructor.locator(".moments .fault")
    expect(wrong).to_have_count(0)
    instructor.get_by_text("Instructor: what goes wrong").click()
    expect(wrong).to_contain_text("fire and go on firing")

    # what cannot be is said where it is wrong, and nothing is prepared
    instructor.get_by_label("What happens").select_option("leak")
    instructor.get_by_label("volume").select_option("station")
    instructor.get_by_label("hole", exact=True).fill("500")
    instructor.get_by_label("When, UTC of the scenario").fill("09:30")
    instructor.get_by_role("button", name="+ Prepare").click()
    expect(instructor.get_by_role("alert").filter(has_text="at most 200")).to_be_visible()
    keep(instructor, "new")
    instructor.get_by_label("hole", exact=True).fill("5")
    instructor.get_by_role("button", name="+ Prepare").click()
    expect(instructor.locator(".prepared li")).to_have_count(1)
    instructor.get_by_role("button", name="Start training").click()

    watch = instructor.get_by_role("link", name="Open its watch")
    expect(watch).to_be_visible()
    expect(instructor.get_by_text("Hidden until the training has ended")).to_be_visible()
    address = str(watch.get_attribute("href"))
    trainee = desk().page
    trainee.goto(f"{ground.url}alarms{address.removeprefix('/')}")
    expect(trainee.locator("#page-badge")).to_have_text("● PAGE CONNECTED")
    trainee.locator("#operator").fill("Ann Duty")
    trainee.locator("#operator").blur()
    expect(trainee.locator("#mode-banner")).to_contain_text("TRAINING - NOT LIVE")

    # the firing is heard, and acknowledged by the trainee
    firing = "soyuz/DER_FIRING_UNPLANNED.limit"
    row = trainee.locator(f".ag-center-cols-container [row-id='{firing}']")
    row.get_by_role("button", name=re.compile("ack", re.IGNORECASE)).first.click()
    answered = instructor.locator("tr", has_text="Firing outside its window")
    expect(answered.filter(has_text="Ann Duty")).to_be_visible()

    instructor.get_by_role("button", name="Instructor's view").click()
    expect(instructor.locator("tr", has_text="fire and go on firing")).to_contain_text("done")
    instructor.get_by_label("What happens").select_option("undock")
    instructor.get_by_label("vehicle").select_option("progress")
    instructor.get_by_role("button", name="Inject").click()
    expect(instructor.locator("tr", has_text="undock progress")).to_contain_text("is not docked")
    keep(instructor, "running")

    instructor.get_by_role("button", name="End training").click()
    expect(instructor.locator(".session.over")).to_be_visible()
    expect(instructor.locator("tr", has_text="leak station")).to_contain_text("did not come")
    expect(instructor.get_by_text("Ended by Ina Structor")).to_be_visible()
    expect(trainee.locator(".training-strip")).to_contain_text("THIS TRAINING HAS ENDED")
    keep(instructor, "debrief")

    # nothing of it is live, and the address of the debrief can be passed on
    assert firing not in instructor.evaluate("() => [...stationwatch.model.alarms.rows.keys()]")
    other = desk("A. Nother").open(instructor.url)
    expect(other.locator("tr", has_text="Ann Duty")).to_be_visible()


def test_without_a_service_the_page_says_what_to_do(desk: OpenDesk, tmp_path: Path) -> None:
    with station(tmp_path, scenario="nominal-day", at="0", craft="soyuz") as live:
        page = desk("Ina Structor").open(f"{live.url}training")
        expect(
            page.get_by_role("status").filter(has_text="The training service is not running")
        ).to_be_visible()
        expect(page.get_by_text("Start it with `stationwatch training`")).to_be_visible()
