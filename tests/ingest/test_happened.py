"""Stored frames as a stream: order, announcements, ticks, and what comes with a first frame."""

from collections.abc import Sequence

import pytest

from ingest.happened import History, Item, frame_at, holds_derived
from ingest.record import TICK, Record
from ingest.segment import Timed
from telemetry.clock import SECOND_NS, StreamClock
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value
from telemetry.store.memory import MemoryStore
from telemetry.topics import Topics
from telemetry.wire import decode_clock
from tests.small import small_database

START_NS = 1_634_289_120 * SECOND_NS
DATABASE = small_database()


def at(second: float) -> int:
    return START_NS + round(second * SECOND_NS)


def frame(second: float, subsystem: str = "adcs", craft: str = "iss", **values: Value) -> Frame:
    return Frame(
        spacecraft=craft,
        subsystem=subsystem,
        time_ns=at(second),
        received_ns=at(second + 7),
        sequence=round(second * 10),
        values=values or {"VOLT": 155.0},
    )


async def items(
    frames: Sequence[Frame],
    stop_s: float = 60,
    database: MissionDatabase = DATABASE,
    announcements: Sequence[Timed] = (),
    **how: object,
) -> list[Item]:
    async with MemoryStore(database) as store:
        report = await store.write(frames)
        assert not report.rejected
        history = History(
            store=store,
            database=database,
            start_ns=at(0),
            stop_ns=at(stop_s),
            announcements=announcements,
            **how,  # type: ignore[arg-type]
        )
        return [item async for item in history.items()]


def frames_of(found: Sequence[Item]) -> list[Frame]:
    return [one.what for one in found if isinstance(one.what, Frame)]


def records_of(found: Sequence[Item]) -> list[Record]:
    return [one.what for one in found if isinstance(one.what, Record)]


async def test_frames_come_in_order_of_time_whatever_their_subsystem() -> None:
    stored = [
        frame(5, ERR=1.0),
        frame(1, "eps"),
        frame(1, ERR=2.0),
        frame(3, "eps", craft="soyuz"),
    ]
    found = frames_of(await items(stored))
    assert [(one.time_ns, one.spacecraft, one.subsystem) for one in found] == [
        (at(1), "iss", "adcs"),
        (at(1), "iss", "eps"),
        (at(3), "soyuz", "eps"),
        (at(5), "iss", "adcs"),
    ]
    assert found[0].values == {"ERR": 2.0}


async def test_frame_is_received_when_it_was_taken_and_keeps_its_sequence() -> None:
    (found,) = frames_of(await items([frame(2, "eps")]))
    assert found.received_ns == found.time_ns == at(2)
    assert found.sequence == 20


async def test_tick_comes_each_second_before_the_frames_of_it_and_none_after_the_last() -> None:
    found = await items([frame(1.5, "eps"), frame(4, "eps")])
    told = [
        "tick" if isinstance(one.what, Record) and one.what.topic == TICK else "other"
        for one in found
    ]
    times = [(one.time_ns - START_NS) / SECOND_NS for one in found]
    assert list(zip(told, times, strict=True)) == [
        ("other", 1.5),  # its clock
        ("other", 1.5),
        ("tick", 2.0),
        ("tick", 3.0),
        ("tick", 4.0),
        ("other", 4.0),
    ]


@pytest.mark.parametrize("heartbeat", [True, False])
async def test_spacecraft_announces_its_clock_with_its_first_frame(heartbeat: bool) -> None:
    stored = [frame(1, "eps"), frame(9, "eps", craft="soyuz"), frame(10, "eps", craft="soyuz")]
    found = records_of(await items(stored, heartbeat=heartbeat))
    clocks: list[tuple[str, StreamClock]] = [
        (one.topic.split("/")[2], decode_clock(one.payload)) for one in found if one.topic != TICK
    ]
    assert [(craft, clock.epoch_ns) for craft, clock in clocks] == [
        ("iss", at(1)),
        ("soyuz", at(9)),
    ]
    assert all(clock.at(at(55)) == at(55) for _, clock in clocks)
    assert {clock.heartbeat for _, clock in clocks} == {heartbeat}


async def test_lead_in_comes_before_the_start_and_nothing_from_the_stop_on() -> None:
    stored = [frame(second, "eps") for second in (-700, -500, 0, 59, 60)]
    found = frames_of(await items(stored, lead_in_ns=600 * SECOND_NS))
    assert [one.time_ns for one in found] == [at(-500), at(0), at(59)]


async def test_announcements_come_at_their_stream_time_under_the_root_that_is_asked_for() -> None:
    said = [
        Timed(0, Record(1, 77, "tlm/v1/iss/meta/contacts", b"early")),
        Timed(at(2.5), Record(2, 78, "cmd/v1/iss/plan/propose", b"later")),
    ]
    found = await items(
        [frame(1, "eps"), frame(4, "eps")], announcements=said, topics=Topics("replay-x")
    )
    told = [
        (one.time_ns, one.what.topic, one.what.payload, one.what.received_ns)
        for one in found
        if isinstance(one.what, Record) and one.what.payload in (b"early", b"later")
    ]
    assert told == [
        (at(1), "replay-x/v1/iss/meta/contacts", b"early", at(1)),
        (at(2.5), "replay-x-cmd/v1/iss/plan/propose", b"later", at(2.5)),
    ]
    assert [one.time_ns for one in found] == sorted(one.time_ns for one in found)
    numbers = [one.n for one in records_of(found)]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_store_that_is_read_in_slices_gives_every_frame_once() -> None:
    stored = [frame(60.0 * n, "eps") for n in range(100)]
    found = frames_of(await items(stored, stop_s=6_000))
    assert [one.time_ns for one in found] == [one.time_ns for one in stored]


async def test_frame_at_is_what_the_stream_has() -> None:
    stored = [
        Frame(
            spacecraft="iss",
            subsystem="adcs",
            time_ns=at(n),
            received_ns=at(n),
            sequence=n,
            values={"ERR": n / 3, "MODE": n, "FLAG": n == 1, "NAME": f"n{n}"},
            invalid={"COUNT": 4},
        )
        for n in range(3)
    ]
    async with MemoryStore(DATABASE) as store:
        await store.write(stored)
        blocks = [one async for one in store.read("iss", "adcs", at(0), at(9))]
    assert [frame_at(blocks[0], row) for row in range(3)] == stored
    assert frames_of(await items(stored)) == stored
    assert [type(value) for value in frame_at(blocks[0], 1).values.values()] == [
        float,
        int,
        bool,
        str,
    ]


async def test_empty_store_gives_nothing_and_holds_nothing_derived() -> None:
    assert await items([]) == []
    async with MemoryStore(DATABASE) as store:
        assert not await holds_derived(store, DATABASE, at(0), at(9))


async def test_frame_without_samples_is_a_heartbeat_and_comes_too() -> None:
    bare = Frame(spacecraft="iss", subsystem="eps", time_ns=at(2), received_ns=at(2), sequence=3)
    assert frames_of(await items([bare])) == [bare]
