"""Runs the processor over the spool and saves what it makes of it. The pure part is elsewhere."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from ingest.counters import Counters
from ingest.decode import Reject
from ingest.processor import Processor
from ingest.record import Record
from ingest.spool import Cursor, Dead, Position, Spool
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS
from telemetry.wire import DeadNotice

BATCH: Final = 200
#: Without events the cursor is saved this often: what is processed again after a crash is the same.
SAVE_NS: Final = SECOND_NS
#: As much of a bad message is told as shows what it is.
EXCERPT_BYTES: Final = 500

logger = logging.getLogger(__name__)


async def run_processor(spool: Spool, processor: Processor, counters: Counters) -> None:
    """Process records until cancelled, from where the last save was.

    Events are in the journal, at one stroke with the state that made them, before anybody is told.
    """
    position = spool.position(Cursor.PROCESSOR)
    if position.state:
        processor.restore(position.state)
    n, saved_ns, unsaved = position.n, 0, False
    counters.processed_n = n

    async def save(events: Sequence[Event] = (), dead: Sequence[Dead] = ()) -> None:
        nonlocal saved_ns, unsaved
        state = Position(n, processor.snapshot())
        await spool.save(Cursor.PROCESSOR, state, events, dead)
        saved_ns, unsaved = counters.processed_ns, False

    while True:
        try:
            async with asyncio.timeout(SAVE_NS / SECOND_NS if unsaved else None):
                records = await spool.records(n, BATCH)
        except TimeoutError:
            await save()
            continue
        events, dead = _process(records, processor, counters)
        n, unsaved = records[-1].n, True
        counters.processed_n, counters.processed_ns = n, records[-1].received_ns
        if events or dead or counters.processed_ns - saved_ns >= SAVE_NS:
            await save(events, dead)
        # A long backlog is worked off without holding up the link's keepalive.
        await asyncio.sleep(0)


def _process(
    records: Sequence[Record], processor: Processor, counters: Counters
) -> tuple[list[Event], list[Dead]]:
    events: list[Event] = []
    dead: list[Dead] = []
    for record in records:
        outcome = processor.process(record)
        events += outcome.events
        for reject in outcome.rejects:
            counters.dead[reject.reason] += 1
            notice = counters.newest_dead[reject.reason] = _notice(record, reject)
            dead.append(Dead(notice, record.payload))
        if outcome.frame is not None:
            counters.frames += 1
            counters.samples += len(outcome.frame.values) + len(outcome.frame.invalid)
            counters.missing_frames += outcome.missing
            counters.repeated_frames += outcome.repeated
    counters.events += len(events)
    counters.annunciations += sum(event.annunciate for event in events)
    return events, dead


def _notice(record: Record, reject: Reject) -> DeadNotice:
    return DeadNotice(
        n=record.n,
        received_ns=record.received_ns,
        topic=record.topic,
        reason=reject.reason,
        detail=reject.detail,
        parameter=reject.parameter,
        excerpt=record.payload[:EXCERPT_BYTES].decode(errors="replace"),
    )
