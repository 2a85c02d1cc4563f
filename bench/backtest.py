"""How long a back-test of every parameter takes, and how that grows. I/O: an embedded store.

    python -m bench.backtest [--folder FOLDER] [--days 1 3 7]

One simulated day of both spacecraft, with what is derived, is put into a DuckDB store, which takes
some minutes the first time (kept in the folder). Longer ranges read that same day again and again,
each time from the store. Measured are reading alone, judging by one mission database, by two side
by side, and, for one day, frame by frame as live does; the journals of both are compared.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from backtest.run import SLICE_NS, run
from bench.stored_day import Again, StoredDay, day, files
from ingest.happened import History
from ingest.processor import Processor
from telemetry import missiondb
from telemetry.alarm import Event
from telemetry.clock import utc
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.store.base import Store
from telemetry.store.duck import DuckStore
from telemetry.tally import DAY_NS

DAYS: Final = (1, 3, 7)


def history_of(again: Again, about: StoredDay, database: MissionDatabase, days: int) -> History:
    """So many days from the first on."""
    return History(
        store=cast(Store, again),
        database=database,
        start_ns=about.start_ns,
        stop_ns=about.start_ns + days * DAY_NS,
        announcements=about.timed(),
    )


async def read_all(history: History) -> int:
    """How many frames there were; nothing is made of them."""
    rows = 0
    async for slice_ in history.slices(SLICE_NS):
        rows += sum(len(block) for blocks in slice_.blocks.values() for block in blocks)
    return rows


async def _frame_by_frame(history: History) -> list[Event]:
    processor = Processor(history.database, history.topics, derive=False)
    events: list[Event] = []
    async for item in history.items():
        what = item.what
        done = processor.judge(what) if isinstance(what, Frame) else processor.process(what)
        events += done.events
    return events


async def timed(work: Any) -> tuple[float, Any]:
    """Seconds it took, and its result."""
    began_s = time.perf_counter()
    result = await work
    return time.perf_counter() - began_s, result


async def measure(folder: Path, days: Sequence[int]) -> list[str]:
    database = missiondb.load()
    about = await day(folder, database)
    lines = [
        f"{utc(about.start_ns)}, {about.samples} samples a day, {len(_parameters(database))} "
        "parameters; seconds",
        "",
        "| days | frames | judged one by one | reading alone | back-test | two side by side |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    async with DuckStore(files(folder)[0], database) as store:
        again = Again(store, about.start_ns)
        for number in days:
            history = history_of(again, about, database, number)
            read_s, rows = await timed(read_all(history))
            one_s, (journal,) = await timed(run(history, [database]))
            two_s, _ = await timed(run(history, [database, database]))
            lines.append(
                f"| {number} | {rows} | {journal.judged} | {read_s:.1f} | {one_s:.1f} "
                f"| {two_s:.1f} |"
            )
        history = history_of(again, about, database, 1)
        scalar_s, events = await timed(_frame_by_frame(history))
        (journal,) = await run(history, [database])
        same = "the same journal" if events == [*journal.early, *journal.events] else "NOT THE SAME"
        lines += ["", f"Frame by frame, one day: {scalar_s:.0f} s, {same} ({len(events)} events)."]
    return lines


def _parameters(database: MissionDatabase) -> list[str]:
    return [
        id_
        for craft in database.spacecraft.values()
        for subsystem in craft.subsystems.values()
        for id_ in subsystem.parameters
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.backtest", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "stationwatch-bench"
    )
    parser.add_argument("--days", type=int, nargs="+", default=list(DAYS))
    asked = parser.parse_args()
    lines = asyncio.run(measure(asked.folder, asked.days))
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
