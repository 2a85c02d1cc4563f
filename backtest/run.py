"""A range of a store judged by several mission databases in one pass. Reads the store."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

import msgspec

from ingest.block import BlockProcessor, lanes_of
from ingest.happened import History
from ingest.processor import INCIDENT_LOG, Outcome, Processor
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.incident import Incident
from telemetry.missiondb import MissionDatabase

#: Read and judged at once: larger is faster, and takes more memory.
SLICE_NS: Final = 3600 * SECOND_NS
#: Of one mission database. Limits that say more than this are not worth comparing.
MAX_EVENTS: Final = 500_000

_incident_decoder = msgspec.json.Decoder(Incident)

#: The time that is reached, as it goes.
Tell = Callable[[int], None]


@dataclass(slots=True)
class Journal:
    """What one mission database said. early: before the start, which is not told but may stand.

    incidents: as they were last said to be, by id. frames: in all; judged: one by one.
    """

    database: MissionDatabase
    events: list[Event] = field(default_factory=list)
    early: list[Event] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    frames: int = 0
    judged: int = 0

    def take(self, outcome: Outcome, start_ns: int) -> None:
        """:raises UsageError: if there is no end to it."""
        for event in outcome.events:
            (self.events if event.received_ns >= start_ns else self.early).append(event)
        for message in outcome.messages:
            if message.log == INCIDENT_LOG:
                incident = _incident_decoder.decode(message.payload)
                self.incidents[incident.id] = incident
        if len(self.events) + len(self.early) > MAX_EVENTS:
            last = (self.events or self.early)[-1].alarm
            raise UsageError(
                f"back-test: more than {MAX_EVENTS} alarm events by mission database "
                f"{self.database.version}, the last of {last.spacecraft}/{last.id}: choose a "
                "shorter range, or say with --changes-only that silence means nothing in it"
            )


async def run(
    history: History, databases: Sequence[MissionDatabase], tell: Tell = lambda _time_ns: None
) -> list[Journal]:
    """The journal of each database, in their order.

    Stored derived frames are judged as they are; with `history.derive` they are derived anew,
    frame by frame, which is slower.
    :raises UsageError: if there is no end to what is said of it.
    """
    journals = [Journal(database) for database in databases]
    if history.derive:
        await _one_by_one(history, journals, tell)
    else:
        await _at_once(history, journals, tell)
    return journals


async def _at_once(history: History, journals: Sequence[Journal], tell: Tell) -> None:
    processors = [BlockProcessor(history, journal.database) for journal in journals]
    async with aclosing(history.slices(SLICE_NS)) as slices:  # type: ignore[type-var]
        async for slice_ in slices:
            lanes = await asyncio.to_thread(lanes_of, slice_, history)
            for processor, journal in zip(processors, journals, strict=True):
                # in a thread, so that the next slice is read meanwhile
                outcomes = await asyncio.to_thread(list, processor.take(lanes))
                for outcome in outcomes:
                    journal.take(outcome, history.start_ns)
                journal.judged = processor.judged
                journal.frames += sum(map(len, lanes))
            tell(slice_.stop_ns)


async def _one_by_one(history: History, journals: Sequence[Journal], tell: Tell) -> None:
    processors = [Processor(journal.database, history.topics) for journal in journals]
    told_ns = 0
    async with aclosing(history.items()) as items:  # type: ignore[type-var]
        async for item in items:
            what = item.what
            for processor, journal in zip(processors, journals, strict=True):
                if isinstance(what, Frame):
                    journal.take(processor.judge(what), history.start_ns)
                    journal.frames += 1
                else:
                    journal.take(processor.process(what), history.start_ns)
                journal.judged = journal.frames
            if item.time_ns > told_ns + 60 * SECOND_NS:
                told_ns = item.time_ns
                tell(told_ns)
