"""From a real spool into a store and its roll-ups, over restarts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import msgspec
import pytest

from ingest import writer
from ingest.counters import Counters
from ingest.record import Outgoing
from ingest.spool import Cursor, Position, Spool
from ingest.writer import Writer
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.errors import StoreUnavailable
from telemetry.frame import Frame
from telemetry.store.base import Stretch, WriteReport
from telemetry.store.memory import MemoryStore
from telemetry.store.rollups import MINUTE_NS
from telemetry.topics import Topics
from tests.small import small_database

MISSION = small_database()
TOPICS = Topics()
T0 = 1_634_289_180 * SECOND_NS // MINUTE_NS * MINUTE_NS
NEVER_S = 3600.0
PLAYED = StreamClock(kind=StreamKind.PLAYED, epoch_ns=T0, wall_ns=0, run="r")
FIRST = Stretch("iss", "adcs", T0, T0 + MINUTE_NS)


class Watched(MemoryStore):
    """Tells what it was asked to roll up; fails as often as it is told to."""

    def __init__(self) -> None:
        super().__init__(MISSION)
        self.asked: list[Sequence[Stretch]] = []
        self.failures: list[Exception] = []

    async def roll_up(self, stretches: Sequence[Stretch]) -> None:
        if stretches and self.failures:
            raise self.failures.pop()
        await super().roll_up(stretches)
        if stretches:
            self.asked.append(stretches)


class Away(MemoryStore):
    """There when it was opened, and never since."""

    async def write(self, frames: Sequence[Frame]) -> WriteReport:
        raise StoreUnavailable("away")


def message(second: int) -> tuple[int, str, bytes]:
    time_ns = T0 + second * SECOND_NS
    body = {"t": time_ns, "seq": second, "values": {"COUNT": second}}
    return time_ns, TOPICS.frame("iss", "adcs"), msgspec.json.encode(body)


CLOCK = (T0, TOPICS.clock("iss"), msgspec.json.encode(PLAYED))


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "BATCH_S", 0)
    monkeypatch.setattr(writer, "ROLL_UP_S", 0)


@asynccontextmanager
async def writing(folder: Path, store: MemoryStore) -> AsyncIterator[Spool]:
    async with Spool.open(folder) as spool:
        running = Writer(spool, lambda: nullcontext(store), MISSION, TOPICS, Counters())
        task = asyncio.create_task(running.run())
        try:
            yield spool
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)


async def test_what_is_written_is_rolled_up_and_late_samples_again(tmp_path: Path) -> None:
    store = Watched()
    async with writing(tmp_path, store) as spool:
        await spool.append([CLOCK, message(0), message(90)])
        await until(lambda: [FIRST] in store.asked)
        await spool.append([message(30), message(91)])
        await until(lambda: store.asked.count([FIRST]) == 2)
    found = await store.buckets("iss", "adcs", "COUNT", T0, T0 + MINUTE_NS, MINUTE_NS)
    assert found.maximum.tolist() == [30]


async def test_what_was_not_rolled_up_is_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Watched()
    with monkeypatch.context() as patch:
        patch.setattr(writer, "ROLL_UP_S", NEVER_S)
        async with writing(tmp_path, store) as spool:
            await spool.append([CLOCK, message(0), message(90)])
            await until(lambda: spool.unread(Cursor.WRITER) == 0)
    assert store.asked == []
    async with writing(tmp_path, store):
        await until(lambda: bool(store.asked))
    assert store.asked[0] == [Stretch("iss", "adcs", T0, T0 + 2 * MINUTE_NS)]


@pytest.mark.parametrize("error", [StoreUnavailable("told to"), RuntimeError("told to")])
async def test_a_failure_is_logged_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    store = Watched()
    store.failures.append(error)
    async with writing(tmp_path, store) as spool:
        await spool.append([CLOCK, message(0), message(90)])
        await until(lambda: [FIRST] in store.asked)
    assert "told to" in caplog.text


async def test_a_journal_without_events_does_not_say_that_the_store_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FIRST_RETRY_S", NEVER_S)
    counters = Counters()
    async with Spool.open(tmp_path) as spool:
        running = Writer(spool, lambda: nullcontext(Away(MISSION)), MISSION, TOPICS, counters)
        task = asyncio.create_task(running.run())
        await until(lambda: counters.store_available)
        await spool.append([CLOCK, message(0)])
        await until(lambda: not counters.store_available)
        await spool.save(Cursor.PROCESSOR, Position(2, b""), [Outgoing("a/topic", b"")])
        await until(lambda: spool.unread(Cursor.EVENT_WRITER) == 0)
        assert not counters.store_available
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_state_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    store = Watched()
    async with Spool.open(tmp_path) as spool:
        await spool.append([CLOCK])
        old = Position(1, msgspec.msgpack.encode({"iss": PLAYED}))
        await spool.save(Cursor.WRITER, old)
    async with writing(tmp_path, store) as spool:
        # of 2021: absurd, but for the clock that was announced before
        await spool.append([message(0)])
        await until(lambda: spool.unread(Cursor.WRITER) == 0)
    assert (await store.last("iss", "adcs"))["COUNT"].time_ns == T0
