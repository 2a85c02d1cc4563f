"""What else happened while a chart's parameters moved: asked of the store and of ingest. I/O."""

import asyncio
from typing import Final

from dashboard.means import Means
from dashboard.overview import MAX_EVENTS, known_plans, last_flight
from dashboard.tree import Tree
from dashboard.trends_alarms import alarm_marks
from dashboard.trends_ask import TrendAsk
from dashboard.trends_marks import MAX_MARKS, Mark, activity_marks, outage_marks
from telemetry.clock import SECOND_NS
from telemetry.errors import StoreError

#: An alarm that began so long before the range is still known to stand in it [A].
_BEFORE_NS: Final = 6 * 3600 * SECOND_NS


async def context(
    means: Means, tree: Tree, ask: TrendAsk, notes: list[str]
) -> tuple[list[Mark], bool]:
    """What happened, and whether all alarms are known. What cannot be had is added to the notes."""

    async def alarms() -> tuple[list[Mark], bool]:
        try:
            events = await means.history.events(
                MAX_EVENTS, max(0, ask.start_ns - _BEFORE_NS), ask.stop_ns
            )
        except StoreError as error:
            notes.append(f"no history: the store is away ({error}). Live data go on")
            return [], False
        if len(events) > MAX_EVENTS:
            notes.append(f"over {MAX_EVENTS:,} alarm events: the last of them are not shown")
        standing = tree.view.alarms.values()
        return alarm_marks(last_flight(events), standing, ask), len(events) <= MAX_EVENTS

    (found, known), plans = await asyncio.gather(alarms(), known_plans(means, notes))
    schedules = tree.view.board.contacts
    marks = [
        *activity_marks(plans, ask),
        *found,
        *outage_marks(schedules, ask.entries, ask.start_ns, ask.stop_ns),
    ]
    return marks[: 3 * MAX_MARKS], known
