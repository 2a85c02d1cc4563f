"""An incident, put into a file while ingest runs, and played again by an ingest that never saw it.

Real mosquitto, ingest with DuckDB, simulators and replay sessions as processes of their own.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.bundle import contents
from ingest.bundle.container import opened
from recordings.bundle import journal_order
from telemetry import wire
from telemetry.alarm import Event
from telemetry.replay import ReplayState
from telemetry.topics import Kind, Topics, parse
from tests.eventually import eventually
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import Listener, listening
from tests.system.programs import Program, metric, running

#: The firing of ms18; the flight lasts from 28 s before to 62 s after.
AT = "2021-10-15T09:12:18"


@pytest.fixture
def port(free_ports: tuple[int, int]) -> int:
    return free_ports[0]


@pytest.fixture
def other_port(free_ports: tuple[int, int]) -> int:
    return free_ports[1]


def ingest(broker: Mosquitto, root: str, folder: Path, port: int) -> tuple[str, ...]:
    return (
        "ingest",
        f"--broker={broker.url}",
        f"--root={root}",
        f"--state={folder}",
        f"--store=duckdb://{folder / 'telemetry.duckdb'}",
        f"--ingest-port={port}",
    )


async def flown(broker: Mosquitto, root: str, folder: Path, port: int) -> None:
    """ms18 from 28 s before its firing, all of it judged and stored."""
    simulator = Program(
        folder / "simulator.log",
        *("simulate", "--scenario=ms18", "--at=09:11:50", "--for=90", "--speed=10"),
        *(f"--broker={broker.url}", f"--root={root}"),
    )
    assert await asyncio.to_thread(simulator.wait) == 0

    async def unread() -> float:
        names = ("spool_unread_processor", "spool_unread_writer", "journal_unpublished")
        return sum(metric(port, name) for name in names)

    assert await eventually(unread, lambda left: left == 0) == 0


class Terminal:
    """Where commands are typed that reach one ingest."""

    def __init__(self, broker: Mosquitto, root: str, folder: Path, port: int) -> None:
        self._log = folder / "terminal.log"
        self._reach = (f"--broker={broker.url}", f"--root={root}", f"--ingest-port={port}")
        self._store = f"--store=remote+http://127.0.0.1:{port}"

    async def __call__(self, *typed: str, code: int = 0) -> str:
        """What it wrote: to its output, or in one line why not."""
        self._log.write_text("")
        program = Program(self._log, "bundle", *typed, *self._reach, self._store)
        out: str = (await asyncio.to_thread(program.process.communicate))[0]
        said = self._log.read_text()
        assert program.process.returncode == code, said
        assert not said.count("\n") > 1, said
        return out if code == 0 else said


def journal(listener: Listener) -> list[Event]:
    """Each line of the alarm journal once, in the order it was first heard."""
    heard: dict[str, Event] = {}
    for message in listener.messages:
        address = parse(message.topic)
        if address is not None and (address.kind, address.leaf) == (Kind.EVENT, "alarm"):
            event = wire.decode_event(message.payload)
            heard.setdefault(event.id, event)
    return list(heard.values())


@pytest.fixture
def home(broker: Mosquitto, root: str, tmp_path: Path, port: int) -> Iterator[Path]:
    """The folder of an ingest that runs."""
    folder = tmp_path / "home"
    folder.mkdir()
    with running(folder / "ingest.log", *ingest(broker, root, folder, port)):
        yield folder


@pytest.mark.timeout(240)
async def test_an_incident_is_played_again_where_it_never_happened(
    broker: Mosquitto, root: str, tmp_path: Path, home: Path, port: int, other_port: int
) -> None:
    await flown(broker, root, home, port)
    here = Terminal(broker, root, tmp_path, port)
    file = tmp_path / "ms18.zip"
    page = await here("create", f"--at={AT}", "--after=57s", f"--out={file}", "--notes=It fired")
    assert "Soyuz thrusters fire unplanned" in page
    assert page == await here("show", str(file))
    found = json.loads(await here("show", str(file), "--json"))
    assert found["manifest"]["root"] == root
    again = tmp_path / "by-incident.zip"
    (incident,) = re.findall(r'"id": "(uncommanded-firing-\d+)"', _incidents(file))
    await here("create", f"--incident={incident}", "--before=1m", f"--out={again}")
    assert f"incident    {incident}" in await here("show", str(again))
    lived = received(file)
    assert len(lived) > 20

    elsewhere, strange = tmp_path / "elsewhere", f"{root}-elsewhere"
    elsewhere.mkdir()
    there = Terminal(broker, strange, elsewhere, other_port)
    with running(elsewhere / "ingest.log", *ingest(broker, strange, elsewhere, other_port)):
        bad = tmp_path / "bad.zip"
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        bad.write_bytes(content)
        assert "is refused: " in await there("replay", str(bad), code=2)
        assert not (elsewhere / "bundles").exists()

        async with listening(broker.url, strange, f"{strange}-sessions") as sessions:
            for order in ("as-received", "as-happened"):
                out = await there("replay", str(file), f"--order={order}", "--paused")
                (session,) = re.findall(r"^replay (\w+): PAUSED", out)
                async with listening(broker.url, f"replay-{session}") as listener:
                    await _play(broker, strange, session, sessions)
                    said = [e for e in journal(listener) if e.alarm.spacecraft != "ground"]
                if order == "as-received":
                    assert sorted(said, key=journal_order) == lived
                else:
                    assert {e.alarm.id for e in said} >= {"DER_FIRING_UNPLANNED.limit"}
        assert len(list((elsewhere / "bundles").iterdir())) == 1


def received(file: Path) -> list[Event]:
    """What live said of the records of the range, in the journal's order.

    Not what ground says of itself, for that goes on while it is played; nor what came to light
    after the range.
    """
    with opened(file) as container:
        span = container.manifest.span
        assert span is not None
        records = [t.record for one in contents.segments(container) for t in one.timed()]
        times = [r.received_ns for r in records if span.first_n <= r.n <= span.last_n]
        return [
            event
            for event in contents.events(container)
            if times[0] <= event.received_ns <= times[-1] and event.alarm.spacecraft != "ground"
        ]


def _incidents(file: Path) -> str:
    with opened(file) as container:
        return container.read("incidents.json", 1 << 20).decode()


async def _play(broker: Mosquitto, root: str, session: str, sessions: Listener) -> None:
    """Let it go as fast as it goes, to its end."""
    program = Program(
        Path("/dev/null"),
        *("replay", "speed", session, "max", f"--broker={broker.url}", f"--root={root}"),
    )
    assert await asyncio.to_thread(program.wait) == 0
    program = Program(
        Path("/dev/null"),
        *("replay", "play", session, f"--broker={broker.url}", f"--root={root}"),
    )
    assert await asyncio.to_thread(program.wait) == 0

    def finished() -> bool:
        told = [one for one in sessions.payloads(Topics(root).replay(session)) if one]
        return bool(told) and wire.decode_replay(told[-1]).state is ReplayState.FINISHED

    await sessions.until(finished)
