"""Tells the world: the alarm journal, standing alarms (retained), and ingest's own telemetry."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from ingest.housekeeping import GROUND
from ingest.outgoing import told
from ingest.record import Outgoing
from ingest.spool import Cursor, Line, Position, Spool
from telemetry import wire
from telemetry.clock import Clock, StreamClock, StreamKind
from telemetry.errors import LinkError
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, Connection, LinkOptions, Will, stay_connected
from telemetry.topics import Kind, Topics, parse
from telemetry.wire import DeadNotice, LinkStatus, Reason

BATCH: Final = 25
#: What stands for a while, one topic each.
WITHDRAWN: Final = (Kind.ALARM, Kind.PLAN, Kind.INCIDENT)
HOUSEKEEPING_S: Final = 1.0
UNKNOWN: Final = ("unknown", "unknown")

logger = logging.getLogger(__name__)


class Publisher:
    """Publishes at QoS 1, at least once: a line's cursor moves when the broker has it."""

    def __init__(
        self,
        address: BrokerAddress,
        topics: Topics,
        spool: Spool,
        clock: Clock,
        retained: Callable[[], Mapping[str, bytes]],
        housekeeping: Callable[[int, int], Frame],
        newest_dead: Mapping[Reason, DeadNotice],
    ) -> None:
        """retained: what is to be, by topic. housekeeping: (time_ns, sequence) -> ground frame."""
        self._address = address
        self._topics = topics
        self._spool = spool
        self._clock = clock
        self._retained = retained
        self._housekeeping = housekeeping
        self._newest_dead = newest_dead
        self._told_dead: dict[Reason, DeadNotice] = {}
        self._since_ns = clock.now_ns()
        self._sequence = 0

    async def run(self) -> None:
        """:raises LinkRefused: if the broker does not let us in; everything else is retried."""
        will = Will(self._topics.link(GROUND), wire.encode(self._status(online=False)))
        options = LinkOptions(identifier=f"stationwatch-publish-{self._topics.root}", will=will)
        await stay_connected(self._address, options, self._session)

    def _status(self, *, online: bool) -> LinkStatus:
        return LinkStatus(
            online=online,
            publisher="ingest",
            instance=str(self._since_ns),
            since_ns=self._since_ns,
        )

    async def _session(self, connection: Connection) -> None:
        topics = self._topics
        clock = StreamClock(
            kind=StreamKind.LIVE,
            epoch_ns=self._since_ns,
            wall_ns=self._since_ns,
            run=str(self._since_ns),
        )
        await connection.publish(topics.clock(GROUND), wire.encode(clock), retain=True)
        async with self._online(connection):
            await connection.subscribe([topics.every(kind) for kind in WITHDRAWN], qos=1)
            await self._publish_retained(connection)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._publish_journal(connection), name="journal")
                tasks.create_task(self._publish_housekeeping(connection), name="housekeeping")
                tasks.create_task(self._withdraw_unknown(connection), name="withdraw")

    @asynccontextmanager
    async def _online(self, connection: Connection) -> AsyncIterator[None]:
        topic = self._topics.link(GROUND)
        await connection.publish(topic, wire.encode(self._status(online=True)), retain=True)
        try:
            yield
        except asyncio.CancelledError:
            # Leaving in order, the broker will not publish our last will: say it ourselves.
            with contextlib.suppress(LinkError):
                farewell = wire.encode(self._status(online=False))
                await connection.publish(topic, farewell, retain=True)
            raise

    async def _publish_journal(self, connection: Connection) -> None:
        k = self._spool.position(Cursor.PUBLISHER).n
        while True:
            lines = await self._spool.lines(k, BATCH)
            messages = [message for line in lines for message in _messages(line, self._topics)]
            # Each sent before the first is acknowledged, in this order: in a flood of alarms a
            # round trip each would make the last one late.
            await asyncio.gather(
                *(connection.publish(m.topic, m.payload, retain=m.retain) for m in messages)
            )
            k = lines[-1].k
            await self._spool.save(Cursor.PUBLISHER, Position(k, b""))

    async def _publish_retained(self, connection: Connection) -> None:
        """A broker that was restarted may have forgotten it."""
        for topic, payload in self._retained().items():
            await connection.publish(topic, payload, retain=True)

    async def _withdraw_unknown(self, connection: Connection) -> None:
        """A retained alarm that does not stand any more must not stay on anybody's screen."""
        while True:
            messages = await connection.receive(BATCH)
            retained = self._retained()
            for message in messages:
                if message.retained and message.payload and message.topic not in retained:
                    logger.info("withdrawing %s: that is over", message.topic)
                    await connection.publish(message.topic, b"", retain=True)

    async def _publish_housekeeping(self, connection: Connection) -> None:
        while True:
            self._sequence += 1
            frame = self._housekeeping(self._clock.now_ns(), self._sequence)
            topic = self._topics.frame(frame.spacecraft, frame.subsystem)
            await connection.publish(topic, wire.encode_frame(frame))
            await self._publish_dead(connection)
            await asyncio.sleep(HOUSEKEEPING_S)

    async def _publish_dead(self, connection: Connection) -> None:
        """The newest of each reason, retained: enough to see what is wrong, never a flood."""
        for reason, notice in dict(self._newest_dead).items():
            if self._told_dead.get(reason) != notice:
                # A topic a stranger made up must not make up one of ours, retained for ever.
                address = parse(notice.topic) if reason is not Reason.UNKNOWN_TOPIC else None
                craft, kind = (address.spacecraft, address.kind) if address else UNKNOWN
                topic = self._topics.dead(craft, kind, reason)
                await connection.publish(topic, wire.encode(notice), retain=True)
                self._told_dead[reason] = notice


def _messages(line: Line, topics: Topics) -> Sequence[Outgoing]:
    if isinstance(line.content, Outgoing):
        return (line.content,)
    return tuple(told(line.content, topics))
