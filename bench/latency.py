"""From a sample published to its alarm published, beside one MQTT hop of the same run. I/O.

    python -m bench.latency [--samples-per-s 5000] [--seconds 20]

A real mosquitto, ingest as a process of its own with its spool on disk and the embedded store, and
this process, which publishes and listens. Frames of every subsystem of the ISS go out at the rate
asked for. Ten times a second one of them has a state that violates (or no longer does), and its
line of the alarm journal and its retained alarm are waited for. As often a message of that frame's
size goes through the broker alone: the hop. Times are of one clock, the monotonic one.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import msgspec
import numpy as np
import psutil

from bench.servers import broker, ingest
from telemetry import missiondb, wire
from telemetry.clock import LIVE_CLOCK
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, Connection, LinkOptions, connect
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import ParameterType, Subsystem, Value
from telemetry.topics import Kind, Topics, parse

ROOT: Final = "latency"
SPACECRAFT: Final = "iss"
#: States of no persistence, so that a frame speaks at once: each violates as 0 or as 1.
PROBES: Final[Mapping[str, int]] = {
    "USLAB000001": 0,
    "USLAB000002": 0,
    "USLAB000003": 0,
    "USLAB000004": 0,
    "USLAB000011": 1,
}
PROBE_SUBSYSTEM: Final = "adcs"
PROBES_PER_S: Final = 10
WARM_UP_S: Final = 3.0
#: What is not answered by then is lost.
PATIENCE_S: Final = 5.0
_BATCH: Final = 500


@dataclass(slots=True)
class Measured:
    """Seconds, by what was waited for. sent: samples of the measured time."""

    event: list[float] = field(default_factory=list)
    retained: list[float] = field(default_factory=list)
    hop: list[float] = field(default_factory=list)
    probes: int = 0
    sent: int = 0
    took_s: float = 0.0
    ingest_cpu_pct: float = 0.0


class Load(Protocol):
    """What is said of one spacecraft, and the probes among it."""

    spacecraft: str

    def next(self, time_ns: int) -> Frame: ...

    def probe(self, time_ns: int) -> tuple[Frame, str]:
        """A frame that turns one probe over, and the alarm that must tell of it."""


class Station:
    """The frames of the ISS: all subsystems in turn, as full as they can be."""

    spacecraft = SPACECRAFT

    def __init__(self, database: MissionDatabase) -> None:
        self._subsystems = list(database.spacecraft[SPACECRAFT].measured.subsystems.values())
        self._values = {one.id: _quiet(one) for one in self._subsystems}
        self._sequence = dict.fromkeys(self._values, 0)
        self._turn = 0
        self._probe = 0

    def next(self, time_ns: int) -> Frame:
        subsystem = self._subsystems[self._turn % len(self._subsystems)]
        self._turn += 1
        return self._frame(subsystem.id, time_ns)

    def probe(self, time_ns: int) -> tuple[Frame, str]:
        names = list(PROBES)
        name, violating = names[self._probe % len(names)], (self._probe // len(names)) % 2 == 0
        self._probe += 1
        code = PROBES[name] if violating else 1 - PROBES[name]
        self._values[PROBE_SUBSYSTEM][name] = code
        return self._frame(PROBE_SUBSYSTEM, time_ns), f"{name}.limit"

    def _frame(self, subsystem: str, time_ns: int) -> Frame:
        self._sequence[subsystem] += 1
        return Frame(
            spacecraft=SPACECRAFT,
            subsystem=subsystem,
            time_ns=time_ns,
            received_ns=time_ns,
            sequence=self._sequence[subsystem],
            values=dict(self._values[subsystem]),
        )


def _quiet(subsystem: Subsystem) -> dict[str, Value]:
    """A value within limits for each parameter."""
    values: dict[str, Value] = {}
    for parameter in subsystem.parameters.values():
        bands = [band for _, band in sorted(parameter.limits.range.items())]
        match parameter.type:
            case ParameterType.STRING:
                values[parameter.id] = ""
            case ParameterType.ENUMERATION | ParameterType.BOOLEAN:
                bad = {code for codes in parameter.limits.states.values() for code in codes}
                codes = [code for code in parameter.states or {0: ""} if code not in bad]
                values[parameter.id] = codes[0] if codes else 0
            case _:
                low = bands[0].low if bands else None
                high = bands[0].high if bands else None
                middle = ((low or 0.0) + (high if high is not None else (low or 0.0) + 1)) / 2
                values[parameter.id] = (
                    round(middle) if parameter.type is ParameterType.INTEGER else middle
                )
    return values


class Run:
    """One measurement: what it publishes, what it waits for, what it has heard."""

    def __init__(
        self, root: str, samples_per_s: float, seconds: float, load: Load | None = None
    ) -> None:
        """load: goes on with one; a run that begins anew would not turn over what it left."""
        self.measured = Measured()
        self._topics = Topics(root)
        self._load = load or Station(missiondb.load())
        self._hop = Topics(f"{root}-hop").frame(self._load.spacecraft, PROBE_SUBSYSTEM)
        self._samples_per_s = samples_per_s
        self._seconds = seconds
        #: When it was published, by what is waited for and the frame's time.
        self._due: dict[tuple[str, int], float] = {}
        self._answered = asyncio.Event()

    async def go(self, address: BrokerAddress, ingest: psutil.Process) -> Measured:
        async with (
            connect(address, LinkOptions(identifier="latency-says")) as says,
            connect(address, LinkOptions(identifier="latency-hears")) as hears,
        ):
            clock = msgspec.structs.replace(LIVE_CLOCK, heartbeat=False)
            await says.publish(
                self._topics.clock(self._load.spacecraft), wire.encode(clock), retain=True
            )
            kinds = (Kind.ALARM, Kind.EVENT)
            await hears.subscribe([*map(self._topics.every, kinds), self._hop], qos=1)
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(self._listen(hears))
                await says.publish_many(self._speak(ingest), lambda: None)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE_S):
                        await self._answered.wait()
                listening.cancel()
        return self.measured

    async def _speak(self, ingest: psutil.Process) -> AsyncIterator[tuple[str, bytes]]:
        """Messages at the rate asked for; late ones are caught up with, not left out."""
        began_s = time.monotonic()
        sent = probes = 0
        counted_s: float | None = None
        while (gone_s := time.monotonic() - began_s) < WARM_UP_S + self._seconds:
            measuring = gone_s >= WARM_UP_S
            if measuring and counted_s is None:
                counted_s = time.monotonic()
                ingest.cpu_percent()
            if probes < gone_s * PROBES_PER_S:
                probes += 1
                for topic, payload, samples in self._probe(measuring):
                    sent += samples
                    self.measured.sent += samples * measuring
                    yield topic, payload
            elif sent < gone_s * self._samples_per_s:
                frame = self._load.next(time.time_ns())
                sent += len(frame.values)
                self.measured.sent += len(frame.values) * measuring
                topic = self._topics.frame(frame.spacecraft, frame.subsystem)
                yield topic, wire.encode_frame(frame)
            else:
                await asyncio.sleep(0.001)
        self.measured.took_s = time.monotonic() - (counted_s or began_s)
        self.measured.ingest_cpu_pct = ingest.cpu_percent()

    def _probe(self, measuring: bool) -> Iterator[tuple[str, bytes, int]]:
        """The probe, and beside it a message of its size that goes through the broker alone."""
        frame, alarm = self._load.probe(time.time_ns())
        payload = wire.encode_frame(frame)
        if measuring:
            self.measured.probes += 1
            for what in ("event", "retained"):
                self._due[f"{what} {alarm}", frame.time_ns] = time.monotonic()
        yield self._topics.frame(frame.spacecraft, frame.subsystem), payload, len(frame.values)
        if measuring:
            self._due["hop", frame.time_ns] = time.monotonic()
        yield self._hop, payload, 0

    async def _listen(self, hears: Connection) -> None:
        while True:
            for message in await hears.receive(_BATCH):
                now_s = time.monotonic()
                address = parse(message.topic)
                if message.topic == self._hop:
                    time_ns = wire.decode_frame(message.payload).body.t
                    self._heard(("hop", time_ns), now_s, self.measured.hop)
                elif address is not None and address.kind == Kind.EVENT:
                    if address.leaf == "alarm":
                        event = wire.decode_event(message.payload)
                        key = (f"event {event.alarm.id}", event.time_ns)
                        self._heard(key, now_s, self.measured.event)
                elif message.payload:
                    alarm = wire.decode_alarm(message.payload)
                    key = (f"retained {alarm.id}", alarm.changed_ns)
                    self._heard(key, now_s, self.measured.retained)

    def _heard(self, key: tuple[str, int], now_s: float, into: list[float]) -> None:
        since_s = self._due.pop(key, None)
        if since_s is not None:
            into.append(now_s - since_s)
            if not self._due:
                self._answered.set()
            else:
                self._answered.clear()


def report(measured: Measured) -> str:
    rate = measured.sent / measured.took_s
    lines = [
        f"{rate:,.0f} samples/s for {measured.took_s:.0f} s, {measured.probes} probes, ingest "
        f"{measured.ingest_cpu_pct:.0f} % of a core",
        "",
        "| published to | heard | p50, ms | p99, ms | largest, ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows = {
        "the same through the broker alone (one hop)": measured.hop,
        "its line of the alarm journal": measured.event,
        "its retained alarm": measured.retained,
    }
    for name, seconds in rows.items():
        heard = f"{len(seconds)} of {measured.probes}"
        if seconds:
            p50, p99, most = (float(np.percentile(seconds, q)) * 1_000 for q in (50, 99, 100))
            lines.append(f"| {name} | {heard} | {p50:.1f} | {p99:.1f} | {most:.1f} |")
        else:
            lines.append(f"| {name} | {heard} | - | - | - |")
    return "\n".join(lines) + "\n"


def measure(
    folder: Path,
    port: int,
    store: str,
    samples_per_s: float,
    seconds: float,
    load: Load | None = None,
    *more: str,
) -> Measured:
    """One run with an ingest of its own, on this broker and into this store. more: its options."""
    with ingest(folder, port, store, ROOT, *more) as (program, _):
        run = Run(ROOT, samples_per_s, seconds, load)
        process = psutil.Process(program.process.pid)
        return asyncio.run(run.go(BrokerAddress("127.0.0.1", port), process))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__)
    parser.add_argument("--samples-per-s", type=float, default=5_000.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="latency-") as temporary:
        folder = Path(temporary)
        with broker(folder) as port:
            store = f"duckdb://{folder / 'telemetry.duckdb'}"
            measured = measure(folder, port, store, asked.samples_per_s, asked.seconds)
    sys.stdout.write(report(measured))


if __name__ == "__main__":
    main()
