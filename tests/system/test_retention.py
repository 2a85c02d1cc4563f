"""Days of telemetry in a real InfluxDB: what ages is rolled up and given up, recordings are not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from ingest import writer
from ingest.counters import Counters
from ingest.retention import Keep, Retention
from ingest.spool import Cursor, Spool
from ingest.writer import Writer
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Buckets
from telemetry.recording import Recording
from telemetry.store.base import Store
from telemetry.store.open import open_store
from telemetry.store.rollups import MINUTE_NS
from telemetry.tally import DAY_NS
from telemetry.topics import Topics
from tests.servers.influx_proxy import InfluxProxy
from tests.servers.influxd import Influxd
from tests.small import small_database

MISSION = small_database()
TOPICS = Topics()
#: The first day of four; the second hour of it is a recording.
T0 = 1_634_256_000 * SECOND_NS
HOUR_NS = 3600 * SECOND_NS
NOW = T0 + 3 * DAY_NS + HOUR_NS
KEPT = Recording(
    name="manoeuvre", start_ns=T0 + HOUR_NS, stop_ns=T0 + 2 * HOUR_NS, by="A", created_ns=T0
)
PLAYED = StreamClock(kind=StreamKind.PLAYED, epoch_ns=T0, wall_ns=0, run="r")

Open = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture
async def opened(influx_server: Influxd, root: str) -> AsyncIterator[Open]:
    influx_server.query(f'CREATE DATABASE "{root}"')
    async with InfluxProxy(influx_server.url).running() as proxy:
        yield lambda: open_store(f"influxdb+{proxy.url}/{root}", MISSION)
    influx_server.query(f'DROP DATABASE "{root}"')


@asynccontextmanager
async def writing(
    folder: Path, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Spool]:
    monkeypatch.setattr(writer, "ROLL_UP_S", 0.05)
    async with Spool.open(folder) as spool:
        task = asyncio.create_task(Writer(spool, open_, MISSION, TOPICS, Counters()).run())
        try:
            yield spool
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def message(time_ns: int, value: float) -> tuple[int, str, bytes]:
    body = {"t": time_ns, "seq": 1, "values": {"ERR": value, "MODE": int(value) % 3}}
    return time_ns, TOPICS.frame("iss", "adcs"), msgspec.json.encode(body)


def flown() -> list[tuple[int, str, bytes]]:
    """Two hours of each day, a frame every ten seconds; a spike in every hour."""
    return [
        message(at_ns, 1e6 if at_ns % HOUR_NS == 1230 * SECOND_NS else at_ns // SECOND_NS % 7)
        for day in range(4)
        for at_ns in range(T0 + day * DAY_NS, T0 + day * DAY_NS + 2 * HOUR_NS, 10 * SECOND_NS)
    ]


async def hours(store: Store) -> Buckets:
    return await store.buckets("iss", "adcs", "ERR", T0, NOW + DAY_NS, HOUR_NS)


async def samples(store: Store, start_ns: int, stop_ns: int) -> int:
    blocks = [b async for b in store.read("iss", "adcs", start_ns, stop_ns)]
    return sum(len(block) for block in blocks)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


async def test_samples_age_rollups_and_recordings_stay(
    tmp_path: Path,
    opened: Open,
    influx_server: Influxd,
    root: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rolled_up(time_ns: int) -> float:
        """What the roll-up itself says was the highest of a minute."""
        minute = time_ns // MINUTE_NS * MINUTE_NS
        query = f'SELECT "ERR__max" FROM "iss_adcs__60s_range" WHERE time = {minute}'
        (result,) = influx_server.query(query, root)["results"]  # type: ignore[misc]
        highest: float = result["series"][0]["values"][0][1]
        return highest

    pruned: list[tuple[int, list[tuple[int, int]]]] = []

    async def prune(before_ns: int, keep: object) -> None:
        pruned.append((before_ns, list(keep)))  # type: ignore[call-overload]

    retention = Retention(opened, Keep(raw_days=1, rollup_days=0), lambda: NOW, prune)
    async with writing(tmp_path, opened, monkeypatch) as spool, opened() as store:
        await spool.append([(T0, TOPICS.clock("iss"), msgspec.json.encode(PLAYED)), *flown()])
        await until(lambda: spool.unread(Cursor.WRITER) == 0)
        await store.put_recording(KEPT)
        before = await hours(store)
        assert before.count.tolist() == [360] * 8
        assert before.maximum.tolist() == [1e6] * 8

        await retention.once(store)
        assert pruned == [(NOW - DAY_NS, [(KEPT.start_ns, KEPT.stop_ns)])]
        assert await samples(store, T0, KEPT.start_ns) == 0
        assert await samples(store, KEPT.stop_ns, NOW - DAY_NS) == 0
        assert await samples(store, KEPT.start_ns, KEPT.stop_ns) == 360
        assert await samples(store, NOW - DAY_NS, NOW + DAY_NS) == 360 + 720
        after = await hours(store)
        assert after.time_ns.tolist() == before.time_ns.tolist()
        assert after.count.tolist() == before.count.tolist()
        assert after.maximum.tolist() == before.maximum.tolist()
        assert after.mean.tolist() == pytest.approx(before.mean.tolist())

        # late: into what is kept, into the recording, and where samples are given up
        late = (
            NOW - HOUR_NS // 2 + 5 * SECOND_NS,
            KEPT.start_ns + 5 * SECOND_NS,
            T0 + 5 * SECOND_NS,
        )
        await spool.append([message(time_ns, 2e6) for time_ns in late])
        await until(lambda: spool.unread(Cursor.WRITER) == 0)
        shown = await hours(store)
        # at once, whether it is rolled up again by now or not
        assert shown.maximum.tolist() == [1e6, 2e6, 1e6, 1e6, 1e6, 1e6, 2e6, 1e6]
        assert shown.count.tolist() == [360, 361, 360, 360, 360, 360, 361, 360]
        # and the stream goes on
        await spool.append([message(NOW + HOUR_NS, 0)])
        await until(lambda: rolled_up(late[0]) == rolled_up(late[1]) == 2e6)
        assert rolled_up(late[2]) < 1e6
        await retention.once(store)
        assert (await hours(store)).count.tolist() == [*shown.count.tolist(), 1]
        assert await samples(store, T0, KEPT.start_ns) == 0
