"""How well replays keep time, how fast they go, and what five of them cost live telemetry. I/O.

    python -m bench.replay [--minutes 20] [--only pacing peak latency]

A real mosquitto, ingest as a process of its own, and a simulated quiet day of both spacecraft that
it has heard. This process subscribes at QoS 1 and compares what comes with what was sent: when, how
much, and whether all of it. The stores are a DuckDB file and a real InfluxDB (an old one, behind a
proxy that makes it answer as a newer does, in this same process). Latency is that of
`bench.latency`: before, with five replays at 100x, and after, in one run.
"""

import argparse
import asyncio
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import psutil

from bench.latency import Run, Station, report
from replaying.desk import Desk, desk
from simulators.scenarios import read
from simulators.simulation import Simulation
from telemetry import missiondb, wire
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.replay import (
    AS_FAST_AS_IT_GOES,
    Replay,
    ReplayCommand,
    ReplayOrder,
    ReplaySpec,
    ReplayState,
    ReplayVerb,
)
from telemetry.settings import Settings
from telemetry.topics import GROUND, Kind, Topics, parse
from tests.eventually import eventually
from tests.servers.influx_proxy import InfluxProxy
from tests.servers.influxd import influxd
from tests.servers.mosquitto import mosquitto
from tests.system.programs import Program, metric, running

ROOT: Final = "bench"
SCENARIO: Final = "nominal-day"
SPACECRAFT: Final = ("iss", "soyuz")
PACED: Final = ((1.0, 60.0), (100.0, None))
REPLAYS: Final = 5
PATIENCE_S: Final = 600.0
_BATCH: Final = 5_000
PARTS: Final = ("pacing", "peak", "latency")


@dataclass(frozen=True, slots=True)
class Stage:
    """An ingest that has heard [start, stop); frames and samples: of that."""

    settings: Settings
    ingest: Program
    start_ns: int
    stop_ns: int
    frames: int
    samples: int

    @property
    def address(self) -> BrokerAddress:
        return BrokerAddress.parse(self.settings.broker)


@asynccontextmanager
async def stage(folder: Path, minutes: float, store: str = "") -> AsyncIterator[Stage]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = store or f"duckdb://{folder / 'telemetry.duckdb'}"
    with mosquitto(folder) as broker:
        given = {
            "broker": broker.url,
            "root": ROOT,
            "store": store,
            "state": str(folder / "state"),
            "ingest_port": str(port),
        }
        options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
        with running(folder / "ingest.log", "ingest", *options) as ingest:
            settings = Settings.read(given)
            heard = await _fly(BrokerAddress.parse(broker.url), minutes)
            await _settled(port)
            yield Stage(settings, ingest, *heard)


async def _fly(address: BrokerAddress, minutes: float) -> tuple[int, int, int, int]:
    """As a recording that is played as fast as it goes; its range, frames and samples."""
    topics, database = Topics(ROOT), missiondb.load()
    scenario = read(SCENARIO, (), database=database)
    simulation = Simulation(scenario, database, spacecraft=SPACECRAFT)
    start_ns = scenario.start_ns
    stop_ns = start_ns + round(minutes * 60) * SECOND_NS
    frames = samples = 0

    async def said() -> AsyncIterator[tuple[str, bytes]]:
        nonlocal frames, samples
        while (time_ns := simulation.next_ns) < stop_ns:
            for frame in simulation.step(time_ns):
                if start_ns <= frame.time_ns < stop_ns:
                    frames += 1
                    samples += len(frame.values) + len(frame.invalid)
                    topic = topics.frame(frame.spacecraft, frame.subsystem)
                    yield topic, wire.encode_frame(frame)
            await asyncio.sleep(0)

    async with connect(address, LinkOptions(identifier="bench-flies")) as connection:
        clock = StreamClock(kind=StreamKind.PLAYED, epoch_ns=start_ns, wall_ns=0, heartbeat=False)
        for craft in SPACECRAFT:
            await connection.publish(topics.clock(craft), wire.encode(clock), retain=True)
        await connection.publish_many(said(), lambda: None)
    return start_ns, stop_ns, frames, samples


async def _settled(port: int) -> None:
    async def unread() -> float:
        names = ("spool_unread_processor", "spool_unread_writer", "journal_unpublished")
        return sum(max(metric(port, name), 1e-9) for name in names)

    await eventually(unread, lambda left: left < 1, within_s=PATIENCE_S)


class Heard:
    """What came of a session: when, of which time, how many samples; in order."""

    def __init__(self, session: Replay) -> None:
        self.root = Topics(session.root)
        self.at_s: list[float] = []
        self.time_ns: list[int] = []
        self.samples = 0
        self._frames: set[tuple[str, str, int]] = set()

    @property
    def frames(self) -> int:
        """Each once."""
        return len(self._frames)

    async def listen(self, address: BrokerAddress, subscribed: asyncio.Event) -> None:
        options = LinkOptions(identifier=f"hears-{self.root.root}")
        async with connect(address, options) as connection:
            await connection.subscribe([self.root.every(Kind.FRAME)], qos=1)
            subscribed.set()
            while True:
                for message in await connection.receive(_BATCH):
                    now_s = time.monotonic()
                    found = parse(message.topic)
                    if found is None or found.spacecraft == GROUND:
                        continue
                    body = wire.decode_frame(message.payload).body
                    key = found.spacecraft, found.leaf, body.seq
                    if key not in self._frames and not found.leaf.startswith("derived"):
                        self._frames.add(key)
                        self.at_s.append(now_s)
                        self.time_ns.append(body.t)
                        self.samples += len(body.values)


async def ask(sessions: Desk, verb: ReplayVerb, session: str = "", spec: object = None) -> Replay:
    command = ReplayCommand(
        id=uuid.uuid4().hex,
        by="bench",
        session=session,
        spec=spec if isinstance(spec, ReplaySpec) else None,
    )
    return await sessions.ask(verb, command)


async def replayed(on: Stage, spec: ReplaySpec, stop_s: float | None = None) -> tuple[Heard, float]:
    """Play it to its end, or so long; what came, and in how many seconds."""
    async with desk(on.settings) as sessions:
        paused = msgspec.structs.replace(spec, paused=True)
        session = await ask(sessions, ReplayVerb.CREATE, spec=paused)
        heard, subscribed = Heard(session), asyncio.Event()
        task = asyncio.create_task(heard.listen(on.address, subscribed))
        await subscribed.wait()
        await ask(sessions, ReplayVerb.PLAY, session.id)
        began_s = time.monotonic()
        try:
            async with asyncio.timeout(stop_s or PATIENCE_S):
                async for replay in sessions.follow(session.id):
                    if replay.state is ReplayState.FINISHED:
                        break
        except TimeoutError:
            if stop_s is None:
                raise
        took_s = time.monotonic() - began_s
        await ask(sessions, ReplayVerb.END, session.id)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return heard, took_s


async def pacing(on: Stage) -> list[str]:
    lines = [
        "| speed | frames | error p50, ms | p99, ms | largest, ms | whole, % |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for speed, stop_s in PACED:
        spec = ReplaySpec(start_ns=on.start_ns, stop_ns=on.stop_ns, speed=speed)
        heard, _ = await replayed(on, spec, stop_s)
        at_s, time_ns = np.array(heard.at_s), np.array(heard.time_ns)
        due_s = (time_ns - time_ns[0]) / SECOND_NS / speed
        off_s = at_s - due_s
        error_ms = np.abs(off_s - np.median(off_s)) * 1_000
        p50, p99, most = (np.percentile(error_ms, q) for q in (50, 99, 100))
        whole = ((at_s[-1] - at_s[0]) / (due_s[-1] - due_s[0]) - 1) * 100
        lines.append(
            f"| {speed:g}x | {heard.frames} | {p50:.1f} | {p99:.1f} | {most:.1f} | {whole:+.2f} |"
        )
    return lines


async def peak(on: Stage, name: str) -> list[str]:
    lines = []
    for order in ReplayOrder:
        spec = ReplaySpec(
            start_ns=on.start_ns, stop_ns=on.stop_ns, order=order, speed=AS_FAST_AS_IT_GOES
        )
        heard, took_s = await replayed(on, spec)
        lost = on.frames - heard.frames
        lines.append(
            f"| {name} | {order} | {heard.frames / took_s:,.0f} | {heard.samples / took_s:,.0f} "
            f"| {lost} of {on.frames} |"
        )
    return lines


async def peaks(on: Stage, minutes: float) -> list[str]:
    lines = [
        "| store | order | frames/s | samples/s | frames lost |",
        "| --- | --- | --- | --- | --- |",
        *await peak(on, "DuckDB"),
    ]
    with tempfile.TemporaryDirectory(prefix="replay-influx-") as temporary:
        folder = Path(temporary)
        with influxd(folder) as server:
            server.query("CREATE DATABASE bench")
            async with AsyncExitStack() as stack:
                proxy = await stack.enter_async_context(InfluxProxy(server.url).running())
                store = f"influxdb+{proxy.url}/bench"
                other = await stack.enter_async_context(stage(folder, minutes, store))
                lines += await peak(other, "InfluxDB")
    return lines


async def latency(on: Stage, seconds: float, samples_per_s: float) -> list[str]:
    ingest = psutil.Process(on.ingest.process.pid)
    load = Station(missiondb.load())
    lines = []
    async with desk(on.settings) as sessions:
        for replays in (0, REPLAYS, 0):
            spec = ReplaySpec(start_ns=on.start_ns, stop_ns=on.stop_ns, speed=100.0, paused=True)
            open_ = [await ask(sessions, ReplayVerb.CREATE, spec=spec) for _ in range(replays)]
            for session in open_:
                await ask(sessions, ReplayVerb.PLAY, session.id)
            measured = await Run(ROOT, samples_per_s, seconds, load).go(on.address, ingest)
            played = [await ask(sessions, ReplayVerb.END, session.id) for session in open_]
            frames = sum(replay.frames for replay in played)
            lines += [f"With {replays} replays at 100x ({frames} frames of them):", ""]
            lines += [report(measured)]
    return lines


async def measure(parts: Sequence[str], minutes: float, seconds: float, rate: float) -> None:
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        async with stage(Path(folder), minutes) as on:
            _print([f"{minutes:g} minutes: {on.frames} frames, {on.samples} samples", ""])
            if "pacing" in parts:
                _print([*await pacing(on), ""])
            if "peak" in parts:
                _print([*await peaks(on, minutes), ""])
            if "latency" in parts:
                _print(await latency(on, seconds, rate))


def _print(lines: Sequence[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.replay", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="how much is replayed")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each latency measurement")
    parser.add_argument("--samples-per-s", type=float, default=5_000.0, help="live meanwhile")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    asked = parser.parse_args()
    asyncio.run(measure(asked.only, asked.minutes, asked.seconds, asked.samples_per_s))


if __name__ == "__main__":
    main()
