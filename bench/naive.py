"""What the design buys: ingest as one would write it first, beside ours on the same stream. I/O.

One message a sample, taken by aiomqtt's iterator, decoded by `json`, one comparison for its limit,
one influxdb-client `Point` and one synchronous write each. It keeps nothing on disk and tells of no
alarm. Beside it ours with one sample a frame, which is the same stream, and with 150 a frame.

`python -m bench.naive PORT ROOT URL COUNTS` is the naive ingest: a process of its own, so that what
it costs is its own.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import aiomqtt
import psutil
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision

from bench.firehose import Counts
from bench.rig import Into, rate
from bench.row import Bench, Pair, RowSpec
from bench.servers import BUCKET, Influx, broker, influx
from bench.whole import NARROW, ROOT, WIDE, sustained

SECONDS: Final = 20.0
#: The limit of every parameter of `bench.load`.
_HIGH: Final = 10.0


async def ingest_naively(port: int, root: str, url: str, counts: Counts) -> None:
    """Until it is stopped; samples stored are `counts.acknowledged`."""
    stored = violated = 0
    with InfluxDBClient(url, token="none", org="-") as server:
        write = server.write_api(write_options=SYNCHRONOUS)
        async with aiomqtt.Client("127.0.0.1", port, identifier="bench-naive") as client:
            await client.subscribe(f"{root}/v1/+/frame/+", qos=1)
            print("ready", flush=True)
            async for message in client.messages:
                _, _, craft, _, subsystem = message.topic.value.split("/")
                assert isinstance(message.payload, bytes)
                frame = json.loads(message.payload)
                for name, value in frame["values"].items():
                    violated += value > _HIGH
                    point: Any = Point(f"{craft}_{subsystem}")  # type: ignore[no-untyped-call]
                    point.field(name, value).time(frame["t"], WritePrecision.NS)
                    write.write(BUCKET, record=point)
                    stored += 1
                counts.acknowledged = stored


@contextmanager
def _naive(folder: Path, port: int, server: Influx) -> Iterator[tuple[psutil.Process, Counts]]:
    path = folder / "counts-naive"
    counts = Counts(path)
    arguments = [str(port), ROOT, server.url, str(path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.naive", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("the naive ingest did not start")
        yield psutil.Process(process.pid), counts
    finally:
        process.terminate()
        process.wait()


def once(folder: Path) -> Mapping[str, Pair]:
    """Each with servers of its own: what one leaves behind is not the other's burden."""
    home = folder / "naive"
    with (
        broker(home) as port,
        influx(home) as server,
        _naive(home, port, server) as (process, counts),
    ):
        naive = sustained(
            home, NARROW, port, 0, process, lambda _: counts.acknowledged, seconds=SECONDS
        )
    narrow = rate(folder / "narrow", NARROW, Into.INFLUX, SECONDS)
    wide = rate(folder / "wide", WIDE, Into.INFLUX, SECONDS)
    notes = {"naive % of a core": naive.notes["% of a core"], "naive MB": naive.notes["MB"]}
    return {
        "same": Pair(narrow.ours, naive.ours, notes=notes),
        "frames": Pair(wide.ours, naive.ours),
    }


_AGAINST: Final = "the naive way: a message, a Point and a write a sample"

BENCHES: Final = (
    Bench(
        "naive",
        {
            "same": RowSpec("ingest of the same stream, 1 a frame", "samples/s", _AGAINST),
            "frames": RowSpec("ingest, 150 a frame", "samples/s", _AGAINST),
        },
        once,
    ),
)

if __name__ == "__main__":
    asyncio.run(
        ingest_naively(int(sys.argv[1]), sys.argv[2], sys.argv[3], Counts(Path(sys.argv[4])))
    )
