"""The replay sessions of an ingest: starts a process for each, passes on what is asked, and sees
that nothing of one that is over stays on the broker. I/O.

It touches neither spool nor processor: whatever becomes of a replay, live does not notice.
"""

import asyncio
import logging
import secrets
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import msgspec

from access.gate import Gate
from ingest.replay.book import Book
from ingest.replay.order import Answer, Asked, Order
from telemetry.clock import Clock
from telemetry.errors import LinkError
from telemetry.link import BrokerAddress, Connection, LinkOptions, Message, stay_connected
from telemetry.replay import ReplayChange, ReplayCommand, ReplayState, ReplayVerb
from telemetry.settings import Settings
from telemetry.topics import VERSION, Kind, Topics, parse
from telemetry.wire import WireError, decode_replay, decode_replay_command, encode

#: A session that is over is told of for so long.
SHOWN_S: Final = 60.0
#: Sessions have so long to end when ingest does.
END_S: Final = 5.0
#: Answers that wait to be told.
MAX_WAITING: Final = 1_000
_BATCH: Final = 100
_LINE_BYTES: Final = 1 << 20
_LOST: Final = "it was lost with its ingest or its broker"

logger = logging.getLogger(__name__)


class Sessions:
    """flush: returns when all that was received is in the record archive. store: an address that
    another process may open."""

    def __init__(
        self,
        settings: Settings,
        store: str,
        clock: Clock,
        flush: Callable[[], Awaitable[None]],
        gate: Gate | None = None,
    ) -> None:
        self._settings, self._store, self._clock, self._flush = settings, store, clock, flush
        self._topics = Topics(settings.root)
        self._address = BrokerAddress.of(settings)
        self._gate = gate
        self._book = Book()
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._outbox: asyncio.Queue[ReplayChange] = asyncio.Queue(MAX_WAITING)
        self._tasks: set[asyncio.Task[None]] = set()
        self._connection: Connection | None = None

    @property
    def open(self) -> int:
        return len(self._book)

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
                    await self._command(address.leaf, message)
                elif address.root != self._topics.root:
                    await connection.publish(message.topic, b"", retain=True)
                elif address.kind == Kind.REPLAY:
                    await self._seen(message, connection)

    # --- commands ---

    async def _command(self, leaf: str, message: Message) -> None:
        payload: bytes | None = None if message.retained else message.payload
        if self._gate is not None and payload is not None:
            now_ns = self._clock.now_ns()
            payload = await asyncio.to_thread(self._gate.admit, message.topic, payload, now_ns)
        if payload is None:
            return
        try:
            verb, command = ReplayVerb(leaf), decode_replay_command(payload)
        except (ValueError, WireError) as error:
            logger.warning("replay/%s: %s", leaf, error)
            return
        found = self._book.ask(verb, command, secrets.token_hex(4))
        if isinstance(found, ReplayChange):
            self._tell(found)
        elif verb is ReplayVerb.CREATE and found:
            self._spawn(self._play(found, command))
        elif found:
            self._send(found, Asked(verb=verb, command=command))

    async def _play(self, session: str, command: ReplayCommand) -> None:
        """Have a session's process play it, until that ends."""
        try:
            process = self._processes[session] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ingest.replay.worker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LINE_BYTES,
                # Ctrl-C is for ingest, which ends it in order; a session of its own would have as
                # good a claim to the processor as ingest has, however nice it is (autogroups)
                process_group=0,
            )
            await self._flush()
            self._send(session, self._order(session, command))
            assert process.stdout is not None  # noqa: S101 - it was asked for
            while line := await process.stdout.readline():
                change = self._book.answered(session, msgspec.json.decode(line, type=Answer))
                if change is not None:
                    self._tell(change)
            await process.wait()
        finally:
            self._processes.pop(session, None)
            for change in self._book.close(session):
                self._tell(change)
            await self._look_at(self._topics.replay(session))

    def _order(self, session: str, command: ReplayCommand) -> Order:
        settings = self._settings
        assert command.spec is not None  # noqa: S101 - the book refuses it
        return Order(
            session=session,
            command=command.id,
            by=command.by,
            created_ns=self._clock.now_ns(),
            spec=command.spec,
            root=self._topics.root,
            broker=settings.broker,
            broker_ca=settings.broker_ca,
            store=self._store,
            state=str(settings.state.absolute()),
            missiondb=str(settings.missiondb or ""),
        )

    def _send(self, session: str, line: msgspec.Struct) -> None:
        process = self._processes.get(session)
        if process is not None and process.stdin is not None:
            process.stdin.write(msgspec.json.encode(line) + b"\n")

    def _tell(self, change: ReplayChange) -> None:
        try:
            self._outbox.put_nowait(change)
        except asyncio.QueueFull:
            logger.warning("nobody can be told what became of replay command %s", change.command)

    # --- what is over ---

    async def _seen(self, message: Message, connection: Connection) -> None:
        """Where a session is, from the broker: one that is not ours any more has ended."""
        try:
            replay = decode_replay(message.payload)
        except WireError:
            await connection.publish(message.topic, b"", retain=True)
            return
        if replay.state is ReplayState.ENDED:
            # Whatever it left behind is sent to us, and withdrawn.
            await self._look_at(f"{self._topics.replay_root(replay.id)}/{VERSION}/+/+/+")
            self._spawn(self._forget(message.topic))
        elif replay.id not in self._book:
            ended = msgspec.structs.replace(replay, state=ReplayState.ENDED, reason=_LOST)
            await connection.publish(message.topic, encode(ended), retain=True)

    async def _look_at(self, topics: str) -> None:
        """Have the broker send what is retained there; `_receive` sees to it."""
        if self._connection is not None:
            with suppress(LinkError):
                await self._connection.subscribe([topics], qos=1)

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
        processes = list(self._processes.values())
        for process in processes:
            if process.stdin is not None:
                process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await asyncio.gather(*(process.wait() for process in processes))
        for process in processes:
            with suppress(ProcessLookupError):
                process.kill()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
