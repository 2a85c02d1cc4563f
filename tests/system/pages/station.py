"""A whole station to open pages on: broker, ingest, simulators, console, each a real process."""

import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.servers.chromium import Watch
from tests.servers.mosquitto import Mosquitto, mosquitto
from tests.system.programs import Program

WITHIN_MS = 30_000
#: Kept, for people to look at.
SCREENSHOTS = Path(__file__).parents[3] / "build" / "screenshots"


class Station:
    """url: of the console, with its slash."""

    def __init__(self, home: Path, broker: Mosquitto, simulated: Sequence[str]) -> None:
        self.broker = broker
        self.ingest_port, console_port = _free_ports()
        self.url = f"http://127.0.0.1:{console_port}/"
        self._home = home
        self._running: dict[str, Program] = {}
        self._arguments = {
            "ingest": (
                f"--state={home / 'state'}",
                f"--store=duckdb://{home / 'telemetry.duckdb'}",
                f"--ingest-port={self.ingest_port}",
            ),
            "console": (
                f"--store=remote+http://127.0.0.1:{self.ingest_port}",
                f"--ingest-port={self.ingest_port}",
                f"--console-port={console_port}",
            ),
            "simulate": tuple(simulated),
        }

    def start(self, name: str) -> None:
        """ingest, console or simulate, with what it had before; returns once it is ready."""
        self._running[name] = program = Program(
            self._home / f"{name}.log",
            name,
            f"--broker={self.broker.url}",
            *self._arguments[name],
        )
        program.await_ready()

    def stop(self, name: str) -> None:
        """As a supervisor does."""
        self._running.pop(name).stop()

    def kill(self, name: str) -> None:
        """As a crash."""
        self._running.pop(name).kill()

    def close(self) -> None:
        for name in ("simulate", "console", "ingest"):
            if name in self._running:
                self.stop(name)


@contextmanager
def station(
    home: Path, *, scenario: str = "ms18", at: str = "09:08", speed: float = 1, craft: str = ""
) -> Iterator[Station]:
    """speed: simulated seconds a second. craft: which are simulated, all if empty."""
    folder = home / "mosquitto"
    folder.mkdir(parents=True, exist_ok=True)
    simulated = (f"--speed={speed}", f"--scenario={scenario}", f"--at={at}", *craft.split())
    with mosquitto(folder) as broker:
        station = Station(home, broker, simulated)
        try:
            for name in ("ingest", "console", "simulate"):
                station.start(name)
            yield station
        finally:
            station.close()


class Desk:
    """A browser of one operator. `clean()` at the end: nothing complained, nothing asked for."""

    def __init__(self, browser: Browser, operator: str = "", *, width: int, height: int) -> None:
        self._context = browser.new_context(viewport={"width": width, "height": height})
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(WITHIN_MS)
        self.watch = Watch.over(self.page)
        self._operator = operator

    def open(self, url: str) -> Page:
        """The page once it has heard of the station."""
        self.page.goto(url)
        expect(self.page.locator("#page-badge")).to_have_text("● PAGE LIVE", timeout=WITHIN_MS)
        if self._operator:
            self.page.locator("#operator").fill(self._operator)
            self.page.locator("#operator").blur()
        return self.page

    def forgive(self, pattern: str) -> None:
        """What a browser says of a server that was stopped is no fault of the page."""
        said = self.watch.complaints
        said[:] = [one for one in said if not re.search(pattern, one)]

    def clean(self) -> None:
        # said in full here: pytest rewrites the assertions of tests alone
        assert not self.watch.complaints, self.watch.complaints
        assert not self.watch.elsewhere, self.watch.elsewhere

    def close(self) -> None:
        self._context.close()


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
