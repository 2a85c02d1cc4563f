"""`stationwatch alarm`, `note` and `handover` against a real broker and ingest."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from telemetry import wire
from telemetry.alarm import Alarm, State
from telemetry.clock import LIVE_CLOCK, SECOND_NS
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.shift import Shift
from telemetry.topics import Topics
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import Listener, listening
from tests.system.programs import Program, running
from tests.system.terminal import Terminal

ALARM = "USLAB000022.limit"
NAME = f"iss/{ALARM}"
WARNING_DEG = 9.0


@pytest.fixture
def terminal(broker: Mosquitto, root: str) -> Terminal:
    return Terminal(broker.url, root)


@pytest.fixture
def ingest(terminal: Terminal, tmp_path: Path, free_port: int) -> Iterator[Program]:
    with running(
        tmp_path / "ingest.log",
        "ingest",
        f"--broker={terminal.url}",
        f"--root={terminal.root}",
        f"--state={tmp_path / 'state'}",
        f"--store=duckdb://{tmp_path / 'telemetry.duckdb'}",
        f"--ingest-port={free_port}",
    ) as program:
        yield program


@pytest.fixture
async def ear(terminal: Terminal, ingest: Program) -> AsyncIterator[Listener]:
    async with listening(terminal.url, terminal.root) as listener:
        yield listener


def retained(ear: Listener, root: str) -> Alarm | None:
    """What was last said of the alarm; None while it does not stand."""
    payloads = ear.payloads(Topics(root).alarm("iss", ALARM))
    return wire.decode_alarm(payloads[-1]) if payloads and payloads[-1] else None


def log(ear: Listener, root: str) -> Shift:
    payloads = ear.payloads(Topics(root).shift)
    return wire.decode_shift(payloads[-1]) if payloads else Shift()


async def publish(terminal: Terminal, *values: float) -> None:
    """The attitude error, five seconds apart: longer than its limit's persistence."""
    topics, began_ns = Topics(terminal.root), time.time_ns()
    address = BrokerAddress.parse(terminal.url)
    async with connect(address, LinkOptions(identifier=f"{terminal.root}-station")) as connection:
        # No heartbeat: what is not sent here is no silence.
        clock = msgspec.structs.replace(LIVE_CLOCK, heartbeat=False)
        await connection.publish(topics.clock("iss"), wire.encode(clock), retain=True)
        for n, value in enumerate(values, 1):
            now_ns = began_ns + 5 * n * SECOND_NS
            frame = Frame(
                spacecraft="iss",
                subsystem="adcs",
                time_ns=now_ns,
                received_ns=now_ns,
                sequence=n,
                values={"USLAB000022": value},
            )
            await connection.publish(topics.frame("iss", "adcs"), wire.encode_frame(frame))


async def test_an_alarm_is_shelved_taken_back_and_acknowledged(
    terminal: Terminal, ear: Listener
) -> None:
    await publish(terminal, WARNING_DEG, WARNING_DEG)
    await ear.until(lambda: retained(ear, terminal.root) is not None)

    shelved = await terminal.run(
        "alarm", "shelve", NAME, "--for=30m", "--by=Ann", "--comment=sensor known bad"
    )
    assert (shelved.code, shelved.err) == (0, "")
    assert shelved.out.startswith(f"{NAME}: shelved until ")
    assert shelved.out.endswith(" by Ann, UNACK\n")
    await ear.until(lambda: (a := retained(ear, terminal.root)) is not None and a.silenced)
    alarm = retained(ear, terminal.root)
    assert alarm is not None
    assert (alarm.shelved_by, alarm.shelf_reason) == ("Ann", "sensor known bad")

    assert (await terminal.run("alarm", "unshelve", NAME, "--by=Ann")).code == 0
    done = await terminal.run("alarm", "acknowledge", NAME, "--by=Bob", "--comment=on it")
    assert (done.code, done.out) == (0, f"{NAME}: acknowledged by Bob, ACKED\n")
    again = await terminal.run("alarm", "acknowledge", NAME, "--by=Cid")
    assert (again.code, again.out) == (0, f"{NAME}: acknowledged already by Bob\n")
    await ear.until(lambda: (a := retained(ear, terminal.root)) is not None and not a.silenced)
    alarm = retained(ear, terminal.root)
    assert alarm is not None
    assert (alarm.state, alarm.acknowledged_by, alarm.comment) == (State.ACKED, "Bob", "on it")


async def test_what_ingest_refuses_is_an_error_with_its_reason(
    terminal: Terminal, ear: Listener
) -> None:
    await publish(terminal, WARNING_DEG, WARNING_DEG)
    await ear.until(lambda: retained(ear, terminal.root) is not None)
    reset = await terminal.run("alarm", "reset", NAME, "--by=Ann")
    assert (reset.code, reset.out) == (1, "")
    assert reset.err == (
        f"stationwatch: reset {NAME}: refused: RESET is not possible while the alarm is UNACK\n"
    )
    long = await terminal.run("alarm", "shelve", NAME, "--for=25h", "--comment=c")
    assert "a shelf must end within the next 24 hours" in long.err
    unknown = await terminal.run("alarm", "out-of-service", "iss/NOPE.limit", "--comment=c")
    assert (unknown.code, "there is no such alarm" in unknown.err) == (1, True)
    other = await terminal.run("alarm", "acknowledge", "iss/USLAB000023.limit")
    assert (other.code, "did you mean 'USLAB000022.limit'?" in other.err) == (1, True)


async def test_an_alarm_that_does_not_stand_goes_out_of_service_and_back(
    terminal: Terminal, ear: Listener
) -> None:
    out = await terminal.run("alarm", "out-of-service", NAME, "--by=Ann", "--comment=being mended")
    assert (out.code, out.out) == (0, f"{NAME}: out of service by Ann, NORMAL\n")
    await ear.until(lambda: (a := retained(ear, terminal.root)) is not None and a.out_of_service)
    back = await terminal.run("alarm", "in-service", NAME, "--by=Ann")
    assert (back.code, back.out) == (0, f"{NAME}: in service by Ann, NORMAL\n")
    await ear.until(lambda: retained(ear, terminal.root) is None)


async def test_a_shift_is_handed_over_with_a_note(terminal: Terminal, ear: Listener) -> None:
    first = await terminal.run("handover", "sign-in", "--by=Ann")
    assert first.code == 0, first.err
    assert first.out.startswith("Ann is on shift, ")
    noted = await terminal.run("note", "CMG 3 runs warm", "--by=Ann")
    assert (noted.code, noted.out) == (0, "noted\n")
    early = await terminal.run("handover", "sign-in", "--by=Bob")
    assert (early.code, early.err) == (
        1,
        "stationwatch: sign-in: refused: Ann is on shift and has not signed out\n",
    )
    assert (await terminal.run("handover", "sign-out", "--by=Ann")).code == 0
    same = await terminal.run("handover", "sign-in", "--by=ann ")
    assert (same.code, "another person must take over" in same.err) == (1, True)
    taken = await terminal.run("handover", "sign-in", "--by=Bob", "--comment=read")
    assert taken.code == 0
    await ear.until(lambda: log(ear, terminal.root).on_shift == "Bob")
    shift = log(ear, terminal.root)
    assert [(n.by, n.text) for n in shift.notes] == [("Ann", "CMG 3 runs warm"), ("Bob", "read")]


async def test_without_ingest_one_line_says_what_to_look_at(terminal: Terminal) -> None:
    said = await terminal.run("note", "is anybody there?")
    assert (said.code, said.out) == (3, "")
    (line,) = said.err.splitlines()
    assert "no answer within 5 s: is ingest running under root test-" in line
