"""A replay session at work: plays a source on time, does what is asked, says where it is. I/O."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ingest.record import Outgoing
from ingest.replay.ahead import Ahead
from ingest.replay.clocks import Clocks
from ingest.replay.order import Answer, Asked, Order
from ingest.replay.source import Source
from ingest.replay.transport import Transport
from ingest.replay.voice import Voice
from telemetry.clock import Clock, utc
from telemetry.link import Connection
from telemetry.replay import (
    AS_FAST_AS_IT_GOES,
    MIN_SPEED,
    Replay,
    ReplayState,
    ReplayVerb,
)
from telemetry.topics import Kind, Topics, parse
from telemetry.wire import encode

_T = TypeVar("_T")

#: Where it is, is told so often while it plays.
TELL_S: Final = 1.0
#: Nothing is begun so shortly before an item is due.
SPARE_S: Final = 0.02
#: Items played before commands have their turn.
BATCH: Final = 200
#: A session nobody asks anything of for so long is ended; they are few.
IDLE_S: Final = 8 * 3600.0
_AT_END: Final = "it has played to its end: seek back first"


@dataclass(frozen=True, slots=True)
class Over:
    """Why it ended; `command` if one asked for it."""

    reason: str
    command: str = ""


class Session:
    """answer: tells ingest. Stream times are those of the source."""

    def __init__(
        self,
        order: Order,
        source: Source,
        connection: Connection,
        clock: Clock,
        answer: Callable[[Answer], None],
    ) -> None:
        self._order, self._source = order, Ahead(source)
        self._voice, self._clock, self._answer = Voice(connection), clock, answer
        self._live, self._own = Topics(order.root), Topics(session_root(order))
        spec = order.spec
        self._transport = Transport(
            source.start_ns, spec.speed, skip_gaps=spec.gaps.value == "skip"
        )
        self._state = ReplayState.SEEKING
        self._frames = self._events = self._seeks = 0
        self._clocks = Clocks(order, self._own, self._source, self._transport)
        self._told_s = self._asked_s = self._now_s()

    async def run(self, asked: "asyncio.Queue[Asked]", over: "asyncio.Future[Over]") -> Over:
        """Play until it is over, which nothing that is being done may delay; why it is."""
        work: asyncio.Task[Over] = asyncio.create_task(self._work(asked))
        await asyncio.wait((work, over), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return over.result()

    async def _work(self, asked: "asyncio.Queue[Asked]") -> Over:
        spec = self._order.spec
        await self._seek(spec.at_ns or self._source.start_ns)
        if not spec.paused:
            self._transport.play(self._now_s())
        await self._moved()
        self._answer(Answer(command=self._order.command, replay=self.replay()))
        while self._now_s() < self._asked_s + IDLE_S or self._transport.playing:
            await self._turn(asked)
        return Over(f"nobody asked anything of it for {IDLE_S / 3600:g} hours")

    def replay(self, reason: str = "") -> Replay:
        order, source, transport = self._order, self._source, self._transport
        return Replay(
            id=order.session,
            root=self._own.root,
            by=order.by,
            spec=order.spec,
            state=ReplayState.ENDED if reason else self._state,
            start_ns=source.start_ns,
            stop_ns=source.stop_ns,
            position_ns=transport.reached_ns(self._now_s()),
            speed=transport.speed,
            created_ns=order.created_ns,
            missiondb=source.processor.missiondb,
            frames=self._frames,
            events=self._events,
            note=source.note,
            reason=reason,
        )

    async def end(self, over: Over) -> None:
        """Withdraw everything, and say that it is over and why."""
        told = self._live.replay(self._order.session)
        await self._voice.withdraw(topic for topic in self._voice.retained if topic != told)
        await self._tell(over.reason)
        if over.command:
            self._answer(Answer(command=over.command, replay=self.replay(over.reason)))

    # --- playing ---

    async def _turn(self, asked: "asyncio.Queue[Asked]") -> None:
        next_ns = await self._source.next_ns()
        if next_ns is None and self._transport.playing:
            self._transport.pause(self._now_s())
            self._asked_s = self._now_s()
            await self._moved()
        wait_s = None if next_ns is None else self._transport.wait_s(next_ns, self._now_s())
        if self._clocks.due(self._now_s()):
            await self._announce()
        if wait_s == 0.0 and asked.empty():
            await self._play()
        elif wait_s is None:
            await self._listen(asked, None)
        else:
            due_s = self._now_s() + wait_s
            await self._prepare(asked, due_s)
            await self._listen(asked, due_s)
        if self._transport.playing and self._now_s() >= self._told_s + TELL_S:
            await self._tell()

    async def _prepare(self, asked: "asyncio.Queue[Asked]", due_s: float) -> None:
        """Work out what comes next while there is time."""
        while self._now_s() < due_s - SPARE_S and asked.empty():
            if not await self._source.prepare():
                break

    async def _listen(self, asked: "asyncio.Queue[Asked]", due_s: float | None) -> None:
        """Wait for what is asked, no longer than until the next item is due."""
        idle_s, tell_s = self._asked_s + IDLE_S, self._now_s() + TELL_S
        try:
            async with asyncio.timeout_at(idle_s if due_s is None else min(due_s, tell_s)):
                one = await asked.get()
        except TimeoutError:
            return
        self._asked_s = self._now_s()
        refused = await self._obey(one)
        self._answer(Answer(command=one.command.id, refused=refused, replay=self.replay()))

    async def _play(self, most: int = BATCH) -> int:
        """Play what is due, at most so many frames; how many there were."""
        messages: list[Outgoing] = []
        frames = 0
        while frames < most and len(messages) < 5 * BATCH:
            next_ns = await self._source.next_ns()
            if next_ns is None:
                break
            if self._transport.playing and self._transport.wait_s(next_ns, self._now_s()):
                break
            step = await self._source.step()
            self._transport.played(step.time_ns)
            messages += step.messages
            frames += step.frame
            self._events += step.events
        self._frames += frames
        if self._clocks.due(self._now_s()):
            await self._announce()  # before a spacecraft's first frame
        await self._voice.say(messages)
        return frames

    # --- what is asked ---

    async def _obey(self, asked: Asked) -> str:
        """Do it; why it was not done."""
        match asked.verb:
            case ReplayVerb.PLAY:
                refused = await self._resume()
            case ReplayVerb.PAUSE:
                refused = ""
                self._transport.pause(self._now_s())
            case ReplayVerb.SPEED:
                refused = self._set_speed(asked.command.speed)
            case ReplayVerb.SEEK:
                refused = await self._go_to(asked.command.to_ns)
            case ReplayVerb.STEP:
                refused = await self._step(asked.command.frames)
            case _:
                refused = f"{asked.verb} is not asked of a session that plays"
        if not refused:
            await self._moved()
        return refused

    async def _resume(self) -> str:
        if await self._source.next_ns() is None:
            return _AT_END
        self._transport.play(self._now_s())
        return ""

    def _set_speed(self, speed: float) -> str:
        if speed != AS_FAST_AS_IT_GOES and speed < MIN_SPEED:
            return f"speed {speed:g} is too slow: at least {MIN_SPEED:g}"
        self._transport.set_speed(speed, self._now_s())
        return ""

    async def _go_to(self, to_ns: int) -> str:
        start_ns, stop_ns = self._source.start_ns, self._source.stop_ns
        if not start_ns <= to_ns <= stop_ns:
            return f"{utc(to_ns)} is outside: it goes from {utc(start_ns)} to {utc(stop_ns)}"
        await self._seek(to_ns)
        return ""

    async def _step(self, frames: int) -> str:
        if self._transport.playing:
            return "pause it first"
        if await self._source.next_ns() is None:
            return _AT_END
        while frames > 0 and await self._source.next_ns() is not None:
            frames -= await self._play(frames)
        return ""

    async def _seek(self, to_ns: int) -> None:
        self._state = ReplayState.SEEKING
        await self._tell()
        newest = await self._telling(self._source.seek(to_ns))
        self._seeks += 1
        self._transport.seek(to_ns, self._now_s())
        await self._announce()  # first: a page forgets what it knew of another run
        standing = [
            Outgoing(*one, retain=True) for one in self._source.processor.retained().items()
        ]
        kept = {one.topic for one in (*standing, *newest)}
        gone = [t for t in self._voice.retained if t not in kept and not self._is_about_it(t)]
        await self._voice.withdraw(gone)
        await self._voice.say([*standing, *newest])

    async def _telling(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do long work; say meanwhile that the session is still there."""
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait([task], timeout=TELL_S))[0]:
                await self._tell()
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # --- what is told ---

    async def _moved(self) -> None:
        """It plays, stands, or goes at another speed."""
        if self._transport.playing:
            self._state = ReplayState.PLAYING
        elif await self._source.next_ns() is None:
            self._state = ReplayState.FINISHED
        else:
            self._state = ReplayState.PAUSED
        await self._announce()
        await self._tell()

    async def _tell(self, reason: str = "") -> None:
        self._told_s = self._now_s()
        topic = self._live.replay(self._order.session)
        await self._voice.say([Outgoing(topic, encode(self.replay(reason)), retain=True)])

    async def _announce(self) -> None:
        run = f"{self._order.session}-{self._seeks}"
        await self._voice.say(self._clocks.messages(run, self._clock.now_ns(), self._now_s()))

    def _is_about_it(self, topic: str) -> bool:
        """Whether a topic is about the session, and not of what it plays."""
        address = parse(topic)
        return address is not None and (
            (address.kind, address.leaf) in {(Kind.META, "clock"), (Kind.STATUS, "link")}
            or topic == self._live.replay(self._order.session)
        )

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


def session_root(order: Order) -> str:
    return Topics(order.root).replay_root(order.session)
