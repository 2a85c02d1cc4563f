"""What the Trends page asks, against a store in memory: charts, files, and what is refused."""

import base64
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from dashboard.address import Address
from dashboard.pages.trends import TrendsPage
from dashboard.trends_http import MAX_EXPORTED, TrendRoutes
from telemetry import sample_file
from telemetry.clock import SECOND_NS, ManualClock
from telemetry.errors import StoreUnavailable, UsageError
from telemetry.frame import Frame
from telemetry.store.memory import MemoryStore
from tests.dashboard.desk import Desk, text_of
from tests.dashboard.serving import serving
from tests.small import small_database

#: 2021-10-15T09:00:00Z.
START_NS = 1_634_288_400 * SECOND_NS
DAY_S = 86_400
SPIKE_S = 40_003
KEY = "iss/RATE"


def frame(second: int, **values: float) -> Frame:
    time_ns = START_NS + second * SECOND_NS
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=time_ns,
        received_ns=time_ns,
        sequence=second,
        values=values,
    )


async def desk(frames: list[Frame]) -> Desk:
    store = MemoryStore(small_database())
    await store.write(frames)
    now_ns = START_NS + DAY_S * SECOND_NS
    return Desk(store=lambda: store, clock=ManualClock(now_ns), ingest={"/log/plan": []})


def between(start_s: int, stop_s: int) -> dict[str, str]:
    """A range as an address has it."""
    return {"from": iso(start_s), "to": iso(stop_s)}


def iso(second: int) -> str:
    days, rest = divmod(9 * 3600 + second, DAY_S)
    return f"2021-10-{15 + days}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


async def test_a_spike_of_one_sample_in_a_day_is_seen_at_every_zoom() -> None:
    frames = [frame(s, RATE=99.0 if s == SPIKE_S else 1.0) for s in range(0, DAY_S, 7)]
    frames.append(frame(SPIKE_S, RATE=99.0))
    routes = TrendRoutes((await desk(frames)).means)
    widths = []
    for around_s in (DAY_S, 20_000, 3_000, 600, 60):
        start = max(0, SPIKE_S - around_s // 2)
        ask = {"p": KEY, "wide": "800", **between(start, min(DAY_S, start + around_s))}
        answer = await routes.chart(ask)
        [row] = answer["rows"]
        assert row["max"] == 99.0
        widths.append(row["width"])
        drawn = next(
            one for one in answer["figure"]["data"] if one["meta"]["part"] in ("high", "value")
        )
        assert 99.0 in values(drawn["y"])
        assert len(values(drawn["y"])) <= 2 * 800
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 0  # buckets of a day
    assert widths[-1] == 0  # every sample of a minute


def values(packed: dict[str, str]) -> list[float]:
    return np.frombuffer(base64.b64decode(packed["bdata"]), np.float64).tolist()  # type: ignore[no-any-return]


async def test_a_range_that_follows_ends_where_the_stream_is() -> None:
    routes = TrendRoutes((await desk([frame(DAY_S - 5, RATE=3.0)])).means)
    answer = await routes.chart({"p": KEY, "range": "15m"})
    assert answer["follows"]
    assert answer["stop"] == (START_NS + DAY_S * SECOND_NS) / 1e6
    assert answer["rows"][0]["last"] == 3.0


async def test_what_cannot_be_had_is_said_and_costs_nothing_else() -> None:
    routes = TrendRoutes(Desk().means)
    answer = await routes.chart({"p": f"{KEY},iss/NONE", **between(0, 60)})
    notes = " ".join(answer["notes"])
    assert "iss/NONE is not in the mission database" in notes
    assert "the store is away (nobody answers)" in notes
    assert "of plans only what stands now" in notes
    assert answer["figure"]["layout"]["xaxis"]["range"]


async def test_nothing_recorded_is_said() -> None:
    routes = TrendRoutes((await desk([])).means)
    answer = await routes.chart({"p": KEY, **between(0, 60)})
    assert answer["notes"] == ["Nothing was recorded of this in this range."]
    assert answer["rows"][0]["count"] == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "10:00", "to": "09:00"}, "ends at"),
        ({"from": "soon"}, "is no time"),
        ({"root": "replay-gone"}, "nothing is heard under replay-gone"),
    ],
)
async def test_what_cannot_be_shown_is_one_line(query: dict[str, str], words: str) -> None:
    answer = await TrendRoutes(Desk().means).chart({"p": KEY, **query})
    assert list(answer) == ["error"]
    assert words in answer["error"]


async def test_a_file_has_every_sample_that_is_shown_as_exports_have_it(tmp_path: Path) -> None:
    frames = [frame(s, RATE=float(s), ERR=-1.0) for s in range(100)]
    routes = TrendRoutes((await desk(frames)).means)
    name, content = await routes.file({"p": KEY, **between(10, 20)}, "parquet")
    assert name == "trends-2021-10-15T090010Z.parquet"
    (tmp_path / name).write_bytes(content)
    table = pq.read_table(tmp_path / name)
    assert table["parameter"].to_pylist() == ["RATE"] * 10
    assert table["value"].to_pylist() == [float(s) for s in range(10, 20)]
    expected = tmp_path / "expected.csv"
    wanted = [replace(one, values={"RATE": one.values["RATE"]}) for one in frames[10:20]]
    sample_file.write([wanted], expected, small_database(), heartbeat=False)
    _, text = await routes.file({"p": KEY, **between(10, 20)}, "csv")
    assert text == expected.read_bytes()


async def test_too_large_a_file_is_refused_with_the_command_to_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dashboard.trends_http.MAX_EXPORTED", 5)
    routes = TrendRoutes((await desk([frame(s, RATE=1.0) for s in range(10)])).means)
    with pytest.raises(UsageError) as refused:
        await routes.file({"p": KEY, **between(0, 10)}, "csv")
    assert str(refused.value) == (
        "10 samples are more than a page gives (5). In a terminal: stationwatch export "
        "--from 2021-10-15T09:00:00Z --to 2021-10-15T09:00:10Z --spacecraft iss "
        "--parameters RATE --out trends.csv"
    )
    assert MAX_EXPORTED > 5


async def test_a_file_of_nothing_is_none() -> None:
    routes = TrendRoutes((await desk([])).means)
    for query in ({"p": KEY}, {"p": ""}):
        with pytest.raises(UsageError):
            await routes.file({**query, **between(0, 60)}, "csv")
    with pytest.raises(StoreUnavailable):
        await TrendRoutes(Desk().means).file({"p": KEY, **between(0, 60)}, "csv")


async def test_it_is_served() -> None:
    async with serving(await desk([frame(5, RATE=2.0)])) as (url, http):
        query = {"p": KEY, **between(0, 10)}
        async with http.get(f"{url}/trends/chart.json", params=query) as got:
            assert json.loads(await got.read())["rows"][0]["max"] == 2.0
        async with http.get(f"{url}/trends/export.csv", params=query) as got:
            assert got.headers["content-disposition"].startswith("attachment; filename=")
            assert (await got.text()).count("\n") == 2
        async with http.get(f"{url}/trends/export.csv", params={"p": KEY, "from": "soon"}) as got:
            assert (got.status, await got.text())[0] == 400
        async with http.get(f"{url}/trends/export.xls", params=query) as got:
            assert got.status == 404


def test_the_page_stands_without_anything_known() -> None:
    page = TrendsPage(Desk().means)
    shown = text_of(page.layout(Address.read("/trends", "?p=iss/NONE")))
    assert '"data-page": "trends"' in shown
    assert "trends-chart" in shown
