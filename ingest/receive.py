"""From the broker into the spool; the broker may forget a message once it is durable here."""

import asyncio
import logging
from typing import Final

from access.gate import Gate
from ingest.counters import Counters
from ingest.record import TICK
from ingest.spool import Spool
from telemetry.clock import SECOND_NS, Clock
from telemetry.errors import LinkError, SpoolFull
from telemetry.link import BrokerAddress, Connection, LinkOptions, Message, stay_connected
from telemetry.topics import Kind, Topics, parse
from telemetry.wire import MAX_MESSAGE_BYTES

BATCH: Final = 500
#: Commands that others do, and authorise: here they are only kept.
OTHERS: Final = (Kind.REPLAY, Kind.TRAINING, Kind.SIMULATOR)
TICK_S: Final = 1.0
#: Ticks begin this long after connecting: by then a backlog, if there is one, has begun to flow.
SETTLE_S: Final = 2.0
#: A tick that comes so long after the last one says something of us, not of the spacecraft.
LATE_TICK_NS: Final = 2 * SECOND_NS

logger = logging.getLogger(__name__)


class Receiver:
    """Keeps a persistent session at the broker and spools everything it delivers, in order."""

    def __init__(
        self,
        address: BrokerAddress,
        topics: Topics,
        spool: Spool,
        clock: Clock,
        counters: Counters,
        gate: Gate | None = None,
    ) -> None:
        """gate: where commands are authorised before they are kept; None: everybody may."""
        self._address = address
        self._topics = topics
        self._spool = spool
        self._clock = clock
        self._counters = counters
        self._gate = gate
        self._commands = f"{topics.command_root}/"
        self.subscribed = asyncio.Event()

    async def run(self) -> None:
        """:raises LinkRefused: if the broker does not let us in; everything else is retried."""
        options = LinkOptions(
            # The session, and what the broker keeps for it while we are away, goes by this name.
            identifier=f"stationwatch-ingest-{self._topics.root}",
            persistent=True,
            manual_acknowledge=True,
        )
        await stay_connected(self._address, options, self._session, self._on_state)

    def _on_state(self, connected: bool) -> None:
        self._counters.broker_connected = connected
        self._counters.connections += connected

    async def _session(self, connection: Connection) -> None:
        async with asyncio.TaskGroup() as tasks:
            # Beside subscribing: what was on its way to us when the last connection was lost comes
            # before the broker's answer, which cannot be read while too much of that waits.
            tasks.create_task(self._receive(connection), name="receive")
            # Before frames: what is retained must not come after the first frame it judges.
            retained = [self._topics.clock("+"), self._topics.contacts("+")]
            await connection.subscribe(retained, qos=1)
            await connection.subscribe(
                [self._topics.every(Kind.FRAME), self._topics.every_command], qos=1
            )
            self.subscribed.set()
            tasks.create_task(self._tick(), name="tick")

    async def _receive(self, connection: Connection) -> None:
        while True:
            messages = await connection.receive(BATCH)
            now_ns = self._clock.now_ns()
            payloads = [await self._admitted(m, now_ns) for m in messages]
            try:
                await self._spool.append(
                    # One byte too many is enough to know that it was too large.
                    [
                        (now_ns, m.topic, payload[: MAX_MESSAGE_BYTES + 1])
                        for m, payload in zip(messages, payloads, strict=True)
                        if payload is not None
                    ]
                )
            except SpoolFull as full:
                # Not acknowledged, so the broker keeps them; leaving makes it queue and resend.
                self._counters.spool_full = True
                raise LinkError(f"left the broker on purpose: {full}") from full
            self._counters.spool_full = False
            connection.acknowledge(messages)
            self._counters.messages += len(messages)

    async def _admitted(self, message: Message, now_ns: int) -> bytes | None:
        topic = message.topic
        if not topic.startswith(self._commands):
            return message.payload
        if message.retained:
            return None  # a command is asked once: what is kept is asked by who comes to hear it
        if self._gate is None:
            return message.payload
        address = parse(topic)
        if address is None or address.kind in OTHERS:
            return message.payload
        # users and the audit are files, which another program may have locked
        payload = await asyncio.to_thread(self._gate.admit, topic, message.payload, now_ns)
        self._counters.refused_commands = self._gate.refused
        return payload

    async def _tick(self) -> None:
        """Record that time passes: what depends on the wall clock is replayed from these."""
        await asyncio.sleep(SETTLE_S)
        now_ns = self._clock.now_ns()
        while True:
            try:
                await self._spool.append([(now_ns, TICK, b"")])
            except SpoolFull:
                logger.warning("no tick: the spool is full")
            await asyncio.sleep(TICK_S)
            before_ns, now_ns = now_ns, self._clock.now_ns()
            while now_ns - before_ns > LATE_TICK_NS:
                # We stood still, or the clock was set: what waits to be received is no silence.
                await asyncio.sleep(SETTLE_S)
                before_ns, now_ns = now_ns + round(SETTLE_S * SECOND_NS), self._clock.now_ns()
