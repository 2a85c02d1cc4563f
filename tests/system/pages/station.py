"""A whole station to open pages on: broker, ingest, simulators, console, each a real process."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.servers.chromium import Watch
from tests.servers.mosquitto import Mosquitto, mosquitto
from tests.system.programs import Program, running

WITHIN_MS = 30_000
#: Kept, for people to look at.
SCREENSHOTS = Path(__file__).parents[3] / "build" / "screenshots"


@dataclass(frozen=True)
class Station:
    """url: of the console, with its slash."""

    broker: Mosquitto
    ingest: Program
    simulators: Program
    console: Program
    url: str
    ingest_port: int


@contextmanager
def station(
    home: Path, *, scenario: str = "ms18", at: str = "09:08", speed: float = 1, craft: str = ""
) -> Iterator[Station]:
    """speed: simulated seconds a second. craft: which are simulated, all if empty."""
    ingest_port, console_port = _free_ports()
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(_folder(home, "mosquitto")))

        def start(name: str, *arguments: str) -> Program:
            log = home / f"{name}.log"
            return stack.enter_context(running(log, name, f"--broker={broker.url}", *arguments))

        ingest = start(
            "ingest",
            f"--state={home / 'state'}",
            f"--store=duckdb://{home / 'telemetry.duckdb'}",
            f"--ingest-port={ingest_port}",
        )
        console = start(
            "console",
            f"--store=remote+http://127.0.0.1:{ingest_port}",
            f"--ingest-port={ingest_port}",
            f"--console-port={console_port}",
        )
        simulators = start(
            "simulate", f"--speed={speed}", f"--scenario={scenario}", f"--at={at}", *craft.split()
        )
        yield Station(
            broker=broker,
            ingest=ingest,
            simulators=simulators,
            console=console,
            url=f"http://127.0.0.1:{console_port}/",
            ingest_port=ingest_port,
        )


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

    def clean(self) -> None:
        assert self.watch.complaints == []
        assert self.watch.elsewhere == []

    def close(self) -> None:
        self._context.close()


def _folder(home: Path, name: str) -> Path:
    made = home / name
    made.mkdir(parents=True, exist_ok=True)
    return made


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
