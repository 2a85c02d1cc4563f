"""The real servers a bench runs on, each a process of its own. I/O.

`python -m bench.servers URL` is the proxy that lets an old InfluxDB answer `/api/v2/write`: in a
process of its own, so that what it costs is not charged to whoever measures.
"""

import asyncio
import json
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.servers.influx_proxy import InfluxProxy
from tests.servers.influxd import influxd
from tests.servers.mosquitto import mosquitto
from tests.system.programs import Program, running

BUCKET: Final = "bench"


@dataclass(frozen=True, slots=True)
class Influx:
    """url: with `/api/v2/write`. direct: of the server itself."""

    url: str
    direct: str
    pid: int

    @property
    def store(self) -> str:
        return f"influxdb+{self.url}/{BUCKET}"

    def count(self, measurement: str, field: str) -> int:
        form = urllib.parse.urlencode(
            {"q": f'SELECT count("{field}") FROM "{measurement}"', "db": BUCKET}
        )
        with urllib.request.urlopen(f"{self.direct}/query", form.encode()) as answer:
            (result,) = json.load(answer)["results"]
        return int(result["series"][0]["values"][0][1]) if "series" in result else 0


@contextmanager
def influx(folder: Path) -> Iterator[Influx]:
    """A fresh server with an empty bucket."""
    home = folder / "influx"
    home.mkdir(parents=True)
    with influxd(home) as server:
        server.query(f'CREATE DATABASE "{BUCKET}"')
        proxy = subprocess.Popen(
            [sys.executable, "-m", "bench.servers", server.url], stdout=subprocess.PIPE, text=True
        )
        try:
            assert proxy.stdout is not None
            url = proxy.stdout.readline().strip()
            assert server._process is not None
            yield Influx(url, server.url, server._process.pid)
        finally:
            proxy.terminate()
            proxy.wait()


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """Its port."""
    home = folder / "broker"
    home.mkdir(parents=True)
    with mosquitto(home) as server:
        yield server.port


@contextmanager
def ingest(
    folder: Path, port: int, store: str, root: str = "bench", *more: str
) -> Iterator[tuple[Program, int]]:
    """Ingest, ready, and the port of its HTTP."""
    http = free_port()
    arguments = (
        "ingest",
        f"--broker=mqtt://127.0.0.1:{port}",
        f"--root={root}",
        f"--state={folder / 'state'}",
        f"--store={store}",
        f"--ingest-port={http}",
        *more,
    )
    with running(folder / "ingest.log", *arguments) as program:
        yield program, http


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _proxy(url: str) -> None:
    async with InfluxProxy(url).running() as proxy:
        print(proxy.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_proxy(sys.argv[1]))
