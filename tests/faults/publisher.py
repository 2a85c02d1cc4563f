"""Flies a flight as a process: `python -m tests.faults.publisher '<json of a Flying>'`.

QoS 1; what the broker has not acknowledged is said again, in order, on the next connection. Its
counts are two int64 in a file, `sent` and `acknowledged`, written as they change. SIGTERM: it
generates no more, and ends when the broker has everything.
"""

import asyncio
import os
import signal
import struct
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec

from telemetry import wire
from telemetry.clock import SECOND_NS
from telemetry.link import BrokerAddress, Connection, LinkOptions, stay_connected
from telemetry.topics import Topics
from tests.faults.flight import CRAFT, Flight, Said

COUNTS: Final = struct.Struct("=qq")


class Flying(msgspec.Struct, frozen=True, kw_only=True):
    """count: how many messages, 0 for no end. Those due already are said as fast as it goes."""

    broker: str
    flight: Flight
    counts: str
    count: int = 0


async def fly(what: Flying) -> None:
    flight, topics = what.flight, Topics(what.flight.root)
    unacknowledged: deque[Said] = deque()
    said = flight.said()
    sent = acknowledged = 0
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    counts = os.open(what.counts, os.O_WRONLY | os.O_CREAT, 0o600)

    def count() -> None:
        os.pwrite(counts, COUNTS.pack(sent, acknowledged), 0)

    def on_acknowledged() -> None:
        nonlocal acknowledged
        unacknowledged.popleft()
        acknowledged += 1
        count()

    async def messages() -> AsyncIterator[tuple[str, bytes]]:
        nonlocal sent
        for one in list(unacknowledged):
            yield one.topic, one.payload
        while not stopping.is_set() and (not what.count or sent < what.count):
            one = next(said)
            wait_s = (one.time_ns - time.time_ns()) / SECOND_NS
            unacknowledged.append(one)
            sent += 1
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            elif sent % 50 == 0:
                await asyncio.sleep(0)
            count()
            yield one.topic, one.payload

    async def session(connection: Connection) -> None:
        await connection.publish(topics.clock(CRAFT), wire.encode(flight.clock), retain=True)
        await connection.publish_many(messages(), on_acknowledged)

    options = LinkOptions(identifier=f"flight-{flight.root}")
    count()
    await stay_connected(BrokerAddress.parse(what.broker), options, session)
    os.close(counts)


def read_counts(path: Path) -> tuple[int, int]:
    """(sent, acknowledged)."""
    sent, acknowledged = COUNTS.unpack(path.read_bytes())
    return sent, acknowledged


if __name__ == "__main__":
    asyncio.run(fly(msgspec.json.decode(sys.argv[1], type=Flying)))
