"""Ingest as a whole, from the broker to the store, beside what the store alone can take. I/O.

A real mosquitto; `bench.firehose` publishes at QoS 1 as fast as ingest keeps up (never more than
`AHEAD` frames that are not yet stored); ingest spools, checks, alarms and stores. Counted is what
was stored in a time, after a time to warm up. Beside it, in the same run and on the same server:

* InfluxDB is given the same frames as line protocol made ahead, in bodies of `LINES` lines, over
  `CONNECTIONS` connections that are kept open: nothing is decoded, checked or kept.
* DuckDB appends the same batches, as Arrow tables made ahead, and commits each.
* mosquitto_sub takes the same stream at QoS 1 and throws it away.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import aiohttp
import duckdb
import msgspec
import psutil
import pyarrow as pa

from bench.firehose import Counts, Order
from bench.load import Shape, frames, values, write_missiondb
from bench.row import Bench, How, Pair, Reach, RowSpec
from bench.servers import BUCKET, Influx, broker, influx, ingest
from telemetry.clock import LIVE_CLOCK
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.store.influx_line import frame_lines
from telemetry.topics import Topics
from telemetry.wire import encode
from tests.real import require
from tests.system.programs import metric

ROOT: Final = "bench"
WARM_UP_S: Final = 5.0
SECONDS: Final = 60.0
#: Of the store alone: it needs no time to fill queues.
ALONE_S: Final = 15.0
#: Frames, by how many samples they have: some tens of a second of them.
AHEAD: Final = {150: 4_000}
AHEAD_NARROW: Final = 16_000
LOOK_S: Final = 0.1
LINES: Final = 500
CONNECTIONS: Final = 2
#: Frames of one append into DuckDB: what ingest's writer puts into one.
BATCH: Final = 500

WIDE: Final = Shape()
#: As the real recording: one or two samples a frame; one is the harder.
NARROW: Final = Shape(parameters=150, a_frame=1)


@contextmanager
def firehose(folder: Path, order: Order) -> Iterator[Counts]:
    counts = Counts(Path(order.counts))
    with (folder / "firehose.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.firehose", encode(order).decode()], stderr=log
        )
    try:
        yield counts
    finally:
        counts.stop()
        if process.wait(30):
            raise RuntimeError(f"firehose: {(folder / 'firehose.log').read_text()[-2000:]}")


async def announce(port: int, shape: Shape, root: str = ROOT) -> None:
    """Nobody is silent: the load says what it can, not what is due."""
    clock = msgspec.structs.replace(LIVE_CLOCK, heartbeat=False)
    address = BrokerAddress("127.0.0.1", port)
    async with connect(address, LinkOptions(identifier="bench-clock")) as link:
        for craft in shape.crafts:
            await link.publish(Topics(root).clock(craft), encode(clock), retain=True)


def processed(http: int) -> int:
    """Frames that ingest has judged."""
    return int(metric(http, "frames_received_total"))


def stored(http: int) -> int:
    """Frames that ingest has stored, about: it counts records."""
    behind = metric(http, "spool_unread_writer") - metric(http, "spool_unread_processor")
    return processed(http) - max(0, int(behind))


def sustained(
    folder: Path,
    shape: Shape,
    port: int,
    http: int,
    program: psutil.Process,
    done: Callable[[int], int] = stored,
    seconds: float = SECONDS,
) -> Pair:
    """Samples a second that are `done`; what ingest's core and memory were meanwhile."""
    order = Order(port, ROOT, shape, str(folder / "counts"), step_ns=20_000)
    with firehose(folder, order) as counts:
        marks: list[tuple[float, int, float]] = []
        began_s = time.monotonic()
        ahead = AHEAD.get(shape.a_frame, AHEAD_NARROW)
        counts.allowed = ahead
        program.cpu_percent()
        while (gone_s := time.monotonic() - began_s) < WARM_UP_S + seconds:
            count = done(http)
            counts.allowed = count + ahead
            if gone_s >= WARM_UP_S:
                if not marks:
                    program.cpu_percent()
                marks.append((gone_s, count, program.memory_full_info().uss / 1e6))
            time.sleep(LOOK_S)
        cpu = program.cpu_percent()
    (from_s, first, _), (to_s, last, _) = marks[0], marks[-1]
    half = len(marks) // 2
    return Pair(
        (last - first) * shape.a_frame / (to_s - from_s),
        notes={
            "frames/s": (last - first) / (to_s - from_s),
            "% of a core": cpu,
            "MB": max(mb for _, _, mb in marks),
            "MB first half": max(mb for _, _, mb in marks[: max(1, half)]),
        },
    )


def said(shape: Shape, step_ns: int = 20_000) -> Iterator[Frame]:
    """The frames that the firehose publishes."""
    texts = values(shape)
    start_ns = time.time_ns() // step_ns * step_ns
    for craft, name, time_ns, sequence, turn in frames(shape, start_ns, step_ns):
        yield Frame(
            spacecraft=craft,
            subsystem=name,
            time_ns=time_ns,
            received_ns=time_ns,
            sequence=sequence,
            values=texts[name][turn % len(texts[name])],
        )


def line_protocol(server: Influx, shape: Shape, seconds: float = ALONE_S) -> float:
    """Samples a second that InfluxDB takes of line protocol made ahead."""
    many = max(40, 1_000_000 // (LINES * shape.a_frame))
    source = said(shape)
    bodies = [b"\n".join(map(frame_lines, islice(source, LINES))) for _ in range(many)]
    return asyncio.run(_post(server, bodies, seconds)) * LINES * shape.a_frame


async def _post(server: Influx, bodies: list[bytes], seconds: float) -> float:
    """Bodies a second. When they have all been sent they are sent with times moved on: a second
    time would be no new samples."""
    took = 0
    turn = 0
    began_s = time.monotonic()

    async def one(session: aiohttp.ClientSession) -> None:
        nonlocal took, turn
        while time.monotonic() - began_s < seconds:
            body = bodies[turn % len(bodies)]
            again, turn = turn // len(bodies), turn + 1
            if again:
                # the last digits of each time are those of the step: moved by less than one
                body = body.replace(b"00\n", b"%02d\n" % (again % 100))
            params = {"bucket": BUCKET, "org": "-", "precision": "ns"}
            async with session.post(
                f"{server.url}/api/v2/write", params=params, data=body
            ) as answer:
                answer.raise_for_status()
            took += 1

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(one(session) for _ in range(CONNECTIONS)))
    return took / (time.monotonic() - began_s)


def duck_append(path: Path, shape: Shape, seconds: float = ALONE_S) -> float:
    """Samples a second that DuckDB appends of Arrow tables made ahead, each committed."""
    by_name: dict[str, list[Frame]] = {name: [] for name in shape.names}
    for frame in islice(said(shape), BATCH):
        by_name[frame.subsystem].append(frame)
    tables = {
        name: pa.table(
            {
                "time": [f.time_ns for f in few],
                "sequence": [f.sequence for f in few],
                **{p: [f.values.get(p) for f in few] for p in shape.ids(name)},
            }
        )
        for name, few in by_name.items()
    }
    with duckdb.connect(str(path)) as database:
        for name, rows in tables.items():
            database.register(f"{name}_rows", rows)
            database.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_rows LIMIT 0")
        batches = 0
        began_s = time.monotonic()
        while time.monotonic() - began_s < seconds:
            database.execute("BEGIN")
            for name in tables:
                database.execute(f"INSERT INTO {name} SELECT * FROM {name}_rows")
            database.execute("COMMIT")
            batches += 1
        return batches * BATCH * shape.a_frame / (time.monotonic() - began_s)


def listened(folder: Path, port: int, shape: Shape, seconds: float = ALONE_S) -> float:
    """Frames a second that mosquitto_sub takes at QoS 1 and throws away."""
    order = Order(port, f"{ROOT}-sub", shape, str(folder / "counts-sub"), step_ns=20_000)
    few = 2_000
    program = require("mosquitto_sub")
    arguments = ["-h", "127.0.0.1", "-p", str(port), "-q", "1", "-t", f"{order.root}/#"]
    with subprocess.Popen([program, *arguments, "-F", "%l"], stdout=subprocess.PIPE) as listener:
        try:
            assert listener.stdout is not None
            time.sleep(0.5)  # mosquitto_sub does not say when it is subscribed
            heard = 0
            with firehose(folder, order) as counts:
                began_s = mark_s = time.monotonic()
                counts.allowed = few
                first = 0
                while (now_s := time.monotonic()) - began_s < seconds + 1.0:
                    if not first and now_s - began_s > 1.0:
                        first, mark_s = heard, now_s
                    heard += os.read(listener.stdout.fileno(), 1 << 20).count(b"\n")
                    counts.allowed = heard + few
                return (heard - first) / (time.monotonic() - mark_s)
        finally:
            listener.terminate()


def into_influx(shape: Shape) -> Callable[[Path], Mapping[str, Pair]]:
    def once(folder: Path) -> Mapping[str, Pair]:
        database = write_missiondb(folder / "db", shape)
        with broker(folder) as port, influx(folder) as server:
            asyncio.run(announce(port, shape))
            with ingest(folder, port, server.store, ROOT, f"--missiondb={database}") as (one, http):
                ours = sustained(folder, shape, port, http, psutil.Process(one.process.pid))
            alone = line_protocol(server, shape)
        return {"rate": msgspec.structs.replace(ours, other=alone)}

    return once


def into_duckdb(folder: Path) -> Mapping[str, Pair]:
    database = write_missiondb(folder / "db", WIDE)
    with broker(folder) as port:
        asyncio.run(announce(port, WIDE))
        store = f"duckdb://{folder / 'telemetry.duckdb'}"
        with ingest(folder, port, store, ROOT, f"--missiondb={database}") as (one, http):
            ours = sustained(folder, WIDE, port, http, psutil.Process(one.process.pid))
    alone = duck_append(folder / "alone.duckdb", WIDE)
    return {"rate": msgspec.structs.replace(ours, other=alone)}


def to_alarms(shape: Shape) -> Callable[[Path], Mapping[str, Pair]]:
    """Receive, spool, decode, detect; the store is one that is away, so that nothing is stored."""

    def once(folder: Path) -> Mapping[str, Pair]:
        database = write_missiondb(folder / "db", shape)
        with broker(folder) as port:
            asyncio.run(announce(port, shape))
            alone = listened(folder, port, shape)
            store = "influxdb+http://127.0.0.1:9/none"
            with ingest(folder, port, store, ROOT, f"--missiondb={database}") as (one, http):
                program = psutil.Process(one.process.pid)
                ours = sustained(folder, shape, port, http, program, processed, ALONE_S)
        return {"rate": Pair(ours.notes["frames/s"], alone, notes={"samples/s": ours.ours})}

    return once


def _stored(what: str, against: str, share: float) -> dict[str, RowSpec]:
    return {"rate": RowSpec(what, "samples/s", against, Reach(How.SHARE, share))}


BENCHES: Final = (
    Bench(
        "influx",
        _stored("ingest, 150 a frame, into InfluxDB", "line protocol made ahead", 0.5),
        into_influx(WIDE),
    ),
    Bench(
        "influx-narrow",
        _stored("ingest, 1 a frame, into InfluxDB", "line protocol made ahead", 0.3),
        into_influx(NARROW),
    ),
    Bench(
        "duckdb",
        _stored("ingest, 150 a frame, into DuckDB", "DuckDB's append of the same batches", 0.5),
        into_duckdb,
    ),
    *(
        Bench(
            name,
            {
                "rate": RowSpec(
                    f"receive, spool, decode, detect, {shape.a_frame} a frame",
                    "frames/s",
                    "mosquitto_sub, same stream",
                    Reach(How.SHARE, 0.4),
                )
            },
            to_alarms(shape),
        )
        for name, shape in (("detect", WIDE), ("detect-narrow", NARROW))
    ),
)
