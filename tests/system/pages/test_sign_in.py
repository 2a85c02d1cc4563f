"""A console with users, in a browser: in by keyboard, acknowledged in one's own name, shown out."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from access.audit import Audit
from access.roles import Role
from access.seal import CommandKey
from access.sessions import Sessions
from access.users import User, Users
from tests.servers.mosquitto import Mosquitto
from tests.system.pages.conftest import OpenDesk
from tests.system.pages.station import SCREENSHOTS
from tests.system.programs import running

PASSWORD = "correct horse battery staple"
ALARM = "DER_FIRING_UNPLANNED"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "access"


@pytest.fixture
def url(
    frail_broker: Mosquitto, folder: Path, tmp_path: Path, free_ports: tuple[int, int]
) -> Iterator[str]:
    """The console of a whole closed station; thrusters fire soon."""
    ingest, console = free_ports
    key = CommandKey.new("console")
    with closing(Users.open(folder)) as users:
        for name, role in (("Olga", Role.OPERATOR), ("Vic", Role.VIEWER)):
            users.add(User(name=name, role=role), PASSWORD)
        users.add(User(name="console", role=Role.VIEWER, service=True, key=key.public))
    common = {
        "STATIONWATCH_BROKER": frail_broker.url,
        "STATIONWATCH_ACCESS": str(folder),
        "STATIONWATCH_INGEST_TOKEN": "of-this-test-alone",
        "STATIONWATCH_INGEST_PORT": str(ingest),
        "STATIONWATCH_STATE": str(tmp_path / "state"),
    }
    store = f"duckdb://{tmp_path / 'telemetry.duckdb'}"
    with ExitStack() as stack:
        start = stack.enter_context
        start(running(tmp_path / "ingest.log", "ingest", f"--store={store}", **common))
        start(
            running(
                tmp_path / "simulators.log",
                "simulate",
                "--scenario=ms18",
                "--at=09:12:10",
                **common,
            )
        )
        start(
            running(
                tmp_path / "console.log",
                "console",
                f"--store=remote+http://127.0.0.1:{ingest}",
                f"--console-port={console}",
                **common,
                STATIONWATCH_COMMAND_KEY=key.text,
            )
        )
        yield f"http://127.0.0.1:{console}"


def sign_in(page: Page, name: str) -> None:
    """By keyboard alone: the name has the focus."""
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#page-badge")).to_have_text("● PAGE LIVE")


def heard(folder: Path, did: str) -> list[tuple[str, str]]:
    with closing(Audit.open(folder)) as audit:
        return [(entry.who, entry.outcome) for _, entry in audit.read() if entry.did == did]


def test_one_signs_in_acts_in_his_own_name_and_is_shown_out(
    url: str, folder: Path, desk: OpenDesk
) -> None:
    olga = desk(width=1366, height=768)
    page = olga.page
    page.goto(f"{url}/alarms?find=firing")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.screenshot(path=SCREENSHOTS / "pages" / "sign-in-1366-dark.png")
    sign_in(page, "Olga")
    expect(page).to_have_url(f"{url}/alarms?find=firing")
    expect(page.locator("#operator")).to_have_value("Olga")

    row = page.locator(".ag-center-cols-container .ag-row", has_text=ALARM)
    row.get_by_role("button", name="ACK").click()
    expect(row).to_contain_text("Olga")
    assert ("Olga", "permitted") in heard(folder, "alarm acknowledge")

    with closing(Users.open(folder)) as users:
        assert Sessions(users).revoke("Olga") == 1
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    sign_in(page, "Olga")
    expect(page).to_have_url(f"{url}/alarms?find=firing")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("[name=password]")).to_be_visible()
    page.goto(f"{url}/")
    expect(page.locator("[name=password]")).to_be_visible()
    # what was asked between the session's end and the page's is answered by 401
    olga.forgive("401")


def test_a_viewer_looks(url: str, folder: Path, desk: OpenDesk) -> None:
    page = desk(width=1366, height=768).page
    page.goto(f"{url}/alarms")
    sign_in(page, "Vic")
    row = page.locator(".ag-center-cols-container .ag-row", has_text=ALARM)
    row.get_by_role("button", name="ACK").click()
    expect(page.get_by_text("takes the role operator; Vic is viewer")).to_be_visible()
    expect(row).to_contain_text("UNACK")
    page.goto(f"{url}/backtest")
    expect(page.get_by_role("button", name="Run back-test")).to_be_disabled()
    assert heard(folder, "alarm acknowledge") == []
    assert heard(folder, "sign in") == [("Vic", "done")]
