"""Runs the processor over the spool and saves what it makes of it. The pure part is elsewhere."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from ingest.counters import Counters
from ingest.processor import Outcome, Processor
from ingest.record import Outgoing, Record
from ingest.spool import Cursor, Dead, Position, Spool
from telemetry.alarm import Event
from telemetry.samples import Reject
from telemetry.wire import DeadNotice, Reason

BATCH: Final = 200
#: Without events the cursor is saved this often: what is processed again after a crash is the same.
SAVE_S: Final = 1.0
#: Derived telemetry waits this long at most for others to be saved and published with.
DERIVED_S: Final = 0.25
MAX_LINES: Final = 1_000
#: As much of a bad message is told as shows what it is.
EXCERPT_BYTES: Final = 500
DETAIL_CHARACTERS: Final = 300
NAME_CHARACTERS: Final = 128
#: All are counted; this many of one message are kept, its payload once.
DEAD_A_RECORD: Final = 20

logger = logging.getLogger(__name__)


#: Takes the processor's place and state, now and then; `restart` for the one it begins with.
KeepCheckpoint = Callable[[Position, bool], Awaitable[None]]


async def run_processor(
    spool: Spool, processor: Processor, counters: Counters, checkpoint: KeepCheckpoint
) -> None:
    """Process records until cancelled, from where the last save was.

    Events are in the journal, at one stroke with the state that made them, before anybody is told.
    """
    position = spool.position(Cursor.PROCESSOR)
    if position.state:
        processor.restore(position.state)
    loop = asyncio.get_running_loop()
    n, saved_s, unsaved = position.n, loop.time(), False
    lines: list[Event | Outgoing] = []
    dead: list[Dead] = []
    counters.processed_n = n
    await checkpoint(Position(n, processor.snapshot()), True)

    async def save() -> None:
        nonlocal saved_s, unsaved
        state = Position(n, processor.snapshot())
        await spool.save(Cursor.PROCESSOR, state, lines, dead)
        lines.clear()
        dead.clear()
        saved_s, unsaved = loop.time(), False
        await checkpoint(state, False)

    while True:
        # What was derived is telemetry like any other, and may wait as long as a batch of it does.
        patience_s = DERIVED_S if lines else SAVE_S
        try:
            async with asyncio.timeout_at(saved_s + patience_s if unsaved else None):
                records = await spool.records(n, BATCH)
        except TimeoutError:
            await save()
            continue
        urgent = _process(records, processor, counters, lines, dead)
        n, unsaved = records[-1].n, True
        counters.processed_n, counters.processed_ns = n, records[-1].received_ns
        if urgent or len(lines) > MAX_LINES or loop.time() - saved_s >= patience_s:
            await save()
        # A long backlog is worked off without holding up the link's keepalive.
        await asyncio.sleep(0)


def _process(
    records: Sequence[Record],
    processor: Processor,
    counters: Counters,
    lines: list[Event | Outgoing],
    dead: list[Dead],
) -> bool:
    """Add what came of the records; whether somebody must hear of it at once."""
    urgent = False
    for record in records:
        try:
            outcome = processor.process(record)
        except Exception as error:
            # A fault of ours; were it let through, this record would stop ingest at each start.
            logger.exception("record %d, %s", record.n, record.topic)
            outcome = Outcome(rejects=(Reject(Reason.UNPROCESSABLE, repr(error)),))
        lines += outcome.events
        lines += outcome.messages
        urgent |= outcome.urgent or bool(outcome.rejects)
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
        counters.events += len(outcome.events)
        counters.annunciations += sum(event.annunciate for event in outcome.events)
    return urgent


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
