"""How it grows: the same thing measured at several sizes, real parts only. I/O.

    python -m bench.growth [--only NAME ...] [--repeats N] [--json FILE] [--plot FILE]

* frame: samples/s by parameters a frame (1, 10, 150, and 200 in five subsystems)
* spacecraft: samples/s of 300 parameters in 10 frames, by how many spacecraft send them
* alarms: samples/s, and ingest's memory, while so many other alarms stand
* browsers: what the console spends on 60 values ten times a second, by how many hear them
* days: queries, and samples/s, by how much is stored already

All sizes are gone through several times, and the median of each counts. What is said of it is
computed from that (`bench.growth_series`). Takes some 8 minutes a time.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import psutil

from bench import console
from bench.__main__ import machine, say
from bench.growth_plot import drawn
from bench.growth_series import Better, Expect, Grown, Series, median, table
from bench.load import Shape, frames, values, write_missiondb
from bench.peer import LOAD
from bench.rig import Into, ingesting, rate, store
from bench.row import Pair
from bench.servers import broker
from bench.whole import ROOT, sustained
from telemetry import missiondb
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.store.base import Store, Stretch
from telemetry.store.open import open_store
from telemetry.store.rollups import MINUTE_NS
from telemetry.tally import DAY_NS
from telemetry.topics import Topics
from telemetry.wire import encode_frame
from tests.system.programs import metric

SECONDS: Final = 10.0
DEFAULT: Final = Path("build/growth.json")

FRAMES: Final = (
    Shape(a_frame=1),
    Shape(a_frame=10),
    Shape(),
    Shape(parameters=200, a_frame=200, subsystems=5),
)
SPACECRAFT: Final = (1, 10)
#: Seven subsystems beside those that send, whose 1,050 parameters violate: 1,000 and some.
ALARMS: Final = (0, 7)
BROWSERS: Final = (1, 50, 200)
DAYS: Final = (1, 7)
#: What is stored: one subsystem at 1 Hz.
STORED: Final = Shape(parameters=10, a_frame=10, subsystems=1)
#: Frames of one write, and how often a query is asked; the median counts.
BATCH: Final = 10_000
TIMES: Final = 15
#: A day in so many buckets, nearly: widths are whole minutes.
WIDTH_NS: Final = 2 * MINUTE_NS
HOUR_NS: Final = 60 * MINUTE_NS
_VIOLATING: Final = 15.0
_PATIENCE_S: Final = 30.0


def _by_rate(over: str, into: Into, points: Sequence[tuple[float, float]]) -> Series:
    """Samples/s; a sample may cost no more at any size."""
    return Series(
        what=f"stored in {into}",
        unit="samples/s",
        over=over,
        expect=Expect.FLAT,
        better=Better.MORE,
        points=tuple(points),
    )


def _by_cost(
    what: str, unit: str, over: str, expect: Expect, points: Sequence[tuple[float, float]]
) -> Series:
    return Series(
        what=what, unit=unit, over=over, expect=expect, better=Better.LESS, points=tuple(points)
    )


def by_frame(folder: Path) -> Iterator[Series]:
    for into in Into:
        points = [
            (float(shape.a_frame), rate(folder / f"{into}-{i}", shape, into, SECONDS).ours)
            for i, shape in enumerate(FRAMES)
        ]
        yield _by_rate("parameters a frame", into, points)


def by_spacecraft(folder: Path) -> Iterator[Series]:
    for into in Into:
        points = [
            (
                float(many),
                rate(
                    folder / f"{into}-{many}",
                    msgspec.structs.replace(LOAD, spacecraft=many),
                    into,
                    SECONDS,
                ).ours,
            )
            for many in SPACECRAFT
        ]
        yield _by_rate("spacecraft, 10 x 30 parameters each", into, points)


async def _violate(port: int, shape: Shape, subsystems: Sequence[str]) -> None:
    """One frame of each, in which every parameter violates."""
    (craft,) = shape.crafts
    address = BrokerAddress("127.0.0.1", port)
    async with connect(address, LinkOptions(identifier="bench-violates")) as link:
        for name in subsystems:
            now_ns = time.time_ns()
            frame = Frame(
                spacecraft=craft,
                subsystem=name,
                time_ns=now_ns,
                received_ns=now_ns,
                sequence=1,
                values=dict.fromkeys(shape.ids(name), _VIOLATING),
            )
            await link.publish(Topics(ROOT).frame(craft, name), encode_frame(frame))


def _with_alarms(folder: Path, more: int) -> Pair:
    """As `bench.whole.sustained`, while every parameter of so many other subsystems stands."""
    sending = Shape()
    every = msgspec.structs.replace(sending, subsystems=sending.subsystems + ALARMS[-1])
    violating = every.names[sending.subsystems :][:more]
    with (
        broker(folder) as port,
        store(folder, Into.INFLUX) as url,
        ingesting(folder, port, every, url) as (process, http),
    ):
        asyncio.run(_violate(port, every, violating))
        deadline_s = time.monotonic() + _PATIENCE_S
        while metric(http, "alarms_active") < more * every.parameters:
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"{more * every.parameters} alarms do not stand")
            time.sleep(0.1)
        return sustained(folder, sending, port, http, process, seconds=SECONDS)


def by_alarms(folder: Path) -> Iterator[Series]:
    found = {
        float(more * Shape().parameters): _with_alarms(folder / str(more), more) for more in ALARMS
    }
    over = "open alarms"
    yield _by_rate(over, Into.INFLUX, [(x, one.ours) for x, one in found.items()])
    memory = [(x, one.notes["MB"]) for x, one in found.items()]
    yield _by_cost("ingest's own memory", "MB", over, Expect.FLAT, memory)


async def _heard(made: console.Bench, browsers: int) -> tuple[float, float, float]:
    """% of a core and MB of the console, and p99 from publishing to a browser's socket, ms."""
    async with console.publishing(made.broker):
        process = psutil.Process(made.console.process.pid)
        process.cpu_percent()
        found = await console.clients(made, browsers, console.WARM_UP_S + SECONDS)
        share = process.cpu_percent()
    return share, made.rss_mb(), float(np.percentile(found["latencies"], 99))


def by_browsers(folder: Path) -> Iterator[Series]:
    found = []
    for many in BROWSERS:
        home = folder / str(many)
        home.mkdir(parents=True)
        with console.bench(home) as made:
            found.append((float(many), *asyncio.run(_heard(made, many))))
    names = (
        ("console, of a core", "%"),
        ("console, RSS", "MB"),
        ("publish to a browser, p99", "ms"),
    )
    for i, (what, unit) in enumerate(names, 1):
        points = [(one[0], one[i]) for one in found]
        yield _by_cost(what, unit, "browsers", Expect.LINEAR, points)


def _days(days: int, stop_ns: int) -> Iterator[Frame]:
    """So many days of `STORED` before a time, 1 Hz."""
    texts = values(STORED)
    start_ns = stop_ns - days * DAY_NS
    for craft, name, time_ns, sequence, turn in islice(
        frames(STORED, start_ns, SECOND_NS), days * DAY_NS // SECOND_NS
    ):
        yield Frame(
            spacecraft=craft,
            subsystem=name,
            time_ns=time_ns,
            received_ns=time_ns,
            sequence=sequence,
            values=texts[name][turn % len(texts[name])],
        )


async def _fill(filled: Store, days: int, stop_ns: int) -> None:
    source = _days(days, stop_ns)
    while batch := list(islice(source, BATCH)):
        await filled.write(batch)
    (craft,), (name,) = STORED.crafts, STORED.names
    await filled.roll_up([Stretch(craft, name, stop_ns - days * DAY_NS, stop_ns)])


async def _median_ms(query: Callable[[], Awaitable[object]]) -> float:
    took = []
    for _ in range(TIMES):
        began_s = time.perf_counter()
        await query()
        took.append((time.perf_counter() - began_s) * 1e3)
    return statistics.median(took)


async def _asked(asked: Store, stop_ns: int) -> dict[str, float]:
    """ms of queries that want the same whatever else is stored."""
    (craft,), (name,) = STORED.crafts, STORED.names
    (first, *_) = STORED.ids(name)

    async def hour() -> None:
        async for _ in asked.read(craft, name, stop_ns - HOUR_NS, stop_ns, [first]):
            pass

    return {
        "an hour of one parameter": await _median_ms(hour),
        "a day of one parameter in 720 buckets": await _median_ms(
            lambda: asked.buckets(craft, name, first, stop_ns - DAY_NS, stop_ns, WIDTH_NS)
        ),
        "the last of each parameter": await _median_ms(lambda: asked.last(craft, name)),
    }


async def _filled_and_asked(url: str, folder: Path, days: int, stop_ns: int) -> dict[str, float]:
    async with open_store(url, missiondb.load(folder)) as opened:
        await _fill(opened, days, stop_ns)
        return await _asked(opened, stop_ns)


def by_days(folder: Path) -> Iterator[Series]:
    # what is stored ends before ingest begins
    stop_ns = time.time_ns() // MINUTE_NS * MINUTE_NS
    for into in Into:
        rates: list[tuple[float, float]] = []
        asked: dict[str, list[tuple[float, float]]] = {}
        for days in DAYS:
            home = folder / f"{into}-{days}"
            home.mkdir(parents=True)
            database = write_missiondb(home / "missiondb-filled", STORED)
            with broker(home) as port, store(home, into) as url:
                found = asyncio.run(_filled_and_asked(url, database, days, stop_ns))
                for what, ms in found.items():
                    asked.setdefault(what, []).append((float(days), ms))
                with ingesting(home, port, STORED, url) as (process, http):
                    one = sustained(home, STORED, port, http, process, seconds=SECONDS)
            rates.append((float(days), one.ours))
        for what, points in asked.items():
            yield _by_cost(f"{what}, {into}", "ms", "days stored", Expect.FLAT, points)
        yield _by_rate("days stored", into, rates)


PARTS: Final[dict[str, Callable[[Path], Iterator[Series]]]] = {
    "frame": by_frame,
    "spacecraft": by_spacecraft,
    "alarms": by_alarms,
    "browsers": by_browsers,
    "days": by_days,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.growth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="NAME", default=list(PARTS))
    parser.add_argument("--repeats", type=int, metavar="N", default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", default=DEFAULT)
    parser.add_argument("--plot", type=Path, metavar="FILE")
    asked = parser.parse_args()
    about = machine()
    series: list[Series] = []
    for name in asked.only:
        runs = []
        for i in range(asked.repeats):
            say(f"{name}, {i + 1} of {asked.repeats} ...")
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                runs.append(list(PARTS[name](Path(folder))))
        series += map(median, zip(*runs, strict=True))
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(Grown(about, tuple(series)))))
    if asked.plot:
        asked.plot.write_text(drawn(series))
    sys.stdout.write(", ".join(f"{k} {v}" for k, v in about.items()) + "\n\n" + table(series))


if __name__ == "__main__":
    main()
