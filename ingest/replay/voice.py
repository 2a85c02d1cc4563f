"""What a session says to the broker, and what of that is retained there. I/O."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence

from ingest.record import Outgoing
from telemetry.link import Connection


class Voice:
    """In order, at least once: every method returns when the broker has it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._retained: set[str] = set()

    @property
    def retained(self) -> Collection[str]:
        """The topics under which something is retained."""
        return self._retained

    async def say(self, messages: Iterable[Outgoing]) -> None:
        waiting: list[Outgoing] = []
        for message in messages:
            if message.retain:
                await self._flow(waiting)
                waiting = []
                (self._retained.add if message.payload else self._retained.discard)(message.topic)
                await self._connection.publish(message.topic, message.payload, retain=True)
            else:
                waiting.append(message)
        await self._flow(waiting)

    async def withdraw(self, topics: Iterable[str]) -> None:
        await self.say(Outgoing(topic, b"", retain=True) for topic in sorted(topics))

    async def _flow(self, messages: Sequence[Outgoing]) -> None:
        async def each() -> AsyncIterator[tuple[str, bytes]]:
            for message in messages:
                yield message.topic, message.payload

        if messages:
            await self._connection.publish_many(each(), lambda: None)
