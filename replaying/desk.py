"""The replay sessions of an ingest, seen and asked from outside. I/O: the broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from access.access import Sealer
from telemetry import wire
from telemetry.clock import SystemClock
from telemetry.errors import UsageError
from telemetry.link import Connection
from telemetry.missiondb.table import hint
from telemetry.question import FIRST_S, RETAINED_S, AskRefused, NoAnswer, connected
from telemetry.replay import Replay, ReplayChange, ReplayCommand, ReplayState, ReplayVerb
from telemetry.settings import Settings
from telemetry.topics import GROUND, Kind, Topics

#: How long there may be no sign of ingest, or of a session that makes ready.
ANSWER_S: Final = 10.0
#: A session is a process that has to start, on a machine that has better to do.
CREATE_S: Final = 60.0
_BATCH: Final = 100


class Desk:
    """Use `desk(settings)`. sessions: by id, as last heard."""

    def __init__(self, connection: Connection, topics: Topics, seal: Sealer) -> None:
        self.sessions: dict[str, Replay] = {}
        self._connection, self._topics, self._seal = connection, topics, seal
        self._online: bool | None = None

    async def look(self) -> None:
        """Take what the broker retains."""
        topics = self._topics
        filters = [topics.every(Kind.REPLAY), topics.link(GROUND), topics.replay_event]
        await self._connection.subscribe(filters, qos=1)
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * FIRST_S):
                while True:
                    heard = self.sessions or self._online is not None
                    async with asyncio.timeout(RETAINED_S if heard else FIRST_S):
                        await self._hear()

    def session(self, name: str) -> Replay:
        """:raises UsageError: if there is none of that name."""
        found = self.sessions.get(name)
        if found is None:
            there = ", ".join(self.sessions) or "none"
            raise UsageError(f"no replay {name!r}{hint(name, self.sessions)}; there are: {there}")
        return found

    async def ask(self, verb: ReplayVerb, command: ReplayCommand) -> Replay:
        """Have ingest do it; the session as it is then.

        :raises AskRefused: with the reason.
        :raises NoAnswer: if none comes.
        """
        # Shown or not: whoever asks for a session that ingest knows and we do not is right.
        to = self._topics.replay_command(verb)
        payload = self._seal(to, wire.encode(command), SystemClock().now_ns())
        await self._connection.publish(to, payload)
        patience_s = CREATE_S if verb is ReplayVerb.CREATE and self._online else ANSWER_S
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(patience_s) as waiting:
                while True:
                    changes = await self._hear()
                    if any(one.state is ReplayState.SEEKING for one in self.sessions.values()):
                        waiting.reschedule(loop.time() + ANSWER_S)
                    for change in changes:
                        if change.command == command.id:
                            return _done(change)
        except TimeoutError:
            raise NoAnswer(
                f"no answer within {patience_s:g} s: is ingest running under root "
                f"{self._topics.root}?"
            ) from None

    async def follow(self, session: str) -> AsyncIterator[Replay]:
        """The session as it is, and each time it says where it is, until it has ended."""
        replay = self.session(session)
        while True:
            yield replay
            if replay.state is ReplayState.ENDED:
                return
            while self.sessions.get(session) is replay:
                await self._hear()
            if session not in self.sessions:
                return
            replay = self.sessions[session]

    async def _hear(self) -> list[ReplayChange]:
        """Take what comes; the answers among it."""
        changes = []
        for message in await self._connection.receive(_BATCH):
            with suppress(wire.WireError):
                if message.topic == self._topics.replay_event:
                    changes.append(wire.decode_replay_change(message.payload))
                elif message.topic == self._topics.link(GROUND):
                    self._online = wire.decode_link(message.payload).online
                elif message.payload:
                    replay = wire.decode_replay(message.payload)
                    self.sessions[replay.id] = replay
                else:
                    self.sessions.pop(message.topic.rpartition("/")[2], None)
        return changes


def _done(change: ReplayChange) -> Replay:
    if change.refused or change.replay is None:
        raise AskRefused(f"replay {change.verb}: refused: {change.refused or 'it is gone'}")
    return change.replay


@asynccontextmanager
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """A desk that has taken what the broker retains."""
    async with connected(settings) as connection:
        found = Desk(connection, Topics(settings.root), Sealer.of(settings))
        await found.look()
        yield found
