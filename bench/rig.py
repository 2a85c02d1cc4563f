"""Any store, and ingest between a broker and it, for any shape of load. I/O."""

import asyncio
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import psutil

from bench.load import Shape, write_missiondb
from bench.row import Pair
from bench.servers import Influx, broker, influx, ingest
from bench.whole import ROOT, announce, sustained


class Into(StrEnum):
    """What ingest stores into."""

    INFLUX = "InfluxDB"
    DUCK = "DuckDB"


@contextmanager
def store(folder: Path, into: Into) -> Iterator[str]:
    """The URL of an empty one, as ingest takes it."""
    folder.mkdir(parents=True, exist_ok=True)
    if into is Into.DUCK:
        yield f"duckdb://{folder / 'telemetry.duckdb'}"
        return
    with influx(folder) as server:
        yield server.store


def bucket(server: Influx, name: str) -> str:
    """The URL of a new bucket of this server, as ingest takes it."""
    form = urllib.parse.urlencode({"q": f'CREATE DATABASE "{name}"'}).encode()
    with urllib.request.urlopen(f"{server.direct}/query", form):
        return f"influxdb+{server.url}/{name}"


@contextmanager
def ingesting(
    folder: Path, port: int, shape: Shape, url: str, root: str = ROOT
) -> Iterator[tuple[psutil.Process, int]]:
    """Ingest that is ready for this shape under this root, and the port of its HTTP."""
    folder.mkdir(parents=True, exist_ok=True)
    database = write_missiondb(folder / "missiondb", shape)
    asyncio.run(announce(port, shape, root))
    with ingest(folder, port, url, root, f"--missiondb={database}") as (program, http):
        yield psutil.Process(program.process.pid), http


def rate(folder: Path, shape: Shape, into: Into, seconds: float) -> Pair:
    """Samples a second, as `bench.whole.sustained` counts them, with servers of its own."""
    with (
        broker(folder) as port,
        store(folder, into) as url,
        ingesting(folder, port, shape, url) as (process, http),
    ):
        return sustained(folder, shape, port, http, process, seconds=seconds)
