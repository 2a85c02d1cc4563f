"""What an operator asks of ingest, as messages. Nothing here waits for an answer.

The answer is the new state of what was asked for, or a refusal, and comes by the feed like
everything else: so every console sees the same, whoever asked.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from access.access import Sealer
from access.roles import needed
from dashboard.person import ASKING, may
from telemetry import wire
from telemetry.clock import Clock, SystemClock
from telemetry.errors import UsageError
from telemetry.plan import PlanCommand, PlanVerb
from telemetry.replay import ReplayCommand, ReplayVerb
from telemetry.shift import ShiftCommand, ShiftVerb
from telemetry.topics import Topics, Verb, parse
from telemetry.training import TrainingCommand, TrainingVerb

#: Publishes a payload on a topic at QoS 1. :raises LinkError: if the broker is away.
Publish = Callable[[str, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmReference:
    """The alarm, and the occurrence of it, that the operator saw when asking."""

    spacecraft: str
    alarm: str
    occurrence: str


Command = wire.Command | PlanCommand | ShiftCommand | ReplayCommand | TrainingCommand


class NotPermitted(UsageError):
    """The role of who asks does not permit it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who signs what is asked here. closed: only people who are signed in ask."""

    closed: bool = False
    seal: Sealer = field(default_factory=lambda: Sealer(None))
    clock: Clock = field(default_factory=SystemClock)


OPEN_OFFICE: Final = Office()


class Commands:
    """Each method asks once and gives the command's id, which its answer will bear.

    Asked in the name of who is signed in, whatever name is given.
    :raises LinkError: if the broker is away: then nothing was asked.
    :raises NotPermitted: if the role of who asks does not permit it.
    """

    def __init__(
        self,
        topics: Topics,
        publish: Publish,
        home: Topics | None = None,
        office: Office = OPEN_OFFICE,
    ) -> None:
        """home: of the root whose ingest has the sessions; else `topics`."""
        self._topics = topics
        self._home = home or topics
        self._publish = publish
        self._office = office

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
        return await self._ask(self._topics.command(seen.spacecraft, verb), command)

    async def plan(self, verb: PlanVerb, spacecraft: str, command: PlanCommand) -> str:
        """Whoever asks has chosen the command's id, and waits for its answer."""
        return await self._ask(self._topics.plan_command(spacecraft, verb), command)

    async def shift(self, verb: ShiftVerb, *, by: str, text: str = "") -> str:
        command = ShiftCommand(id=uuid.uuid4().hex, by=by, text=text)
        return await self._ask(self._topics.shift_command(verb), command)

    async def replay(self, verb: ReplayVerb, command: ReplayCommand) -> str:
        """Likewise; of sessions, the ingest at home has them."""
        return await self._ask(self._home.replay_command(verb), command)

    async def training(self, verb: TrainingVerb, command: TrainingCommand) -> str:
        """Likewise; the training service answers."""
        return await self._ask(self._home.training_command(verb), command)

    async def _ask(self, topic: str, command: Command) -> str:
        user, address = ASKING.get(), parse(topic)
        if self._office.closed and (user is None or address is None):
            raise NotPermitted("nobody is signed in")
        if user is not None and address is not None:
            if not may(role := needed(address)):
                raise NotPermitted(f"that takes the role {role}; {user.name} is {user.role}")
            command = msgspec.structs.replace(command, by=user.name)
        office = self._office
        await self._publish(topic, office.seal(topic, wire.encode(command), office.clock.now_ns()))
        return command.id
