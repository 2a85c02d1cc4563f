"""A scenario flown live: simulated, published, and told to whoever watches the terminal. I/O."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from access.access import Sealer, opened
from access.gate import PROMPT_NS
from simulators.publishing.inject import listen
from simulators.publishing.pace import StreamTime, first_to_end
from simulators.publishing.plan import Announcement, Schedules, announcements, contacts
from simulators.publishing.publisher import MAX_RATE, Publisher, announce_clock
from simulators.scenarios.actions import Action
from simulators.scenarios.scenario import Scenario
from simulators.simulation import Simulation
from telemetry.clock import MAX_LABEL, SECOND_NS, Clock, StreamKind, SystemClock, utc
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.link import BrokerAddress
from telemetry.missiondb import MissionDatabase
from telemetry.settings import Settings
from telemetry.topics import Topics

#: The simulated time that is caught up at once on the way to where the run is joined.
_SKIP_NS: Final = 60 * SECOND_NS
_STATUS_S: Final = 0.5
#: At full speed, frames that may wait for the broker.
_CAPACITY: Final = 2_000

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Status:
    """What the status line says.

    note: the last thing that was asked for by message, and what came of it.
    """

    scenario: str
    speed: str
    time_ns: int = 0
    mode: str = ""
    sent: int = 0
    waiting: int = 0
    online: bool = False
    note: str = ""

    def line(self) -> str:
        link = f"{self.sent:,} frames sent"
        if not self.online:
            link = f"waiting for the broker, {self.waiting:,} frames kept"
        parts = (
            self.scenario,
            utc(self.time_ns)[:19] + "Z",
            self.speed,
            self.mode,
            link,
            self.note,
        )
        return " | ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """A simulation and who publishes its frames.

    end_ns: where to stop; None for when stopped. hasty: as fast as the broker takes it.
    schedules: contact schedules as the publishers have told them.
    """

    simulation: Simulation
    publishers: Mapping[str, Publisher]
    topics: Topics
    schedules: Schedules
    stream: StreamTime
    end_ns: int | None
    hasty: bool
    status: Status = field(repr=False)

    async def fly(self) -> None:
        """Until the end; returns when the broker has everything."""
        while self.end_ns is None or self.simulation.next_ns < self.end_ns:
            time_ns = self.simulation.next_ns
            if not self.hasty:
                await self.stream.reach(time_ns)
            frames = self.simulation.step(time_ns)
            if self.schedules.due(time_ns):
                await self._tell_contacts(time_ns)
            await self._publish(frames)
            self.status.time_ns = time_ns
        for publisher in self.publishers.values():
            await publisher.ring.drained()

    async def _tell_contacts(self, time_ns: int) -> None:
        self.schedules.told(time_ns)
        for spacecraft, publisher in self.publishers.items():
            # some tenths of a second of geometry; the link must not wait for it
            said = await asyncio.to_thread(
                contacts, self.simulation, self.topics, spacecraft, time_ns
            )
            publisher.announce(said)

    async def _publish(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            if self.hasty:
                await self.publishers[frame.spacecraft].put(frame)
            else:
                self.publishers[frame.spacecraft].push(frame)
        if self.hasty:
            await asyncio.sleep(0)

    def apply(self, action: Action) -> None:
        """Have an action done now."""
        words = type(action).__struct_config__.tag

        def refused(error: UsageError) -> None:
            self.status.note = f"refused: {words}: {error}"
            logger.warning("injected %s refused: %s", words, error)

        self.status.note = f"injected: {words}"
        self.simulation.apply(action, refused)

    def look(self) -> str:
        """The status line as things are."""
        rings = [publisher.ring for publisher in self.publishers.values()]
        status = self.status
        status.mode = self.simulation.mode
        status.sent = sum(ring.acknowledged for ring in rings)
        status.waiting = sum(map(len, rings))
        status.online = all(each.online.is_set() for each in self.publishers.values())
        return status.line()


async def run_live(
    settings: Settings,
    scenario: Scenario,
    database: MissionDatabase,
    spacecraft: Sequence[str],
    *,
    start_ns: int,
    end_ns: int | None,
    speed: float | None,
    ready: Callable[[], None],
    wall: Clock | None = None,
    console: Console | None = None,
) -> None:
    """Publish a scenario from a time on, until its end or until cancelled.

    speed: simulated seconds a second; None for as fast as the broker takes it. ready: is called
    when first frames are published. end_ns: None flies on for as long as nobody stops it.
    :raises UsageError: for a spacecraft there is no simulator of, or a speed that is none.
    :raises PublisherConflict, LinkRefused: as `Publisher.run`.
    """
    wall = wall or SystemClock()
    console = console or Console(stderr=True)
    rate = MAX_RATE if speed is None else speed
    announce_clock(StreamKind.SIMULATED, start_ns, rate, wall)  # a wrong speed is told at once
    address = BrokerAddress.of(settings)
    topics = Topics(settings.root)
    simulation = Simulation(scenario, database, spacecraft=spacecraft)
    await _catch_up(simulation, start_ns)
    label = scenario.tag[:MAX_LABEL]
    clock = announce_clock(StreamKind.SIMULATED, start_ns, rate, wall, label=label)
    publishers = {
        each: Publisher(
            address,
            topics,
            database.spacecraft[each],
            clock,
            name="simulator",
            version=database.version,
            wall=wall,
            announced=_announced(announcements(simulation, topics, each), settings, wall.now_ns()),
            **({"capacity": _CAPACITY} if speed is None else {}),
        )
        for each in dict.fromkeys(spacecraft)
        if each != "soyuz" or scenario.flag("soyuz_telemetry")
    }
    flight = Flight(
        simulation=simulation,
        publishers=publishers,
        topics=topics,
        schedules=Schedules(simulation, scenario.start_ns),
        stream=StreamTime(clock, wall),
        end_ns=end_ns,
        hasty=speed is None,
        status=Status(scenario.tag, "full speed" if speed is None else f"{speed:g}x", start_ns),
    )
    instance = next(iter(publishers.values())).instance
    with opened(settings) as access:
        await first_to_end(
            *(publisher.run() for publisher in publishers.values()),
            listen(
                address,
                topics,
                database,
                flight.apply,
                identifier=f"{topics.root}-sim-{instance}",
                gate=access.gate("simulators", PROMPT_NS) if access else None,
                clock=wall,
            ),
            _show(flight, console),
            _tell_when_published(list(publishers.values()), ready),
            flight.fly(),
        )


def _announced(said: Sequence[Announcement], settings: Settings, now_ns: int) -> list[Announcement]:
    """What of it may be said: a plan is asked for, and where there are users only by who signs."""
    seal = Sealer.of(settings)
    if settings.access is not None and not seal.signer:
        told = [one for one in said if one.retain]
        if told != list(said):
            logger.warning("the plan is not announced: that takes STATIONWATCH_COMMAND_KEY")
        return told
    return [
        one if one.retain else replace(one, payload=seal(one.topic, one.payload, now_ns))
        for one in said
    ]


async def _catch_up(simulation: Simulation, start_ns: int) -> None:
    while simulation.next_ns < start_ns:
        simulation.skip(min(simulation.next_ns + _SKIP_NS, start_ns))
        await asyncio.sleep(0)


async def _tell_when_published(publishers: Sequence[Publisher], ready: Callable[[], None]) -> None:
    """All are on line, and one has published: the others may have no contact to the ground yet."""
    for publisher in publishers:
        await publisher.online.wait()
    begun = [asyncio.ensure_future(publisher.ring.begun.wait()) for publisher in publishers]
    try:
        await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in begun:
            task.cancel()
    ready()
    await asyncio.Event().wait()  # to return would end the others


async def _show(flight: Flight, console: Console) -> None:
    """The status line, where there is a terminal to show it."""
    if not console.is_terminal:
        await asyncio.Event().wait()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            live.update(Text(flight.look(), no_wrap=True, overflow="ellipsis"), refresh=True)
            await asyncio.sleep(_STATUS_S)
