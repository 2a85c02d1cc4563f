"""The trends page on the real parts: a spike that must be seen, a view that is handed on, a file
that says what the store says, and a store that goes away.
"""

import asyncio
import csv
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from telemetry.clock import SECOND_NS
from telemetry.frame import Frame, Sample
from telemetry.missiondb import load
from telemetry.store.open import open_store
from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS, Station, station

MOMENTUM = "iss/USLAB000010"
PITCH = "iss/USLAB000023"
MODE = "iss/USLAB000012"
#: 2021-10-13T00:00:00Z: two days before the flight.
DAY_NS = 1_634_083_200 * SECOND_NS
PERIOD_S = 2
SPIKE_S = 47_002
SPIKE = 93.25

#: The greatest value Plotly has drawn, and how many points.
DRAWN = """() => {
  const graph = document.querySelector(".js-plotly-plot");
  if (!graph?.calcdata) return [NaN, 0];
  const lines = graph.calcdata.map((line) => line.map((point) => point.y).filter(Number.isFinite));
  return [Math.max(...lines.flat()), Math.max(...lines.map((line) => line.length))];
}"""


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """The thrusters' day, and one before it with a spike of one sample."""
    with station(tmp_path_factory.mktemp("station"), at="09:12:00") as flight:
        ask(flight, write_day)
        yield flight


def ask(flight: Station, what: Any) -> Any:
    """Of the store; in another thread, since Playwright has the loop of this one."""

    async def asked() -> Any:
        url = f"remote+http://127.0.0.1:{flight.ingest_port}"
        async with open_store(url, load(None)) as store:
            return await what(store)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asked()).result()


async def write_day(store: Any) -> None:
    for begin in range(0, 86_400, 7_200):
        await store.write([frame(s) for s in range(begin, begin + 7_200, PERIOD_S)])


def frame(second: int) -> Frame:
    time_ns = DAY_NS + second * SECOND_NS
    value = SPIKE if second == SPIKE_S else 10.0 + second % 7 / 10
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=time_ns,
        received_ns=time_ns,
        sequence=second // PERIOD_S,
        values={"USLAB000010": value},
    )


def cell(page: Page, key: str, column: str) -> str:
    return page.locator(f".trends-table tr[data-key='{key}'] .{column}").inner_text()


def loaded(page: Page, start: str) -> None:
    """Once the range that is shown begins so."""
    expect(page.get_by_label("From, UTC")).to_have_value(re.compile(f"^{start}"))
    page.wait_for_function("() => !stationwatch.document.view.asking")


def drag(page: Page, first: float, last: float) -> None:
    """Over the chart, by parts of it."""
    box = page.locator(".trends-over").bounding_box()
    assert box is not None
    left, right = (box["x"] + part * box["width"] for part in (first, last))
    middle = box["y"] + box["height"] / 2
    page.mouse.move(left, middle)
    page.mouse.down()
    page.mouse.move((left + right) / 2, middle, steps=3)
    page.mouse.move(right, middle, steps=3)
    page.mouse.up()


def test_a_spike_of_one_sample_is_seen_at_every_zoom(flight: Station, desk: OpenDesk) -> None:
    page = desk().open(f"{flight.url}trends?p={MOMENTUM}&from=2021-10-13&to=2021-10-14")
    loaded(page, "2021-10-13 00:00:00")
    page.wait_for_function(f"() => ({DRAWN})()[0] === {SPIKE}")
    buckets = []
    span_s, start_s = 86_400.0, 0.0
    for _ in range(4):
        row = page.locator(f".trends-table tr[data-key='{MOMENTUM}']")
        buckets.append(row.get_attribute("title"))
        assert float(cell(page, MOMENTUM, "of-max")) == SPIKE
        assert page.evaluate(DRAWN)[1] <= 2 * 2_000
        # a tenth of what is shown, with the spike in it
        part = (SPIKE_S - start_s) / span_s
        first = min(max(part - 0.05, 0.01), 0.89)
        before = page.url
        drag(page, first, first + 0.1)
        page.wait_for_function("(before) => location.href !== before", arg=before)
        loaded(page, "2021-10-13 ")
        page.wait_for_function(f"() => ({DRAWN})()[0] === {SPIKE}")
        start_s, span_s = page.evaluate(
            "([day]) => { const { start, stop } = stationwatch.document.view.answer;"
            " return [(start - day) / 1000, (stop - start) / 1000]; }",
            [DAY_NS / 1e6],
        )
    assert buckets[0] == "Buckets of 1 min: least, mean and greatest of each"
    assert page.locator(f"tr[data-key='{MOMENTUM}']").get_attribute("title") == "Every sample"
    assert len(set(buckets)) >= 3
    page.screenshot(path=SCREENSHOTS / "trends-spike.png")
    # and back, by the key
    page.keyboard.press("Backspace")
    page.wait_for_function(
        "(wide) => stationwatch.document.view.plot.shown.stop - "
        "stationwatch.document.view.plot.shown.start > wide",
        arg=5 * span_s * 1000,
    )


def test_a_view_is_made_by_keyboard_and_handed_on_by_its_address(
    flight: Station, desk: OpenDesk
) -> None:
    page = desk().open(f"{flight.url}trends")
    expect(page.locator(".nothing-chosen")).to_contain_text("Choose parameters")
    for words in ("cmg momentum share", "attitude error pitch", "gnc mode"):
        page.keyboard.press("/")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        page.locator(".picker-input").blur()
    expect(page.locator(".trends-table tbody tr")).to_have_count(3)
    # live: it goes on by itself, and says how old it is
    expect(page.locator(".age-badge")).to_have_text(re.compile("SIM, newest \\d s ago"))
    first = page.get_by_label("To, UTC").input_value()
    expect(page.get_by_label("To, UTC")).not_to_have_value(first)
    page.get_by_label("From, UTC").fill("2021/286 13:00")
    page.get_by_label("To, UTC").fill("286/13:10")
    page.keyboard.press("Enter")
    loaded(page, "2021-10-13 13:00:00")
    expect(page.locator(".age-badge")).to_have_text("■ FIXED RANGE")
    page.locator(".trends-plot").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("a")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("b")
    expect(page.locator("th.difference")).to_have_text(re.compile("B \u2212 A, \\d"))
    assert re.fullmatch("[+\u2212][0-9.e-]+", cell(page, MOMENTUM, "difference"))
    columns = ("a", "b", "difference", "rate", "of-count", "of-mean", "of-last")
    told = [cell(page, key, one) for key in (MOMENTUM, PITCH, MODE) for one in columns]

    other = desk().open(page.url)
    loaded(other, "2021-10-13 13:00:00")
    expect(other.locator(".trends-table tbody tr")).to_have_count(3)
    assert [cell(other, key, one) for key in (MOMENTUM, PITCH, MODE) for one in columns] == told
    assert cell(other, PITCH, "of-count") == "NO DATA"


def test_a_file_says_what_the_store_says(flight: Station, desk: OpenDesk, tmp_path: Path) -> None:
    span = "from=2021-10-13T13:00:00Z&to=2021-10-13T13:05:00Z"
    page = desk().open(f"{flight.url}trends?p={MOMENTUM}&{span}")
    loaded(page, "2021-10-13 13:00:00")
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV, every sample").click()
    download.value.save_as(tmp_path / "trends.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "trends.csv").read_text())))

    async def read(store: Any) -> list[Sample]:
        start_ns, stop_ns = (DAY_NS + s * SECOND_NS for s in (46_800, 47_100))
        return [
            Sample(one.time_ns, one.values["USLAB000010"])
            async for block in store.read("iss", "adcs", start_ns, stop_ns, ["USLAB000010"])
            for one in block.frames()
        ]

    stored = ask(flight, read)
    assert [(int(r["time_ns"]), float(r["value"])) for r in rows] == [
        (one.time_ns, one.value) for one in stored
    ]
    assert SPIKE in [float(row["value"]) for row in rows]
    with page.expect_download() as picture:
        page.locator("summary", has_text="Export").click()
        page.get_by_role("button", name="PNG").click()
    picture.value.save_as(tmp_path / "trends.png")
    assert (tmp_path / "trends.png").read_bytes().startswith(b"\x89PNG")


def test_what_goes_wrong_is_one_line_and_loses_nothing(flight: Station, desk: OpenDesk) -> None:
    one = desk()
    page = one.open(f"{flight.url}trends?p={MOMENTUM},iss/NONE&from=2021-10-13&to=2021-10-14")
    notes = page.locator(".trends-notes")
    expect(notes).to_contain_text("iss/NONE is not in the mission database")
    page.get_by_label("To, UTC").fill("2021-10-12")
    page.keyboard.press("Enter")
    expect(notes).to_contain_text("the range ends at 2021-10-12 00:00:00, not after its start")
    expect(page.locator(".trends-table tbody tr")).to_have_count(1)
    page.get_by_label("To, UTC").fill("2021-10-14")
    page.keyboard.press("Enter")
    expect(notes).not_to_contain_text("not after its start")
    flight.stop("ingest")
    try:
        page.locator(".trends-plot").focus()
        page.keyboard.press("+")
        expect(notes).to_contain_text("the store is away")
    finally:
        flight.start("ingest")
    page.keyboard.press("-")
    expect(notes).not_to_contain_text("the store is away")
    assert float(cell(page, MOMENTUM, "of-max")) == SPIKE
