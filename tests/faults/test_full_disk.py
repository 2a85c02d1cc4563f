"""Full disks, of ingest, of the broker, of the store: it is said, and once there is room again
nothing is lost."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec
import pytest

from ingest.housekeeping import GROUND, SUBSYSTEM
from telemetry.alarm import Event, EventKind
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.topics import Topics
from tests.eventually import eventually
from tests.faults.conftest import LONG, Note
from tests.faults.full_disk import disk
from tests.faults.rig import ROOT, Rig, rig

#: Room enough for what is flown, many times over.
SIZE_MB: Final = 400
SECONDS: Final = 120 if LONG else 3
#: mosquitto's autosave_interval is 5 s.
SAVES_S: Final = 12 if LONG else 6


async def test_full_disks_of_ingest_and_of_the_broker_lose_nothing(
    note: Note, tmp_path: Path
) -> None:
    """Killed while its disk is full, ingest says why it does not start."""
    folder = tmp_path / "rig"
    with ExitStack() as stack:
        state = stack.enter_context(disk(folder / "state", SIZE_MB))
        async with rig(folder, seed=21, flying=False, ingesting=False) as r:
            await r.broker.stop()
            saved = stack.enter_context(disk(folder / "mosquitto", SIZE_MB))
            await r.broker.start()
            await r.ingest.start()
            await r.publisher.start()
            await r.flown(2)
            saved.fill()
            await r.flown(SAVES_S)
            saved.make_room()
            state.fill()
            assert await eventually(lambda: _ground_tells(r, GND_SPOOL_FULL=1))
            await r.flown(SECONDS)
            await r.ingest.kill()
            await r.ingest.start(ready=False)
            await r.ingest.wait()
            assert "disk is full" in r.ingest.log.read_text().splitlines()[-1]
            state.make_room()
            await r.ingest.start()
            await r.caught_up()
            assert await eventually(lambda: _ground_tells(r, GND_SPOOL_FULL=0))
            await r.settled()
            verdict = await r.verdict()
            alarms = await _alarms_of_ground(r)
    note(f"disk of the broker full for {SAVES_S} s, then of ingest for {SECONDS} s", verdict)
    assert verdict.wrong == 0, verdict
    assert any(one.alarm.subject == "GND_SPOOL_FULL" for one in alarms)
    assert "Traceback" not in r.ingest.log.read_text()


@pytest.mark.parametrize("killed", [False, True] if LONG else [False])
@pytest.mark.parametrize("store", ["duckdb", "influx"] if LONG else ["duckdb"])
async def test_a_full_disk_of_the_store_stops_no_alarm_and_loses_nothing(
    store: str, killed: bool, note: Note, tmp_path: Path
) -> None:
    """killed: and ingest has to start with it."""
    with ExitStack() as stack:
        small = stack.enter_context(disk(tmp_path / "disk", SIZE_MB))
        here = f"duckdb://{small.home / 'telemetry.duckdb'}"

        async def between(broker: str, given: str) -> tuple[str, str]:
            return broker, here if store == "duckdb" else given

        async with rig(
            tmp_path, store=store, seed=22, between=between, flying=False, ingesting=False
        ) as r:
            if r.influx is not None:
                await r.influx.stop()
                small = stack.enter_context(disk(tmp_path / "influxd", SIZE_MB))
                await r.influx.start()
            else:
                r.store_url = here
            await r.ingest.start()
            await r.publisher.start()
            await r.flown(3)
            small.fill()
            assert await eventually(lambda: _ground_tells(r, GND_STORE_AVAILABLE=0))
            if killed:
                await r.ingest.kill()
                await r.ingest.start()
            full_s = time.time()
            await r.flown(SECONDS)
            told = r.ear.since(full_s)
            small.make_room()
            if r.influx is not None:
                # InfluxDB 1.x goes on refusing until it is started again.
                await r.influx.kill()
                await r.influx.start()
            await r.caught_up()
            await r.settled()
            verdict = await r.verdict()
    also = ", ingest killed meanwhile" if killed else ""
    note(f"disk of {store} full for {SECONDS} s{also}, {len(told)} alarms told", verdict)
    assert verdict.wrong == 0, verdict
    assert told
    assert "Traceback" not in r.ingest.log.read_text()


async def _ground_tells(r: Rig, **wanted: int) -> bool:
    """Whether the next frame of `ground`, as a console hears it, has these values."""
    topic = Topics(ROOT).frame(GROUND, SUBSYSTEM)
    options = LinkOptions(identifier="console")
    async with connect(BrokerAddress.parse(r.broker.server.url), options) as connection:
        await connection.subscribe([topic], qos=0)
        (message, *_) = await connection.receive(1)
    values = msgspec.json.decode(message.payload)["values"]
    return all(values.get(name) == value for name, value in wanted.items())


async def _alarms_of_ground(r: Rig) -> list[Event]:
    async with r.open(r.reading_url) as store:
        events = [event async for event in store.read_events(0, 1 << 62, GROUND)]
    return [event for event in events if event.kind is EventKind.VIOLATED]
