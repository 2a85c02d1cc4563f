"""Half an hour at twice nominal with browsers, replays and back-tests: what grows? I/O.

    python -m bench.soak [--minutes 30] [--store duckdb | influx] [--plot docs/images/soak.svg]

A real mosquitto, ingest, console and the simulated station as processes of their own; Chromium with
three pages, one of which goes to another page every half minute; three replay sessions, made and
ended over and over; a back-test every few minutes; an operator who acknowledges whatever comes.
Prints a table; build/soak.json has every sample.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from playwright.async_api import CDPSession, ConsoleMessage, Page, async_playwright

from bench.soak_report import COUNTS, OPEN, QUEUES, called, plot, summary, table, trends
from bench.soak_watch import Processes, Series, sizes
from replaying.desk import desk
from simulators.scenarios import read
from telemetry import missiondb, wire
from telemetry.clock import SECOND_NS
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.question import AskRefused, NoAnswer
from telemetry.replay import (
    AS_FAST_AS_IT_GOES,
    ReplayCommand,
    ReplayOrder,
    ReplaySpec,
    ReplayVerb,
)
from telemetry.settings import Settings
from telemetry.topics import Kind, Topics, Verb
from tests.real import require
from tests.servers.influx_proxy import InfluxProxy
from tests.servers.influxd import influxd
from tests.servers.mosquitto import mosquitto
from tests.system.programs import Program, get

SCENARIO: Final = "nominal-day"
SPEED: Final = 2
EVERY_S: Final = 5.0
#: A page goes to another, and heaps are collected and measured.
TURN_S: Final = 30.0
REPLAYS: Final = 3
REPLAY_S: Final = 45.0
BACKTEST_S: Final = 180.0
#: Simulated: how long a range is replayed, and how far behind the newest it ends.
RANGE_S, BEHIND_S = 120, 30
PACES: Final = (1.0, 10.0, AS_FAST_AS_IT_GOES)
TOUR: Final = ("Alarms", "Attitude", "Ground", "Trends", "Watch", "Systems")
_BROWSER: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage")
BUILD: Final = Path(__file__).parents[1] / "build"


class Soak:
    """One run: what it does, what it has sampled, and what went wrong meanwhile."""

    def __init__(self, settings: Settings, home: Path, url: str) -> None:
        self.settings, self.home, self.url = settings, home, url
        self.series: Series = {}
        self.done: dict[str, int] = {}
        self.wrong: list[str] = []
        self._began_s = time.monotonic()
        self._start_ns = read(SCENARIO, (), database=missiondb.load()).start_ns

    @property
    def at_s(self) -> float:
        return time.monotonic() - self._began_s

    def note(self, thing: str, measure: str, value: float) -> None:
        self.series.setdefault((thing, measure), []).append((round(self.at_s, 1), value))

    def did(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    def failed(self, what: str) -> None:
        self.wrong.append(f"{self.at_s:.0f} s: {what}"[:400])

    def recorded(self) -> tuple[int, int]:
        """A range that has been stored by now, in the time of the spacecraft."""
        stop_ns = self._start_ns + round((SPEED * self.at_s - BEHIND_S) * SECOND_NS)
        return max(self._start_ns, stop_ns - RANGE_S * SECOND_NS), stop_ns

    async def sample(self) -> None:
        processes = Processes()
        while True:
            found = await asyncio.to_thread(processes.sample, self.at_s)
            found = {**found, **await asyncio.to_thread(sizes, self.home)}
            for (thing, measure), value in found.items():
                self.note(thing, measure, value)
            metrics = await asyncio.to_thread(
                get, f"http://127.0.0.1:{self.settings.ingest_port}/metrics"
            )
            values = dict(line.split()[:2] for line in metrics.splitlines() if line[:1] != "#")
            for name in (*QUEUES, *COUNTS):
                if (said := values.get(f"stationwatch_{name}")) is not None:
                    self.note("ingest", name, float(said))
            if not metrics:
                self.failed("ingest's /metrics does not answer")
            await asyncio.sleep(EVERY_S)

    async def browse(self) -> None:
        """Three pages; the last goes from one to the other by the links of the top bar."""
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=require("chromium"), args=list(_BROWSER)
            )
            pages = [await self._opened(browser, path) for path in OPEN]
            turn = 0
            while True:
                await asyncio.sleep(TURN_S)
                for name, (_, cdp) in zip(OPEN, pages, strict=True):
                    await self._measure(called(name), cdp)
                link = (
                    pages[-1][0]
                    .locator("#nav")
                    .get_by_role("link", name=TOUR[turn % len(TOUR)], exact=True)
                )
                try:
                    await link.click()
                    self.did("page changes")
                except Exception as error:  # a browser says anything; the soak goes on and tells it
                    self.failed(f"page change: {error}")
                turn += 1

    async def _opened(self, browser: Any, path: str) -> tuple[Page, CDPSession]:
        def said(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.failed(f"{called(path)}: {message.text}")

        opened: Page = await browser.new_page(viewport={"width": 1600, "height": 1000})
        opened.on("pageerror", lambda error: self.failed(f"{called(path)}: {error}"))
        opened.on("console", said)
        await opened.goto(f"{self.url}/{path}")
        await opened.wait_for_function("() => window.stationwatch?.model?.hello")
        cdp: CDPSession = await opened.context.new_cdp_session(opened)
        await cdp.send("Performance.enable")
        return opened, cdp

    async def _measure(self, name: str, cdp: CDPSession) -> None:
        """What is left after a collection: garbage is no growth."""
        await cdp.send("HeapProfiler.collectGarbage")
        found = await cdp.send("Performance.getMetrics")
        values = {one["name"]: one["value"] for one in found["metrics"]}
        self.note(name, "JS heap, MB", values["JSHeapUsedSize"] / 1e6)
        self.note(name, "DOM nodes", values["Nodes"])
        self.note(name, "listeners", values["JSEventListeners"])

    async def replay(self, number: int) -> None:
        """Sessions one after the other, each of another pace and order."""
        await asyncio.sleep(REPLAY_S + number * REPLAY_S / REPLAYS)
        turn = number
        while True:
            start_ns, stop_ns = self.recorded()
            spec = ReplaySpec(
                start_ns=start_ns,
                stop_ns=stop_ns,
                order=list(ReplayOrder)[turn % 2],
                speed=PACES[turn % len(PACES)],
            )
            try:
                async with desk(self.settings) as sessions:
                    command = ReplayCommand(id=uuid.uuid4().hex, by="soak", spec=spec)
                    session = await sessions.ask(ReplayVerb.CREATE, command)
                    await asyncio.sleep(REPLAY_S)
                    end = ReplayCommand(id=uuid.uuid4().hex, by="soak", session=session.id)
                    ended = await sessions.ask(ReplayVerb.END, end)
                self.did("replays")
                self.done["replayed frames"] = self.done.get("replayed frames", 0) + ended.frames
            except (AskRefused, NoAnswer) as error:
                self.failed(f"replay: {error}")
                await asyncio.sleep(EVERY_S)
            turn += 1

    async def backtest(self) -> None:
        while True:
            await asyncio.sleep(BACKTEST_S if "back-tests" in self.done else TURN_S)
            start, stop = (
                time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(one // SECOND_NS))
                for one in self.recorded()
            )
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "stationwatch", "backtest", "--json"),
                *(f"--from={start}", f"--to={stop}"),
                *(f"--store={self.console_store}", f"--state={self.home / 'state'}"),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            _, said = await process.communicate()
            self.did("back-tests")
            if process.returncode:
                self.failed(f"back-test: {said.decode()[-300:]}")

    @property
    def console_store(self) -> str:
        if self.settings.store.startswith("duckdb"):
            return f"remote+http://127.0.0.1:{self.settings.ingest_port}"
        return self.settings.store

    async def operate(self) -> None:
        """Acknowledge every occurrence once, as it comes."""
        topics, seen = Topics(self.settings.root), set[str]()
        options = LinkOptions(identifier="soak-operator")
        async with connect(BrokerAddress.parse(self.settings.broker), options) as connection:
            await connection.subscribe([topics.every(Kind.ALARM)], qos=1)
            while True:
                for message in await connection.receive(100):
                    if not message.payload:
                        continue
                    alarm = wire.decode_alarm(message.payload)
                    if not alarm.state.unacknowledged or alarm.occurrence in seen:
                        continue
                    seen.add(alarm.occurrence)
                    command = wire.Command(
                        id=uuid.uuid4().hex, alarm=alarm.id, by="soak", occurrence=alarm.occurrence
                    )
                    topic = topics.command(alarm.spacecraft, Verb.ACKNOWLEDGE)
                    await connection.publish(topic, wire.encode(command))
                    self.did("acknowledgements")

    async def run(self, minutes: float) -> None:
        """For so long, or until one of its parts fails, which is told like all that goes wrong."""
        self._began_s = time.monotonic()  # all are ready: the spacecraft's time begins with it
        parts: list[Coroutine[Any, Any, None]] = [
            self.sample(),
            self.browse(),
            self.backtest(),
            self.operate(),
            *(self.replay(number) for number in range(REPLAYS)),
        ]
        try:
            async with asyncio.timeout(minutes * 60), asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(part)
        except TimeoutError:
            pass
        except ExceptionGroup as errors:
            # half an hour of samples is not thrown away for it
            for error in errors.exceptions:
                self.failed(f"ended by {error!r}")


@asynccontextmanager
async def soaking(home: Path, store: str) -> AsyncIterator[Soak]:
    """The station as it is run, all parts ready."""
    ingest_port, console_port = _free_port(), _free_port()
    async with AsyncExitStack() as stack:
        (home / "mosquitto").mkdir()
        broker = stack.enter_context(mosquitto(home / "mosquitto"))
        if store == "influx":
            (home / "influxd").mkdir()
            server = stack.enter_context(influxd(home / "influxd"))
            server.query("CREATE DATABASE soak")
            proxy = await stack.enter_async_context(InfluxProxy(server.url).running())
            address = f"influxdb+{proxy.url}/soak"
        else:
            address = f"duckdb://{home / 'telemetry.duckdb'}"
        settings = Settings.read(
            {
                "broker": broker.url,
                "store": address,
                "state": str(home / "state"),
                "ingest_port": str(ingest_port),
            }
        )
        soak = Soak(settings, home, f"http://127.0.0.1:{console_port}")
        link = f"--broker={broker.url}"
        port = f"--ingest-port={ingest_port}"
        programs = {
            "ingest": (f"--state={home / 'state'}", f"--store={address}", port),
            "console": (
                f"--store={soak.console_store}",
                f"--console-port={console_port}",
                port,
            ),
            "simulate": (f"--scenario={SCENARIO}", f"--speed={SPEED}"),
        }
        for name, options in programs.items():
            # a thread: the proxy of InfluxDB answers in this loop
            program = Program(home / f"{name}.log", name, link, *options)
            stack.push_async_callback(asyncio.to_thread, program.stop)
            await asyncio.to_thread(program.await_ready)
        yield soak


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def soaked(home: Path, store: str, minutes: float) -> Soak:
    async with soaking(home, store) as soak:
        await soak.run(minutes)
        return soak


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--store", choices=("duckdb", "influx"), default="duckdb")
    parser.add_argument("--plot", type=Path, default=BUILD / "soak.svg")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soak = asyncio.run(soaked(Path(folder), asked.store, asked.minutes))
    told = {
        "minutes": round(soak.at_s / 60, 1),
        "load_average": os.getloadavg(),
        **summary(soak.series),
        "done": soak.done,
        "wrong": soak.wrong,
    }
    BUILD.mkdir(exist_ok=True)
    everything = {
        **told,
        "trends": {f"{t}: {m}": asdict(one) for (t, m), one in trends(soak.series).items()},
        "series": {f"{t}: {m}": points for (t, m), points in soak.series.items()},
    }
    (BUILD / "soak.json").write_text(json.dumps(everything, indent=1))
    asked.plot.write_text(plot(soak.series))
    sys.stdout.write(f"{table(soak.series)}\n\n{json.dumps(told, indent=1)}\n")


if __name__ == "__main__":
    main()
