"""A session does what is asked in order, and ends at once whatever it is doing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import cast

import msgspec
import pytest

from ingest.processor import Processor
from ingest.record import Outgoing
from ingest.replay.order import Answer, Asked
from ingest.replay.session import Over, Session
from ingest.replay.source import Pace, Step
from telemetry import wire
from telemetry.clock import SECOND_NS, ManualClock
from telemetry.link import Connection
from telemetry.replay import Replay, ReplayCommand, ReplaySpec, ReplayState, ReplayVerb
from telemetry.topics import Topics
from tests.ingest.replay.test_clocks import ORDER
from tests.small import small_database

START_NS = 1_634_289_000 * SECOND_NS
STOP_NS = START_NS + 100 * SECOND_NS
LIVE, OWN = Topics(), Topics("replay-x")
FRAME = OWN.frame("iss", "adcs")


class Broker:
    """What a session does with its connection: what is retained, and all that was said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bytes]] = []
        self.retained: dict[str, bytes] = {}

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.said.append((topic, payload))
        if retain:
            self.retained[topic] = payload
            if not payload:
                del self.retained[topic]

    async def publish_many(
        self, messages: AsyncIterator[tuple[str, bytes]], on_acknowledged: Callable[[], None]
    ) -> None:
        async for message in messages:
            self.said.append(message)


class Seconds:
    """A source in memory: a frame a second, whose payload is its second."""

    def __init__(self) -> None:
        self.start_ns, self.stop_ns, self.note, self.title = START_NS, STOP_NS, "", "in memory"
        self.processor = Processor(small_database(), OWN)
        self.second, self.lasts_s = 0, 100
        #: A seek waits for this; forever, if it is never set.
        self.ready = asyncio.Event()
        self.ready.set()

    async def seek(self, to_ns: int) -> list[Outgoing]:
        await self.ready.wait()
        self.second = -(-(to_ns - START_NS) // SECOND_NS)
        return [Outgoing(FRAME, b"newest")]

    async def next_ns(self) -> int | None:
        return START_NS + self.second * SECOND_NS if self.second < self.lasts_s else None

    async def step(self) -> Step:
        second, self.second = self.second, self.second + 1
        said = Outgoing(FRAME, str(second).encode())
        return Step(START_NS + second * SECOND_NS, (said,), frame=True)

    def paces(self, at_ns: int) -> Mapping[str, Pace]:
        return {"iss": Pace(at_ns, 1.0, heartbeat=True)}


class Rig:
    def __init__(self, spec: ReplaySpec) -> None:
        self.source, self.broker = Seconds(), Broker()
        self.answers: asyncio.Queue[Answer] = asyncio.Queue()
        self.asked: asyncio.Queue[Asked] = asyncio.Queue()
        self.over: asyncio.Future[Over] = asyncio.get_running_loop().create_future()
        order = msgspec.structs.replace(ORDER, spec=spec)
        self.session = Session(
            order,
            self.source,
            cast(Connection, self.broker),
            ManualClock(START_NS),
            self.answers.put_nowait,
        )
        self.task = asyncio.create_task(self.session.run(self.asked, self.over))

    async def ask(self, verb: ReplayVerb, *, to_s: int = 0, frames: int = 1) -> Answer:
        command = ReplayCommand(
            id=f"{verb}-{to_s}-{frames}",
            by="Ann",
            session="x",
            to_ns=START_NS + to_s * SECOND_NS,
            frames=frames,
            speed=0.0,
        )
        self.asked.put_nowait(Asked(verb=verb, command=command))
        answer = await self.answers.get()
        assert answer.command == command.id
        return answer

    @property
    def now(self) -> Replay:
        return wire.decode_replay(self.broker.retained[LIVE.replay("x")])

    @property
    def frames(self) -> list[bytes]:
        return [payload for topic, payload in self.broker.said if topic == FRAME]


async def rig(**spec: object) -> Rig:
    """A session that was created, paused."""
    rig = Rig(ReplaySpec(paused=True, **spec))  # type: ignore[arg-type]
    assert (await rig.answers.get()).command == "c"
    return rig


async def test_steps_play_so_many_frames_and_a_seek_shows_the_newest() -> None:
    session = await rig()
    await session.ask(ReplayVerb.STEP, frames=3)
    answer = await session.ask(ReplayVerb.SEEK, to_s=50)
    assert answer.replay is not None
    assert answer.replay.position_ns == START_NS + 50 * SECOND_NS
    await session.ask(ReplayVerb.STEP)
    assert session.frames == [b"newest", b"0", b"1", b"2", b"newest", b"50"]
    assert (session.now.state, session.now.frames) == (ReplayState.PAUSED, 4)


async def test_it_plays_to_its_end_and_waits_to_be_sent_back() -> None:
    session = await rig(speed=0.0)
    await session.ask(ReplayVerb.PLAY)
    while session.now.state is not ReplayState.FINISHED:
        await asyncio.sleep(0)
    assert session.frames[1:] == [str(second).encode() for second in range(100)]
    for verb in (ReplayVerb.PLAY, ReplayVerb.STEP):
        refused = (await session.ask(verb)).refused
        assert refused == "it has played to its end: seek back first"
    back = (await session.ask(ReplayVerb.SEEK, to_s=99)).replay
    assert back is not None
    assert back.state is ReplayState.PAUSED


async def test_outside_its_range_it_does_not_go() -> None:
    session = await rig()
    answer = await session.ask(ReplayVerb.SEEK, to_s=101)
    assert answer.refused == (
        "2021-10-15T09:11:41.000Z is outside: it goes from 2021-10-15T09:10:00.000Z to "
        "2021-10-15T09:11:40.000Z"
    )
    assert (await session.ask(ReplayVerb.SEEK, to_s=100)).refused == ""
    assert session.now.state is ReplayState.FINISHED


async def test_its_end_waits_for_nothing_and_leaves_nothing_behind() -> None:
    session = await rig()
    session.source.ready.clear()
    command = ReplayCommand(id="seek", by="Ann", session="x", to_ns=START_NS)
    session.asked.put_nowait(Asked(verb=ReplayVerb.SEEK, command=command))
    while session.now.state is not ReplayState.SEEKING:
        await asyncio.sleep(0)
    session.over.set_result(Over("ended by Bob", "end"))
    over = await session.task
    assert over == Over("ended by Bob", "end")
    await session.session.end(over)
    assert set(session.broker.retained) == {LIVE.replay("x")}
    assert (session.now.state, session.now.reason) == (ReplayState.ENDED, "ended by Bob")
    answer = await session.answers.get()
    assert answer.command == "end"
    assert answer.replay == session.now


async def test_a_session_that_nobody_wants_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.replay.session.IDLE_S", 0.0)
    session = await rig()
    assert (await session.task).reason.startswith("nobody asked anything of it for ")


async def test_a_command_the_session_cannot_take_is_refused() -> None:
    session = await rig()
    assert (await session.ask(ReplayVerb.SPEED)).refused == ""
    command = ReplayCommand(id="s", by="Ann", session="x", speed=0.05)
    session.asked.put_nowait(Asked(verb=ReplayVerb.SPEED, command=command))
    assert (await session.answers.get()).refused == "speed 0.05 is too slow: at least 0.1"
    assert "not asked of a session" in (await session.ask(ReplayVerb.CREATE)).refused
