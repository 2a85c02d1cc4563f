"""The service: hears what instructors ask, runs sessions, says how they are. I/O.

What it says of a session is retained, and kept on this disk, so that a debrief outlives session,
service and broker. Whatever a session leaves at the broker under its root is withdrawn.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from access.access import opened
from access.gate import PROMPT_NS, Gate
from simulators.scenarios import read
from telemetry import missiondb, wire
from telemetry.clock import Clock, SystemClock
from telemetry.errors import LinkError, UsageError
from telemetry.link import (
    BrokerAddress,
    Connection,
    LinkOptions,
    Message,
    Will,
    stay_connected,
)
from telemetry.settings import Settings
from telemetry.topics import Address, Kind, Topics, parse
from telemetry.training import (
    Training,
    TrainingCatalogue,
    TrainingChange,
    TrainingCommand,
    TrainingState,
    TrainingVerb,
)
from telemetry.wire import WireError, encode
from training.book import MAX_SESSIONS, Book, refusal
from training.catalogue import catalogue
from training.course import Course
from training.records import Records
from training.session import Session
from training.sweep import sweep

#: Answers that wait to be told.
MAX_WAITING: Final = 500
#: A session is said anew at most so often: an alarm flood is many changes.
SAY_S: Final = 0.5
#: Sessions have so long to end when the service does.
END_S: Final = 40.0
AGAIN_S: Final = 5.0
_BATCH: Final = 500
_STOPPED: Final = "the training service was stopped"

logger = logging.getLogger(__name__)


async def run_training(settings: Settings, ready: Callable[[], None]) -> None:
    """Until cancelled; `ready` is called when commands are heard.

    :raises LinkRefused: if the broker does not let us in; one that is away is waited for.
    """
    with opened(settings) as access:
        gate = access.gate("training", PROMPT_NS) if access else None
        await Service(settings, SystemClock(), ready, gate).run()


class Service:
    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        ready: Callable[[], None],
        gate: Gate | None = None,
    ) -> None:
        """gate: where commands are authorised; None: everybody may."""
        self._settings, self._clock, self._ready, self._gate = settings, clock, ready, gate
        self._database = missiondb.load(settings.missiondb)
        self._topics = Topics(settings.root)
        self._address = BrokerAddress.of(settings)
        self._records = Records(settings.state / "training")
        self._catalogue = catalogue(self._database, clock.now_ns(), MAX_SESSIONS)
        self._book = Book()
        self._sessions: dict[str, Session] = {}
        self._outbox: asyncio.Queue[TrainingChange] = asyncio.Queue(MAX_WAITING)
        self._tasks: set[asyncio.Task[None]] = set()
        self._connection: Connection | None = None
        self._online = False

    async def run(self) -> None:
        for lost in await asyncio.to_thread(self._records.lost, self._clock.now_ns()):
            logger.warning("training %s of %s: %s", lost.id, lost.by, lost.reason)
            self._spawn(self._sweep_when_it_can(lost.root))
        offline = TrainingCatalogue(online=False, since_ns=self._clock.now_ns())
        options = LinkOptions(
            identifier=f"stationwatch-training-{self._topics.root}",
            will=Will(self._topics.training_catalogue, encode(offline)),
        )
        try:
            await stay_connected(self._address, options, self._serve)
        finally:
            await asyncio.shield(self._end_all())

    async def _serve(self, connection: Connection) -> None:
        self._connection = connection
        try:
            filters = [self._topics.every_training_command, self._topics.every(Kind.TRAINING)]
            await connection.subscribe(filters, qos=1)
            for training in self._records.read():
                await self._say(training)
            for session in self._sessions.values():
                await self._hear(session)
                self._spawn(session.read_journal())  # what was missed while the broker was away
            await connection.publish(
                self._topics.training_catalogue, encode(self._catalogue), retain=True
            )
            if not self._online:
                self._online = True
                self._ready()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._answer(connection), name="answers")
                tasks.create_task(self._tell(), name="sessions")
                tasks.create_task(self._receive(connection), name="messages")
        except asyncio.CancelledError:
            await self._end_all()  # while there still is a connection to say so
            raise
        finally:
            self._connection = None

    async def _answer(self, connection: Connection) -> None:
        while True:
            change = await self._outbox.get()
            await connection.publish(self._topics.training_event, encode(change))

    async def _tell(self) -> None:
        """Say how sessions are whenever that has changed."""
        while True:
            for session in list(self._sessions.values()):
                if session.course.changed:
                    session.course.changed = False
                    await self._say(session.course.training)
            await asyncio.sleep(SAY_S)

    async def _say(self, training: Training) -> None:
        await self._publish(self._topics.training(training.id), encode(training), retain=True)

    async def _publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """:raises LinkError: if the broker is away."""
        if self._connection is None:
            raise LinkError("the broker is lost")
        await self._connection.publish(topic, payload, retain=retain)

    async def _receive(self, connection: Connection) -> None:
        while True:
            for message in await connection.receive(_BATCH):
                address = parse(message.topic)
                if address is None or not message.payload:
                    continue
                try:
                    await self._take(address, message)
                except WireError as error:
                    logger.warning("%s: %s", message.topic, error)

    async def _take(self, address: Address, message: Message) -> None:
        if address.root == self._topics.command_root:
            await self._command(address.leaf, message)
        elif address.root == self._topics.root:
            await self._seen(address, message)
        elif session := self._session_of(address.root):
            match address.kind, address.leaf:
                case Kind.META, "clock":
                    session.course.take_clock(wire.decode_clock(message.payload))
                case Kind.EVENT, "alarm":
                    session.course.take(wire.decode_event(message.payload))
                case Kind.EVENT | Kind.META, _:
                    pass
                case _ if address.root == session.topics.command_root:
                    session.course.acted(self._clock.now_ns())

    def _session_of(self, root: str) -> Session | None:
        for session in self._sessions.values():
            if root in (session.topics.root, session.topics.command_root):
                return session
        return None

    async def _seen(self, address: Address, message: Message) -> None:
        """A session at the broker of which there is no record here is nobody's."""
        if address.kind != Kind.TRAINING or message.topic == self._topics.training_catalogue:
            return
        if message.retained and not self._records.has(address.leaf):
            await self._publish(message.topic, b"", retain=True)
            self._spawn(sweep(self._address, self._topics.training_root(address.leaf)))

    # --- commands ---

    async def _command(self, leaf: str, message: Message) -> None:
        payload: bytes | None = None if message.retained else message.payload
        if self._gate is not None and payload is not None:
            now_ns = self._clock.now_ns()
            payload = await asyncio.to_thread(self._gate.admit, message.topic, payload, now_ns)
        if payload is None:
            return
        try:
            verb, command = TrainingVerb(leaf), wire.decode_training_command(payload)
        except ValueError as error:
            logger.warning("training/%s: %s", leaf, error)
            return
        change = None if command.denied else self._book.known(command.id)
        change = change or self._book.answer(verb, command, *await self._do(verb, command))
        with contextlib.suppress(asyncio.QueueFull):
            self._outbox.put_nowait(change)

    async def _do(self, verb: TrainingVerb, command: TrainingCommand) -> tuple[str, str]:
        """Why it is refused, and of which session it is."""
        open_ = {id_: session.course.training for id_, session in self._sessions.items()}
        if refused := refusal(verb, command, open_):
            return refused, command.session
        try:
            if verb is TrainingVerb.CREATE:
                return "", self._create(command)
            session = self._sessions[command.session]
            session.course.acted(self._clock.now_ns())
            if verb is TrainingVerb.END:
                if not session.asked.done():
                    session.asked.set_result(f"ended by {command.by}")
            elif command.fault is not None:
                session.course.want(command.fault, by=command.by, now_ns=self._clock.now_ns())
        except UsageError as error:
            return str(error), command.session
        return "", command.session

    def _create(self, command: TrainingCommand) -> str:
        """:raises UsageError: if it cannot be flown like that."""
        assert command.spec is not None  # noqa: S101 - the book refuses it
        spec, id_ = command.spec, secrets.token_hex(3)
        if spec.scenario not in {one.name for one in self._catalogue.scenarios}:
            raise UsageError(f"there is no scenario {spec.scenario!r}")
        scenario = read(spec.scenario, [f"seed={spec.seed}"], database=self._database)
        training = Training(
            id=id_,
            root=self._topics.training_root(id_),
            by=command.by,
            spec=spec,
            state=TrainingState.STARTING,
            title=scenario.title,
            created_ns=self._clock.now_ns(),
        )
        session = Session(
            course=Course(training, scenario, self._database),
            settings=self._settings,
            database=self._database,
            folder=self._records.open(id_),
            clock=self._clock,
            publish=self._publish,
        )
        self._records.save(session.course.training)
        self._sessions[id_] = session
        self._spawn(self._run(session))
        return id_

    async def _run(self, session: Session) -> None:
        id_ = session.course.training.id
        reason = "an error of ours ended it; the service's log says more"
        try:
            with contextlib.suppress(LinkError):
                await self._hear(session)
            reason = await session.run()
        finally:
            session.course.end(reason, self._clock.now_ns())
            del self._sessions[id_]
            given_up = self._records.save(session.course.training)
            await asyncio.to_thread(self._records.close, id_)
            with contextlib.suppress(LinkError):
                await self._say(session.course.training)
                for other in given_up:
                    await self._publish(self._topics.training(other), b"", retain=True)
                await sweep(self._address, session.topics.root)

    async def _hear(self, session: Session) -> None:
        if self._connection is not None:
            topics = session.topics
            filters = [topics.clock("+"), topics.event("+"), topics.every_command]
            await self._connection.subscribe(filters, qos=1)

    async def _sweep_when_it_can(self, root: str) -> None:
        """The broker may be away when a service starts."""
        while True:
            try:
                await sweep(self._address, root)
            except LinkError:
                await asyncio.sleep(AGAIN_S)
            else:
                return

    def _spawn(self, work: Awaitable[None]) -> None:
        async def watched() -> None:
            try:
                await work
            except Exception:
                # A fault of ours in one session must not end the others.
                logger.exception("training")

        task = asyncio.create_task(watched())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end_all(self) -> None:
        """End every session in order, and say that nothing can be trained now."""
        for session in self._sessions.values():
            if not session.asked.done():
                session.asked.set_result(_STOPPED)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await asyncio.gather(*self._tasks, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        offline = msgspec.structs.replace(self._catalogue, online=False)
        with contextlib.suppress(LinkError):
            await self._publish(self._topics.training_catalogue, encode(offline), retain=True)
