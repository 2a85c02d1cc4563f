"""Parts that stand still or are away for long, a backlog at the start, a clock that is set."""

import time
from pathlib import Path

import pytest

from tests.faults.conftest import Note
from tests.faults.rig import rig


@pytest.mark.parametrize("part", ["ingest", "broker"])
async def test_a_part_that_stands_still_costs_nothing(
    part: str, long: bool, note: Note, tmp_path: Path
) -> None:
    seconds = 30 if long else 5
    async with rig(tmp_path, seed=11) as r:
        await r.flown(4)
        await (r.ingest if part == "ingest" else r.broker).freeze(seconds)
        await r.caught_up()
        await r.flown(3)
        await r.settled()
        verdict = await r.verdict()
    note(f"{part} stopped for {seconds} s", verdict)
    assert verdict.wrong == 0, verdict
    if part == "ingest":
        assert verdict.silences == 0, "it took its own stop for the spacecraft's silence"


async def test_while_the_store_is_down_alarms_flow_and_nothing_is_lost(
    long: bool, note: Note, tmp_path: Path
) -> None:
    seconds = 600 if long else 20
    async with rig(tmp_path, seed=12) as r:
        assert r.influx is not None
        await r.flown(3)
        await r.influx.stop()
        down_s = time.time()
        await r.flown(seconds)
        latencies = r.ear.since(down_s)
        await r.influx.start()
        await r.caught_up()
        await r.settled()
        verdict = await r.verdict()
    median, worst = latencies[len(latencies) // 2], latencies[-1]
    told = f"{len(latencies)} alarms told meanwhile, median {median:.2f} s, worst {worst:.2f} s"
    note(f"store down for {seconds} s ({told})", verdict)
    assert len(latencies) > seconds / 2
    assert verdict.wrong == 0, verdict


async def test_a_backlog_at_the_start_is_worked_off(long: bool, note: Note, tmp_path: Path) -> None:
    messages = 100_000 if long else 5_000
    async with rig(tmp_path, seed=13, start_s_ago=messages / 50, count=messages, flying=False) as r:
        await r.ingest.stop()  # its session at the broker stays
        await r.publisher.start()
        await r.acknowledged(messages)
        await r.ingest.start()
        await r.caught_up()
        await r.settled()
        verdict = await r.verdict()
    note(f"{messages} messages waiting at the start", verdict)
    assert verdict.wrong == 0, verdict
