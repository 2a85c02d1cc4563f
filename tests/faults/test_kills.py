"""`kill -9` of each part, under load, at seeded moments."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.conftest import Note
from tests.faults.flight import SIZES
from tests.faults.rig import rig

#: Messages between two kills: a moment, or some seconds.
_BETWEEN = (20, 120)


def moments(seed: int, count: int) -> list[int]:
    """After so many messages more, each time."""
    r = random.Random(seed)
    return [r.randint(*_BETWEEN) for _ in range(count)]


@pytest.mark.parametrize("store", ["influx", "duckdb"])
async def test_ingest_killed_again_and_again_loses_nothing(
    store: str, long: bool, note: Note, tmp_path: Path
) -> None:
    kills = moments(7, 20 if long else 3)
    async with rig(tmp_path, store=store, seed=7) as r:
        for messages in kills:
            await r.acknowledged(r.publisher.acknowledged + messages)
            await r.ingest.kill()
            await r.ingest.start()
        await r.caught_up()
        await r.flown(3)
        await r.settled()
        verdict = await r.verdict()
    note(f"ingest killed {len(kills)} times, {store}", verdict)
    assert verdict.wrong == 0, verdict


async def test_the_store_and_the_console_killed_cost_nothing(
    long: bool, note: Note, tmp_path: Path
) -> None:
    kills = moments(8, 5 if long else 1)
    async with rig(tmp_path, seed=8, console=True) as r:
        assert r.influx is not None
        assert r.console is not None
        for messages in kills:
            await r.acknowledged(r.publisher.acknowledged + messages)
            await r.console.kill()
            await r.influx.kill()
            await r.flown(2)
            await r.influx.start()
            await r.console.start()
            await r.caught_up()
        await r.settled()
        verdict = await r.verdict()
    note(f"InfluxDB and console killed {len(kills)} times", verdict)
    assert verdict.wrong == 0, verdict


async def test_the_broker_killed_loses_only_what_it_had_not_saved(
    long: bool, note: Note, tmp_path: Path
) -> None:
    """Ingest takes what comes at once, so little is the broker's alone at any moment."""
    kills = moments(9, 10 if long else 2)
    unsaved = 0
    async with rig(tmp_path, seed=9) as r:
        await asyncio.to_thread(r.broker.server.save)  # that ingest has a session, once
        for messages in kills:
            saved = await r.saved()
            await r.acknowledged(r.publisher.acknowledged + messages)
            await r.broker.kill()
            await r.broker.start()
            unsaved += r.publisher.acknowledged - saved
            await r.caught_up()
        await r.flown(3)
        await r.settled()
        verdict = await r.verdict()
    note(f"broker killed {len(kills)} times", verdict)
    assert verdict.double == verdict.unexpected == verdict.undelivered == 0, verdict
    assert verdict.missing <= unsaved * max(SIZES), verdict
    if not verdict.missing:
        assert verdict.wrong == 0, verdict


async def test_the_broker_killed_while_ingest_is_away_loses_at_most_what_was_not_saved(
    note: Note, tmp_path: Path
) -> None:
    """Counted in messages: what a slow machine does in five seconds is not what another does."""
    async with rig(tmp_path, seed=10) as r:
        await r.flown(2)
        await asyncio.to_thread(r.broker.server.save)
        await r.ingest.kill()
        saved = await r.saved()
        await r.flown(2)
        await r.broker.kill()
        await r.broker.start()
        unsaved = r.publisher.acknowledged - saved
        await r.ingest.start()
        await r.flown(2)
        await r.settled()
        gaps_told = r.metrics()["gaps_total"]
        verdict = await r.verdict()
    note("broker killed while ingest was away", verdict)
    assert verdict.double == verdict.unexpected == verdict.undelivered == 0, verdict
    assert verdict.missing <= unsaved * max(SIZES), verdict
    # what was lost is seen: as frames missing, or as a silence where it was longer than one
    assert not verdict.missing or gaps_told or verdict.silences, verdict
