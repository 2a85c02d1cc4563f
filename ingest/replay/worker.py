"""The process of one replay session: `python -m ingest.replay.worker`, started by ingest. I/O.

It runs beside ingest at a lower priority, so that live telemetry does not wait for it, and ends
with it: ingest holds its standard input.
"""

import asyncio
import contextlib
import logging
import os
import sys
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ingest.archive import Archive
from ingest.happened import History, holds_derived
from ingest.replay.happened import Happened
from ingest.replay.order import Answer, Asked, Order
from ingest.replay.received import Received, Records
from ingest.replay.session import Over, Session, session_root
from ingest.replay.source import Source
from telemetry.clock import LAST_NS, SystemClock, utc
from telemetry.errors import LinkError, StationwatchError, UsageError
from telemetry.link import BrokerAddress, Connection, LinkOptions, Will, connect
from telemetry.missiondb import load
from telemetry.missiondb.table import hint
from telemetry.recording import silence_means
from telemetry.replay import (
    Replay,
    ReplayGaps,
    ReplayLimits,
    ReplayOrder,
    ReplaySpec,
    ReplayState,
    ReplayVerb,
)
from telemetry.settings import Settings
from telemetry.store.base import Store
from telemetry.store.open import open_store
from telemetry.topics import Topics
from telemetry.wire import encode

#: Live telemetry comes first.
NICENESS: Final = 10
#: Commands that wait to be done.
MAX_ASKED: Final = 100
_LOST: Final = "its process was lost"

logger = logging.getLogger(__name__)


def _say(answer: Answer) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


async def run() -> None:
    lines = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    first = await lines.readline()
    if not first:
        return  # ingest had ended before it could say what for
    order = msgspec.json.decode(first, type=Order)
    try:
        await _run(order, lines)
    except* StationwatchError as group:
        error = group.exceptions[0]
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        _say(Answer(command=order.command, refused=str(error)))


async def _run(order: Order, lines: asyncio.StreamReader) -> None:
    asked: asyncio.Queue[Asked] = asyncio.Queue(MAX_ASKED)
    over: asyncio.Future[Over] = asyncio.get_running_loop().create_future()
    async with AsyncExitStack() as stack:
        source = await open_source(order, stack)
        secrets = Settings.read()
        address = BrokerAddress.parse(
            order.broker, secrets.broker_user, secrets.broker_password, order.broker_ca
        )
        lost = Will(Topics(order.root).replay(order.session), encode(_ended(order, source, _LOST)))
        options = LinkOptions(identifier=f"stationwatch-{session_root(order)}", will=lost)
        connection = await stack.enter_async_context(connect(address, options))
        session = Session(order, source, connection, SystemClock(), _say)
        listening = [
            asyncio.create_task(_read(lines, asked, over)),
            asyncio.create_task(_notice(connection, over)),
        ]
        try:
            await session.end(await session.run(asked, over))
        finally:
            for task in listening:
                task.cancel()


async def _read(
    lines: asyncio.StreamReader, asked: "asyncio.Queue[Asked]", over: "asyncio.Future[Over]"
) -> None:
    """Until ingest asks for the end, or is no more."""
    while line := await lines.readline():
        one = msgspec.json.decode(line, type=Asked)
        if one.verb is ReplayVerb.END:
            _set(over, Over(f"ended by {one.command.by}", one.command.id))
            return
        asked.put_nowait(one)
    _set(over, Over("ingest, which it belonged to, has ended"))


async def _notice(connection: Connection, over: "asyncio.Future[Over]") -> None:
    """That the broker is lost: a session that stands has nothing to say, and would not."""
    with contextlib.suppress(LinkError):
        await connection.receive(1)
    _set(over, Over("the broker was lost"))


def _set(over: "asyncio.Future[Over]", what: Over) -> None:
    if not over.done():
        over.set_result(what)


def _ended(order: Order, source: Source, reason: str) -> Replay:
    return Replay(
        id=order.session,
        root=session_root(order),
        by=order.by,
        spec=order.spec,
        state=ReplayState.ENDED,
        start_ns=source.start_ns,
        stop_ns=source.stop_ns,
        position_ns=source.start_ns,
        speed=order.spec.speed,
        created_ns=order.created_ns,
        reason=reason,
    )


async def open_source(order: Order, stack: AsyncExitStack) -> Source:
    """What a session plays.

    :raises StationwatchError: if it is not there, or not as it should be; the message says what.
    """
    spec, today = order.spec, load(Path(order.missiondb) if order.missiondb else None)
    records: Records
    store: AbstractAsyncContextManager[Store]
    if spec.bundle:
        from ingest.bundle.source import open_bundle  # few sessions need it

        bundle = stack.enter_context(open_bundle(Path(order.state), spec.bundle))
        known = Known(bundle.start_ns, bundle.stop_ns, f"bundle {spec.bundle}", bundle.heartbeat)
        records, came_from, store = bundle, bundle.root, bundle.store(today)
    else:
        records = stack.enter_context(Archive.open(Path(order.state), readonly=True))
        came_from, store = order.root, open_store(order.store, today)
        known = Known(0, LAST_NS, "", heartbeat=True)
    received = spec.order is ReplayOrder.RECEIVED
    if spec.recording or not received:  # the archive is enough for the rest
        opened = await stack.enter_async_context(store)
    if spec.recording:
        known = await _recording(opened, spec.recording)
    start_ns, stop_ns = _within(spec, known)
    own = Topics(session_root(order))
    if received:
        came = Topics(came_from)
        keep_gaps = spec.gaps is ReplayGaps.KEEP
        return Received(
            records, came, own, today, spec.limits, start_ns, stop_ns, keep_gaps=keep_gaps
        )
    span = records.find(start_ns, stop_ns)
    database = today
    if span is not None and spec.limits is ReplayLimits.THEN:
        versions = [version for n, version in records.restarts(0, span.first_n)]
        if versions and versions[-1] != today.version:
            database = records.missiondb(versions[-1])
    history = History(
        store=opened,
        database=database,
        start_ns=start_ns,
        stop_ns=stop_ns,
        heartbeat=known.heartbeat and silence_means(await opened.recordings(), start_ns, stop_ns),
        derive=not await holds_derived(opened, database, start_ns, stop_ns),
        announcements=records.announcements(span.lap, span.last_n) if span else (),
        topics=own,
    )
    happened = Happened(history)
    stack.push_async_callback(happened.close)
    await happened.open()
    return happened


@dataclass(frozen=True, slots=True)
class Known:
    """The range of what was named, if anything was."""

    start_ns: int
    stop_ns: int
    what: str
    heartbeat: bool


async def _recording(store: Store, name: str) -> Known:
    recordings = {each.name: each for each in await store.recordings()}
    found = recordings.get(name)
    if found is None:
        there = ", ".join(recordings) or "none"
        raise UsageError(f"no recording {name!r}{hint(name, recordings)}; there are: {there}")
    return Known(found.start_ns, found.stop_ns, f"recording {name}", found.heartbeat)


def _within(spec: ReplaySpec, known: Known) -> tuple[int, int]:
    """The range to be played."""
    start_ns, stop_ns = spec.start_ns or known.start_ns, spec.stop_ns or known.stop_ns
    if start_ns >= stop_ns:
        raise UsageError(f"its end, {utc(stop_ns)}, is not after its start, {utc(start_ns)}")
    if known.what and not known.start_ns <= start_ns < stop_ns <= known.stop_ns:
        span = f"{utc(known.start_ns)} to {utc(known.stop_ns)}"
        raise UsageError(f"{known.what} goes from {span}")
    if spec.at_ns and not start_ns <= spec.at_ns < stop_ns:
        raise UsageError(f"{utc(spec.at_ns)} is not between {utc(start_ns)} and {utc(stop_ns)}")
    return start_ns, stop_ns


def main() -> None:
    os.nice(NICENESS)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(run())


if __name__ == "__main__":
    main()
