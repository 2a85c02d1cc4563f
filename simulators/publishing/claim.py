"""One publisher a spacecraft: how a publisher makes sure that it is the only one.

Everything is said on the retained `status/link` topic. A retained message proves nothing about
life (its publisher may have died together with the broker), so a newcomer that finds another on
line makes its claim known and listens: a living publisher answers by announcing itself again.
When two are alive, the one that came on line first stays, by (since, instance). Both judge by that
one rule, whatever the order of their messages, so exactly one leaves.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, NoReturn

from telemetry.clock import SECOND_NS, Clock
from telemetry.errors import PublisherConflict
from telemetry.link import Connection, Message
from telemetry.wire import LinkStatus, WireError, decode_link, encode

#: A broker sends what is retained at once after it has answered; without this wait we would talk
#: before we listen. Were it too short, the two would still sort it out.
RETAINED_WAIT_S: Final = 0.2
#: How long a publisher that is said to be on line has to answer a claim.
ANSWER_WAIT_S: Final = 2.0

logger = logging.getLogger(__name__)


class Claim:
    """A publisher's claim to a spacecraft, kept over all its connections."""

    def __init__(
        self, *, spacecraft: str, topic: str, name: str, instance: str, clock: Clock
    ) -> None:
        self._spacecraft = spacecraft
        self._topic = topic
        self._name = name
        self._instance = instance
        self._clock = clock
        self._since_ns = clock.now_ns()
        self._staked = False

    def status(self, *, online: bool) -> LinkStatus:
        return LinkStatus(
            online=online, publisher=self._name, instance=self._instance, since_ns=self._since_ns
        )

    async def stake(self, connection: Connection) -> None:
        """Begin to listen, and on the first connection wait for another publisher to object.

        :raises PublisherConflict: if one does.
        """
        await connection.subscribe([self._topic], qos=1)
        if self._staked:
            return
        other = await self._retained(connection)
        self._since_ns = self._clock.now_ns()
        if other is not None and other.online:
            # later than the other's on any clock: who is on line is not pushed out by a newcomer
            self._since_ns = max(self._since_ns, other.since_ns + 1)
            await connection.publish(self._topic, encode(self.status(online=True)))
            await self._listen_for_answer(connection)
            logger.warning(
                "%s: %s %s, on line since %s, does not answer; taking over from it",
                self._spacecraft,
                other.publisher,
                other.instance,
                _utc(other.since_ns),
            )
        self._staked = True

    async def defend(
        self, connection: Connection, announce: Callable[[Connection], Awaitable[None]]
    ) -> NoReturn:
        """Answer every other publisher that claims the spacecraft, until the connection is lost.

        announce: says everything retained again, since a rival may have said otherwise.
        :raises PublisherConflict: if the other was first.
        """
        while True:
            for message in await connection.receive(100):
                other = self._said(message)
                if other is None or message.retained:
                    continue
                if other.instance != self._instance:
                    self._give_way(other)
                    await announce(connection)
                elif not other.online:  # the will of a connection of ours that was lost before
                    await announce(connection)

    async def _retained(self, connection: Connection) -> LinkStatus | None:
        try:
            async with asyncio.timeout(RETAINED_WAIT_S):
                while True:
                    for message in await connection.receive(1):
                        other = self._said(message)
                        if other is not None and message.retained:
                            return other
        except TimeoutError:
            return None

    async def _listen_for_answer(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(ANSWER_WAIT_S):
                while True:
                    for message in await connection.receive(100):
                        other = self._said(message)
                        if other is not None and other.instance != self._instance:
                            if message.retained:
                                continue
                            self._give_way(other)
        except TimeoutError:
            return

    def _give_way(self, other: LinkStatus) -> None:
        """Leave if the other is on line and was so first."""
        if not other.online:
            return
        if (other.since_ns, other.instance) < (self._since_ns, self._instance):
            raise PublisherConflict(
                f"{self._spacecraft}: {other.publisher} {other.instance} publishes it already, "
                f"since {_utc(other.since_ns)}; stop that one, or use another root (--root)"
            )

    def _said(self, message: Message) -> LinkStatus | None:
        try:
            return decode_link(message.payload) if message.topic == self._topic else None
        except WireError as error:
            logger.warning("%s: ignored, %s", message.topic, error)
            return None


def _utc(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // SECOND_NS, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
