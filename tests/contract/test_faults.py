"""Stores that fail in the middle of something: what is raised, and that writing again is safe."""

import time

import aiohttp
import duckdb
import pytest

from telemetry.errors import StoreError, StoreSchemaError, StoreUnavailable
from telemetry.store.base import Store
from telemetry.store.duck import DuckStore
from telemetry.store.remote import RemoteStore
from tests.contract.mission import DAY, MISSION, SECOND, T0, event, frame
from tests.contract.stores import DuckOpener, InfluxOpener, blocks, contents, serving
from tests.servers.influx_proxy import CUT, CUT_AFTER, CUT_BODY, InfluxProxy
from tests.servers.influxd import Influxd

FRAMES = [frame(n, RATE=float(n), NOTE="", invalid={"ANGLE": 3}) for n in range(5)]
WHOLE = (
    {(n, "RATE"): float(n) for n in range(5)}
    | {(n, "NOTE"): "" for n in range(5)}
    | {(n, "ANGLE"): ("invalid", 3) for n in range(5)}
)


async def assert_written_once(store: Store) -> None:
    report = await store.write(FRAMES)
    assert report.stored == 15
    assert await contents(store) == WHOLE
    assert (await store.buckets("iss", "adcs", "RATE", 0, T0 + DAY, DAY)).count.sum() == 5


@pytest.mark.parametrize("fault", [CUT, CUT_AFTER, 429, 500, 502, 503, 504])
async def test_influx_away_in_a_write_is_unavailable(
    proxied: InfluxOpener, influx_proxy: InfluxProxy, fault: str | int
) -> None:
    async with proxied() as store:
        influx_proxy.faults.append(fault)
        with pytest.raises(StoreUnavailable):
            await store.write(FRAMES)
        await assert_written_once(store)
        influx_proxy.faults.append(fault)
        with pytest.raises(StoreUnavailable):
            await contents(store)


async def test_influx_answer_cut_short_is_unavailable(
    proxied: InfluxOpener, influx_proxy: InfluxProxy
) -> None:
    async with proxied() as store:
        await store.write(FRAMES)
        for read in (contents(store), store.last("iss", "adcs")):
            influx_proxy.faults.append(CUT_BODY)
            with pytest.raises(StoreUnavailable):
                await read
        assert await contents(store) == WHOLE


@pytest.mark.parametrize(("status", "hint"), [(401, "INFLUXDB_TOKEN"), (404, "create the bucket")])
async def test_influx_refusing_for_good_says_what_to_do(
    proxied: InfluxOpener, influx_proxy: InfluxProxy, status: int, hint: str
) -> None:
    async with proxied() as store:
        influx_proxy.faults.append(status)
        with pytest.raises(StoreError, match=hint) as caught:
            await store.write(FRAMES)
        assert not caught.value.retryable


async def test_influx_without_the_bucket_says_to_create_it(proxied: InfluxOpener) -> None:
    proxied.bucket = "nowhere"
    with pytest.raises(StoreError, match="create the bucket"):
        async with proxied():
            pass


async def test_influx_losing_its_bucket_is_not_an_empty_answer(
    proxied: InfluxOpener, influx_server: Influxd
) -> None:
    async with proxied() as store:
        await store.write(FRAMES)
        # InfluxDB says nothing of it in CSV
        influx_server.query(f'DROP DATABASE "{proxied.bucket}"')
        with pytest.raises(StoreError, match="create the bucket"):
            await contents(store)
        with pytest.raises(StoreError, match="create the bucket"):
            await store.write(FRAMES)


async def test_influx_event_written_again_after_a_lost_answer_is_one(
    proxied: InfluxOpener, influx_proxy: InfluxProxy
) -> None:
    async with proxied() as store:
        # it asks what is there, then writes
        influx_proxy.faults.extend([None, CUT_AFTER])
        with pytest.raises(StoreUnavailable):
            await store.append_events([event(1)])
        assert [e async for e in store.read_events(0, T0 + DAY)] == [event(1)]
        influx_proxy.writes = 0
        await store.append_events([event(1), event(2)])
        await store.append_events([event(2)])
        # what can be read may be in memory only, after an error: it is not taken for written
        assert influx_proxy.writes == 2
        assert [e async for e in store.read_events(0, T0 + DAY)] == [event(1), event(2)]


async def test_influx_field_of_another_type_costs_only_its_sample(
    proxied: InfluxOpener, influx_server: Influxd, influx_proxy: InfluxProxy
) -> None:

    async with proxied() as store, aiohttp.ClientSession() as session:
        # somebody else made RATE an integer in this shard
        line = f"iss_adcs RATE=1i {T0}"
        await session.post(f"{influx_server.url}/write?db={proxied.bucket}", data=line)
        frames = [frame(n, RATE=float(n), COUNT=n, NOTE="x") for n in range(1, 40)]
        report = await store.write(frames)
        assert report.stored == 78
        assert [(r.time_ns - T0, r.parameter) for r in report.rejected] == [
            (n, "RATE") for n in range(1, 40)
        ]
        assert all("type conflict" in r.reason for r in report.rejected)
        block = (await blocks(store, "iss", "adcs", T0 + 1, T0 + DAY, ["COUNT", "NOTE"]))[0]
        assert block.columns["COUNT"].values.tolist() == list(range(1, 40))


async def test_influx_beyond_retention_is_rejected_not_stored(
    proxied: InfluxOpener, influx_server: Influxd, influx_proxy: InfluxProxy
) -> None:
    influx_server.query(
        f'ALTER RETENTION POLICY "autogen" ON "{proxied.bucket}" DURATION 1d SHARD DURATION 1h'
    )
    async with proxied() as store:
        influx_proxy.writes = 0
        report = await store.write([frame(n, RATE=1.0, COUNT=2) for n in range(500)])
        assert report.stored == 0
        assert len(report.rejected) == 1000
        assert "retention" in report.rejected[0].reason
        assert influx_proxy.writes == 1
        # a new moment among old ones: which are old has to be found out

        now = time.time_ns() - T0
        report = await store.write([frame(n, RATE=1.0) for n in (0, 1, now, 2)])
        assert report.stored == 1
        assert {r.time_ns - T0 for r in report.rejected} == {0, 1, 2}


@pytest.mark.parametrize("lost", ["before", "after"])
async def test_duck_failing_in_commit_is_unavailable(
    duck: DuckOpener, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    commit = DuckStore._commit

    def fail(self: DuckStore) -> None:
        monkeypatch.setattr(DuckStore, "_commit", commit)
        if lost == "after":
            commit(self)
        with self._files.connected():
            raise duckdb.IOException("No space left on device")

    async with duck() as store:
        await store.write([frame(-SECOND, COUNT=1)])
        monkeypatch.setattr(DuckStore, "_commit", fail)
        with pytest.raises(StoreUnavailable, match="No space"):
            await store.write(FRAMES)
        left = await contents(store, 0, DAY)
        assert left == ({} if lost == "before" else WHOLE)
        await store.write(FRAMES)
        assert await contents(store, 0, DAY) == WHOLE


async def test_remote_whose_server_is_gone_is_unavailable(duck: DuckOpener) -> None:

    async with duck() as behind:
        async with serving(behind) as url:
            remote = await RemoteStore(url, MISSION).__aenter__()
            await remote.write(FRAMES)
        with pytest.raises(StoreUnavailable):
            await remote.write(FRAMES)
        with pytest.raises(StoreUnavailable):
            await contents(remote)
        await remote.__aexit__()
        with pytest.raises(StoreUnavailable):
            async with RemoteStore(url, MISSION):
                pass


async def test_a_store_of_another_schema_is_refused_untouched(
    duck: DuckOpener, proxied: InfluxOpener, influx_server: Influxd
) -> None:
    async with duck() as store:
        await store.write(FRAMES)
    with duckdb.connect(str(duck.path)) as connection:
        connection.execute("UPDATE stationwatch SET number = 99")
    before = duck.path.read_bytes()
    with pytest.raises(StoreSchemaError, match="schema 99"):
        async with duck():
            pass
    assert duck.path.read_bytes() == before

    async with proxied() as store:
        await store.write(FRAMES)
    meta = "SELECT * FROM stationwatch_meta"

    line = "stationwatch_meta,spacecraft=iss,subsystem=adcs schema=99i"
    async with aiohttp.ClientSession() as session:
        await session.post(f"{influx_server.url}/write?db={proxied.bucket}", data=line)
    before_meta = influx_server.query(meta, proxied.bucket)
    with pytest.raises(StoreSchemaError, match="schema 99"):
        async with proxied():
            pass
    assert influx_server.query(meta, proxied.bucket) == before_meta
