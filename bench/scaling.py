"""Two ingests on one broker, each with its own spacecraft, beside one. I/O.

An ingest takes all that is published under one topic root, so each of the two has a root of its
own, and with it a spool, a state and a mission database; into InfluxDB each has its own bucket of
one server, into DuckDB its own file. Twice it is measured, one alone and then two:

* as fast as it goes: on a machine whose cores one ingest and its servers keep busy, two are no
  faster together;
* at a rate that both can keep up with: what an ingest spends on a million samples, alone and beside
  another. Where that is the same nothing is shared but the machine, and a second machine adds its
  cores.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec
import psutil

from bench.firehose import Order
from bench.load import Shape
from bench.rig import Into, bucket, ingesting
from bench.row import Bench, Pair, RowSpec
from bench.servers import broker, influx
from bench.whole import WARM_UP_S, firehose, stored

SECONDS: Final = 30.0
SHAPE: Final = Shape()
#: Frames not yet stored, of each ingest.
AHEAD: Final = 4_000
#: Samples a second of each ingest, where both are to keep up.
STEADY: Final = 30_000
LOOK_S: Final = 0.1
#: What the parts of the path are known by: their program or module.
PARTS: Final = {
    "ingest": "stationwatch",
    "mosquitto": "mosquitto",
    "influxd": "influxd",
    "proxy": "bench.servers",
    "publisher": "bench.firehose",
}


class Measured(msgspec.Struct, frozen=True):
    """rate: samples a second of all ingests. cores: busy on average, by part of `PARTS`."""

    rate: float
    cores: dict[str, float]

    @property
    def spent(self) -> float:
        """Seconds of a core that ingest spends on a million samples."""
        return self.cores["ingest"] / self.rate * 1e6


def cpu_s() -> dict[str, float]:
    """Seconds of a core that our children have spent so far, by part."""
    spent = dict.fromkeys(PARTS, 0.0)
    for process in psutil.Process().children():
        names = {Path(argument).name for argument in process.cmdline()[:3]}
        part = next((part for part, name in PARTS.items() if name in names), None)
        if part is not None:
            times = process.cpu_times()
            spent[part] += times.user + times.system
    return spent


@contextmanager
def _stores(folder: Path, into: Into, roots: list[str]) -> Iterator[list[str]]:
    if into is Into.DUCK:
        yield [f"duckdb://{folder / root / 'telemetry.duckdb'}" for root in roots]
        return
    with influx(folder) as server:
        yield [bucket(server, root) for root in roots]


def together(folder: Path, into: Into, many: int, rate: float = 0.0) -> Measured:
    """So many ingests side by side. rate: samples a second of each; 0: as fast as it goes."""
    folder.mkdir()
    roots = [f"bench-{i}" for i in range(many)]
    with ExitStack() as stack:
        port = stack.enter_context(broker(folder))
        urls = stack.enter_context(_stores(folder, into, roots))
        https = [
            stack.enter_context(ingesting(folder / root, port, SHAPE, url, root))[1]
            for root, url in zip(roots, urls, strict=True)
        ]
        counts = [
            stack.enter_context(
                firehose(
                    folder / root,
                    Order(
                        port,
                        root,
                        SHAPE,
                        str(folder / root / "counts"),
                        rate=rate / SHAPE.a_frame,
                        step_ns=20_000,
                    ),
                )
            )
            for root in roots
        ]

        def look() -> tuple[float, int]:
            done = [stored(http) for http in https]
            for one, count in zip(counts, done, strict=True):
                one.allowed = count + AHEAD
            return time.monotonic(), sum(done)

        began_s, _ = look()
        while look()[0] - began_s < WARM_UP_S:
            time.sleep(LOOK_S)
        (from_s, first), before = look(), cpu_s()
        while (mark := look())[0] - from_s < SECONDS:
            time.sleep(LOOK_S)
        took_s, after = mark[0] - from_s, cpu_s()
    return Measured(
        (mark[1] - first) * SHAPE.a_frame / took_s,
        {part: (after[part] - before[part]) / took_s for part in PARTS},
    )


def _into(into: Into) -> Callable[[Path], Mapping[str, Pair]]:
    def once(folder: Path) -> Mapping[str, Pair]:
        one, two = (together(folder / f"fast-{many}", into, many) for many in (1, 2))
        alone, beside = (together(folder / f"steady-{many}", into, many, STEADY) for many in (1, 2))
        return {
            "rate": Pair(
                two.rate,
                one.rate,
                notes={
                    f"cores of {part}, {many}": busy
                    for many, measured in (("one", one), ("two", two))
                    for part, busy in measured.cores.items()
                    if busy
                },
            ),
            "cost": Pair(
                beside.spent,
                alone.spent,
                notes={"samples/s of two": beside.rate, "samples/s of one": alone.rate},
            ),
        }

    return once


BENCHES: Final = tuple(
    Bench(
        f"scaling-{into.name.lower()}",
        {
            "rate": RowSpec(
                f"two ingests on one broker, as fast as they go, into {into}",
                "samples/s",
                "one ingest",
            ),
            "cost": RowSpec(
                f"each ingest of two at {STEADY:,} samples/s, into {into}",
                "s a million samples",
                "one ingest at that rate, alone",
            ),
        },
        _into(into),
    )
    for into in Into
)
