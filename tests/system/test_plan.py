"""The plan through the command line, the broker and ingest, each a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from telemetry import wire
from telemetry.activity import LinkName
from telemetry.clock import SECOND_NS, StreamClock, StreamKind, SystemClock
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.plan import Plan, PlanState
from telemetry.topics import Topics
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import Listener, listening
from tests.system.programs import Program, running

START_NS = 1_634_288_400 * SECOND_NS
FILE = """
[[activity]]
id = "test"
title = "A thruster test"
kind = "thruster-test"
spacecraft = "soyuz"
start = 2021-10-15T09:02:00Z
end = 2021-10-15T09:12:00Z
may_fire = ["soyuz"]
longest_pulse_s = 0.5
"""
CONTACTS = """
spacecraft = "soyuz"
from = 2021-10-15T06:00:00Z
to = 2021-10-15T12:00:00Z
links = ["russian"]
[[contact]]
link = "russian"
start = 2021-10-15T09:00:00Z
end = 2021-10-15T10:00:00Z
"""


class People:
    """Whoever types `stationwatch ...` beside the running watch."""

    def __init__(self, broker: Mosquitto, root: str, folder: Path) -> None:
        self.settings = (f"--broker={broker.url}", f"--root={root}")
        self.folder = folder

    async def type(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output, errors."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "stationwatch", *words, *self.settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def plan(self, *words: str, by: str = "Ann") -> tuple[int, str, str]:
        return await self.type("plan", *words, f"--by={by}")

    def file(self, text: str) -> str:
        path = self.folder / "mine.toml"
        path.write_text(text)
        return str(path)


@pytest.fixture
def people(broker: Mosquitto, root: str, tmp_path: Path) -> People:
    return People(broker, root, tmp_path)


@pytest.fixture
def ingest(broker: Mosquitto, root: str, tmp_path: Path, free_port: int) -> Iterator[Program]:
    with running(
        tmp_path / "ingest.log",
        "ingest",
        f"--broker={broker.url}",
        f"--root={root}",
        f"--state={tmp_path / 'state'}",
        f"--store=duckdb://{tmp_path / 'telemetry.duckdb'}",
        f"--ingest-port={free_port}",
    ) as program:
        yield program


@pytest.fixture
async def listener(broker: Mosquitto, root: str, ingest: Program) -> AsyncIterator[Listener]:
    """An ear on a stream that is at 09:00 of the day."""
    topics = Topics(root)
    async with listening(broker.url, root) as listener:
        options = LinkOptions(identifier=f"{root}-clock")
        async with connect(BrokerAddress.parse(broker.url), options) as connection:
            now_ns = SystemClock().now_ns()
            clock = StreamClock(
                kind=StreamKind.SIMULATED, epoch_ns=START_NS, wall_ns=now_ns, heartbeat=False
            )
            await connection.publish(topics.clock("soyuz"), wire.encode(clock), retain=True)
        yield listener


async def test_two_people_plan_an_activity_and_everybody_sees_it(
    people: People, listener: Listener, broker: Mosquitto, root: str
) -> None:
    topic = Topics(root).plan("soyuz", "test")

    async def published(state: PlanState) -> Plan:
        def found() -> list[Plan]:
            plans = [wire.decode_plan(one) for one in listener.payloads(topic) if one]
            return [plan for plan in plans if plan.state is state]

        await listener.until(lambda: bool(found()))
        return found()[-1]

    code, out, err = await people.plan("propose", people.file(FILE))
    assert (code, err) == (0, "")
    assert out.startswith("soyuz/test: PROPOSED, version 1, 2021-10-15T09:02:00Z to ")
    assert (await published(PlanState.PROPOSED)).proposed_by == "Ann"

    code, out, err = await people.plan("approve", "test", by=" ann")
    assert (code, out) == (1, "")
    assert "another person must approve it" in err
    assert len(err.splitlines()) == 1

    code, out, _ = await people.plan("approve", "test", by="Bob")
    assert (code, out.split(",")[0]) == (0, "soyuz/test: APPROVED")
    assert (await published(PlanState.APPROVED)).approved_by == "Bob"

    # whoever comes later finds it with the broker
    async with listening(broker.url, root, f"{root}-later") as later:
        await later.until(lambda: bool(later.payloads(topic)))
        assert wire.decode_plan(later.payloads(topic)[-1]).state is PlanState.APPROVED
    code, out, _ = await people.type("plan", "list")
    assert code == 0
    assert "soyuz/test" in out
    assert "Bob" in out

    # nothing is known of the station: nobody fires thrusters on a guess, unless somebody says why
    code, out, err = await people.plan("start", "soyuz/test")
    assert code == 1
    assert "no-go" in err
    assert "NO-GO" in out
    assert "Attitude control" in out
    code, out, _ = await people.plan(
        "start", "test", "--override", "--comment=a dry run, nothing is docked"
    )
    assert code == 0
    started = await published(PlanState.STARTED)
    assert started.comment == "override: a dry run, nothing is docked"

    code, _, _ = await people.plan("extend", "test", "--until=2021-10-15T09:14:00Z")
    assert code == 0
    code, out, _ = await people.plan("approve", "test", by="Bob")
    assert code == 0
    assert "to 2021-10-15T09:14:00Z" in out
    code, out, _ = await people.plan("abort", "test", "--comment=enough")
    assert code == 0
    await listener.until(lambda: listener.payloads(topic)[-1] == b"")
    assert (await people.type("plan", "list"))[1] == "nothing is planned\n"


async def test_a_contact_schedule_is_announced_and_withdrawn(
    people: People, broker: Mosquitto, root: str
) -> None:
    topic = Topics(root).contacts("soyuz")
    code, out, err = await people.type("contacts", people.file(CONTACTS), "--by=Ann")
    assert (code, err) == (0, "")
    assert out.startswith("soyuz: 1 contacts by russian announced")
    async with listening(broker.url, root) as listener:
        await listener.until(lambda: bool(listener.payloads(topic)))
        schedule = wire.decode_contacts(listener.payloads(topic)[0])
        assert schedule.by == "Ann"
        assert not schedule.expected(LinkName.RUSSIAN, START_NS - SECOND_NS)
        assert schedule.expected(LinkName.RUSSIAN, START_NS)
        code, out, _ = await people.type("contacts", "--clear=soyuz")
        assert code == 0
        await listener.until(lambda: listener.payloads(topic)[-1] == b"")


async def test_without_ingest_it_says_that_nobody_answers(people: People) -> None:
    code, _, err = await people.plan("propose", people.file(FILE))
    assert code == 3
    assert "is ingest running" in err
    assert len(err.splitlines()) == 1
