"""Speaks for one spacecraft over MQTT, and makes sure that nobody else does. I/O.

What a connection publishes, in this order: the claim to the spacecraft, its clock, what is planned
of it, the description of its subsystems, that it is on line (retained, with a last will that says
the opposite), then its frames at QoS 1. A frame stays in a bounded ring until the broker has
it, so a broker that is away for a while costs nothing; sequence numbers come with the frames and
so run on over reconnections.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from simulators.publishing.claim import Claim
from simulators.publishing.pace import first_to_end
from simulators.publishing.plan import Announcement
from simulators.publishing.ring import RING_FRAMES, Ring
from telemetry.clock import Clock, StreamClock, StreamKind, SystemClock
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, Connection, LinkOptions, Will, stay_connected
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem
from telemetry.topics import Topics
from telemetry.wire import encode, encode_frame

#: How long a publisher that stops tries to say so before it leaves it to the last will.
_FAREWELL_S: Final = 2.0
#: Generation seconds a second, as the clock's announcement allows.
MAX_RATE: Final = 100_000.0

logger = logging.getLogger(__name__)


class ParameterMeta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a reader of frames needs to know of one parameter."""

    name: str
    type: ParameterType
    unit: str = ""
    period_s: float | None = None
    states: Mapping[int, str] = {}


class SubsystemMeta(msgspec.Struct, frozen=True, kw_only=True):
    """The retained `meta/<subsystem>` message."""

    name: str
    period_s: float
    missiondb: str
    parameters: Mapping[str, ParameterMeta]


class Publisher:
    """Publishes one spacecraft until cancelled; frames are given by `push` or `put`.

    name: says to an operator what is publishing. instance: tells it from another of that name.
    announced: what else is to be said, on each connection, before the first frame.
    """

    def __init__(
        self,
        address: BrokerAddress,
        topics: Topics,
        spacecraft: Spacecraft,
        clock: StreamClock,
        *,
        name: str,
        version: str = "",
        wall: Clock | None = None,
        capacity: int = RING_FRAMES,
        announced: Sequence[Announcement] = (),
    ) -> None:
        self.instance = secrets.token_hex(4)
        self.ring = Ring(capacity)
        self.online = asyncio.Event()
        self._address = address
        self._topics = topics
        self._spacecraft = spacecraft
        self._clock = clock
        self._version = version
        self._announced = tuple(announced)
        self._said: Sequence[Announcement] = ()
        self._news = asyncio.Event()
        self._told_dropped = 0
        self._link_topic = topics.link(spacecraft.id)
        self._claim = Claim(
            spacecraft=spacecraft.id,
            topic=self._link_topic,
            name=name,
            instance=self.instance,
            clock=wall or SystemClock(),
        )
        self._frame_topics = {s: topics.frame(spacecraft.id, s) for s in spacecraft.subsystems}

    def push(self, frame: Frame) -> None:
        """Take a live frame; with the link away and the ring full, the oldest is dropped."""
        dropped = self.ring.dropped
        self.ring.push(self._frame_topics[frame.subsystem], encode_frame(frame))
        if self.ring.dropped > dropped == self._told_dropped:
            logger.warning(
                "%s: %d frames wait for the broker; the oldest are now dropped",
                self._spacecraft.id,
                len(self.ring),
            )

    async def put(self, frame: Frame) -> None:
        """Take a frame of a file, which can wait: returns once there is room for it."""
        await self.ring.put(self._frame_topics[frame.subsystem], encode_frame(frame))

    def announce(self, said: Announcement) -> None:
        """Say something retained now and on each later connection, instead of what was said."""
        others = (one for one in self._announced if one.topic != said.topic)
        self._announced = (said, *others)
        self._news.set()

    async def run(self) -> None:
        """Publish until cancelled, then say so and leave.

        :raises PublisherConflict: if another publisher speaks for the spacecraft, or claimed it
            first.
        :raises LinkRefused: if the broker does not let us in.
        """
        options = LinkOptions(
            # the same on every connection, so that the will of one cannot overtake the next
            identifier=f"{self._topics.root}-{self._spacecraft.id}-{self.instance}",
            will=Will(self._link_topic, encode(self._claim.status(online=False))),
        )
        await stay_connected(self._address, options, self._session, self._on_state)

    def _on_state(self, connected: bool) -> None:
        if not connected:
            self.online.clear()

    async def _session(self, connection: Connection) -> None:
        await self._claim.stake(connection)
        try:
            await self._announce(connection)
            self.online.set()
            self._report_away()
            await first_to_end(
                self._claim.defend(connection, self._announce),
                self._say_news(connection),
                connection.publish_many(self.ring.unsent(), self.ring.acknowledge),
            )
        except asyncio.CancelledError:
            with suppress(Exception):  # going anyway, and the last will says the same
                async with asyncio.timeout(_FAREWELL_S):
                    farewell = encode(self._claim.status(online=False))
                    await connection.publish(self._link_topic, farewell, retain=True)
            raise

    async def _say_news(self, connection: Connection) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            said, self._said = self._said, self._announced
            for one in self._said:
                if one not in said:
                    await connection.publish(one.topic, one.payload, retain=one.retain)

    async def _announce(self, connection: Connection) -> None:
        spacecraft = self._spacecraft
        await connection.publish(
            self._topics.clock(spacecraft.id), encode(self._clock), retain=True
        )
        self._said = self._announced
        for said in self._said:
            await connection.publish(said.topic, said.payload, retain=said.retain)
        for subsystem in spacecraft.subsystems.values():
            await connection.publish(
                self._topics.meta(spacecraft.id, subsystem.id),
                encode(describe(subsystem, self._version)),
                retain=True,
            )
        online = encode(self._claim.status(online=True))
        await connection.publish(self._link_topic, online, retain=True)

    def _report_away(self) -> None:
        """Say once, on the connection that ends an absence, what it cost."""
        lost = self.ring.dropped - self._told_dropped
        if lost:
            logger.warning(
                "%s: %d frames were dropped while the broker was away; sending the %d kept",
                self._spacecraft.id,
                lost,
                len(self.ring),
            )
        self._told_dropped = self.ring.dropped


def describe(subsystem: Subsystem, version: str) -> SubsystemMeta:
    def meta(parameter: Parameter) -> ParameterMeta:
        return ParameterMeta(
            name=parameter.name,
            type=parameter.type,
            unit=parameter.unit,
            period_s=parameter.period_s,
            states=dict(parameter.states),
        )

    return SubsystemMeta(
        name=subsystem.name,
        period_s=subsystem.period_s,
        missiondb=version,
        parameters={p.id: meta(p) for p in subsystem.parameters.values()},
    )


def announce_clock(
    kind: StreamKind,
    epoch_ns: int | None,
    rate: float,
    wall: Clock,
    *,
    heartbeat: bool = True,
    label: str = "",
) -> StreamClock:
    """A stream that begins now.

    :raises UsageError: for a rate that is no speed.
    """
    if not 0 < rate <= MAX_RATE:
        raise UsageError(f"rate {rate:g}: must be above 0 and at most {MAX_RATE:g}")
    now_ns = wall.now_ns()
    return StreamClock(
        kind=kind,
        epoch_ns=now_ns if epoch_ns is None else epoch_ns,
        wall_ns=now_ns,
        rate=rate,
        heartbeat=heartbeat,
        run=secrets.token_hex(8),
        label=label,
    )
