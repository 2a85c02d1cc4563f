"""A day of both spacecraft in an embedded store, and the same day again and again. I/O: the store.

What was planned and scheduled is kept beside it, as ingest's record archive would give it.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from ingest.derivations import derivations
from ingest.record import Record
from ingest.segment import Timed
from simulators.publishing.plan import announcements
from simulators.scenarios import read
from simulators.simulation import Simulation
from telemetry import missiondb
from telemetry.clock import utc
from telemetry.frame import Block, Frame
from telemetry.missiondb import MissionDatabase
from telemetry.store.duck import DuckStore
from telemetry.tally import DAY_NS
from telemetry.topics import Topics

SCENARIO: Final = "nominal-day"
SPACECRAFT: Final = ("iss", "soyuz")
_BATCH: Final = 5_000
_TOPICS: Final = Topics()


class StoredDay(msgspec.Struct, frozen=True, kw_only=True):
    """announcements: stream time, topic, payload."""

    start_ns: int
    stop_ns: int
    samples: int
    announcements: tuple[tuple[int, str, bytes], ...]

    def timed(self, days: int = 1) -> tuple[Timed, ...]:
        """What was announced on the first day; schedules are in force on that day alone."""
        return tuple(
            Timed(time_ns, Record(n, time_ns, topic, payload))
            for n, (time_ns, topic, payload) in enumerate(self.announcements, 1)
        )


def files(folder: Path) -> tuple[Path, Path]:
    return folder / "day.duckdb", folder / "day.msgpack"


async def day(folder: Path, database: MissionDatabase) -> StoredDay:
    """The day of a folder; it is flown, with what is derived, if the folder has none."""
    store, about = files(folder)
    if about.exists():
        return msgspec.msgpack.decode(about.read_bytes(), type=StoredDay)
    folder.mkdir(parents=True, exist_ok=True)
    scenario = read(SCENARIO, (), database=database)
    simulation = Simulation(scenario, database, spacecraft=SPACECRAFT)
    start_ns = scenario.start_ns
    said = tuple(
        (start_ns, one.topic, one.payload)
        for craft in SPACECRAFT
        for one in announcements(simulation, _TOPICS, craft)
    )
    samples, told_ns = 0, start_ns
    deriving = derivations(database)
    async with DuckStore(store, database) as duck:
        batch: list[Frame] = []
        while (time_ns := simulation.next_ns) <= start_ns + DAY_NS:
            for frame in simulation.step(time_ns):
                batch.append(frame)
                for one in deriving:
                    batch += _fitting(one.take(frame, ()), database)
            if len(batch) >= _BATCH:
                samples += (await duck.write(batch)).stored
                batch.clear()
            if time_ns >= told_ns + 3600 * 10**9:
                told_ns = time_ns
                sys.stderr.write(f"  {utc(time_ns)} {samples} samples\n")
        samples += (await duck.write(batch)).stored
    found = StoredDay(
        start_ns=start_ns, stop_ns=start_ns + DAY_NS, samples=samples, announcements=said
    )
    about.write_bytes(msgspec.msgpack.encode(found))
    return found


def _fitting(frames: Sequence[Frame], database: MissionDatabase) -> list[Frame]:
    found = []
    for frame in frames:
        known = database.subsystem(frame.spacecraft, frame.subsystem).parameters
        values = {id_: value for id_, value in frame.values.items() if id_ in known}
        invalid = {id_: quality for id_, quality in frame.invalid.items() if id_ in known}
        found.append(msgspec.structs.replace(frame, values=values, invalid=invalid))
    return found


@dataclass(frozen=True, slots=True)
class Again:
    """A store's day, read again for each day that follows; all a back-test asks of a store."""

    store: DuckStore
    start_ns: int

    async def read(
        self, spacecraft: str, subsystem: str, start_ns: int, stop_ns: int, *, heartbeats: bool
    ) -> AsyncIterator[Block]:
        while start_ns < stop_ns:
            number = max((start_ns - self.start_ns) // DAY_NS, 0)
            shift_ns = number * DAY_NS
            end_ns = min(stop_ns, self.start_ns + shift_ns + DAY_NS)
            wanted = self.store.read(
                spacecraft,
                subsystem,
                start_ns - shift_ns,
                end_ns - shift_ns,
                heartbeats=heartbeats,
            )
            async with aclosing(wanted) as blocks:  # type: ignore[type-var]
                async for block in blocks:
                    yield replace(
                        block,
                        time_ns=block.time_ns + shift_ns,
                        received_ns=block.received_ns + shift_ns,
                    )
            start_ns = end_ns


if __name__ == "__main__":
    asyncio.run(day(Path(sys.argv[1]), missiondb.load()))
