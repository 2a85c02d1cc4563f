"""The trends page without a browser: over a store in memory."""

from typing import Any

from dashboard.pages.trends import TrendsPage, zoomed
from dashboard.trend_export import written
from dashboard.trend_view import read_view
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.store.memory import MemoryStore
from tests.dashboard.desk import NOW_NS, Desk, text_of
from tests.small import small_database

DATABASE: MissionDatabase = small_database()
SPIKE_S = 40_000


class Kept(MemoryStore):
    """A day of ERR, one sample a 10 s, one of them a spike."""

    async def fill(self) -> None:
        await self.write(
            [
                Frame(
                    spacecraft="iss",
                    subsystem="adcs",
                    time_ns=NOW_NS - 86_400 * SECOND_NS + second * SECOND_NS,
                    received_ns=NOW_NS,
                    sequence=second,
                    values={"ERR": 9.0 if second == SPIKE_S else 0.1},
                )
                for second in range(0, 86_400, 10)
            ]
        )


async def page() -> TrendsPage:
    store = Kept(DATABASE)
    async with store:
        await store.fill()
    return TrendsPage(Desk(store=lambda: store).means)


async def shown(one: TrendsPage, start: str = "", stop: str = "", span: str = "24 h") -> Any:
    return await one.shown(["iss/ERR"], span, start, stop, "dark", 1000, "")


async def test_a_spike_of_one_sample_in_a_day_is_drawn() -> None:
    chart, note, figures, _, carried = await shown(await page())
    highest = max(max(trace.y) for trace in chart.data if trace.name == "maximum")
    assert highest == 9.0
    assert "following the stream" in text_of(note)
    assert "WARNING" in text_of(figures) or "CAUTION" in text_of(figures)
    assert carried == {"p": "iss/ERR", "range": "24 h"}


async def test_zooming_asks_anew_and_the_address_carries_it() -> None:
    one = await page()
    wide, *_ = await shown(one)
    ends = zoomed(
        {"xaxis.range[0]": "1970-01-12 00:53:10.5", "xaxis.range[1]": "1970-01-12 00:53:40"}
    )
    assert ends == ("1970-01-12T00:53:10.5Z", "1970-01-12T00:53:40Z")
    near, note, _, _, carried = await shown(one, *ends)
    assert len(near.data[-1].x) < len(wide.data[-1].x)
    assert "fixed range" in text_of(note)
    assert carried["from"] == "1970-01-12T00:53:10.5Z"


async def test_two_cursors_give_difference_and_rate() -> None:
    one = await page()
    at = "1970-01-12 00:53:20"  # the spike
    table = text_of(await one.cursors([at, "1970-01-12 00:53:30"], ["iss/ERR"]))
    for expected in ('"9"', '"0.1"', "-8.9", "in 10 s", "-0.89"):
        assert expected in table


async def test_what_cannot_be_shown_leaves_the_rest() -> None:
    one = await page()
    _, note, *_ = await shown(one, "2021-10-15", "2021-10-14")
    assert "not after" in text_of(note)
    away = TrendsPage(Desk().means)
    _, note, *_ = await shown(away)
    assert "the store is away" in text_of(note)


async def test_export_is_the_samples_of_the_range() -> None:
    one = await page()
    view = read_view(["iss/ERR"], "", "1970-01-12T00:53:10Z", "1970-01-12T00:53:31Z", 0, DATABASE)
    lines = (await written(one.means, view, ".csv")).decode().splitlines()
    assert len(lines) == 4
    assert ',"ERR",9,' in lines[2]
