"""What the design buys on the page: Plotly on an interval beside our strips. I/O.

A Dash page asks the server for a figure of 60 lines, a minute at 10 Hz each, by a `dcc.Interval` of
100 ms; ours is the page of 60 strips with one frame of 60 values ten times a second. The same
Chromium, one page after the other: the share of its main thread that is busy, how often all 60 are
drawn anew, and what the server spends meanwhile. Dash drops an answer when the next has been asked
for meanwhile: where a figure takes longer than the interval, nothing is drawn at all.

`python -m bench.naive_page PORT` is the Dash server.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import psutil
from playwright.async_api import async_playwright

from bench import console
from bench.row import Bench, Pair, RowSpec
from bench.servers import free_port
from tests.servers.chromium import chromium
from tests.system.programs import get

SECONDS: Final = 15.0
WARM_UP_S: Final = 5.0
LINES: Final = console.VALUES
HZ: Final = console.HZ
SPAN_S: Final = 60
_START_S: Final = 20.0

#: Each is a script that counts in `window.drawn` how often all of a page's lines were drawn.
_COUNT_STRIPS: Final = f"""() => {{
  window.drawn = 0;
  const draw = stationwatch.Strip.prototype.draw;
  stationwatch.Strip.prototype.draw = function (now) {{
    draw.call(this, now);
    window.drawn += 1 / {LINES};
  }};
}}"""
_COUNT_PLOTS: Final = """() => {
  window.drawn = 0;
  document.querySelector(".js-plotly-plot").on("plotly_afterplot", () => { window.drawn += 1; });
}"""


def serve(port: int) -> None:
    """The Dash page, until it is stopped."""
    from dash import Dash, Input, Output, dcc, html
    from plotly import graph_objects as go

    page = Dash(__name__)
    page.layout = html.Div([dcc.Graph(id="lines"), dcc.Interval(id="tick", interval=1000 // HZ)])

    @page.callback(Output("lines", "figure"), Input("tick", "n_intervals"))
    def draw(_: int) -> go.Figure:
        at_s = time.time() - SPAN_S + np.arange(SPAN_S * HZ) / HZ
        lines = [go.Scatter(x=at_s, y=np.sin(at_s + line)) for line in range(LINES)]
        return go.Figure(lines).update_layout(height=2000, showlegend=False)

    page.run(port=str(port))


@contextmanager
def _dash(folder: Path) -> Iterator[tuple[psutil.Process, str]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (folder / "dash.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.naive_page", str(port)], stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + _START_S
        while not get(url):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"dash: {(folder / 'dash.log').read_text()[-2000:]}")
            time.sleep(0.1)
        yield psutil.Process(process.pid), url
    finally:
        process.terminate()
        process.wait()


async def measure(
    browser: str, url: str, ready: str, count: str, server: psutil.Process
) -> tuple[float, float, float]:
    """% of the page's main thread, drawings a second, % of a core of the server."""
    async with async_playwright() as playwright:
        chrome = await playwright.chromium.connect_over_cdp(browser)
        context = await chrome.new_context(viewport={"width": 1920, "height": 2200})
        page = await context.new_page()
        await page.goto(url)
        await page.wait_for_function(ready)
        cdp = await context.new_cdp_session(page)
        await cdp.send("Performance.enable")
        await asyncio.sleep(WARM_UP_S)
        await page.evaluate(count)
        server.cpu_percent()
        busy_s, began_s = await console.metric(cdp, "TaskDuration"), time.monotonic()
        await asyncio.sleep(SECONDS)
        drawn = float(await page.evaluate("() => window.drawn"))
        took_s = time.monotonic() - began_s
        share = (await console.metric(cdp, "TaskDuration") - busy_s) / took_s
        cpu = server.cpu_percent()
        await context.close()
        await chrome.close()
    return 100 * share, drawn / took_s, cpu


async def _strips(browser: str, made: console.Bench) -> tuple[float, float, float]:
    ready = "() => window.stationwatch?.model?.hello"
    server = psutil.Process(made.console.process.pid)
    async with console.publishing(made.broker):
        return await measure(browser, f"{made.url}/systems", ready, _COUNT_STRIPS, server)


def once(folder: Path) -> Mapping[str, Pair]:
    for name in ("ours", "dash", "chromium"):
        (folder / name).mkdir()
    with chromium(folder / "chromium") as browser:
        with console.bench(folder / "ours") as made:
            ours, drawn, server = asyncio.run(_strips(browser, made))
        with _dash(folder / "dash") as (process, url):
            ready = "() => document.querySelector('.js-plotly-plot .main-svg')"
            theirs, their_drawn, their_server = asyncio.run(
                measure(browser, url, ready, _COUNT_PLOTS, process)
            )
    return {
        "thread": Pair(
            ours,
            theirs,
            notes={
                "drawn/s": drawn,
                "naive drawn/s": their_drawn,
                "server % of a core": server,
                "naive server % of a core": their_server,
            },
        )
    }


BENCHES: Final = (
    Bench(
        "naive-page",
        {
            "thread": RowSpec(
                f"a page's main thread, {LINES} signals at {HZ} Hz",
                "%",
                "a Plotly figure by dcc.Interval",
            )
        },
        once,
    ),
)

if __name__ == "__main__":
    serve(int(sys.argv[1]))
