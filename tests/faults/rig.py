"""The real parts under load, to be broken and counted.

    async with rig(tmp_path, store="influx", seed=1, rate=5000) as r:
        await r.flown(10)                  # seconds of the flight, acknowledged by the broker
        await r.ingest.kill()              # or .freeze(5), .stop(); of r.broker, r.influx too
        await r.ingest.start()
        await r.caught_up()                # seconds until what is acknowledged is stored
        await r.settled()                  # the flight ends, and everything is worked off
        verdict = await r.verdict()        # ingest is stopped, everything is counted

Parts (tests/faults/parts.py): `broker` (mosquitto with persistence), `influx` behind `proxy` (its
`faults` are tests/servers/influx_proxy.py's; both None with store="duckdb"), `ingest`, `publisher`
(a process), `console` (None unless asked for). `hook` receives what the notifier sends, `ear`
hears the alarm events.  `between`: addresses that ingest is given in place of the real ones, so
that a link, or a store that misbehaves, can stand between.
"""

import asyncio
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from telemetry.alarm import EventKind
from telemetry.clock import SECOND_NS
from telemetry.errors import StoreError
from telemetry.link import BrokerAddress, Connection, LinkOptions, stay_connected
from telemetry.missiondb import MissionDatabase, load
from telemetry.store.base import Store
from telemetry.store.open import open_store
from telemetry.topics import Kind, Topics
from telemetry.wire import decode_event
from tests.eventually import eventually
from tests.faults.flight import CRAFT, Flight, write_missiondb
from tests.faults.ledger import Verdict, count_alarms, count_samples, said_of
from tests.faults.parts import Command, Publisher, Server
from tests.faults.publisher import Flying
from tests.ingest.notify.receivers import Hook, hook
from tests.servers.influx_proxy import InfluxProxy
from tests.servers.influxd import Influxd
from tests.servers.mosquitto import Mosquitto
from tests.system.programs import get

ROOT: Final = "faults"
BUCKET: Final = "faults"
#: Nothing waits longer for what must happen; long forms hold backlogs of minutes.
PATIENCE_S: Final = 600.0
#: What is acknowledged is stored so soon when nothing is wrong, at most.
_LAG_NS: Final = 2 * SECOND_NS

_ROUTES: Final = """[[route]]
name = "hook"
to = ["{url}"]
severity = "advisory"
group_s = 1
"""


@dataclass(slots=True)
class Ear:
    """latencies: (when heard, seconds from an alarm's sample to that), on the wall clock."""

    latencies: list[tuple[float, float]] = field(default_factory=list)

    def since(self, wall_s: float) -> list[float]:
        return sorted(latency for heard_s, latency in self.latencies if heard_s >= wall_s)

    async def session(self, connection: Connection) -> None:
        await connection.subscribe([Topics(ROOT).every(Kind.EVENT)], qos=1)
        while True:
            for message in await connection.receive(1_000):
                if message.topic == Topics(ROOT).event(CRAFT):
                    event = decode_event(message.payload)
                    if event.kind is EventKind.VIOLATED:
                        now_ns = time.time_ns()
                        latency_s = (now_ns - event.time_ns) / SECOND_NS
                        self.latencies.append((now_ns / SECOND_NS, latency_s))


@dataclass(slots=True, kw_only=True)
class Rig:
    folder: Path
    flight: Flight
    database: MissionDatabase
    broker: Server
    influx: Server | None
    proxy: InfluxProxy | None
    ingest: Command
    publisher: Publisher
    console: Command | None
    hook: Hook
    ear: Ear
    #: As ingest is given it, and as the rig reads it.
    store_url: str
    reading_url: str
    port: int
    recovered_s: float = 0.0

    async def flown(self, seconds: float) -> None:
        """Until the broker has acknowledged so many more seconds of the flight."""
        wanted = self.publisher.acknowledged + round(seconds * self.flight.subsystems)
        await self.acknowledged(wanted)

    async def acknowledged(self, messages: int) -> None:
        """Until the broker has acknowledged so many messages in all."""
        await self._until(lambda: self.publisher.acknowledged >= messages, "acknowledged")

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        async def look() -> bool:
            self.ingest.look()
            return condition()

        assert await eventually(look, within_s=PATIENCE_S), f"never {what}"

    async def saved(self) -> int:
        """Wait for the broker's next save of its own; so many messages, at least, are in it."""
        server = self.broker.server
        last_ns, kept = server.saved_ns, 0

        def anew() -> bool:
            nonlocal kept
            acknowledged = self.publisher.acknowledged
            if server.saved_ns != last_ns:
                return True
            kept = acknowledged  # before a save that has not ended yet
            return False

        await self._until(anew, "saved by the broker")
        return kept

    async def caught_up(self) -> float:
        """Seconds until the store has what the broker has; the longest is the verdict's."""
        began_s = time.monotonic()
        await self._stored(lambda: self._time_of(self.publisher.acknowledged) - _LAG_NS)
        took_s = time.monotonic() - began_s
        self.recovered_s = max(self.recovered_s, took_s)
        return took_s

    def _time_of(self, message: int) -> int:
        """About: acknowledgements are among the messages, so it may be a little early."""
        frames = message * 0.97 if message else 0.0
        return self.flight.start_ns + round(frames * SECOND_NS / self.flight.subsystems)

    async def settled(self) -> None:
        """End the flight, and wait until nothing of it is on its way any more."""
        await self.publisher.stop()
        said = said_of(self.flight, self.publisher.acknowledged)
        frames = [one for one in said if one.frame is not None]
        if frames:
            await self._stored(lambda: frames[-1].time_ns)

        async def idle() -> bool:
            self.ingest.look()
            seen = await asyncio.to_thread(self.metrics)
            return (
                seen.get("journal_unpublished", 1) == 0
                and seen.get("journal_unstored", 1) == 0
                and seen.get("notify_pending", 1) == 0
                and seen.get("spool_unread_processor", 100) < 20
                and seen.get("spool_unread_writer", 100) < 20
            )

        assert await eventually(idle, within_s=PATIENCE_S), f"never idle: {self.metrics()}"

    async def _stored(self, wanted_ns: Callable[[], int]) -> None:
        """Until the newest stored frame is as new as that."""

        async def newest_ns() -> bool:
            self.ingest.look()
            with suppress(StoreError, OSError, TimeoutError):
                async with asyncio.timeout(10), self.open(self.reading_url) as store:
                    last = await store.last(CRAFT, "sub00")
                    there_ns = max((one.time_ns for one in last.values()), default=0)
                    # sub00 is the first of each second
                    return there_ns > wanted_ns() - SECOND_NS
            return False

        assert await eventually(newest_ns, within_s=PATIENCE_S), self.ingest.log.read_text()[-2000:]

    def open(self, url: str) -> Store:
        return open_store(url, self.database)

    def metrics(self) -> dict[str, float]:
        """Ingest's, without `stationwatch_`; none while it does not answer."""
        lines = get(f"http://127.0.0.1:{self.port}/metrics").splitlines()
        pairs = (line.split() for line in lines if line.startswith("stationwatch_"))
        return {name.removeprefix("stationwatch_"): float(value) for name, value in pairs}

    async def verdict(self) -> Verdict:
        """Stop ingest, and count. After `settled`."""
        await self.ingest.stop()
        self._all_told()
        said = said_of(self.flight, self.publisher.sent)
        # ingest has let its own store go
        url = self.store_url if self.proxy is None else self.reading_url
        async with self.open(url) as store:
            samples = await count_samples(store, said, self.publisher.acknowledged)
            alarms = await count_alarms(store, self.flight, said, samples)
        delivered = self.hook.text
        return Verdict(
            acknowledged=samples.acknowledged,
            stored=samples.stored,
            missing=samples.missing,
            double=samples.double + alarms.double,
            unexpected=samples.unexpected,
            gaps=samples.gaps,
            occurrences_expected=alarms.expected,
            occurrences_found=alarms.found,
            occurrences_wrong=alarms.occurrences_wrong,
            transitions_wrong=alarms.transitions_wrong,
            undelivered=sum(f"{one}/" not in delivered for one in alarms.occurrences),
            silences=alarms.silences,
            late=alarms.late,
            recovered_s=round(self.recovered_s, 1),
            rss_mb=self.ingest.rss_mb,
        )

    def _all_told(self) -> None:
        """An orderly stop has brought every cursor to the end of what is spooled."""
        path = self.folder / "state" / "ingest.sqlite"
        with closing(sqlite3.connect(path)) as spool:
            n = dict(spool.execute("SELECT name, n FROM cursor"))
            sequence = dict(spool.execute("SELECT name, seq FROM sqlite_sequence"))
        behind = {
            name: last - n.get(name, 0)
            for last, names in (
                (sequence.get("record", 0), ("processor", "writer")),
                (sequence.get("journal", 0), ("publisher", "event_writer", "notifier")),
            )
            for name in names
        }
        assert not any(behind.values()), f"stopped before the work was done: {behind}"


@asynccontextmanager
async def rig(
    folder: Path,
    *,
    store: str = "influx",
    seed: int = 1,
    rate: int = 5_000,
    start_s_ago: float = 0.0,
    count: int = 0,
    console: bool = False,
    flying: bool = True,
    ingesting: bool = True,
    between: Callable[[str, str], Awaitable[tuple[str, str]]] | None = None,
) -> AsyncIterator[Rig]:
    """Everything started, unless told otherwise, and ended at the end.

    start_s_ago: the flight begins so long ago, and what is due is said as fast as it goes.
    count: its messages, 0 for no end. flying, ingesting: whether these two are started.
    between: (broker URL, store URL) -> those that ingest is given.
    """
    async with AsyncExitStack() as stack:
        received = await stack.enter_async_context(hook())
        broker = Server(Mosquitto(_folder(folder, "mosquitto")))
        await broker.start()
        stack.push_async_callback(_end, broker)
        influx, proxy = None, None
        port, console_port = _free_ports()
        if store == "influx":
            influx = Server(Influxd(_folder(folder, "influxd")))
            await influx.start()
            stack.push_async_callback(_end, influx)
            await asyncio.to_thread(influx.server.query, f"CREATE DATABASE {BUCKET}")
            proxy = await stack.enter_async_context(InfluxProxy(influx.server.url).running())
            store_url = f"influxdb+{proxy.url}/{BUCKET}"
            reading_url = store_url
        else:
            store_url = f"duckdb://{folder / 'telemetry.duckdb'}"
            reading_url = f"remote+http://127.0.0.1:{port}"
        start_ns = time.time_ns() - round(start_s_ago * SECOND_NS)
        flight = Flight(seed=seed, rate=rate, start_ns=start_ns, root=ROOT)
        missiondb = write_missiondb(folder / "missiondb", flight.subsystems)
        routes = folder / "routes.toml"
        routes.write_text(_ROUTES.format(url=received.url))
        given = (broker.server.url, store_url)
        broker_url, given_store = await between(*given) if between else given
        ingest = Command(
            folder / "ingest.log",
            "ingest",
            f"--broker={broker_url}",
            f"--root={ROOT}",
            f"--state={folder / 'state'}",
            f"--store={given_store}",
            f"--ingest-port={port}",
            f"--missiondb={missiondb}",
            f"--notify={routes}",
        )
        stack.push_async_callback(_end, ingest)
        watching = None
        if console:
            watching = Command(
                folder / "console.log",
                "console",
                f"--broker={broker.server.url}",
                f"--root={ROOT}",
                f"--store={reading_url}",
                f"--console-port={console_port}",
                f"--missiondb={missiondb}",
            )
            stack.push_async_callback(_end, watching)
        counts = str(folder / "counts")
        publisher = Publisher(
            folder,
            Flying(broker=broker.server.url, flight=flight, counts=counts, count=count),
        )
        stack.push_async_callback(_end, publisher)
        ear = Ear()
        listening = asyncio.create_task(
            stay_connected(
                BrokerAddress.parse(broker.server.url), LinkOptions(identifier="ear"), ear.session
            )
        )
        stack.push_async_callback(_cancelled, listening)
        if ingesting:
            await ingest.start()
        if watching:
            await watching.start()
        if flying:
            await publisher.start()
        yield Rig(
            folder=folder,
            flight=flight,
            database=load(missiondb),
            broker=broker,
            influx=influx,
            proxy=proxy,
            ingest=ingest,
            publisher=publisher,
            console=watching,
            hook=received,
            ear=ear,
            store_url=store_url,
            reading_url=reading_url,
            port=port,
        )


async def _end(part: Server | Command | Publisher) -> None:
    """Whatever became of it."""
    with suppress(ProcessLookupError, AssertionError):
        if isinstance(part, Server) or part.running:
            await part.kill()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _folder(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
