"""Many flights over many processes. I/O: starts them, and ends them whatever happens."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import connection
from pathlib import Path

from score.fly import Flown, Order, fly
from telemetry import missiondb
from telemetry.errors import StationwatchError, UsageError
from telemetry.missiondb import MissionDatabase


async def fly_all(
    orders: Sequence[Order],
    folder: Path | None,
    jobs: int,
    tell: Callable[[Flown], None] = lambda flown: None,
) -> list[Flown]:
    """Every order flown, in the orders' order.

    folder: of the mission database, None for the shipped one. tell: hears of each as it ends.
    :raises UsageError: for an order that cannot be flown.
    """
    loop = asyncio.get_running_loop()
    before = set(multiprocessing.active_children())
    # spawned, not forked: this process has threads by now
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        max_workers=min(jobs, len(orders)) or 1, mp_context=context, initializer=_follow_parent
    )

    async def one(order: Order) -> Flown:
        flown = await loop.run_in_executor(pool, _fly, order, folder)
        tell(flown)
        return flown

    try:
        async with asyncio.TaskGroup() as group:
            # the longest first, so that no process waits for one at the end
            first = sorted(range(len(orders)), key=lambda n: -orders[n].lasts_s)
            tasks = {n: group.create_task(one(orders[n])) for n in first}
        return [tasks[n].result() for n in range(len(orders))]
    except* BrokenProcessPool:
        raise StationwatchError(
            "score: a flight's process died, perhaps for want of memory: try fewer --jobs"
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
            process.join()


def _follow_parent() -> None:
    """End when the process that started this one does, however it ends, and not before.

    Ctrl-C reaches every process of a terminal; that one's answer to it ends these.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _fly(order: Order, folder: Path | None) -> Flown:
    try:
        return fly(order, _database(folder))
    except StationwatchError as error:
        # one that carries more than its text does not survive the way between processes
        raise UsageError(f"score: {order.title}: {error}") from None


@cache
def _database(folder: Path | None) -> MissionDatabase:
    return missiondb.load(folder)
