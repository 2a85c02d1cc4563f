"""The spool on a real disk: order, restart, bounds, and who may open it."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from ingest.record import TICK
from ingest.spool import KEEP_PASSED, Cursor, Dead, Position, Spool
from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.errors import SpoolError, SpoolFull
from telemetry.wire import DeadNotice, Reason


def event(id_: str) -> Event:
    alarm = Alarm(spacecraft="iss", id="P.limit", subject="P", condition=Condition.LIMIT)
    return Event(
        id=id_,
        kind=EventKind.VIOLATED,
        time_ns=1,
        received_ns=1,
        previous=State.NORMAL,
        alarm=alarm,
    )


def messages(count: int, size: int = 1) -> list[tuple[int, str, bytes]]:
    return [(i, f"topic/{i}", b"x" * size) for i in range(count)]


async def test_records_come_back_in_the_order_they_went_in(tmp_path: Path) -> None:
    async with Spool.open(tmp_path) as spool:
        await asyncio.gather(
            *(spool.append(messages(3)) for _ in range(20)), spool.append([(7, TICK, b"")])
        )
        records = await spool.records(0, 1000)
        assert [r.n for r in records] == list(range(1, 62))
        assert [r.n for r in await spool.records(10, 5)] == [11, 12, 13, 14, 15]
    async with Spool.open(tmp_path) as spool:
        assert await spool.records(0, 1000) == records
        await spool.append(messages(1))
        assert (await spool.records(61, 10))[0].n == 62


async def test_a_reader_waits_for_what_is_not_there_yet(tmp_path: Path) -> None:
    async with Spool.open(tmp_path) as spool:
        reading = asyncio.create_task(spool.records(0, 10))
        telling = asyncio.create_task(spool.lines(0, 10))
        await spool.append(messages(2))
        assert len(await reading) == 2
        await spool.save(Cursor.PROCESSOR, Position(2, b"s"), [event("a")])
        assert [line.content.id for line in await telling] == ["a"]


async def test_a_cursor_its_state_and_its_events_are_saved_together(tmp_path: Path) -> None:
    async with Spool.open(tmp_path) as spool:
        await spool.append(messages(5))
        notice = DeadNotice(
            n=3, received_ns=1, topic="t", reason=Reason.NOT_JSON, detail="d", parameter=""
        )
        await spool.save(
            Cursor.PROCESSOR, Position(3, b"state"), [event("a"), event("b")], [Dead(notice, b"p")]
        )
    async with Spool.open(tmp_path) as spool:
        assert spool.position(Cursor.PROCESSOR) == Position(3, b"state")
        assert spool.position(Cursor.WRITER) == Position(0, b"")
        assert (spool.unread(Cursor.PROCESSOR), spool.unread(Cursor.WRITER)) == (2, 5)
        assert [line.content.id for line in await spool.lines(0, 10)] == ["a", "b"]
        assert await spool.dead_messages(10) == [Dead(notice, b"p")]


async def test_the_journal_keeps_every_line_whatever_its_id(tmp_path: Path) -> None:
    """Cursor and lines are saved at one stroke, so a line that comes again is another event."""
    async with Spool.open(tmp_path) as spool:
        await spool.save(Cursor.PROCESSOR, Position(1, b""), [event("a"), event("b")])
        await spool.save(Cursor.PROCESSOR, Position(2, b""), [event("b")])
        await spool.save(Cursor.PROCESSOR, Position(3, b""))
        lines = await spool.lines(0, 10)
        assert [line.content.id for line in lines] == ["a", "b", "b"]
        assert spool.last_k == lines[-1].k


async def test_a_save_that_fails_leaves_nothing_behind_and_blocks_nobody(tmp_path: Path) -> None:
    async with Spool.open(tmp_path) as spool:
        with pytest.raises(OverflowError):  # SQLite has no such integer
            await spool.save(Cursor.PROCESSOR, Position(2**70, b""), [event("a")])
        await spool.save(Cursor.PROCESSOR, Position(1, b""), [event("b")])
        assert [line.content.id for line in await spool.lines(0, 10)] == ["b"]


async def test_appending_while_pruning_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.spool.KEEP_PASSED", 0)
    async with Spool.open(tmp_path) as spool:
        await spool.append(messages(50, size=100))
        for cursor in Cursor:
            await spool.save(cursor, Position(50, b""))
        await asyncio.gather(spool.prune(), spool.append(messages(20, size=100)), spool.prune())
        counted = spool.bytes
    async with Spool.open(tmp_path) as spool:
        assert spool.bytes == counted > 2000


@pytest.mark.parametrize("tail_bytes", [1 << 20, 0], ids=["from memory", "from the disk"])
async def test_a_read_stops_at_the_record_that_goes_beyond_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tail_bytes: int
) -> None:
    monkeypatch.setattr("ingest.spool.TAIL_BYTES", tail_bytes)
    async with Spool.open(tmp_path) as spool:
        await spool.append([(0, "t", b"x" * 35)] * 20)  # with its overhead, 100
        found = await spool.records(4, 20, 450)
        assert [record.n for record in found] == [5, 6, 7, 8, 9]
        # one that is larger than the bound is read all the same, else nobody came past it
        assert [record.n for record in await spool.records(9, 20, 50)] == [10]


async def test_a_full_disk_is_waited_out_with_nothing_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.spool.FULL_RETRY_S", 0.01)
    async with Spool.open(tmp_path) as spool:
        await spool.append(messages(3))
        pages = await spool._run(lambda: spool._scalar("PRAGMA page_count"))
        await spool._run(lambda: spool._scalar(f"PRAGMA max_page_count={pages}"))
        with pytest.raises(SpoolFull, match="disk is full"):
            await spool.append(messages(1, size=100_000))
        saving = asyncio.create_task(
            spool.save(Cursor.PROCESSOR, Position(3, b"x" * 100_000), [event("a")])
        )
        while spool.waits_for_room < 2:
            await asyncio.sleep(0)
        assert not saving.done()
        await spool._run(lambda: spool._scalar("PRAGMA max_page_count=1000000"))
        await saving
        assert [line.content.id for line in await spool.lines(0, 10)] == ["a"]
        assert spool.last_n == 3


async def test_what_every_cursor_has_passed_is_given_up_and_nothing_else(tmp_path: Path) -> None:
    async with Spool.open(tmp_path) as spool:
        await spool.append([(0, "t", b"x" * 35)] * (3 * KEEP_PASSED))  # with its overhead, 100
        await spool.save(Cursor.PROCESSOR, Position(3 * KEEP_PASSED, b""))
        await spool.save(Cursor.ARCHIVIST, Position(3 * KEEP_PASSED, b""))
        await spool.prune()
        assert spool.bytes == 300 * KEEP_PASSED
        await spool.save(Cursor.WRITER, Position(2 * KEEP_PASSED, b""))
        await spool.prune()
        assert spool.bytes == 200 * KEEP_PASSED
    async with Spool.open(tmp_path) as spool:
        assert spool.bytes == 200 * KEEP_PASSED
        assert (await spool.records(KEEP_PASSED, 1))[0].n == KEEP_PASSED + 1


async def test_numbers_are_never_used_again(tmp_path: Path) -> None:
    async with Spool.open(tmp_path) as spool:
        await spool.append(messages(2 * KEEP_PASSED))
        for cursor in Cursor:
            await spool.save(cursor, Position(10**6, b""))
        await spool.prune()
    async with Spool.open(tmp_path) as spool:
        await spool.append(messages(1))
        assert spool.last_n == 2 * KEEP_PASSED + 1


async def test_a_full_spool_refuses_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    async with Spool.open(tmp_path, max_bytes=100_000) as spool:
        await spool.append(messages(2 * KEEP_PASSED, size=100))
        with pytest.raises(SpoolFull, match="is the store away"):
            await spool.append(messages(1))
        last = spool.last_n
        for cursor in (Cursor.PROCESSOR, Cursor.WRITER, Cursor.ARCHIVIST):
            await spool.save(cursor, Position(last, b""))
        await spool.prune()
        await spool.append(messages(1))
        assert spool.last_n == last + 1


async def test_a_backlog_longer_than_memory_is_read_from_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.spool.TAIL_BYTES", 1000)
    async with Spool.open(tmp_path) as spool:
        for _ in range(10):
            await spool.append(messages(10, size=50))
        n, seen = 0, []
        while n < 100:
            records = await spool.records(n, 7)
            seen += [r.n for r in records]
            n = seen[-1]
        assert seen == list(range(1, 101))


async def test_memory_holds_no_more_than_is_still_to_be_judged_or_stored(tmp_path: Path) -> None:
    async with Spool.open(tmp_path) as spool:
        for _ in range(4):
            await spool.append(messages(1_000, size=1_000))
        assert spool._tail_bytes > 4_000_000
        await spool.save(Cursor.PROCESSOR, Position(4_000, b""))
        await spool.save(Cursor.WRITER, Position(3_500, b""))
        await spool.append(messages(1_100, size=1_000))
        assert [record.n for record in spool._tail] == list(range(3_501, 5_101))
        assert spool._tail_bytes < 2_000_000
        n, seen = 3_000, []
        while n < 5_100:  # from the disk at first
            seen += [record.n for record in await spool.records(n, 700)]
            n = seen[-1]
        assert seen == list(range(3_001, 5_101))


async def test_a_second_ingest_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    async with Spool.open(tmp_path):
        with pytest.raises(SpoolError, match="in use by another ingest"):
            Spool.open(tmp_path)


async def test_a_spool_of_another_version_is_left_alone(tmp_path: Path) -> None:
    async with Spool.open(tmp_path):
        pass
    database = sqlite3.connect(tmp_path / "ingest.sqlite")
    database.execute("PRAGMA user_version=99")
    database.close()
    before = (tmp_path / "ingest.sqlite").read_bytes()
    with pytest.raises(SpoolError, match="version 99"):
        Spool.open(tmp_path)
    assert (tmp_path / "ingest.sqlite").read_bytes() == before


async def test_a_damaged_spool_says_so(tmp_path: Path) -> None:
    (tmp_path / "ingest.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(SpoolError, match="cannot be opened"):
        Spool.open(tmp_path)


async def test_what_a_cancelled_caller_still_appends_is_not_settled(tmp_path: Path) -> None:
    async with Spool.open(tmp_path) as spool:
        appending = asyncio.create_task(spool.append([(1, "a/topic", b"")]))
        while not spool._appending.locked():
            await asyncio.sleep(0)
        appending.cancel()
        settling = asyncio.create_task(spool.settled())
        while spool.last_n == 0:
            await asyncio.sleep(0)
        assert not settling.done()
        for cursor in (Cursor.PROCESSOR, Cursor.WRITER):
            await spool.save(cursor, Position(1, b""))
        await settling
