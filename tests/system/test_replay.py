"""`stationwatch replay` with a real broker and ingest, its sessions as processes of their own."""

import asyncio
import os
import re
import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil
import pytest

from ingest.replay.book import MAX_SESSIONS
from telemetry import wire
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, LinkOptions, Message, connect
from telemetry.replay import Replay, ReplaySpec, ReplayState
from telemetry.topics import GROUND, Topics
from tests.eventually import eventually
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import Listener, listening
from tests.system.programs import Program, metric, running
from tests.system.terminal import Said, Terminal

#: 2021-10-15T09:10:00Z.
START_NS = 1_634_289_000 * SECOND_NS
FRAMES = 120
ERROR = "USLAB000022"
#: Between these seconds the attitude error stands above its limits.
FAULT = range(40, 60)
RANGE = ("--from=2021-10-15T09:10:00", "--to=2021-10-15T09:12:00")
NAME = re.compile(r"replay ([0-9a-f]{8}): ")


@dataclass(frozen=True)
class Watch:
    """An ingest that has heard two minutes of one subsystem; `ear` hears all of the live root."""

    terminal: Terminal
    ingest: Program
    port: int
    ear: Listener
    topics: Topics = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "topics", Topics(self.terminal.root))

    async def replay(self, *words: str) -> Said:
        return await self.terminal.run("replay", *words, "--by=Ann")

    async def create(self, *options: str) -> str:
        """Its name; of the whole range and paused, unless said otherwise."""
        said = await self.replay("create", "--paused", *(options or RANGE))
        assert said.code == 0, said.err
        found = NAME.match(said.out)
        assert found is not None, said.out
        return found.group(1)

    def now(self, session: str) -> Replay | None:
        """The session as it was last heard; None if it is withdrawn."""
        payloads = self.ear.payloads(self.topics.replay(session))
        return wire.decode_replay(payloads[-1]) if payloads and payloads[-1] else None

    async def until(self, session: str, state: ReplayState) -> Replay:
        await self.ear.until(lambda: (now := self.now(session)) is not None and now.state is state)
        now = self.now(session)
        assert now is not None
        return now

    def root(self, session: str) -> str:
        return self.topics.replay_root(session)

    async def fence(self, ear: Listener, root: str) -> list[Message]:
        """What came to a listener of that root before now."""
        address, topic = BrokerAddress.parse(self.terminal.url), f"{root}/fence/{uuid.uuid4().hex}"
        async with connect(address, LinkOptions(identifier=topic)) as connection:
            await connection.publish(topic, b"")
        await ear.until(lambda: topic in ear.topics())
        return [message for message in ear.messages if "/fence/" not in message.topic]

    async def retained(self, root: str) -> dict[str, bytes]:
        """What a page that opens now is sent."""
        async with listening(self.terminal.url, root, f"{root}-late") as late:
            return {m.topic: m.payload for m in await self.fence(late, root) if m.retained}


@contextmanager
def ingesting(broker: Mosquitto, root: str, folder: Path, port: int) -> Iterator[Program]:
    with running(
        folder / "ingest.log",
        "ingest",
        f"--broker={broker.url}",
        f"--root={root}",
        f"--state={folder / 'state'}",
        f"--store=duckdb://{folder / 'telemetry.duckdb'}",
        f"--ingest-port={port}",
    ) as program:
        yield program


@pytest.fixture
def ingest(broker: Mosquitto, root: str, tmp_path: Path, free_port: int) -> Iterator[Program]:
    with ingesting(broker, root, tmp_path, free_port) as program:
        yield program


@asynccontextmanager
async def watching(
    broker: Mosquitto, root: str, ingest: Program, port: int
) -> AsyncIterator[Watch]:
    async with listening(broker.url, root) as ear:
        watch = Watch(Terminal(broker.url, root), ingest, port, ear)
        await fly(watch)
        yield watch


@pytest.fixture
async def watch(
    broker: Mosquitto, root: str, ingest: Program, free_port: int
) -> AsyncIterator[Watch]:
    async with watching(broker, root, ingest, free_port) as watch:
        yield watch


async def fly(watch: Watch) -> None:
    """Return when all of it is judged, stored and told."""
    topics, address = watch.topics, BrokerAddress.parse(watch.terminal.url)
    async with connect(address, LinkOptions(identifier=f"{topics.root}-station")) as connection:
        clock = StreamClock(
            kind=StreamKind.PLAYED, epoch_ns=START_NS, wall_ns=0, heartbeat=False, run="1"
        )
        await connection.publish(topics.clock("iss"), wire.encode(clock), retain=True)

        async def frames() -> AsyncIterator[tuple[str, bytes]]:
            for n in range(FRAMES):
                yield topics.frame("iss", "adcs"), wire.encode_frame(frame(n))

        await connection.publish_many(frames(), lambda: None)
    await watch.ear.until(lambda: len(journal(watch.ear, topics)) >= 2)

    async def unread() -> float:
        names = ("spool_unread_processor", "spool_unread_writer", "journal_unpublished")
        return sum(metric(watch.port, name) for name in names)

    assert await eventually(unread, lambda left: left == 0) == 0


def frame(n: int) -> Frame:
    """The one of a second."""
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=START_NS + n * SECOND_NS,
        received_ns=0,
        sequence=n + 1,
        values={ERROR: 9.0 if n in FAULT else n / 1_000},
    )


def journal(ear: Listener, topics: Topics) -> list[Event]:
    return [wire.decode_event(payload) for payload in ear.payloads(topics.event("iss"))]


def limits(events: list[Event]) -> list[tuple[str, int]]:
    """Without the silence of subsystems that were never heard, which by itself says nothing."""
    return [(e.kind, e.time_ns) for e in events if e.alarm.id == f"{ERROR}.limit"]


def heard(ear: Listener, topics: Topics) -> list[tuple[int, float]]:
    """(sequence, value) of each frame, those repeated too."""
    payloads = ear.payloads(topics.frame("iss", "adcs"))
    bodies = [wire.decode_frame(payload).body for payload in payloads]
    return [(body.seq, body.values[ERROR]) for body in bodies]  # type: ignore[misc]


SAMPLES = [(n + 1, frame(n).values[ERROR]) for n in range(FRAMES)]


async def test_a_session_is_steered_from_a_terminal(watch: Watch) -> None:
    created = await watch.replay("create", "--paused", "--speed=100", *RANGE)
    assert created.code == 0, created.err
    session = NAME.findall(created.out)[0]
    first, judged, *_, look = created.out.splitlines()
    assert first.endswith(
        "PAUSED, as-received, 2021-10-15T09:10:00.000Z to 2021-10-15T09:11:59.000Z, 100x"
    )
    assert judged.startswith("judged by the limits of then, mission database ")
    assert look.startswith(f"look at it: stationwatch console --root replay-{session}")
    topics = Topics(watch.root(session))
    async with listening(watch.terminal.url, topics.root) as ear:
        listed = await watch.replay("list", "--json")
        (shown,) = msgspec.json.decode(listed.out, type=list[Replay])
        assert (shown.id, shown.by, shown.state) == (session, "Ann", ReplayState.PAUSED)
        assert session in (await watch.replay("list")).out

        stepped = await watch.replay("step", session, "3")
        assert stepped.out.startswith(f"replay {session}: PAUSED at 2021-10-15T09:10:02.000Z")
        await ear.until(lambda: len(heard(ear, topics)) >= 3)
        assert heard(ear, topics) == SAMPLES[:3]

        sought = await watch.replay("seek", session, "09:10:50")
        assert "PAUSED at 2021-10-15T09:10:50.000Z" in sought.out
        await ear.until(lambda: len(heard(ear, topics)) >= 4)
        assert heard(ear, topics)[3:] == [SAMPLES[49]], "the newest values, at once"
        standing = [
            wire.decode_alarm(p) for p in ear.payloads(topics.alarm("iss", f"{ERROR}.limit"))
        ]
        assert [alarm.standing for alarm in standing] == [True]

        assert "0.5x" in (await watch.replay("speed", session, "0.5")).out
        assert "PLAYING" in (await watch.replay("play", session)).out
        await ear.until(lambda: len(heard(ear, topics)) >= 5)
        paused = await watch.replay("pause", session)
        assert "PAUSED at 2021-10-15T09:10:5" in paused.out
        back = await watch.replay("seek", session, "09:10:10")
        assert back.code == 0, back.err
        await ear.until(lambda: ear.payloads(topics.alarm("iss", f"{ERROR}.limit"))[-1] == b"")

        assert "as fast as it goes" in (await watch.replay("speed", session, "max")).out
        assert (await watch.replay("play", session)).code == 0
        watched = await watch.replay("watch", session)
        assert watched.code == 0, watched.err
        assert "FINISHED at 2021-10-15T09:11:59.000Z" in watched.out
        again = await watch.replay("play", session)
        assert (again.code, again.err) == (
            1,
            "stationwatch: replay play: refused: it has played to its end: seek back first\n",
        )
        ended = await watch.replay("end", session)
        assert (ended.code, "ENDED" in ended.out) == (0, True)
    assert (await watch.until(session, ReplayState.ENDED)).reason == "ended by Ann"
    assert await watch.retained(topics.root) == {}
    gone = await watch.replay("watch", session)
    assert (gone.code, gone.err) == (
        1,
        f"stationwatch: replay {session} has ended: ended by Ann\n",
    )


async def test_as_fast_as_it_goes_a_subscriber_gets_every_sample_and_the_journal_of_live(
    watch: Watch,
) -> None:
    session = await watch.create("--speed=max", *RANGE)
    topics = Topics(watch.root(session))
    async with listening(watch.terminal.url, topics.root) as ear:
        await watch.replay("play", session)
        replay = await watch.until(session, ReplayState.FINISHED)
        await watch.fence(ear, topics.root)
        assert heard(ear, topics) == SAMPLES
        assert journal(ear, topics) == journal(watch.ear, watch.topics)
        assert len(journal(ear, topics)) == replay.events >= 2


async def test_as_it_happened_plays_what_is_stored(watch: Watch) -> None:
    session = await watch.create("--speed=max", "--order=as-happened", *RANGE)
    topics = Topics(watch.root(session))
    async with listening(watch.terminal.url, topics.root) as ear:
        await watch.replay("play", session)
        await watch.until(session, ReplayState.FINISHED)
        await watch.fence(ear, topics.root)
        assert heard(ear, topics) == SAMPLES
        assert limits(journal(ear, topics)) == limits(journal(watch.ear, watch.topics))


async def test_a_clock_of_its_own_says_that_it_is_a_replay(watch: Watch) -> None:
    session = await watch.create("--speed=100", "--at=09:10:30", *RANGE)
    topics = Topics(watch.root(session))

    async def clock() -> StreamClock:
        return wire.decode_clock((await watch.retained(topics.root))[topics.clock("iss")])

    stands = await clock()
    assert (stands.kind, stands.rate) == (StreamKind.REPLAYED, 0.0)
    assert stands.epoch_ns == START_NS + 30 * SECOND_NS
    assert stands.label == f"replay {session}, as received, of 2021-10-15T09:10:00.000Z"
    await watch.replay("speed", session, "0.1")
    await watch.replay("play", session)
    goes = await clock()
    assert goes.rate == pytest.approx(0.1)
    assert goes.run == stands.run
    assert stands.epoch_ns <= goes.epoch_ns < stands.epoch_ns + 10 * SECOND_NS
    await watch.replay("seek", session, "09:10:30")
    assert (await clock()).run != goes.run


async def test_two_operators_on_two_replays_never_see_each_others(watch: Watch) -> None:
    one, other = await asyncio.gather(watch.create("--speed=max", *RANGE), watch.create())
    before = list(watch.ear.messages)
    async with (
        listening(watch.terminal.url, watch.root(one)) as ear,
        listening(watch.terminal.url, watch.root(other)) as stranger,
    ):
        retained = await watch.fence(stranger, watch.root(other))
        await watch.replay("play", one)
        await watch.until(one, ReplayState.FINISHED)
        await watch.fence(ear, watch.root(one))
        assert len(heard(ear, Topics(watch.root(one)))) == FRAMES
        await watch.replay("end", one)
        await watch.until(one, ReplayState.ENDED)
        assert await watch.fence(stranger, watch.root(other)) == retained
        topics = Topics(watch.root(other))
        await watch.replay("step", other)
        await stranger.until(lambda: heard(stranger, topics) == SAMPLES[:1])
    live = [message for message in watch.ear.messages[len(before) :] if "/iss/" in message.topic]
    assert live == [], "nothing of a replay is live"


async def test_when_ingest_is_killed_its_replays_end_and_say_so_and_live_goes_on(
    watch: Watch,
) -> None:
    session = await watch.create("--speed=0.1", *RANGE)
    await watch.replay("play", session)
    await watch.until(session, ReplayState.PLAYING)
    watch.ingest.kill()
    ended = await watch.until(session, ReplayState.ENDED)
    assert ended.reason == "ingest, which it belonged to, has ended"
    assert await watch.retained(watch.root(session)) == {}

    again = Program(watch.ingest.log, *watch.ingest.arguments)
    watch.ingest.process = again.process
    await asyncio.to_thread(watch.ingest.await_ready)
    count = len(journal(watch.ear, watch.topics))
    await fly(watch)  # the same again, as a live station would go on
    assert len(journal(watch.ear, watch.topics)) >= count
    refused = await watch.replay("pause", session)
    assert f"no replay '{session}'; there are: none" in refused.err


async def test_when_its_process_is_killed_a_replay_is_over_and_leaves_nothing(
    watch: Watch,
) -> None:
    session = await watch.create()
    assert await watch.retained(watch.root(session)) != {}
    (worker,) = psutil.Process(watch.ingest.process.pid).children()
    os.kill(worker.pid, signal.SIGKILL)
    ended = await watch.until(session, ReplayState.ENDED)
    assert ended.reason == "its process was lost"

    async def left() -> dict[str, bytes]:
        return await watch.retained(watch.root(session))

    assert await eventually(left, lambda found: not found) == {}
    assert len(await open_sessions(watch)) == 0


async def test_when_the_broker_is_lost_its_replays_are_over_and_say_so(
    frail_broker: Mosquitto, root: str, tmp_path: Path, free_port: int
) -> None:
    with ingesting(frail_broker, root, tmp_path, free_port) as program:
        async with watching(frail_broker, root, program, free_port) as watch:
            session = await watch.create()
            frail_broker.save()  # or it would not know that there was one
            frail_broker.kill()
            frail_broker.start()
            ended = await watch.until(session, ReplayState.ENDED)
            assert ended.reason == "it was lost with its ingest or its broker"
            assert await open_sessions(watch) == []
            await watch.create()


async def open_sessions(watch: Watch) -> list[Replay]:
    said = await watch.replay("list", "--json")
    listed = msgspec.json.decode(said.out, type=list[Replay])
    return [one for one in listed if one.state is not ReplayState.ENDED]


async def test_what_a_former_ingest_left_on_the_broker_is_ended(
    broker: Mosquitto, root: str, ingest: Program
) -> None:
    topics, lost = Topics(root), Topics("replay-0badc0de")
    left = Replay(
        id="0badc0de",
        root=lost.root,
        by="Ann",
        spec=ReplaySpec(),
        state=ReplayState.PLAYING,
        start_ns=1,
        stop_ns=2,
        position_ns=1,
        speed=1.0,
        created_ns=1,
    )
    async with (
        listening(broker.url, root) as ear,
        connect(BrokerAddress.parse(broker.url), LinkOptions(identifier=f"{root}-was")) as was,
    ):
        clock = StreamClock(kind=StreamKind.REPLAYED, epoch_ns=1, wall_ns=1)
        await was.publish(lost.clock("iss"), wire.encode(clock), retain=True)
        async with listening(broker.url, lost.root) as swept:
            await was.publish(topics.replay(left.id), wire.encode(left), retain=True)
            await swept.until(lambda: swept.payloads(lost.clock("iss"))[-1:] == [b""])
        said = [wire.decode_replay(one) for one in ear.payloads(topics.replay(left.id))]
        assert said[-1].state is ReplayState.ENDED
        assert said[-1].reason == "it was lost with its ingest or its broker"


async def test_what_cannot_be_done_is_one_line_that_says_why(watch: Watch) -> None:
    nowhen = ("create", "--from=2021-10-15T10:00", "--to=2021-10-15T11:00")
    hour = "2021-10-15T10:00:00.000Z and 2021-10-15T11:00:00.000Z"
    wrong: list[tuple[int, tuple[str, ...], str]] = [
        (1, ("pause", "nosuch"), "replay pause: refused: no replay 'nosuch'; there are: none"),
        (2, ("watch", "nosuch"), "no replay 'nosuch'; there are: none"),
        (1, nowhen, f"nothing was received between {hour}"),
        (1, (*nowhen, "--order=as-happened"), f"nothing is stored between {hour}"),
        (2, ("create", "--from=2021-10-15", "--to=2021-10-14"), "is not after --from 2021-10-15"),
        (1, ("create", "--recording=ms81"), "no recording 'ms81'; there are: none"),
        (1, ("create", *RANGE, "--at=09:13"), "is not between 2021-10-15T09:10:00.000Z and"),
    ]
    for code, words, says in wrong:
        said = await watch.replay(*words)
        (line,) = said.err.splitlines()
        assert (said.code, said.out, says in line) == (code, "", True), line
        assert line.startswith("stationwatch: ")


async def test_what_cannot_be_done_to_a_session_is_told_and_leaves_it_as_it_was(
    watch: Watch,
) -> None:
    session = await watch.create()
    outside = await watch.replay("seek", session, "2021-10-15T09:20")
    assert outside.err == (
        "stationwatch: replay seek: refused: 2021-10-15T09:20:00.000Z is outside: it goes from "
        "2021-10-15T09:10:00.000Z to 2021-10-15T09:11:59.000Z\n"
    )
    await watch.replay("speed", session, "0.1")
    await watch.replay("play", session)
    assert "refused: pause it first" in (await watch.replay("step", session)).err
    now = watch.now(session)
    assert now is not None
    assert now.state is ReplayState.PLAYING


@pytest.mark.timeout(240)
async def test_there_is_a_most_of_sessions(watch: Watch) -> None:
    sessions = await asyncio.gather(*(watch.create() for _ in range(MAX_SESSIONS)))
    more = await watch.replay("create", *RANGE)
    assert "8 replays are open, as many as may be; end one of: " in more.err
    assert (await watch.replay("end", sessions[0])).code == 0
    assert await watch.create() not in sessions
    assert metric(watch.port, "replays_open") in (-1.0, 8.0)


async def test_without_ingest_one_line_says_what_to_look_at(broker: Mosquitto, root: str) -> None:
    said = await Terminal(broker.url, root).run("replay", "create", *RANGE)
    (line,) = said.err.splitlines()
    assert (said.code, said.out) == (3, "")
    assert line.endswith(f"no answer within 10 s: is ingest running under root {root}?")
    assert GROUND not in line
