"""From the broker to the view and the browsers. The console's own subscription: QoS 0, no session.

A live page wants what is new, not what it missed: after a break the broker repeats what is
retained (alarms, clocks, links), and the store has the rest.
"""

import asyncio
import logging
import uuid
from collections import Counter
from typing import Final

from dashboard import messages
from dashboard.board_feed import BoardFeed
from dashboard.hub import Hub
from dashboard.view import LiveView
from telemetry import wire
from telemetry.clock import Clock
from telemetry.errors import LinkError
from telemetry.link import BrokerAddress, Connection, LinkOptions, Message, stay_connected
from telemetry.samples import checked
from telemetry.topics import Address, Kind, Topics, parse
from telemetry.wire import Reason, WireError

QUEUE_LIMIT = 5_000
MAX_RUNS = 100
BATCH = 500
HEARD: Final = (
    Kind.FRAME,
    Kind.META,
    Kind.STATUS,
    Kind.ALARM,
    Kind.EVENT,
    Kind.PLAN,
    Kind.INCIDENT,
    Kind.SHIFT,
)
#: How often a browser hears from us at the least; it takes 2 s of silence for a dead server.
TICK_S = 0.5

logger = logging.getLogger(__name__)


class Feed:
    """Takes messages into the view and tells the hub. `refused` counts what could not be used."""

    def __init__(
        self, *, view: LiveView, hub: Hub, topics: Topics, clock: Clock, home: Topics | None = None
    ) -> None:
        """home: of the root whose ingest has the sessions of replay; else `topics`."""
        self._view = view
        self._hub = hub
        self._topics = topics
        self._home = home or topics
        self._clock = clock
        self._board = BoardFeed(view, self._send_event, clock)
        self._connection: Connection | None = None
        self.refused: Counter[Reason] = Counter()
        #: Spacecraft whose publisher was heard of for the first time, or has started anew.
        self.runs: asyncio.Queue[str] = asyncio.Queue(MAX_RUNS)

    async def run(self, broker: BrokerAddress) -> None:
        """Until cancelled. :raises LinkRefused: if the broker does not let us in."""
        options = LinkOptions(
            identifier=f"stationwatch-console-{uuid.uuid4().hex[:8]}", queue_limit=QUEUE_LIMIT
        )
        self._view.take_connection(False, self._clock.now_ns())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick())
            tasks.create_task(stay_connected(broker, options, self._session, self._on_state))

    async def publish(self, topic: str, payload: bytes) -> None:
        """At QoS 1, on the feed's connection. :raises LinkError: if there is none."""
        if self._connection is None:
            raise LinkError("the broker is lost")
        await self._connection.publish(topic, payload)

    async def _session(self, connection: Connection) -> None:
        await connection.subscribe(self._filters(), qos=0)
        self._connection = connection
        self._view.take_connection(True, self._clock.now_ns())
        try:
            while True:
                for message in await connection.receive(BATCH):
                    self.take(message)
                # a flood must not keep the browsers' senders from running
                await asyncio.sleep(0)
        finally:
            self._connection = None

    def _filters(self) -> list[str]:
        filters = [self._topics.every(kind) for kind in HEARD]
        filters += [self._home.every(kind) for kind in (Kind.REPLAY, Kind.TRAINING)]
        if self._home != self._topics:  # a page of a session knows of that session too
            filters += [self._home.replay_event, self._home.training_event]
        return filters

    def _on_state(self, connected: bool) -> None:
        if not connected:
            self._view.take_connection(False, self._clock.now_ns())

    async def _tick(self) -> None:
        while True:
            now_ns = self._clock.now_ns()
            for craft, alarm in self._view.drop_unconfirmed(now_ns):
                self._hub.send_event(messages.encode(messages.gone(craft, alarm), now_ns))
            if self._view.connected:  # while the broker is away it can confirm nothing
                self._board.drop_unconfirmed(now_ns)
            self._hub.send_telemetry(messages.encode(messages.tick(self._view), now_ns))
            await asyncio.sleep(TICK_S)

    def take(self, message: Message) -> None:
        """Use one message; what cannot be used is counted, and costs nothing else."""
        address = parse(message.topic)
        if address is None or address.spacecraft not in self._view.database.spacecraft:
            self.refused[Reason.UNKNOWN_TOPIC] += 1
            return
        try:
            self._take(address, message.payload)
        except WireError as error:
            self.refused[error.reason] += 1
            logger.debug("%s: %s", message.topic, error)

    def _take(self, address: Address, payload: bytes) -> None:
        match address.kind:
            case Kind.FRAME:
                self._take_frame(address, payload)
            case Kind.META if address.leaf == "clock" and payload:
                clock = wire.decode_clock(payload)
                if self._view.clocks.get(address.spacecraft) != clock and not self.runs.full():
                    self.runs.put_nowait(address.spacecraft)
                reset = self._view.take_clock(address.spacecraft, clock)
                if reset:
                    self._hub.resynchronise()
                self._send_event(messages.clock(address.spacecraft, clock, reset=reset))
            case Kind.STATUS if address.leaf == "link":
                link = wire.decode_link(payload) if payload else None
                self._view.take_link(address.spacecraft, link)
                self._send_event(messages.link(address.spacecraft, link))
            case Kind.ALARM:
                self._take_alarm(address, payload)
            case Kind.EVENT if address.leaf == "alarm":
                event = wire.decode_event(payload)
                self._send_event(messages.event(event, self._view.database))
            case _:
                self._board.take(address, payload)

    def _take_alarm(self, address: Address, payload: bytes) -> None:
        if payload:
            alarm = wire.decode_alarm(payload)
            if (alarm.spacecraft, alarm.id) != (address.spacecraft, address.leaf):
                raise WireError(Reason.WRONG_SHAPE, "the alarm is not the one of its topic")
            if self._view.take_alarm(alarm):
                self._send_event(messages.alarm(alarm, self._view.database))
                return
        else:
            self._view.forget_alarm(address.spacecraft, address.leaf)
        self._send_event(messages.gone(address.spacecraft, address.leaf))

    def _take_frame(self, address: Address, payload: bytes) -> None:
        craft = self._view.database.spacecraft[address.spacecraft]
        subsystem = craft.subsystems.get(address.leaf)
        if subsystem is None:
            self.refused[Reason.UNKNOWN_TOPIC] += 1
            return
        raw = wire.decode_frame(payload)
        frame, rejects = checked(raw, craft.id, subsystem, self._clock.now_ns())
        self.refused.update(reject.reason for reject in rejects)
        if not self._view.take_frame(frame):
            self.refused[Reason.ABSURD_TIME] += 1
            return
        self._hub.send_telemetry(messages.encode(messages.frame(frame), frame.received_ns))

    def _send_event(self, message: dict[str, object]) -> None:
        self._hub.send_event(messages.encode(message, self._clock.now_ns()))
