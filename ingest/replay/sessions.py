"""The replay sessions of an ingest: starts a process for each, passes on what is asked, and sees
that nothing of one that is over stays on the broker. I/O.

It touches neither spool nor processor: whatever becomes of a replay, live does not notice.
"""

import asyncio
import logging
import secrets
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec

from ingest.replay.order import Answer, Asked, Order
from telemetry.clock import Clock
from telemetry.errors import LinkError
from telemetry.link import BrokerAddress, Connection, LinkOptions, Message, stay_connected
from telemetry.replay import Replay, ReplayChange, ReplayCommand, ReplayState, ReplayVerb
from telemetry.settings import Settings
from telemetry.topics import VERSION, Kind, Topics, parse
from telemetry.wire import WireError, decode_replay, decode_replay_command, encode

MAX_SESSIONS: Final = 8
#: A session that is over is told of for so long.
SHOWN_S: Final = 60.0
#: A worker that is told to end has so long for it.
END_S: Final = 5.0
#: Answers kept for commands that come again.
MAX_ANSWERS: Final = 1_000
_BATCH: Final = 100
_LINE_BYTES: Final = 1 << 20
_GONE: Final = "its process ended unexpectedly; ingest's log says more"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Worker:
    process: asyncio.subprocess.Process
    root: str
    #: Commands it has not answered, by id.
    asked: dict[str, Asked] = field(default_factory=dict)

    def ask(self, line: msgspec.Struct) -> None:
        if self.process.stdin is not None:
            self.process.stdin.write(msgspec.json.encode(line) + b"\n")


class Sessions:
    """flush: returns when all that was received is in the record archive. store: an address that
    another process may open."""

    def __init__(
        self,
        settings: Settings,
        store: str,
        clock: Clock,
        flush: Callable[[], Awaitable[None]],
    ) -> None:
        self._settings, self._store, self._clock, self._flush = settings, store, clock, flush
        self._topics = Topics(settings.root)
        self._address = BrokerAddress.parse(
            settings.broker, settings.broker_user, settings.broker_password
        )
        self._workers: dict[str, _Worker] = {}
        self._answers: OrderedDict[str, ReplayChange] = OrderedDict()
        self._outbox: asyncio.Queue[ReplayChange] = asyncio.Queue(MAX_ANSWERS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._connection: Connection | None = None

    @property
    def open(self) -> int:
        return len(self._workers)

    async def run(self) -> None:
        """:raises LinkRefused: if the broker does not let us in; everything else is retried."""
        options = LinkOptions(identifier=f"stationwatch-replays-{self._topics.root}")
        try:
            await stay_connected(self._address, options, self._serve)
        finally:
            await self._end_all()

    async def _serve(self, connection: Connection) -> None:
        self._connection = connection
        filters = [self._topics.every_replay_command, self._topics.every(Kind.REPLAY)]
        await connection.subscribe(filters, qos=1)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._answer(connection), name="answers")
            tasks.create_task(self._receive(connection), name="commands")

    async def _answer(self, connection: Connection) -> None:
        while True:
            change = await self._outbox.get()
            await connection.publish(self._topics.replay_event, encode(change))

    async def _receive(self, connection: Connection) -> None:
        while True:
            for message in await connection.receive(_BATCH):
                address = parse(message.topic)
                if address is None or not message.payload:
                    continue
                if address.root == self._topics.command_root:
                    await self._command(address.leaf, message.payload)
                elif address.root != self._topics.root:
                    await connection.publish(message.topic, b"", retain=True)
                elif address.kind == Kind.REPLAY:
                    await self._seen(message, connection)

    # --- commands ---

    async def _command(self, leaf: str, payload: bytes) -> None:
        try:
            verb, command = ReplayVerb(leaf), decode_replay_command(payload)
        except (ValueError, WireError) as error:
            logger.warning("replay/%s: %s", leaf, error)
            return
        known = self._answers.get(command.id)
        if known is not None:
            await self._outbox.put(known)
        elif verb is ReplayVerb.CREATE:
            self._spawn(self._create(command))
        else:
            self._pass_on(verb, command)

    def _pass_on(self, verb: ReplayVerb, command: ReplayCommand) -> None:
        worker = self._workers.get(command.session)
        if worker is None:
            there = ", ".join(self._workers) or "none"
            self._tell(verb, command, f"no replay {command.session!r}; there are: {there}")
        elif command.id not in worker.asked:
            asked = Asked(verb=verb, command=command)
            worker.asked[command.id] = asked
            worker.ask(asked)

    async def _create(self, command: ReplayCommand) -> None:
        if command.spec is None:
            self._tell(ReplayVerb.CREATE, command, "it does not say what to replay")
            return
        if len(self._workers) >= MAX_SESSIONS:
            there = ", ".join(self._workers)
            refused = f"{MAX_SESSIONS} replays are open, as many as may be: end one of {there}"
            self._tell(ReplayVerb.CREATE, command, refused)
            return
        session = secrets.token_hex(4)
        order = Order(
            session=session,
            command=command.id,
            by=command.by,
            created_ns=self._clock.now_ns(),
            spec=command.spec,
            root=self._topics.root,
            broker=self._settings.broker,
            store=self._store,
            state=str(self._settings.state.absolute()),
            missiondb=str(self._settings.missiondb or ""),
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ingest.replay.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
        )
        worker = self._workers[session] = _Worker(process, self._topics.replay_root(session))
        worker.asked[command.id] = Asked(verb=ReplayVerb.CREATE, command=command)
        await self._flush()
        worker.ask(order)
        try:
            await self._listen(worker)
        finally:
            del self._workers[session]
            for asked in worker.asked.values():
                self._tell(asked.verb, asked.command, _GONE)
            await self._sweep(worker.root)

    async def _listen(self, worker: _Worker) -> None:
        """Until it ends."""
        assert worker.process.stdout is not None  # noqa: S101 - it was asked for
        while line := await worker.process.stdout.readline():
            answer = msgspec.json.decode(line, type=Answer)
            asked = worker.asked.pop(answer.command, None)
            if asked is not None:
                self._tell(asked.verb, asked.command, answer.refused, answer.replay)
        await worker.process.wait()

    def _tell(
        self, verb: ReplayVerb, command: ReplayCommand, refused: str, replay: Replay | None = None
    ) -> None:
        change = ReplayChange(
            command=command.id, verb=verb, by=command.by, refused=refused, replay=replay
        )
        self._answers[command.id] = change
        while len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)
        with suppress(asyncio.QueueFull):
            self._outbox.put_nowait(change)

    # --- what is over ---

    async def _seen(self, message: Message, connection: Connection) -> None:
        """Where a session is, from the broker: one that is not ours any more has ended."""
        try:
            replay = decode_replay(message.payload)
        except WireError:
            await connection.publish(message.topic, b"", retain=True)
            return
        if replay.id in self._workers and replay.state is not ReplayState.ENDED:
            return
        if replay.state is not ReplayState.ENDED:
            ended = msgspec.structs.replace(
                replay, state=ReplayState.ENDED, reason="ingest, which it belonged to, has ended"
            )
            await connection.publish(message.topic, encode(ended), retain=True)
            return  # and comes back as one that has ended
        await self._sweep(self._topics.replay_root(replay.id))
        self._spawn(self._forget(message.topic))

    async def _sweep(self, root: str) -> None:
        """Have the broker send what is retained there; `_receive` withdraws it."""
        if self._connection is not None:
            with suppress(LinkError):
                await self._connection.subscribe([f"{root}/{VERSION}/+/+/+"], qos=1)

    async def _forget(self, topic: str) -> None:
        await asyncio.sleep(SHOWN_S)
        if self._connection is not None:
            with suppress(LinkError):
                await self._connection.publish(topic, b"", retain=True)

    def _spawn(self, work: Awaitable[None]) -> None:
        async def watched() -> None:
            try:
                await work
            except Exception:
                # A fault of ours in one replay must not take the watch down with it.
                logger.exception("replay")

        task = asyncio.create_task(watched())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end_all(self) -> None:
        """They end by themselves when nobody holds their input any more."""
        workers = list(self._workers.values())
        for worker in workers:
            if worker.process.stdin is not None:
                worker.process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await asyncio.gather(*(worker.process.wait() for worker in workers))
        for worker in workers:
            with suppress(ProcessLookupError):
                worker.process.kill()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
