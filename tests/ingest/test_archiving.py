"""From a real spool into a real archive, and over HTTP back to a command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from ingest import archiving
from ingest.archive import Archive
from ingest.archive_client import ArchiveClient
from ingest.archive_http import archive_routes
from ingest.archiving import Archivist
from ingest.http import serve
from ingest.record import TICK, Record
from ingest.segment import ArchiveError
from ingest.spool import Cursor, Position, Spool
from tests.ingest.test_archive import at, stream


@dataclass(frozen=True)
class Running:
    spool: Spool
    archive: Archive
    archivist: Archivist


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    archive = Archive.open(folder)
    async with Spool.open(folder) as spool, Archivist(archive, spool, "v1") as archivist:
        task = asyncio.create_task(archivist.run())
        try:
            yield Running(spool, archive, archivist)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def messages(records: list[Record]) -> list[tuple[int, str, bytes]]:
    return [(r.received_ns, r.topic, r.payload) for r in records]


async def test_whoever_asks_gets_what_was_received_just_now(tmp_path: Path) -> None:
    async with running(tmp_path) as it:
        await it.spool.append(messages(stream()))
        await it.archivist.flush()
        assert [t.record for t in it.archive.timed(1, 1000)] == stream()
        assert it.spool.position(Cursor.ARCHIVIST) == Position(153, b"")


async def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    records = stream()
    async with running(tmp_path) as it:
        await it.spool.append(messages(records[:70]))
        await it.archivist.flush()
        await it.spool.append(messages(records[70:]))
    async with running(tmp_path) as it:
        await it.archivist.flush()
        assert [t.record for t in it.archive.timed(1, 1000)] == records
        span = it.archive.find(at(10), at(20))
        assert span is not None
        assert span.lap == 2


async def test_a_large_backlog_is_cut_into_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "SEGMENT_BYTES", 10_000)
    async with running(tmp_path) as it:
        for _ in range(40):
            await it.spool.append([(1, TICK, b"x" * 1000)])
        await it.archivist.flush()
        segments = list(it.archive.segments(1, 1000))
        assert max(segment.size for segment in segments) < 10_000 + archiving.BATCH * 1_100
        assert sum(s.last_n - s.first_n + 1 for s in segments) == 40


async def test_checkpoints_are_few_but_for_restarts(tmp_path: Path) -> None:
    async with running(tmp_path) as it:
        await it.spool.append(messages(stream()))
        await it.archivist.flush()
        await it.archivist.checkpoint(Position(0, b"first"), True)
        await it.archivist.checkpoint(Position(20, b"too soon"), False)
        found = await it.archivist.ask(Archive.checkpoint, 50)
        assert found is not None
        assert (found.n, found.state, found.restart) == (0, b"first", True)


async def test_a_command_reads_the_same_over_http(tmp_path: Path) -> None:
    async with running(tmp_path) as it:
        await it.archivist.ask(Archive.put_missiondb, "v1", {"a/b.toml": b"x = 1"})
        await it.archivist.checkpoint(Position(3, b"state"), True)
        await it.spool.append(messages(stream()))
        app = web.Application()
        app.add_routes(archive_routes(it.archivist))
        async with (
            serve(app, "127.0.0.1", 0) as port,
            ArchiveClient(f"http://127.0.0.1:{port}") as client,
        ):
            span = await client.find(at(60), at(70))
            assert span is not None
            assert span == it.archive.find(at(60), at(70))
            segments = [s async for s in client.segments(1, 1000)]
            assert [r for s in segments for r in s.records()] == stream()
            assert await client.laps() == it.archive.laps()
            assert await client.announcements(1, 200) == it.archive.announcements(1, 200)
            assert await client.checkpoint(9) == it.archive.checkpoint(9)
            assert await client.missiondb_files("v1") == {"a/b.toml": b"x = 1"}
            with pytest.raises(ArchiveError, match="does not hold mission database nil"):
                await client.missiondb_files("nil")
            assert await client.find(at(500), at(600)) is None


async def test_a_command_without_ingest_is_told_so() -> None:
    async with ArchiveClient("http://127.0.0.1:9") as client:
        with pytest.raises(ArchiveError, match=r"no ingest at http://127.0.0.1:9: .*--ingest-port"):
            await client.laps()
