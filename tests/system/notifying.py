"""A notifier on a real spool, as a process to be killed: `python -m tests.system.notifying`."""

import asyncio
import sys
from pathlib import Path

from ingest.notify.deliver import AppriseSender
from ingest.notify.notifier import Notifier
from ingest.notify.outbox import Outbox
from ingest.spool import Cursor, Position, Spool
from telemetry.clock import SystemClock
from tests.ingest.notify.samples import URL, many, route
from tests.small import small_database


async def main(folder: Path, url: str, count: int) -> None:
    """Journal so many alarms, once, and notify for ever."""
    async with Spool.open(folder) as spool, Outbox.open(folder, spool.last_k) as outbox:
        if not spool.last_k:
            await spool.save(Cursor.PROCESSOR, Position(0, b""), many(count))

        async def passed(_k: int) -> None:
            pass

        notifier = Notifier(
            [route("ops", url)],
            outbox,
            AppriseSender(),
            SystemClock(),
            small_database(),
            URL,
            spool.lines,
            passed,
        )
        await notifier.run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
