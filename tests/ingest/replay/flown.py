"""A small flight: what was received, what live said of each record, and where that is archived."""

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final, Self

from ingest.archive import Archive, Checkpoint
from ingest.processor import Processor
from ingest.record import TICK, Record
from ingest.segment import pack
from ingest.stream_time import StreamState
from telemetry import wire
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.contact import ContactSchedule
from telemetry.frame import Frame
from telemetry.limit import Limits
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value
from telemetry.topics import Topics, Verb
from tests.small import small_database


def _indifferent(database: MissionDatabase) -> MissionDatabase:
    """The same, but nobody minds the attitude error."""
    iss = database.spacecraft["iss"]
    adcs = iss.subsystems["adcs"]
    error = replace(adcs.parameters["ERR"], limits=Limits())
    adcs = replace(adcs, parameters={**adcs.parameters, "ERR": error})
    iss = replace(iss, subsystems={**iss.subsystems, "adcs": adcs})
    return replace(database, spacecraft={**database.spacecraft, "iss": iss}, version="new")


START_NS: Final = 1_634_289_000 * SECOND_NS
#: When it was flown, on the wall clock.
WALL_NS: Final = 1_795_000_000 * SECOND_NS
LASTS_S: Final = 110
#: Nothing is heard then; ticks go on.
SILENCE: Final = range(70, 85)
#: Ingest begins anew after this second.
RESTART_S: Final = 55
SPACECRAFT: Final = ("iss", "soyuz")
LIVE: Final = Topics()
OLD: Final = small_database()
NEW: Final = _indifferent(OLD)


def at(second: float) -> int:
    return START_NS + round(second * SECOND_NS)


class Kept(Archive):
    """An archive whose mission databases are those of the test."""

    def missiondb(self, version: str) -> MissionDatabase:
        return {OLD.version: OLD, NEW.version: NEW}[version]


@dataclass
class Flown:
    """said: the events of each record, by its number."""

    records: list[Record] = field(default_factory=list)
    said: dict[int, tuple[Event, ...]] = field(default_factory=dict)
    checkpoints: list[Checkpoint] = field(default_factory=list)

    def of(self, first_n: int, last_n: int) -> list[Event]:
        return [event for n in range(first_n, last_n + 1) for event in self.said[n]]

    def archive(self, folder: Path) -> Kept:
        archive, state = Kept.open(folder), StreamState()
        for i in range(0, len(self.records), 40):
            packed = pack(self.records[i : i + 40], state)
            archive.append(packed)
            state = packed.after
        for checkpoint in self.checkpoints:
            archive.put_checkpoint(checkpoint)
        return archive


class Flight:
    """Flies it, with an operator and, in the middle, another mission database."""

    def __init__(self, after: MissionDatabase) -> None:
        self.flown = Flown()
        self._after = after
        self._processor = Processor(OLD, LIVE)
        self._sequence = 0

    def fly(self) -> Self:
        self._keep(OLD.version, restart=True)
        for craft in SPACECRAFT:
            clock = StreamClock(
                kind=StreamKind.SIMULATED, epoch_ns=START_NS, wall_ns=WALL_NS, run="1"
            )
            self._take(0, LIVE.clock(craft), wire.encode(clock))
        schedule = ContactSchedule(from_ns=at(0), to_ns=at(1_000), links=(), contacts=())
        self._take(0, LIVE.contacts("iss"), wire.encode(schedule))
        for second in range(LASTS_S):
            if second not in SILENCE:
                self._heard(second)
            if second == 40:
                self._acknowledge(second)
            if second == RESTART_S:
                self._restart()
            elif second % 20 == 10:
                self._keep(self._processor.missiondb)
            self._take(second + 0.5, TICK, b"")
            if second == 45:
                self._take(second + 0.5, "tlm/v1/mars/frame/adcs", b"{}")
        return self

    def _heard(self, second: int) -> None:
        error = 3.5 if 30 <= second < 50 or second >= 95 else 0.1
        self._frame(second, "iss", "adcs", {"ERR": error, "MODE": 2 if second >= 60 else 0})
        if second % 2 == 0:
            self._frame(second, "iss", "eps", {"VOLT": 160.0 if second < 90 else 170.0})
        self._frame(second, "soyuz", "eps", {"VOLT": 160.0 + second % 4})

    def _frame(self, second: int, craft: str, subsystem: str, values: dict[str, Value]) -> None:
        self._sequence += 1
        frame = Frame(
            spacecraft=craft,
            subsystem=subsystem,
            time_ns=at(second),
            received_ns=0,
            sequence=self._sequence,
            values=values,
        )
        self._take(second + 0.1, LIVE.frame(craft, subsystem), wire.encode_frame(frame))

    def _acknowledge(self, second: int) -> None:
        alarm = self._processor.alarms["iss", "ERR.limit"]
        command = wire.Command(id="ack", alarm=alarm.id, by="Ann", occurrence=alarm.occurrence)
        topic = LIVE.command("iss", Verb.ACKNOWLEDGE)
        self._take(second + 0.2, topic, wire.encode(command))

    def _take(self, second: float, topic: str, payload: bytes) -> None:
        n = len(self.flown.records) + 1
        record = Record(n, WALL_NS + round(second * SECOND_NS), topic, payload)
        self.flown.records.append(record)
        self.flown.said[n] = tuple(self._processor.process(record).events)

    def _keep(self, version: str, *, restart: bool = False) -> None:
        n, state = len(self.flown.records), self._processor.snapshot()
        self.flown.checkpoints.append(
            Checkpoint(n=n, missiondb=version, state=state, restart=restart)
        )

    def _restart(self) -> None:
        state = self._processor.snapshot()
        self._processor = Processor(self._after, LIVE)
        self._processor.restore(state)
        self._keep(self._after.version, restart=True)


@cache
def flown(*, limits_change: bool = False) -> Flown:
    return Flight(NEW if limits_change else OLD).fly().flown
