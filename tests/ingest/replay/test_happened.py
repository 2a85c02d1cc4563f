"""As it happened: the journal of a back-test, from wherever it is begun and however often."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from backtest.run import run
from ingest.happened import History, Slice
from ingest.record import Outgoing, Record
from ingest.replay import happened
from ingest.replay.happened import Happened
from ingest.replay.source import NothingToReplay, Step
from ingest.segment import Timed
from telemetry import wire
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS
from telemetry.contact import ContactSchedule
from telemetry.frame import Frame
from telemetry.parameter import Value
from telemetry.store.memory import MemoryStore
from telemetry.topics import Topics
from tests.small import small_database

START_NS = 1_634_289_000 * SECOND_NS
MINUTES = 10
OWN = Topics("replay-x")
DATABASE = small_database()


def at(second: float) -> int:
    return START_NS + round(second * SECOND_NS)


def flight() -> list[Frame]:
    """A violation of some seconds each minute, and half a minute of silence in the middle."""

    def frame(second: int, craft: str, subsystem: str, values: dict[str, Value]) -> Frame:
        return Frame(
            spacecraft=craft,
            subsystem=subsystem,
            time_ns=at(second),
            received_ns=at(second + 3),
            sequence=second + 1,
            values=values,
        )

    frames = []
    for second in range(MINUTES * 60):
        if 300 <= second < 330:
            continue
        error = 3.5 if 20 <= second % 60 < 25 + second // 60 else 0.1
        slow = 1.5 if second % 60 > 40 else 0.0
        frames += [
            frame(second, "iss", "adcs", {"ERR": error, "SLOW": slow}),
            frame(second, "soyuz", "eps", {"VOLT": 160.0}),
        ]
        if second % 2 == 0:
            frames.append(frame(second, "iss", "eps", {"VOLT": 155.0 + second % 15}))
    return frames


@pytest.fixture
async def history() -> AsyncIterator[History]:
    schedule = ContactSchedule(from_ns=at(0), to_ns=at(10_000), links=(), contacts=())
    said = Record(1, at(90), Topics().contacts("iss"), wire.encode(schedule))
    async with MemoryStore(DATABASE) as store:
        await store.write(flight())
        yield History(
            store=store,
            database=DATABASE,
            start_ns=at(0),
            stop_ns=at(MINUTES * 60),
            announcements=(Timed(at(90), said),),
            topics=OWN,
        )


async def rest(source: Happened) -> list[Step]:
    steps = []
    while await source.next_ns() is not None:
        steps.append(await source.step())
    return steps


def journal(steps: Sequence[Step]) -> list[Event]:
    topics = {OWN.event("iss"), OWN.event("soyuz")}
    messages = [one for step in steps for one in step.messages]
    return [wire.decode_event(one.payload) for one in messages if one.topic in topics]


async def test_the_journal_is_that_of_a_back_test(history: History) -> None:
    source = Happened(history)
    await source.seek(source.start_ns)
    (tested,) = await run(history, [DATABASE])
    said = journal(await rest(source))
    assert said == tested.events
    assert {"ERR.limit", "SLOW.limit", "adcs.stale"} <= {event.alarm.id for event in said}


@pytest.mark.parametrize("most", [3, happened.MAX_MARKS])
async def test_it_goes_back_and_forth_and_says_what_it_said_before(
    history: History, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(happened, "MARK_NS", 30 * SECOND_NS)
    monkeypatch.setattr(happened, "MAX_MARKS", most)
    source = Happened(history)
    await source.seek(source.start_ns)
    whole = await rest(source)
    for second in (599, 200, 315, 30, 420, 100, 0):
        await source.seek(at(second))
        again = await rest(source)
        assert again == [step for step in whole if step.time_ns >= at(second)]


async def test_a_place_is_come_back_to_without_beginning_anew(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Happened(history)
    await source.seek(at(590))
    read: list[int] = []
    slices = History.slices

    def watched(history: History) -> AsyncIterator[Slice]:
        read.append(history.start_ns)
        return slices(history)

    monkeypatch.setattr(History, "slices", watched)
    await source.seek(at(500))
    assert read
    assert at(500 - 60 - 120) <= read[-1] <= at(500 - 60)


async def test_a_page_sees_the_newest_values_and_the_contacts_at_once(history: History) -> None:
    source = Happened(history)

    async def shown(second: float) -> dict[str, Outgoing]:
        return {one.topic: one for one in await source.seek(at(second))}

    early, late = await shown(60), await shown(400.5)
    newest = wire.decode_frame(late[OWN.frame("iss", "eps")].payload).body
    assert (newest.t, newest.values) == (at(400), {"VOLT": 165.0})
    assert set(late) - set(early) == {OWN.contacts("iss")}
    assert set(await shown(60)) == set(early)
    assert set(await shown(60)) == set(early), "there already, it is shown all the same"


async def test_where_nothing_is_stored_it_says_so(history: History) -> None:
    empty = replace(history, start_ns=at(10_000), stop_ns=at(20_000))
    with pytest.raises(NothingToReplay) as refused:
        await Happened(empty).open()
    assert str(refused.value).startswith("nothing is stored between 2021-10-15T11:56:40.000Z and")
