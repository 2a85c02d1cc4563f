"""What an operator asks of ingest, as messages. Nothing here waits for an answer.

The answer is the new state of what was asked for, or a refusal, and comes by the feed like
everything else: so every console sees the same, whoever asked.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telemetry import wire
from telemetry.plan import PlanCommand, PlanVerb
from telemetry.replay import ReplayCommand, ReplayVerb
from telemetry.shift import ShiftCommand, ShiftVerb
from telemetry.topics import Topics, Verb
from telemetry.training import TrainingCommand, TrainingVerb

#: Publishes a payload on a topic at QoS 1. :raises LinkError: if the broker is away.
Publish = Callable[[str, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmReference:
    """The alarm, and the occurrence of it, that the operator saw when asking."""

    spacecraft: str
    alarm: str
    occurrence: str


class Commands:
    """Each method asks once and gives the command's id, which its answer will bear.

    :raises LinkError: if the broker is away: then nothing was asked.
    """

    def __init__(self, topics: Topics, publish: Publish, home: Topics | None = None) -> None:
        """home: of the root whose ingest has the sessions; else `topics`."""
        self._topics = topics
        self._home = home or topics
        self._publish = publish

    async def alarm(
        self, verb: Verb, seen: AlarmReference, *, by: str, comment: str = "", until_ns: int = 0
    ) -> str:
        """until_ns: end of a shelf, on the wall clock; 0 for the other verbs."""
        command = wire.Command(
            id=uuid.uuid4().hex,
            alarm=seen.alarm,
            by=by,
            occurrence=seen.occurrence,
            comment=comment,
            until_ns=until_ns,
        )
        await self._publish(self._topics.command(seen.spacecraft, verb), wire.encode(command))
        return command.id

    async def plan(self, verb: PlanVerb, spacecraft: str, command: PlanCommand) -> str:
        """Whoever asks has chosen the command's id, and waits for its answer."""
        await self._publish(self._topics.plan_command(spacecraft, verb), wire.encode(command))
        return command.id

    async def shift(self, verb: ShiftVerb, *, by: str, text: str = "") -> str:
        command = ShiftCommand(id=uuid.uuid4().hex, by=by, text=text)
        await self._publish(self._topics.shift_command(verb), wire.encode(command))
        return command.id

    async def replay(self, verb: ReplayVerb, command: ReplayCommand) -> str:
        """Likewise; of sessions, the ingest at home has them."""
        await self._publish(self._home.replay_command(verb), wire.encode(command))
        return command.id

    async def training(self, verb: TrainingVerb, command: TrainingCommand) -> str:
        """Likewise; the training service answers."""
        await self._publish(self._home.training_command(verb), wire.encode(command))
        return command.id
