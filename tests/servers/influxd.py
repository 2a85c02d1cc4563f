"""A real InfluxDB 1.x (Debian's) on loopback, with directories of its own."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real import require

_START_S = 20

#: Its defaults listen on every address and report home.
_CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{home}/meta"
  logging-enabled = false
[data]
  dir = "{home}/data"
  wal-dir = "{home}/wal"
  index-version = "tsi1"
  max-series-per-database = 0
  max-values-per-tag = 0
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{http}"
  log-enabled = false
"""


class Influxd:
    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, influxql: str, database: str = "") -> dict[str, object]:
        form = urllib.parse.urlencode({"q": influxql, "db": database}).encode()
        with urllib.request.urlopen(f"{self.url}/query", form, timeout=10) as response:
            answer: dict[str, object] = json.load(response)
        return answer


@contextmanager
def influxd(home: Path) -> Iterator[Influxd]:
    program = require("influxd")
    rpc, http = _free_ports(2)
    config = home / "influxdb.conf"
    config.write_text(_CONFIG.format(home=home, rpc=rpc, http=http))
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "run", "-config", config], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        server = Influxd(f"http://127.0.0.1:{http}")
        _wait(server, process, home / "log")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Influxd, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}/ping", timeout=1):
                return
        except OSError:
            time.sleep(0.05)  # nothing tells when it listens
    raise RuntimeError(f"influxd did not start: {log.read_text()[-2000:]}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
