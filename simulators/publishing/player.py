"""Plays a recording over MQTT as if it were flying now, under a root that is never live. I/O."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from simulators.publishing.pace import StreamTime, first_to_end
from simulators.publishing.publisher import MAX_RATE, Publisher, announce_clock
from telemetry import missiondb
from telemetry.clock import Clock, StreamKind, SystemClock
from telemetry.errors import UsageError
from telemetry.isslive import Recording, frames, read_recording
from telemetry.link import BrokerAddress
from telemetry.settings import Settings
from telemetry.topics import LIVE_ROOT, PLAY_ROOT, Topics

#: Frames that may wait for the broker: a file can wait too.
_CAPACITY = 2_000
#: At full speed, how many frames between two turns for the others and the progress bar.
_TURN = 100


async def run_player(
    settings: Settings,
    path: Path,
    year: int | None,
    speed: float | None,
    spacecraft: str = "iss",
    *,
    root: str = PLAY_ROOT,
    ready: Callable[[], None] = lambda: None,
    wall: Clock | None = None,
    console: Console | None = None,
) -> Recording:
    """Publish a recording once, in time order; returns what was played once the broker has it.

    speed: seconds of recording a second; None for as fast as the broker takes it. A played stream
    has no heartbeat: real recordings hold what changed, and their silence means nothing.
    ready: called when the first frame is published. console: for progress and findings.
    :raises UsageError: for the live root, an unknown spacecraft or a speed that is none.
    :raises RecordingError: if there is nothing to play.
    :raises PublisherConflict, LinkRefused: as `Publisher.run`.
    """
    if root == LIVE_ROOT:
        raise UsageError(f"a recording is never played as live: use another root than {LIVE_ROOT}")
    topics = Topics(root)
    wall = wall or SystemClock()
    console = console or Console(stderr=True)
    rate = MAX_RATE if speed is None else speed
    announce_clock(StreamKind.PLAYED, 0, rate, wall)  # a wrong speed is told before the reading
    database = missiondb.load(settings.missiondb)
    if spacecraft not in database.spacecraft:
        known = ", ".join(database.spacecraft)
        raise UsageError(f"no spacecraft {spacecraft!r} in the mission database; it has {known}")
    recording = await asyncio.to_thread(read_recording, path, year, database, spacecraft)
    clock = announce_clock(StreamKind.PLAYED, recording.start_ns, rate, wall, heartbeat=False)
    publisher = Publisher(
        BrokerAddress.of(settings),
        topics,
        database.spacecraft[spacecraft],
        clock,
        name="player",
        version=database.version,
        wall=wall,
        capacity=_CAPACITY,
    )
    stream = None if speed is None else StreamTime(clock, wall)
    progress = Progress(
        TextColumn(f"{path.name} as {root}/{spacecraft}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with progress:
        await first_to_end(
            publisher.run(),
            _feed(recording, publisher, stream, progress, ready),
        )
    for line in recording.summary():
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return recording


async def _feed(
    recording: Recording,
    publisher: Publisher,
    stream: StreamTime | None,
    progress: Progress,
    ready: Callable[[], None],
) -> None:
    start_ns = recording.start_ns
    task = progress.add_task("play", total=recording.end_ns - start_ns + 1)
    told = False
    for number, frame in enumerate(frames(recording)):
        if stream is not None:
            await stream.reach(frame.time_ns)
        await publisher.put(frame)
        if number % _TURN == 0:
            progress.update(task, completed=frame.time_ns - start_ns)
            await asyncio.sleep(0)
        if not told and publisher.ring.begun.is_set():
            told = True
            ready()
    await publisher.ring.drained()
    if not told:
        ready()
