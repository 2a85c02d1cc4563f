"""Links between the parts that are pulled out, slowed and reset: nothing is lost, nothing twice."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from tests.faults.conftest import LONG, Note
from tests.faults.links import Link, link
from tests.faults.rig import rig

#: Long, both ends give up (MQTT's keepalive is 10 s); short, TCP resumes where it was.
PULLED_S: Final = 20.0 if LONG else 5.0
#: A tenth of what is flown.
SLOW_BYTES_S: Final = 10_000
SLOW_S: Final = 20.0 if LONG else 4.0
SEED: Final = 8


async def test_links_that_fail_lose_nothing(note: Note, tmp_path: Path) -> None:
    """In the long form each fault of each link, in the short one a fault a link."""
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(link()) for _ in range(3)]
        to_publisher, to_ingest, to_store = wires

        async def between(broker: str, store: str) -> tuple[str, str]:
            return await to_ingest.to(broker), await to_store.to(store)

        r = await stack.enter_async_context(rig(tmp_path, seed=SEED, between=between, flying=False))
        broker = await to_publisher.to(r.broker.server.url)
        r.publisher.flying = msgspec.structs.replace(r.publisher.flying, broker=broker)
        await r.publisher.start()
        await r.flown(3)
        faults = [_pulled, _slow, _reset]
        cases = list(zip(wires, faults, strict=True))
        if LONG:
            cases = [(wire, fault) for wire in wires for fault in faults]
            Random(SEED).shuffle(cases)
        for wire, fault in cases:
            await fault(wire)
            await r.flown(1)
            await r.caught_up()
        await r.settled()
        verdict = await r.verdict()
    note(f"links pulled for {PULLED_S:g} s, at 10 kB/s for {SLOW_S:g} s, reset", verdict)
    assert verdict.wrong == 0, verdict
    assert "Traceback" not in r.ingest.log.read_text()


async def _pulled(wire: Link) -> None:
    wire.pull()
    await asyncio.sleep(PULLED_S)
    wire.plug()


async def _slow(wire: Link) -> None:
    wire.slow(SLOW_BYTES_S)
    await asyncio.sleep(SLOW_S)
    wire.fast()


async def _reset(wire: Link) -> None:
    wire.reset()
