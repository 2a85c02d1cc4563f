"""A real InfluxDB 1.x (Debian's) on loopback, with directories of its own."""

import json
import socket
import subprocess
import time
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
    """A server that keeps its port and its folder from one start to the next."""

    def __init__(self, home: Path) -> None:
        self._program = require("influxd")
        rpc, http = _free_ports(2)
        self._config = home / "influxdb.conf"
        self._config.write_text(_CONFIG.format(home=home, rpc=rpc, http=http))
        self._log = home / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{http}"

    def start(self) -> None:
        """Return once it answers."""
        with self._log.open("ab") as log:
            process = self._process = subprocess.Popen(
                [self._program, "run", "-config", self._config],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/ping", timeout=1):
                    return
            except OSError:
                time.sleep(0.05)  # nothing tells when it listens
        self.stop()
        raise RuntimeError(f"influxd did not start: {self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        """As a shutdown."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def query(self, influxql: str, database: str = "") -> dict[str, object]:
        form = urllib.parse.urlencode({"q": influxql, "db": database}).encode()
        with urllib.request.urlopen(f"{self.url}/query", form, timeout=10) as response:
            answer: dict[str, object] = json.load(response)
        return answer


@contextmanager
def influxd(home: Path) -> Iterator[Influxd]:
    server = Influxd(home)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
