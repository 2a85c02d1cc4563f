"""Ingest's wall clock is set, an hour either way, while it works."""

from pathlib import Path
from typing import Final

import pytest

from tests.faults.clock import steered, steering
from tests.faults.conftest import Note
from tests.faults.rig import rig

HOUR_S: Final = 3_600


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S], ids=["forward", "back"])
async def test_a_clock_that_is_set_costs_nothing(step_s: int, note: Note, tmp_path: Path) -> None:
    async with rig(tmp_path, seed=14, rate=1_000, flying=False, ingesting=False) as r:
        clock = steering(tmp_path)
        r.ingest.environment = steered(clock)
        await r.ingest.start()
        await r.publisher.start()
        await r.flown(5)
        clock.write_text(f"{step_s:+d}\n")
        await r.flown(5)
        await r.caught_up()
        clock.write_text("+0\n")  # somebody notices
        await r.flown(5)
        await r.settled()
        verdict = await r.verdict()
    note(f"clock of ingest set by {step_s:+d} s, and back", verdict)
    assert verdict.wrong == 0, verdict
