"""The console under load: a page of strips, many browsers, an hour of stream, one that stops. I/O.

    python -m bench.console [--seconds 20] [--only strips,fan,hour,stopped]

A real mosquitto, the console as a process of its own, Chromium, and this process, which publishes
one frame of 60 values ten times a second on a live clock. Times are of one wall clock: from just
before publishing until the page has drawn the frame (the end of its animation frame, before the
screen shows it), or until a raw client has it.
"""

import argparse
import asyncio
import contextlib
import json
import math
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import psutil
from playwright.async_api import CDPSession, Page, async_playwright

from telemetry import missiondb, wire
from telemetry.clock import LIVE_CLOCK, SystemClock
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, Connection, LinkOptions, connect
from telemetry.parameter import Parameter, ParameterType, Value
from telemetry.topics import Topics
from tests.real import require
from tests.servers.mosquitto import mosquitto
from tests.system.programs import Program, running

VALUES: Final = 60
HZ: Final = 10
CLIENTS: Final = 200
WARM_UP_S: Final = 4.0
#: Simulated seconds a second, and for how many of those: an hour and some.
HOUR_SPEED: Final = 60
HOUR_S: Final = 75.0
_BROWSER: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PARTS: Final = ("strips", "fan", "stopped", "hour")

#: Notes when each frame of 60 values was drawn, and how many strips were.
_WATCH: Final = """() => {
  const told = window.told = { latencies: [], strips: 0 };
  let pending = [];
  const { document: page, model } = stationwatch;
  const take = model.takeFrame.bind(model);
  model.takeFrame = (message) => {
    take(message);
    if (Object.keys(message.v).length === 60) pending.push(message.t);
  };
  const paint = page.paint.bind(page);
  page.paint = () => {
    const here = pending;
    pending = [];
    paint();
    const now = performance.timeOrigin + performance.now();
    for (const t of here) told.latencies.push(now - t);
  };
  const draw = stationwatch.Strip.prototype.draw;
  stationwatch.Strip.prototype.draw = function (now) { told.strips += 1; draw.call(this, now); };
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    broker: BrokerAddress
    broker_url: str
    console: Program
    url: str
    home: Path

    def rss_mb(self) -> float:
        return float(psutil.Process(self.console.process.pid).memory_info().rss) / 1e6


@contextlib.contextmanager
def bench(home: Path) -> Iterator[Bench]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "mosquitto").mkdir()
    with (
        mosquitto(home / "mosquitto") as broker,
        running(
            home / "console.log",
            "console",
            f"--broker={broker.url}",
            "--store=remote+http://127.0.0.1:9",
            f"--console-port={port}",
        ) as console,
    ):
        yield Bench(
            broker=BrokerAddress.parse(broker.url),
            broker_url=broker.url,
            console=console,
            url=f"http://127.0.0.1:{port}",
            home=home,
        )


def parameters() -> list[Parameter]:
    """60 of one subsystem that have strips."""
    known = missiondb.load().subsystem("iss", "adcs").parameters.values()
    return [one for one in known if one.type is not ParameterType.STRING][:VALUES]


def value(parameter: Parameter, phase: float) -> Value:
    """One that changes from frame to frame, of the parameter's type."""
    match parameter.type:
        case ParameterType.FLOAT:
            return round(math.sin(phase), 6)
        case ParameterType.ENUMERATION:
            return sorted(parameter.states)[int(phase * 9) % len(parameter.states)]
        case ParameterType.BOOLEAN:
            return bool(int(phase * 9) % 2)
        case _:
            return int(phase * 9) % 100


async def publish(connection: Connection) -> None:
    """60 values ten times a second, until cancelled."""
    topics, known, clock = Topics(), parameters(), SystemClock()
    live = msgspec.structs.replace(LIVE_CLOCK, heartbeat=True)
    await connection.publish(topics.clock("iss"), wire.encode(live), retain=True)
    loop = asyncio.get_running_loop()
    began = loop.time()
    sequence = 0
    while True:
        sequence += 1
        values = {one.id: value(one, sequence / 9 + at) for at, one in enumerate(known)}
        now_ns = clock.now_ns()
        frame = Frame(
            spacecraft="iss",
            subsystem="adcs",
            time_ns=now_ns,
            received_ns=now_ns,
            sequence=sequence,
            values=values,
        )
        await connection.publish(topics.frame("iss", "adcs"), wire.encode_frame(frame))
        await asyncio.sleep(max(0.0, began + sequence / HZ - loop.time()))


@contextlib.asynccontextmanager
async def publishing(broker: BrokerAddress) -> AsyncIterator[None]:
    async with connect(broker, LinkOptions(identifier="bench-console")) as connection:
        task = asyncio.create_task(publish(connection))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def browser_page(url: str, height: int) -> AsyncIterator[tuple[Page, CDPSession]]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=require("chromium"), args=list(_BROWSER)
        )
        page = await browser.new_page(viewport={"width": 1920, "height": height})
        await page.goto(url)
        await page.wait_for_function("() => window.stationwatch?.model?.hello")
        cdp = await page.context.new_cdp_session(page)
        await cdp.send("Performance.enable")
        yield page, cdp
        await browser.close()


async def metric(cdp: CDPSession, name: str) -> float:
    found: dict[str, Any] = await cdp.send("Performance.getMetrics")
    return next(float(one["value"]) for one in found["metrics"] if one["name"] == name)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page meanwhile. latencies_ms: from publishing a frame to it drawn. busy: its thread."""

    latencies_ms: list[float]
    strips_a_frame: float
    frames_per_s: float
    busy: float


async def drawn(made: Bench, seconds: float) -> Drawn:
    """One page on which 60 strips are seen."""
    async with (
        publishing(made.broker),
        browser_page(f"{made.url}/systems", 2200) as (page, cdp),
    ):
        await asyncio.sleep(WARM_UP_S)
        await page.evaluate(_WATCH)
        busy, began = await metric(cdp, "TaskDuration"), time.monotonic()
        await asyncio.sleep(seconds)
        told = await page.evaluate("() => window.told")
        took = time.monotonic() - began
        share = (await metric(cdp, "TaskDuration") - busy) / took
    frames = len(told["latencies"])
    return Drawn(told["latencies"], told["strips"] / max(1, frames), frames / took, share)


async def strips(made: Bench, seconds: float) -> list[str]:
    one = await drawn(made, seconds)
    p50, p95, p99 = np.percentile(one.latencies_ms, [50, 95, 99])
    return [
        f"{VALUES} values at {HZ} Hz on one page: {one.strips_a_frame:.0f} "
        f"strips drawn a frame, {one.frames_per_s:.1f} frames/s drawn",
        f"  main thread {one.busy:.1%}; publish to drawn p50 {p50:.1f}, p95 {p95:.1f}, "
        f"p99 {p99:.1f} ms",
    ]


async def clients(made: Bench, count: int, seconds: float) -> dict[str, Any]:
    url = made.url.replace("http", "ws", 1)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.console_clients",
        f"http{url.removeprefix('ws')}/ws/live",
        str(count),
        str(seconds),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    found: dict[str, Any] = json.loads(out)
    return found


def _told(name: str, found: dict[str, Any], made: Bench, share: float) -> str:
    p50, p99 = np.percentile(found["latencies"], [50, 99])
    return (
        f"{name}: p50 {p50:.1f}, p99 {p99:.1f}, largest {max(found['latencies']):.0f} ms; frames "
        f"a client {min(found['heard'])} to {max(found['heard'])}; cut {found['cut']}; console "
        f"{share:.0%} of a core, {made.rss_mb():.0f} MB"
    )


async def fan(made: Bench, seconds: float) -> list[str]:
    """200 raw clients in a process of their own."""
    async with publishing(made.broker):
        process = psutil.Process(made.console.process.pid)
        process.cpu_percent()
        found = await clients(made, CLIENTS, seconds)
        share = process.cpu_percent() / 100
    return [_told(f"{CLIENTS} raw clients, publish to received", found, made, share)]


async def stopped(made: Bench, seconds: float) -> list[str]:
    """20 raw clients alone, and beside one that is stopped and takes nothing."""
    lines = []
    async with publishing(made.broker):
        process = psutil.Process(made.console.process.pid)
        for name in ("20 raw clients", "the same beside 5 that were stopped"):
            frozen = None
            if "stopped" in name:
                frozen = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "bench.console_clients",
                    f"{made.url}/ws/live",
                    "5",
                    "3600",
                    stdout=asyncio.subprocess.DEVNULL,
                )
                await asyncio.sleep(WARM_UP_S)
                frozen.send_signal(signal.SIGSTOP)
            process.cpu_percent()
            found = await clients(made, 20, seconds)
            lines.append(_told(name, found, made, process.cpu_percent() / 100))
            if frozen is not None:
                frozen.kill()
                await frozen.wait()
    return lines


async def hour(made: Bench, seconds: float) -> list[str]:
    """An hour of the whole station at 60 times its speed, on the page with all strips."""
    simulator = Program(
        made.home / "simulate.log",
        "simulate",
        f"--broker={made.broker_url}",
        f"--speed={HOUR_SPEED}",
    )
    heaps = []
    try:
        await asyncio.to_thread(simulator.await_ready)
        async with browser_page(f"{made.url}/systems", 1080) as (_, cdp):
            began = time.monotonic()
            for at in (15.0, 30.0, 45.0, 60.0, HOUR_S):
                await asyncio.sleep(max(0.0, began + at - time.monotonic()))
                await cdp.send("HeapProfiler.collectGarbage")
                heap = await metric(cdp, "JSHeapUsedSize") / 1e6
                heaps.append(
                    f"{at * HOUR_SPEED / 60:.0f} min: page {heap:.1f} MB, "
                    f"{await metric(cdp, 'Nodes'):.0f} nodes, console {made.rss_mb():.0f} MB"
                )
    finally:
        simulator.stop()
    return [f"all of the station at {HOUR_SPEED}x, after", *(f"  {line}" for line in heaps)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", default=",".join(PARTS))
    arguments = parser.parse_args()
    parts = {"strips": strips, "fan": fan, "stopped": stopped, "hour": hour}
    for name in arguments.only.split(","):
        with tempfile.TemporaryDirectory() as folder, bench(Path(folder)) as made:
            lines = asyncio.run(parts[name](made, arguments.seconds))
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
