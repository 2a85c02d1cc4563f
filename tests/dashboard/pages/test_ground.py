"""The ground page without a browser."""

from typing import Any

from dashboard.address import Address
from dashboard.pages.ground import GroundPage, console, hex_dump
from telemetry import missiondb
from tests.dashboard.desk import Desk, text_of

DEAD: dict[str, Any] = {
    "n": 7,
    "received_ns": 1_634_289_180 * 10**9,
    "topic": "tlm/v1/iss/frame/adcs",
    "reason": "not-json",
    "detail": "malformed at byte 3",
    "parameter": "",
    "excerpt": "{{",
    "bytes": 600,
    "head": ("{{<b>" + "\x00" * 507).encode().hex(),
}


def page(ingest: dict[str, Any] | None = None) -> GroundPage:
    return GroundPage(Desk(database=missiondb.load(), ingest=ingest).means)


def test_every_parameter_of_ingest_is_on_it_once() -> None:
    shown = text_of(page().layout(Address.read("/ground", "")))
    for parameter in missiondb.load().subsystem("ground", "ingest").parameters:
        assert shown.count(f'"ground/{parameter}"') == 1, parameter


async def test_what_could_not_be_used_has_its_reason_and_bytes() -> None:
    shown = text_of(await page({"/dead": [DEAD]}).dead())
    for expected in ("2021-10-15 09:13:00", "tlm/v1/iss/frame/adcs", "not-json", "malformed at"):
        assert expected in shown
    assert "0000  7b 7b 3c 62 3e 00" in shown
    assert "600 B" in shown
    assert "and 88 more" in shown


async def test_nothing_dead_and_an_ingest_that_is_away_are_told_apart() -> None:
    assert "None: everything" in text_of(await page({"/dead": []}).dead())
    away = text_of(await page().dead())
    assert "not known" in away
    assert "does not answer" in away


def test_bytes_are_sixteen_a_line() -> None:
    assert hex_dump(b"") == ""
    first, second = hex_dump(bytes(range(0x30, 0x42))).splitlines()
    assert (
        first == "0000  " + " ".join(f"{n:02x}" for n in range(0x30, 0x40)) + "  0123456789:;<=>?"
    )
    assert second.startswith("0010  40 41 ")
    assert second.endswith("  @A")


def test_the_console_tells_of_itself() -> None:
    shown = text_of(console(Desk().tree))
    assert "LOST" in shown
    assert "nothing" in shown
