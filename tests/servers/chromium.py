"""The system's Chromium, and a watch on what its pages ask for and complain of."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from tests.real import require

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers give it too little
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


_LISTENING = "DevTools listening on "
_START_S = 30


@contextmanager
def chromium(home: Path) -> Iterator[str]:
    """One browser for many tests; gives the address `connected` takes."""
    program = require("chromium")
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                *_QUIET,
                "--headless",
                "--remote-debugging-port=0",
                f"--user-data-dir={home / 'profile'}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _address(process, home / "log")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith(_LISTENING):
                return line.removeprefix(_LISTENING)
        time.sleep(0.05)  # nothing tells when it listens
    process.kill()
    raise RuntimeError(f"chromium did not start: {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def connected(address: str) -> Iterator[Browser]:
    """The browser, for tests that are not async: Playwright's loop runs in their thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(address)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What one page has asked for elsewhere, and what it has complained of."""

    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def over(cls, page: Page) -> "Watch":
        watch = cls()
        page.on("request", lambda request: watch._note(request.url))
        page.on("websocket", lambda socket: watch._note(socket.url))
        page.on("pageerror", lambda error: watch.complaints.append(str(error)))
        page.on("console", lambda said: watch._heard(said.type, said.text))
        return watch

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.elsewhere.append(url)

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")
