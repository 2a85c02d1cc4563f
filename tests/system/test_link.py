"""What waits at a real broker for who was away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.counters import Counters
from ingest.receive import Receiver
from ingest.spool import Spool
from telemetry import link
from telemetry.clock import SystemClock
from telemetry.errors import LinkError
from telemetry.link import BrokerAddress, Connection, LinkOptions, connect
from telemetry.topics import Topics
from tests.servers.mosquitto import Mosquitto

MESSAGES = 3_000
MOST = 100
AWAY = LinkOptions(identifier="link-away", persistent=True, manual_acknowledge=True)


async def _wait(
    address: BrokerAddress, topic: str, payloads: Sequence[bytes], away: LinkOptions = AWAY
) -> None:
    """Have the broker keep these for who is away."""

    async def messages() -> AsyncIterator[tuple[str, bytes]]:
        for payload in payloads:
            yield topic, payload

    async with connect(address, away) as connection:
        await connection.subscribe([topic], qos=1)
    async with connect(address, LinkOptions(identifier="link-says")) as connection:
        await connection.publish_many(messages(), lambda: None)


async def _all_of(connection: Connection) -> tuple[list[bytes], int]:
    """Everything that waits, and how much of it was here at a time."""
    heard: list[bytes] = []
    most = 0
    while len(heard) < MESSAGES:
        some = await connection.receive(10)
        heard += [one.payload for one in some]
        connection.acknowledge(some)
        await asyncio.sleep(0)
        most = max(most, connection.waiting)
    return heard, most


@pytest.mark.parametrize("payload_bytes", [10, 5_000])
async def test_a_backlog_comes_whole_in_order_and_not_all_at_once(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch, payload_bytes: int
) -> None:
    monkeypatch.setattr(link, "QUEUE_MESSAGES", MOST)
    address, topic = BrokerAddress.parse(broker.url), f"link-{payload_bytes}/x"
    said = [str(i).encode().rjust(payload_bytes) for i in range(MESSAGES)]
    await _wait(address, topic, said)
    async with connect(address, AWAY) as connection:
        heard, most = await _all_of(connection)
    assert heard == said
    assert most <= MOST


@pytest.mark.timeout(30)
async def test_a_broker_lost_amid_a_backlog_is_seen_to_be_lost(
    frail_broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read ahead and not yet taken must not be waited for: nobody will read it."""
    monkeypatch.setattr(link, "QUEUE_MESSAGES", MOST)
    address = BrokerAddress.parse(frail_broker.url)
    await _wait(address, "link/x", [str(i).encode() for i in range(MESSAGES)])

    async def work_off() -> None:
        async with connect(address, AWAY) as connection:
            while connection.waiting < MOST:  # then more than that has been read
                await asyncio.sleep(0)
            frail_broker.kill()
            while True:
                connection.acknowledge(await connection.receive(10))
                await asyncio.sleep(0)

    with pytest.raises(LinkError):
        await work_off()


async def test_ingest_is_let_in_by_a_broker_that_first_sends_what_was_on_its_way(
    frail_broker: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to its subscriptions comes after all of that, of which it takes some at a time."""
    monkeypatch.setattr(link, "QUEUE_MESSAGES", MOST)
    address, topics = BrokerAddress.parse(frail_broker.url), Topics()
    away = replace(AWAY, identifier="stationwatch-ingest-tlm")
    topic = topics.frame("iss", "adcs")
    await _wait(address, topic, [b"{}"] * MESSAGES, away)
    async with connect(address, away) as connection:
        while connection.waiting < MOST:  # on their way, and not acknowledged
            await asyncio.sleep(0)
    counters = Counters()
    async with Spool.open(tmp_path) as spool:
        receiver = Receiver(address, topics, spool, SystemClock(), counters)
        async with asyncio.timeout(20):
            task = asyncio.create_task(receiver.run())
            await receiver.subscribed.wait()
            while counters.messages < MESSAGES:
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert counters.connections == 1
