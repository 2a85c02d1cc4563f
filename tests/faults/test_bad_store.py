"""A store that answers late, wrongly, in part or not at all: everything is in it once all the same,
and alarms flow meanwhile."""

import asyncio
import time
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from tests.eventually import eventually
from tests.faults.bad_store import BadStore, Mood
from tests.faults.conftest import LONG, Note
from tests.faults.rig import Rig, rig

#: Longer than the client waits for an answer (30 s); short, the connection is cut instead.
HOLD_S: Final = 35.0 if LONG else 1.0
#: Writes that must meet each mood.
TIMES: Final = 2
SEED: Final = 7


async def test_a_bad_store_holds_everything_once(note: Note, tmp_path: Path) -> None:
    told: list[float] = []
    moods = [mood for mood in Mood if mood is not Mood.GOOD]
    Random(SEED).shuffle(moods)
    async with BadStore(HOLD_S).running() as bad:

        async def between(broker: str, store: str) -> tuple[str, str]:
            return broker, bad.before(store)

        async with rig(tmp_path, seed=SEED, between=between) as r:
            await r.flown(3)
            for mood in moods:
                await bad.be(mood)
                began_s = time.time()
                assert await eventually(lambda: _met(r, bad)), f"{mood} met no write"
                assert await eventually(partial(_heard, r, began_s)), f"{mood}: no alarm"
                told += r.ear.since(began_s)
                # a write that succeeds lets the next failure be tried again soon
                await bad.be(Mood.GOOD)
                assert await eventually(lambda: _met(r, bad)), f"nothing stored after {mood}"
            await r.caught_up()
            await r.settled()
            verdict = await r.verdict()
    note(f"store in {len(moods)} moods, {len(told)} alarms told meanwhile", verdict)
    assert verdict.wrong == 0, verdict
    assert "Traceback" not in r.ingest.log.read_text()


async def _met(r: Rig, bad: BadStore) -> bool:
    if bad.mood is Mood.REFUSING:
        return (await asyncio.to_thread(r.metrics)).get("store_available") == 0
    return bad.seen[bad.mood] >= (1 if bad.mood is Mood.GOOD else TIMES)


async def _heard(r: Rig, since_s: float) -> bool:
    return bool(r.ear.since(since_s))
