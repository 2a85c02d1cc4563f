"""The strip chart, in a real browser on a page with nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import dashboard

ASSETS = Path(dashboard.__file__).parent / "assets"
SCRIPTS = [ASSETS / "dom.js", ASSETS / "core" / "series.js", ASSETS / "core" / "strip.js"]

#: Dots of the trace's colour, by column: [[column, top row, bottom row], ...]. Bands are thinner.
_TRACE = """(canvas) => {
  const { width, height } = canvas;
  const dots = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const columns = [];
  for (let x = 0; x < width; x += 1) {
    let top = -1, bottom = -1;
    for (let y = 0; y < height; y += 1) {
      if (dots[4 * (y * width + x) + 3] > 90) { if (top < 0) top = y; bottom = y; }
    }
    if (top >= 0) columns.push([x, top, bottom]);
  }
  return columns;
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content("<canvas id=c></canvas>")
    for script in SCRIPTS:
        page.add_script_tag(content=script.read_text())
    yield page
    page.close()


def draw(page: Page, script: str, **options: Any) -> dict[int, tuple[int, int]]:
    """Run a script over `strip` (100 s on 100 by 40 dots) and `now`; rows drawn by column."""
    given = {"windowMs": 100_000, "capacity": 256, **options}
    page.evaluate(
        """([options, script]) => {
          window.series = new stationwatch.Series(options.capacity, options.step);
          const given = { trace: "#9fc3dd", ...options, series };
          window.strip = new stationwatch.Strip(document.getElementById("c"), given);
          strip.resize(100, 40, 1);
          new Function("strip", "series", script)(strip, series);
        }""",
        [given, script],
    )
    drawn = page.evaluate(f"({_TRACE})(strip.canvas)")
    return {column: (top, bottom) for column, top, bottom in drawn}


EVERY_SECOND = "for (let t = 0; t < 100; t += 1) series.push(t * 1000, t % 2);"


def test_a_line_spans_the_samples(page: Page) -> None:
    drawn = draw(page, EVERY_SECOND + "strip.draw(100000);")
    assert set(range(1, 99)) <= drawn.keys()


def test_a_gap_is_not_drawn_over(page: Page) -> None:
    script = "for (let t = 0; t < 100; t += 1) if (t < 30 || t > 60) series.push(t * 1000, 1);"
    drawn = draw(page, script + "strip.draw(100000);", gapMs=1900)
    assert not drawn.keys() & set(range(32, 59))
    assert {10, 20, 70, 90} <= drawn.keys()


def test_a_spike_of_one_sample_survives_a_thousand_samples_a_column(page: Page) -> None:
    script = """for (let i = 0; i < 50000; i += 1) series.push(i * 2, i === 25123 ? 100 : 0);
    strip.draw(100000);"""
    drawn = draw(page, script, capacity=65536)
    spike = drawn[50]
    assert spike[0] < 6
    assert all(top > 30 for column, (top, _) in drawn.items() if abs(column - 50) > 2)


def test_the_ring_keeps_the_newest_when_it_wraps(page: Page) -> None:
    script = "for (let t = 0; t < 1000; t += 1) series.push(t * 1000, t); strip.draw(999000);"
    drawn = draw(page, script, capacity=50)
    assert page.evaluate("series.count") == 50
    assert min(drawn) == pytest.approx(50, abs=2)
    assert page.evaluate("series.times[series.index(0)]") == 950_000


def test_an_invalid_sample_breaks_the_line(page: Page) -> None:
    script = "for (let t = 0; t < 100; t += 1) series.push(t * 1000, t >= 40 && t < 60 ? NaN : 1);"
    drawn = draw(page, script + "strip.draw(100000);")
    assert not drawn.keys() & set(range(42, 58))
    assert {38, 62} <= drawn.keys()


def test_a_late_sample_goes_where_it_belongs(page: Page) -> None:
    script = """for (let t = 0; t < 100; t += 2) series.push(t * 1000, 0);
    series.push(51000, 10); strip.draw(100000);"""
    drawn = draw(page, script)
    assert drawn[51][0] < 8
    assert drawn[60][0] > 30
    times = page.evaluate(
        "Array.from({length: series.count}, (_, i) => series.times[series.index(i)])"
    )
    assert times == sorted(times)


def test_a_late_sample_into_a_full_ring_costs_the_oldest(page: Page) -> None:
    script = """for (let t = 0; t < 20; t += 1) series.push(t * 1000, t);
    series.push(15500, 99); series.push(1000, 99); strip.draw(20000);"""
    draw(page, script, capacity=10)
    times = page.evaluate(
        "Array.from({length: series.count}, (_, i) => series.times[series.index(i)])"
    )
    assert times == [11e3, 12e3, 13e3, 14e3, 15e3, 15.5e3, 16e3, 17e3, 18e3, 19e3]


def test_a_sample_of_a_known_time_replaces_it(page: Page) -> None:
    draw(page, "series.push(1000, 1); series.push(1000, 2); strip.draw(2000);")
    assert page.evaluate("[series.count, series.values[series.index(0)]]") == [1, 2]


def test_the_axis_moves_on_when_data_stop(page: Page) -> None:
    drawn = draw(page, EVERY_SECOND + "strip.draw(150000);")
    assert max(drawn) == pytest.approx(49, abs=2)
    assert page.evaluate("[strip.due(150100), strip.due(151000)]") == [False, True]


def test_a_value_sent_on_change_holds_only_as_long_as_is_known(page: Page) -> None:
    script = "series.push(10000, 1); series.push(20000, 2); series.hold(60000); strip.draw(100000);"
    drawn = draw(page, script, step=True)
    assert max(drawn) == pytest.approx(60, abs=1)
    assert drawn[40][1] - drawn[40][0] <= 2


def test_what_is_outside_a_limit_is_tinted(page: Page) -> None:
    options = {"bands": [{"low": None, "high": 5, "colour": "#ff0000"}]}
    draw(page, "series.push(50000, 10); series.push(51000, 10); strip.draw(100000);", **options)
    script = "(y) => Array.from(strip.canvas.getContext('2d').getImageData(2, y, 1, 1).data)"
    above, below = page.evaluate(script, 2), page.evaluate(script, 38)
    assert above[0] > 200
    assert above[3] > 0
    assert below[3] == 0


def test_a_screen_of_two_dots_a_pixel_gets_them(page: Page) -> None:
    draw(page, EVERY_SECOND + "strip.resize(100, 40, 2); strip.draw(100000);")
    assert page.evaluate("[strip.canvas.width, strip.canvas.height]") == [200, 80]
    drawn = page.evaluate(f"({_TRACE})(strip.canvas)")
    assert max(column for column, _, _ in drawn) > 190


def test_a_new_size_is_drawn_anew(page: Page) -> None:
    script = EVERY_SECOND + "strip.draw(100000); strip.resize(50, 20, 1);"
    assert draw(page, script) == {}
    assert page.evaluate("strip.due(100000)")
    page.evaluate("strip.draw(100000)")
    assert max(column for column, _, _ in page.evaluate(f"({_TRACE})(strip.canvas)")) > 45
