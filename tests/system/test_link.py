"""What waits at a real broker for who was away."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from telemetry import link
from telemetry.link import BrokerAddress, Connection, LinkOptions, connect
from tests.servers.mosquitto import Mosquitto

MESSAGES = 3_000
MOST = 100
AWAY = LinkOptions(identifier="link-away", persistent=True, manual_acknowledge=True)


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

    async def messages() -> AsyncIterator[tuple[str, bytes]]:
        for payload in said:
            yield topic, payload

    async with connect(address, AWAY) as connection:
        await connection.subscribe([topic], qos=1)
    async with connect(address, LinkOptions(identifier="link-says")) as connection:
        await connection.publish_many(messages(), lambda: None)
    async with connect(address, AWAY) as connection:
        heard, most = await _all_of(connection)
    assert heard == said
    assert most <= MOST
