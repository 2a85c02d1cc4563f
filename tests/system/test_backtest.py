"""`stationwatch backtest` and `limits` as an operator runs them, on an embedded store."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.archive import Archive
from ingest.record import Record
from ingest.segment import pack
from ingest.stream_time import StreamState
from telemetry import missiondb
from telemetry.clock import SECOND_NS, StreamClock, StreamKind, utc
from telemetry.frame import Frame
from telemetry.recording import Recording
from telemetry.store.duck import DuckStore
from telemetry.topics import Topics
from telemetry.wire import encode, encode_frame
from tests.system.terminal import Said

START_NS = 1_634_289_120 * SECOND_NS  # 2021-10-15 09:12
MINUTES = 30
ROLL, EVENT_S = "USLAB000022", 900
EDIT = f"[iss.parameter.{ROLL}]\nrange.caution = {{ low = -1.0, high = 1.0 }}\n"


def frames() -> Iterator[Frame]:
    """Attitude error grows towards the event, and is back 100 s after it."""
    for second in range(MINUTES * 60):
        near = 0 <= second - (EVENT_S - 100) <= 200
        error = 2.0 * (second - EVENT_S + 100) / 100 if near else 0.0
        yield Frame(
            spacecraft="iss",
            subsystem="adcs",
            time_ns=START_NS + second * SECOND_NS,
            received_ns=START_NS + second * SECOND_NS,
            sequence=second,
            values={ROLL: min(error, 2.5)},
        )


class Bench:
    """A folder with a store, a recording in it, and a record archive beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = f"duckdb://{folder / 'telemetry.duckdb'}"
        self.state = folder / "state"

    async def fill(self) -> None:
        database = missiondb.load()
        async with DuckStore(self.folder / "telemetry.duckdb", database) as store:
            await store.write(list(frames()))
            await store.put_recording(
                Recording(
                    name="drift",
                    start_ns=START_NS,
                    stop_ns=START_NS + MINUTES * 60 * SECOND_NS,
                    by="Ann",
                    created_ns=START_NS,
                    heartbeat=False,
                )
            )
        topics = Topics()
        clock = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=START_NS, wall_ns=START_NS)
        records = [Record(1, START_NS, topics.clock("iss"), encode(clock))]
        records += [
            Record(n, one.received_ns, topics.frame("iss", "adcs"), encode_frame(one))
            for n, one in enumerate(frames(), 2)
        ]
        with Archive.open(self.state) as archive:
            archive.append(pack(records, StreamState()))

    async def run(self, *arguments: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "stationwatch", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"COLUMNS": "200"},
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())

    async def backtest(self, *arguments: str) -> Said:
        return await self.run(
            "backtest", f"--store={self.store}", f"--state={self.state}", *arguments
        )


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    await bench.fill()
    (tmp_path / "edited.toml").write_text(EDIT, encoding="utf-8")
    return bench


async def test_back_test_shows_the_lead_of_both_limits(bench: Bench) -> None:
    event = utc(START_NS + EVENT_S * SECOND_NS)
    html = bench.folder / "report.html"
    edited = f"--limits={bench.folder / 'edited.toml'}"
    said = await bench.backtest("--recording=drift", edited, f"--event={event}", f"--html={html}")
    assert (said.code, said.err) == (0, "")
    assert f"iss/{ROLL}: range.caution high 1.5 -> 1" in said.out
    assert "22.0 s before" in said.out  # above 1.5 deg 24 s before it, and 2 s of persistence
    assert "47.0 s before" in said.out  # above 1.0 deg 49 s before it
    assert "only what changed was recorded" in said.out.lower()
    assert "is not known" not in said.out
    page = html.read_text(encoding="utf-8")
    assert "<svg" in page
    assert ROLL in page

    said = await bench.backtest("--recording=drift", edited, "--json")
    found = json.loads(said.out)
    assert [side["name"] for side in found["sides"]] == ["today", "edited"]
    assert found["differs"] == [f"iss/{ROLL}.limit"]
    assert all(side["false_alarms"] == 1 for side in found["sides"])


async def test_what_cannot_be_judged_is_told_in_a_line(bench: Bench) -> None:
    broken = bench.folder / "broken.toml"
    broken.write_text(EDIT.replace("-1.0", "0.9"), encoding="utf-8")
    cases = {
        ("--recording=drfit",): "there is no recording 'drfit' (did you mean 'drift'?)",
        (): "name what to judge",
        ("--from=2021-10-15T09:30", "--to=2021-10-15T09:20"): "is not after --from",
        ("--from=2019-10-15", "--to=2019-10-16"): "no telemetry from",
        ("--from=yesterday", "--to=2019-10-16"): "'yesterday' is no time",
        ("--recording=drift", f"--limits={broken}"): "mistake",
        ("--recording=drift", "--html=/no/such/folder/r.html"): "the report is a file in a folder",
    }
    for arguments, message in cases.items():
        said = await bench.backtest(*arguments)
        assert said.code == 2, (arguments, said)
        assert message in said.err.splitlines()[-1]
        assert "Traceback" not in said.err
    assert (
        "broken.toml: [iss.parameter.USLAB000022"
        in (await bench.backtest("--recording=drift", f"--limits={broken}")).err
    )


async def test_limit_is_proposed_approved_and_in_force(bench: Bench) -> None:
    folder = bench.folder / "missiondb"
    edited = bench.folder / "edited.toml"
    assert (await bench.run("limits", "fork", str(folder))).code == 0
    before = missiondb.load(folder).version
    where = [f"--store={bench.store}", f"--state={bench.state}", f"--missiondb={folder}"]
    said = await bench.run(
        *("limits", "propose", str(edited), "--recording=drift", "--by=Ann", "--why=sooner"),
        *where,
    )
    assert said.code == 0, said.err
    assert "change 1 is proposed" in said.out
    assert missiondb.load(folder).version == before
    said = await bench.run("limits", "approve", "1", "--by=Ann", *where)
    assert said.code == 2
    assert "another person approves it" in said.err
    said = await bench.run("limits", "approve", "1", "--by=Bob", *where)
    assert said.code == 0, said.err
    after = missiondb.load(folder)
    assert after.version != before
    assert after.version in said.out
    said = await bench.run("check", str(folder))
    assert after.version in said.out
    report = (folder / "changes" / "1" / "report.html").read_text(encoding="utf-8")
    assert "<svg" in report
