"""The publisher and the simulators against a real broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from simulators import scenarios
from simulators.publishing.live import run_live
from simulators.publishing.publisher import Publisher, announce_clock
from telemetry import missiondb
from telemetry.clock import SECOND_NS, Clock, StreamKind, SystemClock
from telemetry.errors import LinkError, PublisherConflict, UsageError
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.missiondb import MissionDatabase
from telemetry.settings import Settings
from telemetry.topics import Topics
from telemetry.wire import LinkStatus, decode_clock, decode_link, encode
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import PATIENCE_S, Listener, listening

EPOCH_NS = 1_634_288_400 * SECOND_NS


@pytest.fixture(scope="module")
def database() -> MissionDatabase:
    return missiondb.load()


def publisher(
    database: MissionDatabase, url: str, root: str, wall: Clock | None = None, capacity: int = 1_000
) -> Publisher:
    wall = wall or SystemClock()
    return Publisher(
        BrokerAddress.parse(url),
        Topics(root),
        database.spacecraft["soyuz"],
        announce_clock(StreamKind.SIMULATED, EPOCH_NS, 1.0, wall),
        name="test",
        wall=wall,
        capacity=capacity,
    )


def frame(number: int) -> Frame:
    time_ns = EPOCH_NS + number * SECOND_NS
    return Frame(
        spacecraft="soyuz",
        subsystem="power",
        time_ns=time_ns,
        received_ns=time_ns,
        sequence=number,
        values={"SIM_SOYUZ_BUS_V": float(number)},
    )


@asynccontextmanager
async def running(one: Publisher) -> AsyncIterator["asyncio.Task[None]"]:
    """A publisher that is on line, or has failed to be."""
    task = asyncio.ensure_future(one.run())
    online = asyncio.ensure_future(one.online.wait())
    try:
        await asyncio.wait((task, online), timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        yield task
    finally:
        online.cancel()
        task.cancel()
        with suppress(asyncio.CancelledError, LinkError):
            await task


def statuses(listener: Listener, root: str) -> list[LinkStatus]:
    return [decode_link(payload) for payload in listener.payloads(Topics(root).link("soyuz"))]


async def test_a_publisher_announces_itself_then_sends_then_says_farewell(
    broker: Mosquitto, root: str, database: MissionDatabase
) -> None:
    topics = Topics(root)
    one = publisher(database, broker.url, root)
    async with listening(broker.url, root) as listener:
        async with running(one):
            for number in range(500):
                one.push(frame(number))
            await listener.until(lambda: len(listener.frames()) == 500)
        await listener.until(lambda: not statuses(listener, root)[-1].online)
    order = listener.topics()
    subsystems = database.spacecraft["soyuz"].subsystems
    assert order[: len(subsystems) + 2] == [
        topics.clock("soyuz"),
        *(topics.meta("soyuz", s) for s in subsystems),
        topics.link("soyuz"),
    ]
    assert [body.seq for _, body in listener.frames()] == list(range(500))
    assert [status.online for status in statuses(listener, root)] == [True, False]
    clock = decode_clock(listener.payloads(topics.clock("soyuz"))[0])
    assert (clock.kind, clock.epoch_ns) == (StreamKind.SIMULATED, EPOCH_NS)


async def test_a_second_publisher_is_refused_and_the_first_goes_on(
    broker: Mosquitto, root: str, database: MissionDatabase
) -> None:
    first, second = (publisher(database, broker.url, root) for _ in range(2))
    async with running(first) as task:
        with pytest.raises(PublisherConflict) as conflict:
            await asyncio.wait_for(second.run(), PATIENCE_S)
        assert first.instance in str(conflict.value)
        assert "\n" not in str(conflict.value)
        first.push(frame(1))
        await asyncio.wait_for(first.ring.drained(), PATIENCE_S)
        assert not task.done()
        async with listening(broker.url, root) as listener:
            await listener.until(lambda: bool(statuses(listener, root)))
            (retained,) = statuses(listener, root)
            assert (retained.online, retained.instance) == (True, first.instance)


async def test_a_newcomer_with_a_slow_clock_is_refused_all_the_same(
    broker: Mosquitto, root: str, database: MissionDatabase
) -> None:
    class Slow(SystemClock):
        def now_ns(self) -> int:
            return super().now_ns() - 3_600 * SECOND_NS

    first = publisher(database, broker.url, root)
    second = publisher(database, broker.url, root, Slow())
    async with running(first) as task:
        with pytest.raises(PublisherConflict):
            await asyncio.wait_for(second.run(), PATIENCE_S)
        assert not task.done()


async def test_of_many_that_start_at_once_exactly_one_stays(
    broker: Mosquitto, root: str, database: MissionDatabase
) -> None:
    rivals = [publisher(database, broker.url, root) for _ in range(5)]
    tasks = [asyncio.ensure_future(rival.run()) for rival in rivals]
    try:
        async with asyncio.timeout(PATIENCE_S):
            left = set(tasks)
            while len(left) > 1:
                _, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        assert {type(t.exception()) for t in tasks if t.done()} == {PublisherConflict}
        (winner,) = (r for r, t in zip(rivals, tasks, strict=True) if not t.done())
        await asyncio.wait_for(winner.online.wait(), PATIENCE_S)
        winner.push(frame(1))
        await asyncio.wait_for(winner.ring.drained(), PATIENCE_S)
        async with listening(broker.url, root) as listener:
            await listener.until(
                lambda: statuses(listener, root)[-1:] == [winner._claim.status(online=True)]
            )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_dead_publisher_that_is_still_said_to_be_on_line_is_taken_over_from(
    broker: Mosquitto, root: str, database: MissionDatabase
) -> None:
    dead = LinkStatus(
        online=True, publisher="test", instance="dead", since_ns=SystemClock().now_ns()
    )
    address = BrokerAddress.parse(broker.url)
    async with connect(address, LinkOptions(identifier=f"{root}-dead")) as connection:
        await connection.publish(Topics(root).link("soyuz"), encode(dead), retain=True)
    one = publisher(database, broker.url, root)
    async with running(one) as task:
        assert one.online.is_set()
        assert not task.done()


@pytest.mark.parametrize("online", [False, True])
async def test_what_another_says_of_the_spacecraft_does_not_stand(
    online: bool, broker: Mosquitto, root: str, database: MissionDatabase
) -> None:
    """The late last will of a publisher long gone, or the first words of a rival."""
    one = publisher(database, broker.url, root)
    async with running(one) as task, listening(broker.url, root) as listener:
        other = LinkStatus(
            online=online, publisher="test", instance="other", since_ns=SystemClock().now_ns()
        )
        address = BrokerAddress.parse(broker.url)
        async with connect(address, LinkOptions(identifier=f"{root}-other")) as connection:
            await connection.publish(Topics(root).link("soyuz"), encode(other), retain=True)
        await listener.until(lambda: other in statuses(listener, root)[:-1])
        assert statuses(listener, root)[-1] == one._claim.status(online=True)
        assert not task.done()


async def test_a_publisher_that_was_stopped_can_be_started_again(
    broker: Mosquitto, root: str, database: MissionDatabase
) -> None:
    for _ in range(2):
        async with running(publisher(database, broker.url, root)) as task:
            assert not task.done()


async def test_frames_of_a_time_without_broker_are_sent_when_it_is_back(
    frail_broker: Mosquitto, root: str, database: MissionDatabase
) -> None:
    one = publisher(database, frail_broker.url, root)
    url = frail_broker.url
    async with listening(url, root, persistent=True) as listener, running(one) as task:
        for number in range(50):
            one.push(frame(number))
        await listener.until(lambda: len(listener.frames()) == 50)
        frail_broker.save()  # the listener's session, or it would miss what is sent before it
        frail_broker.kill()
        for number in range(50, 400):
            one.push(frame(number))
        frail_broker.start()
        await listener.until(lambda: {b.seq for _, b in listener.frames()} >= {399})
        assert not task.done()
    sent = [body.seq for _, body in listener.frames()]
    assert set(sent) == set(range(400))
    assert list(dict.fromkeys(sent)) == sorted(set(sent))


async def test_a_full_ring_drops_the_oldest_and_says_so(
    frail_broker: Mosquitto,
    root: str,
    database: MissionDatabase,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = publisher(database, frail_broker.url, root, capacity=100)
    async with running(one):
        frail_broker.stop()
        for number in range(250):
            one.push(frame(number))
        assert one.ring.dropped == 150
        frail_broker.start()
        async with listening(frail_broker.url, root) as listener:
            await asyncio.wait_for(one.ring.drained(), PATIENCE_S)
            one.push(frame(250))
            await listener.until(lambda: {b.seq for _, b in listener.frames()} >= {250})
    assert "the oldest are now dropped" in caplog.text
    assert "150 frames were dropped" in caplog.text


async def test_a_simulation_publishes_every_parameter(
    settings: Settings, broker: Mosquitto, root: str, database: MissionDatabase
) -> None:
    wanted = {
        (name, parameter)
        for name in ("iss", "soyuz")
        for subsystem in database.spacecraft[name].measured.subsystems.values()
        for parameter in subsystem.parameters
    }
    scenario = scenarios.read("nominal-day", database=database)
    heard: set[tuple[str, str]] = set()
    seen = 0
    ready = asyncio.Event()
    async with listening(broker.url, root) as listener:
        task = asyncio.ensure_future(
            run_live(
                settings,
                scenario,
                database,
                ["iss", "soyuz"],
                start_ns=scenario.start_ns,
                end_ns=None,
                speed=60,
                ready=ready.set,
            )
        )

        def all_heard() -> bool:
            nonlocal seen
            fresh, seen = listener.messages[seen:], len(listener.messages)
            for message in fresh:
                levels = message.topic.split("/")
                if levels[3] == "frame":
                    some = Listener()
                    some.take([message])
                    heard.update((levels[2], p) for p in some.frames()[0][1].values)
            return heard >= wanted

        try:
            await listener.until(all_heard)
            await asyncio.wait_for(ready.wait(), PATIENCE_S)
            latest_ns = max(body.t for _, body in listener.frames())
            # 60 seconds of flight, and what passes at 60x while the last of them travels
            await listener.until(
                lambda: (
                    max(b.t for _, b in listener.frames()[-50:])
                    >= scenario.start_ns + 60 * SECOND_NS
                )
            )
            assert latest_ns < scenario.start_ns + 120 * SECOND_NS
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    for name in ("iss", "soyuz"):
        for subsystem in database.spacecraft[name].measured.subsystems:
            topic = Topics(root).frame(name, subsystem)
            some = Listener()
            some.take([m for m in listener.messages if m.topic == topic])
            sequence = [body.seq for _, body in some.frames()]
            assert sequence == list(range(len(sequence)))


async def test_a_subscription_given_up_leaves_no_error_behind(
    broker: Mosquitto, root: str, caplog: pytest.LogCaptureFixture
) -> None:
    address = BrokerAddress.parse(broker.url)
    async with connect(address, LinkOptions(identifier=f"{root}-hasty")) as connection:
        hasty = asyncio.ensure_future(connection.subscribe([f"{root}/a"], qos=1))
        await asyncio.sleep(0)  # it has been asked for, and not been answered
        hasty.cancel()
        await connection.subscribe([f"{root}/b"], qos=1)  # answers come in order
    assert hasty.cancelled()
    assert caplog.records == []


@pytest.mark.parametrize("rate", [0, -1, 1e6, float("nan")])
def test_a_rate_that_is_none_is_a_usage_error(rate: float) -> None:
    with pytest.raises(UsageError, match="rate"):
        announce_clock(StreamKind.SIMULATED, EPOCH_NS, rate, SystemClock())
