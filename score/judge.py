"""Telemetry judged as in life: frames, ticks and the announced plan go into ingest's processor.

What a live simulation announces (its clock, its activities, its contact schedule) is announced
here too, at the start. Ticks come once a second of stream time. No I/O.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ingest.processor import Processor
from ingest.record import TICK, Record
from simulators.publishing.plan import announcements
from simulators.scenarios.scenario import Scenario
from simulators.simulation import Simulation
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.topics import Topics
from telemetry.wire import encode, encode_frame

BOTH: Final = ("iss", "soyuz")
_TOPICS: Final = Topics()


class Judge:
    """The processor of one stream. Times given to it must not decrease.

    simulation: what announces itself, as it is before it flies. spacecraft: those that said they
    would send, and whose silence therefore counts.
    """

    def __init__(
        self,
        simulation: Simulation,
        database: MissionDatabase,
        spacecraft: Iterable[str] = BOTH,
        *,
        topics: Topics = _TOPICS,
    ) -> None:
        self._processor = Processor(database, topics)
        self._topics = topics
        self._n = 0
        self._ticked_ns = simulation.scenario.start_ns
        self._early = list(self._announce(simulation, _speaking(simulation.scenario, spacecraft)))

    def until(self, time_ns: int) -> Iterator[Event]:
        """Let time pass up to and at a time."""
        yield from self._early
        self._early = []
        while time_ns >= self._ticked_ns + SECOND_NS:
            self._ticked_ns += SECOND_NS
            yield from self._process(self._ticked_ns, TICK, b"")

    def take(self, frame: Frame) -> Iterator[Event]:
        """A frame arrives."""
        yield from self.until(frame.received_ns)
        topic = self._topics.frame(frame.spacecraft, frame.subsystem)
        yield from self._process(frame.received_ns, topic, encode_frame(frame))

    def _announce(self, simulation: Simulation, spacecraft: Iterable[str]) -> Iterator[Event]:
        start_ns = simulation.scenario.start_ns
        clock = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=start_ns, wall_ns=start_ns, run="1")
        for each in spacecraft:
            yield from self._process(start_ns, self._topics.clock(each), encode(clock))
            for said in announcements(simulation, self._topics, each):
                yield from self._process(start_ns, said.topic, said.payload)

    def _process(self, received_ns: int, topic: str, payload: bytes) -> tuple[Event, ...]:
        self._n += 1
        return self._processor.process(Record(self._n, received_ns, topic, payload)).events


def _speaking(scenario: Scenario, spacecraft: Iterable[str]) -> list[str]:
    """Those that have a publisher: a Soyuz that is not received has none."""
    return [each for each in spacecraft if each != "soyuz" or scenario.flag("soyuz_telemetry")]


def journal(
    scenario: Scenario,
    database: MissionDatabase,
    frames: Iterable[Frame],
    spacecraft: Sequence[str] = BOTH,
) -> Iterator[Event]:
    """The alarm journal of frames in the order they arrived, as ingest would write it."""
    simulation = Simulation(scenario, database, spacecraft=spacecraft)
    judge = Judge(simulation, database, spacecraft)
    for frame in frames:
        yield from judge.take(frame)


def flight(
    scenario: Scenario,
    database: MissionDatabase,
    until_ns: int,
    spacecraft: Sequence[str] = BOTH,
) -> Iterator[Event]:
    """The journal of a scenario flown up to a time; no more of it is held than one step."""
    simulation = Simulation(scenario, database, spacecraft=spacecraft)
    judge = Judge(simulation, database, spacecraft)
    while (time_ns := simulation.next_ns) <= until_ns:
        for frame in simulation.step(time_ns):
            yield from judge.take(frame)
        yield from judge.until(time_ns)
