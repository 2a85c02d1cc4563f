"""The instruments in a real browser on a page with nothing else: what numbers look like on them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import dashboard

ASSETS = Path(dashboard.__file__).parent / "assets"
INSTRUMENTS = ASSETS / "instruments"
SCRIPTS = [
    ASSETS / "dom.js",
    ASSETS / "core" / "series.js",
    ASSETS / "core" / "strip.js",
    *(INSTRUMENTS / f"{name}.js" for name in ("attitude_indicator", "limit_bar")),
    *(INSTRUMENTS / f"{name}.js" for name in ("momentum_vector", "strip_scale")),
]
MINUS = "\N{MINUS SIGN}"
STILL: dict[str, Any] = {
    "roll": 0.7,
    "pitch": -2.0,
    "yaw": -4.0,
    "errors": [0.1, 0.2, -0.5],
    "rates": [0.0, 0.01, 0.0],
    "state": "live",
}
LOOKS = [{"name": name, "word": name.upper()} for name in ("nominal", "advisory", "caution")]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content("<div id=i style='width: 300px; height: 40px'></div>")
    for script in SCRIPTS:
        page.add_script_tag(content=script.read_text())
    yield page
    page.close()


def indicate(page: Page, **changes: Any) -> None:
    page.evaluate(
        """(shown) => {
          window.indicator ??= new stationwatch.AttitudeIndicator(document.getElementById("i"));
          window.indicator.paint(shown);
        }""",
        {**STILL, **changes},
    )


def transform(page: Page, selector: str) -> str:
    return page.locator(selector).get_attribute("transform") or ""


def test_bars_stand_at_their_part_of_the_full_scale_that_is_said(page: Page) -> None:
    indicate(page)
    expect(page.locator(".scale").first).to_have_text("error ±1°")
    assert transform(page, ".needle.roll") == "translate(5.8 0)"
    assert transform(page, ".needle.pitch") == "translate(0 -11.6)"
    assert transform(page, ".needle.yaw") == "translate(-29.0 0)"
    indicate(page, errors=[0.1, 4.0, 0])
    expect(page.locator(".scale").first).to_have_text("error ±5°")
    assert transform(page, ".needle.pitch") == "translate(0 -46.4)"


def test_what_is_past_every_scale_is_seen_to_be_at_its_stop(page: Page) -> None:
    indicate(page, rates=[0, -7.5, 0])
    expect(page.locator(".rate.pitch")).to_have_class("rate pitch at-stop")
    expect(page.locator(".rate.roll")).to_have_class("rate roll")
    assert transform(page, ".rate.pitch") == "translate(0 58)"


def test_the_ball_and_the_tape_turn_with_the_station(page: Page) -> None:
    indicate(page, roll=30, pitch=10, yaw=-57.2)
    assert "rotate(-30.00) translate(0 32.00)" in [
        one.get_attribute("transform") for one in page.locator("g").all()
    ]
    expect(page.locator(".yaw-text")).to_have_text(f"{MINUS}57.2°")


def test_the_colour_of_an_alarm_is_on_its_bar(page: Page) -> None:
    indicate(page, alarms=["", "severity-warning", ""])
    expect(page.locator(".needle.pitch")).to_have_class("needle pitch severity-warning")
    indicate(page, alarms=["", "", ""])
    expect(page.locator(".needle.pitch")).to_have_class("needle pitch")


def test_what_is_not_known_is_no_zero(page: Page) -> None:
    indicate(page, rates=None)
    expect(page.locator(".scale").last).to_have_text("rate NO DATA")
    expect(page.locator(".rate.unknown")).to_have_count(3)
    expect(page.locator(".needle.unknown")).to_have_count(0)
    indicate(page, state="none")
    expect(page.locator(".word")).to_have_text("□ NO DATA")
    expect(page.locator(".needle.unknown")).to_have_count(3)
    expect(page.locator(".yaw-text")).to_have_text("")


def test_old_data_are_said_to_be_old_by_their_word(page: Page) -> None:
    indicate(page, state="old", word="⊘ LOS")
    expect(page.locator(".attitude-indicator")).to_have_class("attitude-indicator is-old")
    expect(page.locator(".word")).to_have_text("⊘ LOS")
    indicate(page)
    expect(page.locator(".word")).to_have_text("")


def band(severity: int, low: float | None, high: float | None) -> dict[str, Any]:
    return {"severity": severity, "low": low, "high": high}


BOTH = [band(1, -1, 1), band(2, -3, 3)]


@pytest.mark.parametrize(
    ("bands", "value", "place", "stop"),
    [
        (BOTH, 0.0, 0.5, ""),
        (BOTH, 1.0, 0.75, ""),  # nominal has the half in the middle
        (BOTH, 3.0, 0.875, ""),
        (BOTH, -3.0, 0.125, ""),
        (BOTH, 500.0, 1.0, "high"),
        (BOTH, -500.0, 0.0, "low"),
        ([band(2, None, 60)], 0.0, 0.0, ""),  # from zero, where that is near
        ([band(2, None, 60)], 60.0, 0.5, ""),
        ([band(2, 690, None), band(1, 720, None)], 750.0, 0.75, ""),
        ([band(1, -90, None)], 0.0, 1.0, ""),
    ],
)
def test_a_limit_bar_says_how_near(
    page: Page, bands: list[dict[str, Any]], value: float, place: float, stop: str
) -> None:
    found = page.evaluate(
        "([bands, value]) => stationwatch.limitPlace(stationwatch.limitZones(bands), value)",
        [bands, value],
    )
    assert found == {"place": pytest.approx(place), "stop": stop}


def test_a_limit_bar_without_a_value_has_no_mark(page: Page) -> None:
    page.evaluate(
        """([bands, looks]) => {
          window.bar = new stationwatch.LimitBar(document.getElementById("i"), bands, looks);
          bar.paint(0.5, "live");
        }""",
        [BOTH, LOOKS],
    )
    node = page.locator(".limit-bar")
    expect(node).to_have_class("limit-bar is-live")
    expect(node).to_have_attribute(
        "title", "Limits: ADVISORY outside -1 to 1, CAUTION outside -3 to 3"
    )
    expect(page.locator(".limit-zone")).to_have_count(5)
    page.evaluate("bar.paint(null, 'live')")
    expect(node).to_have_class("limit-bar is-none")


def test_several_series_are_read_at_the_same_times(page: Page) -> None:
    points = page.evaluate(
        """() => {
          const [a, b] = [new stationwatch.Series(8, true), new stationwatch.Series(8, true)];
          a.push(0, 1); a.push(20, 2); b.push(10, 5); b.push(30, NaN);
          return stationwatch.sampled([a, b], 0, 40, 4);
        }"""
    )
    assert points == [[1, 5], [2, 5]]  # at 0 b is not known yet, from 30 on not any more


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0, 1], ("1.1", f"{MINUS}0.1")),
        ([427_200, 427_210], ("427211", "427199")),
        ([1e12, 2e12], ("2.1e12", "9.2e11")),
        ([0.001, 0.002], ("0.0021", "0.0009")),
    ],
)
def test_an_axis_has_as_many_digits_as_its_ends_need(
    page: Page, values: list[float], said: tuple[str, str]
) -> None:
    page.evaluate(
        """(values) => {
          const canvas = document.createElement("canvas");
          document.getElementById("i").append(canvas);
          const series = new stationwatch.Series(8, true);
          values.forEach((value, i) => series.push(i * 1000, value));
          canvas.strip = new stationwatch.Strip(canvas, { series, trace: "#fff" });
          canvas.strip.visible = true;
          new stationwatch.StripScale(canvas).paint(2000);
        }""",
        values,
    )
    expect(page.locator(".high")).to_have_text(said[0])
    expect(page.locator(".low")).to_have_text(said[1])
