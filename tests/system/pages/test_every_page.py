"""Every page in every size and both themes, amid an incident: nothing cut, nothing on top of
something else, no word that is none of an operator's; and usable without a mouse or eyes.

The screenshots are kept in build/screenshots/pages, for people to look at.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS, Station, station

PAGES = (
    "/",
    "/attitude",
    "/propulsion",
    "/systems",
    "/systems/iss/eps",
    "/activities",
    "/alarms",
    "/alarms/incidents",
    "/alarms/journal",
    "/alarms/notifications",
    "/scorecard",
    "/handover",
    "/trends?p=iss/USLAB000010,iss/USLAB000022",
    "/replay",
    "/backtest",
    "/training",
    "/ground",
    "/database?q=momentum&p=iss/USLAB000010",
)
SIZES = ((1366, 768), (1920, 1080), (2560, 1440))
FAULTS = (Path(__file__).parent / "faults.js").read_text()
#: Of axe-core's impacts, those that keep somebody from using a page.
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """Thrusters fire 8 s after it begins, and the station turns."""
    with station(tmp_path_factory.mktemp("station"), at="09:12:10") as flight:
        yield flight


@pytest.mark.parametrize("path", PAGES)
def test_page_is_as_it_should_be(flight: Station, desk: OpenDesk, path: str) -> None:
    page = desk("P. Duty").open(flight.url + path.removeprefix("/"))
    expect(page.locator("#alarm-counts")).to_contain_text("WARNING")
    expect(page.locator("#page [data-page]")).to_be_attached()
    name = path.partition("?")[0].strip("/").replace("/", "-") or "watch"
    wrong: list[str] = []
    for theme in ("dark", "light"):
        if theme == "light":
            page.locator("#theme-toggle").click()
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            _settled(page)
            shot = SCREENSHOTS / "pages" / f"{name}-{width}-{theme}.png"
            page.screenshot(path=shot)
            found: list[str] = page.evaluate(FAULTS)
            wrong += [f"{name} at {width}, {theme}: {one}" for one in found]
        wrong += [f"{name}, {theme}: {one}" for one in _axe(page)]
    assert "\n".join(wrong) == ""


def _settled(page: Page) -> None:
    """Two frames after what Dash still asks for has come."""
    page.wait_for_function("() => !document.querySelector('[data-dash-is-loading=true]')")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 300)))")


def _axe(page: Page) -> list[str]:
    found: Any = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node['html'][:120]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"][:4]
    ]
