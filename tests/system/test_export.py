"""Telemetry out of running programs into files, and into other stores: the same to the last bit."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from telemetry.missiondb import load
from telemetry.sample_file_read import open_samples
from telemetry.store.remote import RemoteStore
from tests.eventually import eventually
from tests.servers.influx_proxy import InfluxProxy
from tests.servers.influxd import Influxd
from tests.servers.mosquitto import Mosquitto
from tests.system.programs import Program, running
from tests.system.test_recording import RECORDING, Contents, read_independently

RANGE = ("--from=2021-10-15T09:11:50", "--to=2021-288T09:13")
#: Of one minute of both spacecraft.
FRAMES = 927


@pytest.fixture
async def influx(influx_server: Influxd, root: str) -> AsyncIterator[str]:
    """The URL of an empty store in a real InfluxDB."""
    bucket = f"export-{root}"
    influx_server.query(f'CREATE DATABASE "{bucket}"')
    async with InfluxProxy(influx_server.url).running() as proxy:
        yield f"influxdb+{proxy.url}/{bucket}"
    influx_server.query(f'DROP DATABASE "{bucket}"')


class Terminal:
    """Where commands are typed, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "terminal.log"

    async def __call__(self, *typed: str, code: int = 0) -> tuple[str, str]:
        """What it wrote to its output, and to its errors."""
        self._log.write_text("")
        program = Program(self._log, *typed)
        out = await asyncio.to_thread(program.process.communicate)
        assert program.process.returncode == code, self._log.read_text()
        return out[0], self._log.read_text()


def file_contents(path: Path) -> Contents:
    with open_samples(path, load()) as file:
        found = {
            (id_, frame.time_ns): value
            for frame in file.frames()
            for id_, value in frame.values.items()
        }
        assert not file.flaws.counts
    return found


@pytest.mark.timeout(300)
async def test_what_ingest_stores_goes_through_every_store_unchanged(
    broker: Mosquitto, root: str, influx: str, tmp_path: Path, free_port: int
) -> None:
    terminal = Terminal(tmp_path)
    duck, live = tmp_path / "live.duckdb", f"remote+http://127.0.0.1:{free_port}"
    common: Mapping[str, str] = {"STATIONWATCH_BROKER": broker.url, "STATIONWATCH_ROOT": root}
    ingest = (
        "ingest",
        "--raw-days=0",
        f"--store=duckdb://{duck}",
        f"--state={tmp_path}",
        f"--ingest-port={free_port}",
    )
    with running(tmp_path / "ingest.log", *ingest, **common):
        simulators = Program(
            tmp_path / "simulators.log",
            *("simulate", "--scenario=ms18", "--at=09:11:50", "--for=60", "--speed=max"),
            environment=common,
        )
        assert await asyncio.to_thread(simulators.wait) == 0

        # Once it is all there: two looks that say the same, with at least what was sent.
        database, before = load(), [-1]

        async def frames() -> tuple[int, int]:
            count, before[0] = before[0], 0
            async with RemoteStore(live.removeprefix("remote+"), database) as store:
                for craft in ("iss", "soyuz"):
                    for subsystem in database.spacecraft[craft].subsystems:
                        blocks = store.read(craft, subsystem, 0, 2**62, heartbeats=True)
                        before[0] += sum([len(block) async for block in blocks])
            return count, before[0]

        await eventually(frames, lambda seen: seen[0] == seen[1] >= FRAMES)

        first = tmp_path / "first.parquet"
        said = await terminal("export", *RANGE, f"--store={live}", f"--out={first}")
        assert "samples in" in said[1]
        assert (
            "remote+http://"
            in (
                await terminal("export", *RANGE, f"--store=duckdb://{duck}", "--out=x.csv", code=3)
            )[1]
        )

        # Through each kind of store and file, and into the one that ingest is using.
        for n, (store, suffix) in enumerate(
            [
                (f"duckdb://{tmp_path / 'other.duckdb'}", "parquet"),
                (influx, "csv"),
                (live, "parquet"),
            ]
        ):
            file, again = tmp_path / f"{n}.{suffix}", tmp_path / f"{n}-again.parquet"
            source = first if suffix == "parquet" else file
            if source is file:
                await terminal("export", *RANGE, f"--store={live}", f"--out={file}")
            for _ in range(2):  # importing again changes nothing
                said = await terminal("import", str(source), f"--store={store}", "--name=ms18")
                assert "0 rejected" in said[1]
            await terminal("export", "--recording=ms18", f"--store={store}", f"--out={again}")
            assert again.read_bytes() == first.read_bytes(), store
            listed = await terminal("recording", "list", "--json", f"--store={store}")
            assert [one["source"] for one in json.loads(listed[0])] == [source.name]


@pytest.mark.timeout(300)
async def test_the_real_recording_comes_out_sample_by_sample(influx: str, tmp_path: Path) -> None:
    terminal, database = Terminal(tmp_path), load()
    expected, _ = read_independently(database)
    stores = (f"duckdb://{tmp_path / 'a.duckdb'}", influx)
    files = [tmp_path / "0.parquet", tmp_path / "1.parquet"]
    for store, file in zip(stores, files, strict=True):
        await terminal("import", str(RECORDING), "--year=2022", f"--store={store}", "--name=real")
        await terminal("export", "--recording=real", f"--store={store}", f"--out={file}")
        assert file_contents(file) == expected
    assert files[0].read_bytes() == files[1].read_bytes()
    text = tmp_path / "a.csv"
    await terminal("export", "--recording=real", f"--store={influx}", f"--out={text}")
    assert file_contents(text) == expected
