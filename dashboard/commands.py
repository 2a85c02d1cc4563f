"""What an operator asks of ingest, as messages. Nothing here waits for an answer.

The answer is the alarm's new state, or a REFUSED event, and comes by the feed like everything else:
so every console sees the same, whoever asked.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telemetry import wire
from telemetry.topics import Topics, Verb

#: Publishes a payload on a topic at QoS 1. :raises LinkError: if the broker is away.
Publish = Callable[[str, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmReference:
    """The alarm, and the occurrence of it, that the operator saw when asking."""

    spacecraft: str
    alarm: str
    occurrence: str


class Commands:
    def __init__(self, topics: Topics, publish: Publish) -> None:
        self._topics = topics
        self._publish = publish

    async def acknowledge(self, seen: AlarmReference, *, by: str, comment: str = "") -> str:
        """Ask for one acknowledgement; the command's id, which a refusal will bear.

        :raises LinkError: if the broker is away: then nothing was asked.
        """
        command = wire.Command(
            id=uuid.uuid4().hex,
            alarm=seen.alarm,
            by=by,
            occurrence=seen.occurrence,
            comment=comment,
        )
        topic = self._topics.command(seen.spacecraft, Verb.ACKNOWLEDGE)
        await self._publish(topic, wire.encode(command))
        return command.id
