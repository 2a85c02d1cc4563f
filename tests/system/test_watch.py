"""The whole watch: every part the product's own, each a process, seen through two browsers."""

import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.servers.chromium import Watch
from tests.servers.mosquitto import Mosquitto
from tests.system.pages_of import alarm_row, panel_header, parameter_row
from tests.system.programs import Program, running

#: Simulated seconds a second: the thrusters fire 18 of them after the scenario is joined.
RATE = 3
WITHIN_MS = 30_000
#: Kept, for people to look at.
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@dataclass(frozen=True)
class Parts:
    ingest: Program
    simulators: Program
    url: str


@pytest.fixture
def parts(frail_broker: Mosquitto, tmp_path: Path, free_ports: tuple[int, int]) -> Iterator[Parts]:
    broker = f"--broker={frail_broker.url}"
    ingest_port, console_port = free_ports
    with ExitStack() as stack:

        def start(name: str, *arguments: str) -> Program:
            return stack.enter_context(running(tmp_path / f"{name}.log", name, broker, *arguments))

        ingest = start(
            "ingest",
            f"--state={tmp_path / 'state'}",
            f"--store=duckdb://{tmp_path / 'telemetry.duckdb'}",
            f"--ingest-port={ingest_port}",
        )
        simulators = start("simulate", f"--speed={RATE}", "--scenario=ms18", "--at=09:12:00")
        start(
            "console",
            f"--store=remote+http://127.0.0.1:{ingest_port}",
            f"--console-port={console_port}",
        )
        yield Parts(ingest, simulators, f"http://127.0.0.1:{console_port}/")


def alarm(page: Page, identity: str = "soyuz/DER_FIRING_UNPLANNED.limit") -> Locator:
    return alarm_row(page, identity)


def header(page: Page, panel: str) -> Locator:
    return panel_header(page, panel)


def test_the_watch_as_operators_see_it(parts: Parts, browser: Browser) -> None:
    contexts = [browser.new_context(viewport={"width": 1920, "height": 1080}) for _ in range(2)]
    first, second = (context.new_page() for context in contexts)
    watches = [Watch.over(page) for page in (first, second)]
    for page in (first, second):
        page.set_default_timeout(WITHIN_MS)
        page.goto(parts.url)

    # values move
    value = parameter_row(first, "iss/USLAB000034").locator(".value")
    expect(value).to_have_text(re.compile(r"\d"), timeout=WITHIN_MS)
    expect(value).not_to_have_text(value.inner_text(), timeout=WITHIN_MS)
    expect(header(first, "iss/adcs")).to_contain_text("SIM")

    # what was sent before this page was opened is there: nothing waits for its next change
    expect(parameter_row(first, "iss/USLAB000012").locator(".value")).to_have_text(
        "CMG ATTITUDE CONTROL", timeout=WITHIN_MS
    )

    # an alarm appears, on both: one that stands while the thrusters fire, and a minute after
    one, other = alarm(first), alarm(second)
    for row in (one, other):
        expect(row).to_contain_text("UNACK", timeout=WITHIN_MS)

    # with the incident it begins, and what that holds back
    for page in (first, second):
        expect(page.locator(".incident .first-out")).to_contain_text(
            "Firing outside its window", timeout=WITHIN_MS
        )
        expect(page.locator(".incident summary")).to_contain_text("held back", timeout=WITHIN_MS)
    first.screenshot(path=SCREENSHOTS / "alarm.png")

    # the other operator sees who has acknowledged it
    one.click()
    first.locator("#operator").fill("P. Duty")
    first.locator("#comment").fill("thruster firing, not planned")
    first.locator("#acknowledge").click()
    expect(other).to_contain_text("P. Duty", timeout=WITHIN_MS)

    # history comes from the store
    parameter_row(first, "iss/USLAB000026").click()
    expect(first.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_attached(
        timeout=WITHIN_MS
    )
    first.keyboard.press("Escape")

    # a frozen ingest is silence, and the alarm list says that it is old
    parts.ingest.process.send_signal(signal.SIGSTOP)
    stopped = time.monotonic()
    expect(header(first, "ground/ingest")).to_contain_text("STALE", timeout=WITHIN_MS)
    print(f"\nSTALE is on the page {time.monotonic() - stopped:.2f} s after ingest was frozen")
    expect(first.locator("#alarms-stale")).to_contain_text("alarm state is not being updated")
    first.screenshot(path=SCREENSHOTS / "stale.png")
    parts.ingest.process.send_signal(signal.SIGCONT)
    expect(first.locator("#alarms-stale")).to_be_empty(timeout=WITHIN_MS)

    # parts that leave are seen to have left
    assert parts.ingest.stop() == 0
    expect(header(first, "ground/ingest")).to_contain_text("LOS", timeout=WITHIN_MS)
    expect(first.locator("#alarms-stale")).to_contain_text("alarm state is not being updated")
    assert parts.simulators.stop() == 0
    expect(header(first, "iss/adcs")).to_contain_text("LOS", timeout=WITHIN_MS)

    assert [watch.elsewhere for watch in watches] == [[], []]
    assert [watch.complaints for watch in watches] == [[], []]
    for context in contexts:
        context.close()
