"""A real mosquitto on loopback, with a folder of its own; it can be lost and come back."""

import getpass
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real import require

_START_S = 10

#: `user`: started by root it would become one that cannot write into the test's folder.
_CONFIG = """
listener {port} 127.0.0.1
allow_anonymous true
user {user}
persistence true
persistence_location {home}/
autosave_interval 5
max_inflight_messages 500
max_queued_messages 1000000
set_tcp_nodelay true
max_packet_size 1048576
"""


class Mosquitto:
    """A broker that keeps its port and its folder from one start to the next."""

    def __init__(self, home: Path) -> None:
        self._program = require("mosquitto")
        self._config = home / "mosquitto.conf"
        self._log = home / "log"
        self._written = home / "mosquitto.db"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._config.write_text(_CONFIG.format(port=self.port, home=home, user=getpass.getuser()))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Return once it accepts connections."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", self._config], stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        self.stop()
        raise RuntimeError(f"mosquitto does not start: {self._log.read_text()[-1000:]}")

    def save(self) -> None:
        """Have it write down sessions and queues now, as it does every five seconds."""
        assert self._process is not None
        self._written.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + _START_S
        while not self._written.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    @property
    def saved_ns(self) -> int:
        """When it last wrote down sessions and queues; 0 before the first time."""
        try:
            return self._written.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def kill(self) -> None:
        """As a crash: it writes nothing down."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """As a shutdown: what it is to keep is kept."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def mosquitto(home: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(home)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
