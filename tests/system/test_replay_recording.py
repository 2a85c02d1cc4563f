"""Real ISS telemetry from a real InfluxDB and from DuckDB, replayed: every sample, order, value."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telemetry.missiondb import load
from telemetry.replay import Replay, ReplayState
from telemetry.topics import Topics
from telemetry.wire import decode_replay
from tests.servers.influx_proxy import InfluxProxy
from tests.servers.influxd import Influxd
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import Listener, listening
from tests.system.programs import Program, running
from tests.system.terminal import Said, Terminal
from tests.system.test_recording import RECORDING, Contents, read_independently

#: What the processor says of it is published too; these are no samples of the recording.
DERIVED = "derived"


@pytest.fixture(params=["duckdb", "influxdb"])
async def store(
    request: pytest.FixtureRequest, influx_server: Influxd, root: str, tmp_path: Path
) -> AsyncIterator[str]:
    """The URL of an empty store."""
    if request.param == "duckdb":
        yield f"duckdb://{tmp_path / 'telemetry.duckdb'}"
        return
    bucket = f"replay-{root}"
    influx_server.query(f'CREATE DATABASE "{bucket}"')
    async with InfluxProxy(influx_server.url).running() as proxy:
        yield f"influxdb+{proxy.url}/{bucket}"
    influx_server.query(f'DROP DATABASE "{bucket}"')


def samples(listener: Listener) -> tuple[Contents, list[int]]:
    """By parameter and time; and the times of the frames in the order they came."""
    found: Contents = {}
    times = []
    for subsystem, body in listener.frames():
        if subsystem != DERIVED:
            times.append(body.t)
            for parameter, value in body.values.items():
                assert value is not None
                assert (parameter, body.t) not in found, "a sample came twice"
                found[parameter, body.t] = value
    return found, times


@pytest.mark.timeout(300)
async def test_the_real_recording_is_replayed_sample_by_sample(
    broker: Mosquitto, root: str, store: str, tmp_path: Path, free_port: int
) -> None:
    expected, _ = read_independently(load())
    terminal, topics = Terminal(broker.url, root), Topics(root)
    importing = Program(
        tmp_path / "import.log",
        *("import", str(RECORDING), "--year=2022", f"--store={store}", "--name=real"),
    )
    assert await asyncio.to_thread(importing.wait) == 0, importing.log.read_text()

    async def replay(*words: str) -> Said:
        said = await terminal.run("replay", *words)
        assert said.code == 0, said.err
        return said

    ingest = ("ingest", f"--broker={broker.url}", f"--root={root}", f"--store={store}")
    state = (f"--state={tmp_path / 'state'}", f"--ingest-port={free_port}", "--raw-days=0")
    with running(tmp_path / "ingest.log", *ingest, *state):
        said = await replay(
            *("create", "--recording=real", "--order=as-happened", "--speed=max", "--paused")
        )
        found = re.match(r"replay ([0-9a-f]{8}): ", said.out)
        assert found is not None
        session = found.group(1)
        async with (
            listening(broker.url, root, f"{root}-sessions") as sessions,
            listening(broker.url, topics.replay_root(session)) as ear,
        ):

            def now() -> Replay:
                return decode_replay(sessions.payloads(topics.replay(session))[-1])

            await sessions.until(lambda: bool(sessions.payloads(topics.replay(session))))
            await replay("play", session)
            await sessions.until(lambda: now().state is ReplayState.FINISHED)
            count = now().frames
            await ear.until(lambda: len(samples(ear)[1]) >= count)
        heard, times = samples(ear)
        assert heard == expected
        assert times == sorted(times)
