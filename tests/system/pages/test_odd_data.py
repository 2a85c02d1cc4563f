"""What is rare must look intended: no data, no ship, long names, huge numbers, a new parameter."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from telemetry.missiondb import SHIPPED
from telemetry.parameter import Value
from tests.servers.mosquitto import Mosquitto
from tests.system.pages.conftest import OpenDesk
from tests.system.pages.test_every_page import FAULTS, PAGES
from tests.system.sky import Console, Sky

LONG = "Gyroscope " + "assembly temperature after the second of the four heat exchangers " * 3
ADDED = f"""
[parameter.NEW000001]
name = "{LONG.strip()}"
type = "float"
unit = "deg C"
"""


def faults(page: Page) -> list[str]:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 300)))")
    found: list[str] = page.evaluate(FAULTS)
    return [f"{page.url}: {one}" for one in found]


def all_pages(page: Page, console: Console) -> str:
    """What is wrong with any page."""
    page.set_viewport_size({"width": 1366, "height": 768})
    wrong: list[str] = []
    for path in PAGES:
        page.goto(console.url + path.removeprefix("/"))
        expect(page.locator("#page [data-page]")).to_be_attached()
        expect(page.locator("#page-badge")).to_have_text("● PAGE LIVE")
        wrong += faults(page)
    return "\n".join(wrong)


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """A mission database of one's own, as shipped."""
    folder = tmp_path / "missiondb"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return folder


def test_no_data_yet(console: Console, desk: OpenDesk) -> None:
    page = desk("P. Duty").open(console.url)
    assert all_pages(page, console) == ""
    page.goto(f"{console.url}systems")
    expect(page.locator(".row .value").first).to_have_text("NO DATA")
    expect(page.locator("#alarms-stale")).to_contain_text("ingest was never heard of")


def test_no_ship(sky: Sky, console: Console, edited: Path, desk: OpenDesk) -> None:
    """A mission database without Soyuz; what it sends all the same is nobody's."""
    shutil.rmtree(edited / "soyuz")
    rules = edited / "incidents.toml"
    rules.unlink()
    console.stop()
    console.start(f"--missiondb={edited}")
    sky.run(sky.flight.announce())
    sky.fly()
    page = desk("P. Duty").open(console.url)
    assert all_pages(page, console) == ""
    expect(page.locator("#spacecraft-states")).not_to_contain_text("SOYUZ")


def test_huge_missing_invalid_and_long_values(sky: Sky, console: Console, desk: OpenDesk) -> None:
    sky.run(sky.flight.announce())
    values: dict[str, Value] = {
        "USLAB000022": 1e300,
        "USLAB000023": -1.5e-300,
        "USLAB000009": 123456789012345678.0,
        "USLAB000010": -0.0,
        "USLAB000005": 2**60,
        "USLAB000012": 99,
    }
    sky.repeat("iss", "adcs", values)
    said: dict[str, Value] = {"DER_TORQUE_CONSISTENT": "Soyuz lateral +X, " * 30}
    sky.repeat("iss", "derived", said)
    page = desk("P. Duty").open(f"{console.url}systems")
    row = page.locator("[data-parameter='iss/USLAB000022'] .value")
    expect(row).to_have_text("1.000e+300")
    sky.run(sky.flight.frame("iss", "adcs", {}, {"USLAB000024": 7}))
    expect(page.locator("[data-parameter='iss/USLAB000012'] .value")).to_contain_text("UNKNOWN")
    expect(page.locator("[data-parameter='iss/USLAB000024'] .value")).to_have_text("INVALID q7")
    assert all_pages(page, console) == ""


def test_a_parameter_is_added_while_pages_are_open(
    sky: Sky, console: Console, edited: Path, frail_broker: Mosquitto, desk: OpenDesk
) -> None:
    sky.run(sky.flight.announce())
    sat = desk("P. Duty")
    page = sat.open(f"{console.url}systems")
    page.evaluate("window.opened = true")
    with (edited / "iss" / "adcs.toml").open("a") as file:
        file.write(ADDED)
    console.stop()
    console.start(f"--missiondb={edited}")
    # another mission database is another document; the page loads it by itself
    row = page.locator("[data-parameter='iss/NEW000001']")
    expect(row).to_be_attached()
    assert page.evaluate("window.opened") is None
    sky.run(sky.flight.frame("iss", "adcs", {"NEW000001": 21.5}))
    expect(row.locator(".value")).to_have_text("21.500")
    expect(row.locator(".name")).to_have_attribute("title", re.compile("heat exchangers"))
    assert faults(page) == []
    sat.forgive(r"WebSocket connection to|Failed to load resource|Failed to fetch|ERR_CONNECTION")
