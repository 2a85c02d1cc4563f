"""The attitude page on the real parts, on 15 October 2021: held, pushed, lost, not heard."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS, Station, station

MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def flight(tmp_path: Path) -> Iterator[Station]:
    """Thrusters fire 28 s after it begins, control is lost 40 s later."""
    with station(tmp_path, at="09:11:50", speed=2) as flight:
        yield flight


def words(page: Page, selector: str, said: str) -> None:
    expect(page.locator(selector)).to_have_text(re.compile(said))


def numbers(page: Page, name: str) -> list[float]:
    cells = page.locator(f"td.{name}").all_inner_texts()
    return [float(cell.replace(MINUS, "-")) for cell in cells]


def test_attitude_is_held_pushed_and_lost(flight: Station, desk: OpenDesk) -> None:
    page = desk("P. Duty").open(f"{flight.url}attitude")
    words(page, ".control-word", "^US CMGs$")
    words(page, ".control-detail", "Master: US segment")
    expect(page.locator(".attitude-indicator")).to_have_class("attitude-indicator is-live")
    words(page, ".attitude-indicator .scale >> nth=0", "error ±1°")
    # commanded as the scenario has it, measured near it
    expect(page.locator("td.commanded").first).to_have_text("+0.70")
    expect(page.locator("td.measured").first).to_have_text(re.compile(r"\+0\.[67]"))
    assert numbers(page, "commanded") == [0.7, -2.0, -4.0]
    for error, measured in zip(numbers(page, "measured"), (0.7, -2.0, -4.0), strict=True):
        assert math.isclose(error, measured, abs_tol=0.3)
    words(page, "[data-net='iss/DER_NET_SATURATION']", "^1 h or more$")
    expect(page.locator(".cmg .rpm")).to_have_text([re.compile(r"^66\d\d$")] * 4)
    expect(page.locator(".momentum-vector .tip").first).to_have_attribute(
        "transform", re.compile(r"translate\(")
    )

    # pushed: it says how long is left, and by whom
    words(page, "[data-net='iss/DER_NET_SATURATION']", r"^\d+ s$")
    expect(page.locator("[data-readout='iss/DER_TORQUE_JETS'] .value")).to_have_text(
        "DPO-07, DPO-08"
    )

    # lost: the bar has the alarm of its parameter, the scale has followed
    words(page, ".control-word", "LOST$")
    words(page, "[data-net='iss/DER_NET_SATURATION']", "^SATURATED$")
    expect(page.locator(".needle.pitch")).to_have_class(re.compile("severity-(caution|warning)"))
    words(page, ".attitude-indicator .scale >> nth=0", "error ±(5|30)°")
    words(page, ".momentum-number", r"^(99|100)\.\d %")
    assert numbers(page, "lvlh-rate")[1] > 0.05
    page.screenshot(path=SCREENSHOTS / "attitude.png")

    # a strip goes to Trends
    page.get_by_role("link", name="Open these in Trends").click()
    expect(page).to_have_url(re.compile(r"/trends\?p=iss/DER_ATT_ERROR"))


def test_what_is_not_heard_any_more_looks_so(flight: Station, desk: OpenDesk) -> None:
    page = desk().open(f"{flight.url}attitude")
    expect(page.locator("td.lvlh-rate").first).to_have_text(re.compile(rf"^[+{MINUS}]0\.\d{{4}}$"))
    flight.stop("simulate")
    expect(page.locator(".attitude-indicator")).to_have_class("attitude-indicator is-old")
    words(page, ".attitude-indicator .word", "^(⊘ LOS|◌ STALE)$")
    words(page, ".control-detail", r"^(LOS|STALE): last known \d+ s ago")
    expect(page.locator("td.measured").first).to_have_class(re.compile("old"))
    expect(page.locator(".momentum-vector")).to_have_class("momentum-vector is-old")
    expect(page.locator(".cmg").first).to_have_class(re.compile("is-old"))
    expect(page.locator("[data-limit='iss/USLAB000023'] .limit-bar")).to_have_class(
        re.compile("old")
    )
    words(page, "[data-net='iss/DER_NET_ATTITUDE']", "^(LOS|STALE), was")
