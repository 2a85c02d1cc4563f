"""A scenario flown over a real broker, and what is asked of it meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from access.access import Sealer
from simulators import scenarios
from simulators.publishing.inject import send
from simulators.publishing.live import run_live
from simulators.scenarios.actions import Fire, Gap, Undock
from simulators.scenarios.scenario import span
from telemetry import missiondb, wire
from telemetry.activity import LinkName
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.link import BrokerAddress
from telemetry.settings import Settings
from telemetry.topics import Topics
from tests.system.listener import PATIENCE_S, Listener, listening

#: Nothing is signed where there are no users.
OPEN = Sealer(None)
DATABASE = missiondb.load()


@asynccontextmanager
async def flown(
    settings: Settings, *sets: str, at: str, speed: float | None, for_s: float | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """A Soyuz of ms18, in flight."""
    scenario = scenarios.read("ms18", sets, database=DATABASE)
    wanted = span(scenario, at, for_s)
    ready = asyncio.Event()
    task = asyncio.ensure_future(
        run_live(
            settings,
            scenario,
            DATABASE,
            ["soyuz"],
            start_ns=wanted.start_ns,
            end_ns=None if for_s is None else wanted.end_ns,
            speed=speed,
            ready=ready.set,
        )
    )
    try:
        await asyncio.wait_for(ready.wait(), PATIENCE_S)
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def commanded(listener: Listener, parameter: str) -> Callable[[], bool]:
    def seen() -> bool:
        return any(body.values.get(parameter) for _, body in listener.frames())

    return seen


async def test_a_scenario_is_joined_and_says_what_it_is(settings: Settings, root: str) -> None:
    async with (
        listening(settings.broker, root) as listener,
        flown(settings, at="09:12:10", speed=20),
    ):
        await listener.until(commanded(listener, "SIM_SOYUZ_DPO07_CMD"))
    start_ns = scenarios.read("ms18", database=DATABASE).instant_ns("09:12:10")
    assert min(body.t for _, body in listener.frames()) == start_ns
    (payload, *_) = listener.payloads(Topics(root).clock("soyuz"))
    assert wire.decode_clock(payload).label == "ms18: reconstruction, not flight data"


async def test_what_is_injected_happens(
    settings: Settings, root: str, caplog: pytest.LogCaptureFixture
) -> None:
    address, topics = BrokerAddress.parse(settings.broker), Topics(root)
    fire = Fire(vehicle="soyuz", jets=("DPO-11",), for_s=1.0)
    with pytest.raises(UsageError, match="no simulator of soyuz is on line"):
        await send(address, topics, fire, spacecraft="soyuz", by="a test", seal=OPEN, now_ns=0)
    async with (
        listening(settings.broker, root) as listener,
        flown(settings, at="09:00:30", speed=5),
    ):
        await send(
            address,
            topics,
            Undock(vehicle="progress"),
            spacecraft="soyuz",
            by="a test",
            seal=OPEN,
            now_ns=0,
        )
        await send(address, topics, fire, spacecraft="soyuz", by="a test", seal=OPEN, now_ns=0)
        await listener.until(commanded(listener, "SIM_SOYUZ_DPO11_CMD"))
    assert not commanded(listener, "SIM_SOYUZ_DPO12_CMD")()
    assert "undock refused: progress is not docked" in caplog.text


async def test_an_injected_gap_that_is_announced_is_in_the_schedule(
    settings: Settings, root: str
) -> None:
    address, topics = BrokerAddress.parse(settings.broker), Topics(root)
    gap = Gap(link="russian", for_s=600.0, announced=True)
    async with (
        listening(settings.broker, root) as listener,
        flown(settings, at="09:00:30", speed=5),
    ):
        await send(address, topics, gap, spacecraft="soyuz", by="a test", seal=OPEN, now_ns=0)
        told = topics.contacts("soyuz")
        await listener.until(lambda: len(listener.payloads(told)) > 1)
        async with listening(settings.broker, root, f"{root}-later") as later:
            await later.until(lambda: bool(later.payloads(told)))
    before, after = (wire.decode_contacts(one) for one in listener.payloads(told)[:2])
    at_ns = scenarios.read("ms18", database=DATABASE).instant_ns("09:05")
    assert before.expected(LinkName.RUSSIAN, at_ns)
    assert not after.expected(LinkName.RUSSIAN, at_ns)
    assert wire.decode_contacts(later.payloads(told)[0]) == after


async def test_at_full_speed_all_of_it_arrives_and_it_ends(settings: Settings, root: str) -> None:
    async with (
        listening(settings.broker, root) as listener,
        flown(settings, at="09:05", speed=None, for_s=300) as task,
    ):
        await asyncio.wait_for(task, PATIENCE_S)
        await listener.until(
            lambda: b'"online":false' in listener.payloads(Topics(root).link("soyuz"))[-1]
        )
    frames = listener.frames()
    for subsystem in DATABASE.spacecraft["soyuz"].subsystems:
        sequence = [body.seq for name, body in frames if name == subsystem]
        assert sequence == list(range(len(sequence)))
    times = [body.t for _, body in frames]
    assert max(times) - min(times) >= 298 * SECOND_NS


async def test_without_its_telemetry_nothing_speaks_for_the_soyuz(
    settings: Settings, root: str
) -> None:
    async with listening(settings.broker, root) as listener:
        scenario = scenarios.read("ms18", ["soyuz_telemetry=no"], database=DATABASE)
        await asyncio.wait_for(
            run_live(
                settings,
                scenario,
                DATABASE,
                ["iss", "soyuz"],
                start_ns=scenario.start_ns,
                end_ns=scenario.start_ns + 5 * SECOND_NS,
                speed=None,
                ready=lambda: None,
            ),
            PATIENCE_S,
        )
        await listener.until(lambda: len(listener.frames()) > 5)
    assert {topic.split("/")[2] for topic in listener.topics()} == {"iss"}
