"""The block form says what the processor says, event for event."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.block import BlockProcessor, lanes_of
from ingest.happened import History
from ingest.processor import Outcome, Processor
from telemetry.alarm import EventKind
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.store.memory import MemoryStore
from tests.ingest.eventful import START_NS, Day, at, eventful_database

DATABASE = eventful_database()


async def both(
    frames: Sequence[Frame], width_s: float, stop_s: float, **how: object
) -> tuple[list[Outcome], list[Outcome], BlockProcessor]:
    """What frame by frame and the block form say of the same stored frames."""
    async with MemoryStore(DATABASE) as store:
        assert not (await store.write(frames)).rejected
        history = History(
            store=store,
            database=DATABASE,
            start_ns=at(0),
            stop_ns=at(stop_s),
            lead_in_ns=0,
            **how,  # type: ignore[arg-type]
        )
        processor = Processor(DATABASE, history.topics, derive=False)
        one_by_one = [
            processor.judge(item.what)
            if isinstance(item.what, Frame)
            else processor.process(item.what)
            async for item in history.items()
        ]
        block = BlockProcessor(history)
        at_once: list[Outcome] = []
        async for slice_ in history.slices(round(width_s * SECOND_NS)):
            at_once += block.take(lanes_of(slice_, history))
    assert not any(one.rejects for one in (*one_by_one, *at_once))
    return one_by_one, at_once, block


def said(outcomes: Sequence[Outcome]) -> list[object]:
    return [what for one in outcomes for what in (*one.events, *one.messages)]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    seconds=st.sampled_from((100, 200, 900)),  # incidents stay open for ten minutes
    width_s=st.sampled_from((7.0, 60.0, 600.0)),
    heartbeat=st.booleans(),
)
def test_block_form_says_the_same_as_frame_by_frame(
    seed: int, seconds: int, width_s: float, heartbeat: bool
) -> None:
    day = Day(seed, seconds)
    frames, announcements = day.frames(DATABASE), day.announcements()
    one_by_one, at_once, _ = asyncio.run(
        both(frames, width_s, seconds, heartbeat=heartbeat, announcements=announcements)
    )
    assert said(at_once) == said(one_by_one)


def test_random_days_have_something_of_everything() -> None:
    """What the test above compares is not nothing."""
    kinds: set[tuple[str, EventKind]] = set()
    incidents = passed = judged = 0
    for seed in range(12):
        day = Day(seed)
        frames, announcements = day.frames(DATABASE), day.announcements()
        _, at_once, block = asyncio.run(both(frames, 60.0, 200, announcements=announcements))
        kinds |= {
            (event.alarm.condition.value, event.kind) for one in at_once for event in one.events
        }
        incidents += sum(bool(one.log == "incident") for o in at_once for one in o.messages)
        judged += block.judged
        passed += len(frames) - block.judged
    for condition in ("limit", "rate", "increase", "invalid", "stale"):
        assert (condition, EventKind.VIOLATED) in kinds
        assert (condition, EventKind.RETURNED) in kinds
    assert {kind for _, kind in kinds} >= {EventKind.ESCALATED, EventKind.SIGNAL_LOST}
    assert incidents
    assert passed > 0.2 * (judged + passed)


async def test_day_on_which_nothing_happens_is_passed_over() -> None:
    frames = [
        Frame(
            spacecraft="iss",
            subsystem="eps",
            time_ns=at(2 * n),
            received_ns=at(2 * n),
            sequence=n,
            values={"VOLT": 155.0 + n % 3},
        )
        for n in range(1_000)
    ]
    one_by_one, at_once, block = await both(frames, 600, 2_000)
    assert said(at_once) == said(one_by_one)
    assert block.judged == 1


@pytest.mark.parametrize("seconds", [601, 90_000])
async def test_incident_closes_at_the_same_tick(seconds: int) -> None:
    """Long after its root has returned, with nothing but quiet frames since."""

    def mode(second: int, code: int) -> Frame:
        return Frame(
            spacecraft="iss",
            subsystem="adcs",
            time_ns=START_NS + second * SECOND_NS,
            received_ns=START_NS,
            sequence=second,
            values={"MODE": code},
        )

    # acknowledged by nobody, the longer one lasts for a day
    step = 1 if seconds < 1_000 else 60
    frames = [mode(n, 2 if n == 300 else 0) for n in range(0, seconds + 330, step)]
    one_by_one, at_once, _ = await both(frames, 3_600, seconds + 330, heartbeat=False)
    assert said(at_once) == said(one_by_one)
    logs = [one.log for outcome in at_once for one in outcome.messages if one.log]
    assert logs.count("incident") == (2 if seconds > 86_400 else 1)
