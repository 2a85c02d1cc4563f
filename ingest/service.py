"""The ingest service, composed. Reads like the drawing in docs/architecture.md:

receive -> spool -+-> processor -> journal -+-> publish
                  |                         +-> notify
                  +-> writer -> store
                  +-> archivist -> record archive
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from aiohttp.web import RouteDef

from access.access import must_be_closed, opened
from access.gate import PROMPT_NS
from ingest import http
from ingest.archive import Archive, files_of
from ingest.archive_http import archive_routes
from ingest.archiving import Archivist
from ingest.bundle.http import bundle_routes
from ingest.counters import Counters
from ingest.housekeeping import GROUND, SUBSYSTEM, Housekeeping
from ingest.notify.circumstances import circumstances
from ingest.notify.commands import load_routes
from ingest.notify.deliver import AppriseSender
from ingest.notify.delivery import Circumstances
from ingest.notify.http import notify_routes
from ingest.notify.notifier import Notifier, pass_over
from ingest.notify.outbox import Outbox
from ingest.process import run_processor
from ingest.processor import Processor
from ingest.publish import Publisher
from ingest.receive import Receiver
from ingest.replay.sessions import Sessions
from ingest.retention import Keep, Retention
from ingest.spool import MAX_BYTES, Cursor, Position, Spool
from ingest.writer import Writer
from telemetry.alarm import Event
from telemetry.clock import Clock, SystemClock
from telemetry.link import BrokerAddress
from telemetry.missiondb import SHIPPED, MissionDatabase, load
from telemetry.parameter import Value
from telemetry.settings import Settings
from telemetry.store.base import Store
from telemetry.store.open import open_store
from telemetry.store.remote_server import remote_routes
from telemetry.topics import Topics

#: How long an orderly stop waits for what has been received to be checked, stored and told.
DRAIN_S: Final = 5.0
PRUNE_S: Final = 10.0

logger = logging.getLogger(__name__)


async def run_ingest(settings: Settings, ready: Callable[[], None]) -> None:
    """Run until cancelled; `ready` is called when telemetry is being received."""
    database = load(settings.missiondb)
    topics = Topics(settings.root)
    address = BrokerAddress.of(settings)
    clock = SystemClock()
    counters = Counters()
    must_be_closed(
        "ingest's HTTP",
        settings.ingest_host,
        bool(settings.ingest_token),
        "set STATIONWATCH_INGEST_TOKEN, here and where the console and other commands run",
    )
    async with contextlib.AsyncExitStack() as stack:
        access = stack.enter_context(opened(settings))
        gate = access.gate("ingest") if access else None
        prompt = access.gate("ingest", PROMPT_NS) if access else None
        spool = await stack.enter_async_context(Spool.open(settings.state))
        archive = Archive.open(settings.state)
        archive.put_missiondb(database.version, files_of(settings.missiondb or SHIPPED))
        archivist = await stack.enter_async_context(Archivist(archive, spool, database.version))
        routes = [*archive_routes(archivist), *bundle_routes(settings.state)]
        if settings.store.startswith("duckdb:"):
            # Only its owner can open a DuckDB file: the others get at it through us.
            embedded = await stack.enter_async_context(open_store(settings.store, database))
            routes += remote_routes(embedded)

            def open_() -> AbstractAsyncContextManager[Store]:
                return contextlib.nullcontext(embedded)
        else:

            def open_() -> AbstractAsyncContextManager[Store]:
                return open_store(settings.store, database)

        processor = Processor(database, topics)
        notify, notified, told = await _notification(
            stack, settings, spool, processor, database, clock
        )
        routes += told
        housekeeping = Housekeeping(
            spool,
            counters,
            MAX_BYTES,
            lambda now_ns: (
                processor.ground()
                | archivist.values(now_ns)
                | {"GND_REPLAYS_OPEN": sessions.open}
                | dict(notified(now_ns))
            ),
        )
        receiver = Receiver(address, topics, spool, clock, counters, gate)
        writer = Writer(spool, open_, database, topics, counters)
        publisher = Publisher(
            address,
            topics,
            spool,
            clock,
            retained=processor.retained,
            housekeeping=lambda now_ns, seq: housekeeping.frame(now_ns, seq, len(processor.alarms)),
            newest_dead=counters.newest_dead,
        )
        retention = Retention(
            open_,
            Keep.of(settings),
            lambda: processor.certain_now_ns(clock.now_ns()),
            archivist.prune,
        )
        sessions = Sessions(settings, _beside(settings), clock, archivist.flush, prompt)
        app = http.create_app(
            counters,
            spool,
            lambda: housekeeping.values(clock.now_ns(), len(processor.alarms)),
            database.subsystem(GROUND, SUBSYSTEM).parameters,
            routes,
            settings.ingest_token,
        )
        await stack.enter_async_context(http.serve(app, settings.ingest_host, settings.ingest_port))

        async def announce_ready() -> None:
            await receiver.subscribed.wait()
            ready()
            await asyncio.Event().wait()

        await _run_stages(
            receiver.run(),
            run_processor(spool, processor, counters, archivist.checkpoint),
            archivist.run(),
            sessions.run(),
            retention.run(),
            writer.run(),
            publisher.run(),
            notify,
            _prune(spool),
            announce_ready(),
            drained=spool.settled,
        )


def _beside(settings: Settings) -> str:
    """The address of the store for another process of this machine."""
    if not settings.store.startswith("duckdb:"):
        return settings.store
    return f"remote+http://127.0.0.1:{settings.ingest_port}"


async def _notification(
    stack: contextlib.AsyncExitStack,
    settings: Settings,
    spool: Spool,
    processor: Processor,
    database: MissionDatabase,
    clock: Clock,
) -> tuple[Coroutine[Any, Any, None], Callable[[int], Mapping[str, Value]], list[RouteDef]]:
    """The stage that tells people who are not at a console, and what it says of itself."""

    async def passed(k: int) -> None:
        await spool.save(Cursor.NOTIFIER, Position(k, b""))

    def known(event: Event) -> Circumstances:
        own = processor.clock(event.alarm.spacecraft)
        return circumstances(event, settings.root, own, processor.plans, processor.incidents)

    routes = load_routes(settings, database)
    if not routes:
        silent = pass_over(spool.lines, passed, spool.position(Cursor.NOTIFIER).n)
        return silent, lambda _: {}, notify_routes((), None)
    outbox = await stack.enter_async_context(Outbox.open(settings.state, spool.last_k))
    notifier = Notifier(
        routes,
        outbox,
        AppriseSender(),
        clock,
        database,
        settings.console_url,
        spool.lines,
        passed,
        known,
    )
    return notifier.run(), notifier.values, notify_routes(routes, outbox)


async def _prune(spool: Spool) -> None:
    while True:
        await asyncio.sleep(PRUNE_S)
        await spool.prune()


async def _run_stages(
    source: Coroutine[Any, Any, None],
    *stages: Coroutine[Any, Any, None],
    drained: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """Run all until cancelled, then stop the source first and let the others finish its work.

    If one fails, all are stopped at once and its error is raised.
    """
    tasks = [asyncio.create_task(stage) for stage in (source, *stages)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    except asyncio.CancelledError:
        tasks[0].cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await asyncio.wait(tasks[:1])
                await drained()
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
