"""Runs the processor over the spool and saves what it makes of it. The pure part is elsewhere."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from ingest.counters import Counters
from ingest.processor import Outcome, Processor
from ingest.record import Record
from ingest.spool import Cursor, Dead, Position, Spool
from telemetry.alarm import Event
from telemetry.samples import Reject
from telemetry.wire import DeadNotice, Reason

BATCH: Final = 200
#: Without events the cursor is saved this often: what is processed again after a crash is the same.
SAVE_S: Final = 1.0
#: As much of a bad message is told as shows what it is.
EXCERPT_BYTES: Final = 500
DETAIL_CHARACTERS: Final = 300
NAME_CHARACTERS: Final = 128
#: All are counted; this many of one message are kept, its payload once.
DEAD_A_RECORD: Final = 20

logger = logging.getLogger(__name__)


async def run_processor(spool: Spool, processor: Processor, counters: Counters) -> None:
    """Process records until cancelled, from where the last save was.

    Events are in the journal, at one stroke with the state that made them, before anybody is told.
    """
    position = spool.position(Cursor.PROCESSOR)
    if position.state:
        processor.restore(position.state)
    loop = asyncio.get_running_loop()
    n, saved_s, unsaved = position.n, loop.time(), False
    counters.processed_n = n

    async def save(events: Sequence[Event] = (), dead: Sequence[Dead] = ()) -> None:
        nonlocal saved_s, unsaved
        state = Position(n, processor.snapshot())
        await spool.save(Cursor.PROCESSOR, state, events, dead)
        saved_s, unsaved = loop.time(), False

    while True:
        try:
            async with asyncio.timeout(SAVE_S if unsaved else None):
                records = await spool.records(n, BATCH)
        except TimeoutError:
            await save()
            continue
        events, dead = _process(records, processor, counters)
        n, unsaved = records[-1].n, True
        counters.processed_n, counters.processed_ns = n, records[-1].received_ns
        if events or dead or loop.time() - saved_s >= SAVE_S:
            await save(events, dead)
        # A long backlog is worked off without holding up the link's keepalive.
        await asyncio.sleep(0)


def _process(
    records: Sequence[Record], processor: Processor, counters: Counters
) -> tuple[list[Event], list[Dead]]:
    events: list[Event] = []
    dead: list[Dead] = []
    for record in records:
        try:
            outcome = processor.process(record)
        except Exception as error:
            # A fault of ours; were it let through, this record would stop ingest at each start.
            logger.exception("record %d, %s", record.n, record.topic)
            outcome = Outcome(rejects=(Reject(Reason.UNPROCESSABLE, repr(error)),))
        events += outcome.events
        for i, reject in enumerate(outcome.rejects):
            counters.dead[reject.reason] += 1
            notice = counters.newest_dead[reject.reason] = _notice(record, reject)
            if i < DEAD_A_RECORD:
                dead.append(Dead(notice, record.payload if i == 0 else b""))
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
        detail=reject.detail[:DETAIL_CHARACTERS],
        parameter=reject.parameter[:NAME_CHARACTERS],
        excerpt=record.payload[:EXCERPT_BYTES].decode(errors="replace"),
    )
