import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.notify import tables
from ingest.notify.delivery import Delivery, Watch, Why
from ingest.notify.outbox import FILE, Outbox, OutboxError
from ingest.notify.schedule import Backlog, Lot, Owed
from ingest.notify.tables import Row
from telemetry.alarm import Event
from telemetry.limit import Severity
from tests.ingest.notify.samples import Life, many, s


def owed(
    events: Sequence[Event], *, why: Why = Why.RAISED, target: int = 0, turn: int = 0, at: float = 0
) -> Owed:
    return Owed(
        deliveries=[
            Delivery(event=e, route="ops", target=target, why=why, taken_ns=s(at), turn=turn)
            for e in events
        ]
    )


async def fresh(box: Outbox, limit: int = 1000, target: int = 0) -> list[Row]:
    return await box.lot("ops", target, Lot.FRESH, limit)


def ids(rows: Sequence[Row]) -> list[str]:
    return [row.delivery.event.id for row in rows]


async def test_the_same_event_again_owes_nothing(tmp_path: Path) -> None:
    events = many(3)
    async with Outbox.open(tmp_path, 0) as box:
        await box.take(owed(events), 3)
        await box.take(owed(events, at=9), 6)
        assert box.owed == 3
        await box.accepted(await fresh(box))
        await box.take(owed(events, at=99), 9)
        assert (box.owed, box.k) == (0, 9)
        # To another target, or for another reason, it is another thing.
        await box.take(owed(events, target=1), 9)
        await box.take(owed(events, why=Why.ESCALATED), 9)
        assert box.owed == 6


async def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    life = Life()
    event = life.violate()
    key = ("iss", life.alarm.id, "ops")
    watch = Watch(event=event, route="ops", since_ns=s(1), told_ns=s(2), turns=3, escalated=True)
    async with Outbox.open(tmp_path, 0) as box:
        step = owed([event, *many(2)])
        step.watches[key] = watch
        await box.take(step, 7)
        rows = await fresh(box)
        await box.failed(rows[:1], {rows[0].id: s(50)})
    async with Outbox.open(tmp_path, 99) as box:
        assert (box.k, box.owed, box.oldest_taken_ns) == (7, 3, s(0))
        assert await box.watches() == {key: watch}
        assert ids(await fresh(box)) == ids(rows[1:])
        (again,) = await box.lot("ops", 0, Lot.AGAIN, 9)
        assert (again.attempts, again.delivery) == (1, rows[0].delivery)
        assert await box.backlog("ops", 0) == Backlog(
            fresh=2, first_taken_ns=s(0), again=1, next_ns=s(50)
        )
        await box.take(Owed(watches={key: None}), 8)
    async with Outbox.open(tmp_path, 99) as box:
        assert await box.watches() == {}


async def test_what_is_owed_and_the_place_it_comes_from_are_saved_at_one_stroke(
    tmp_path: Path,
) -> None:
    bad = owed(many(2))
    bad.deliveries.append(
        bad.deliveries[0].__class__(
            **{
                **{f: getattr(bad.deliveries[0], f) for f in bad.deliveries[0].__struct_fields__},
                "taken_ns": 2**70,  # SQLite has no room for it
            }
        )
    )
    async with Outbox.open(tmp_path, 0) as box:
        with pytest.raises(OverflowError):
            await box.take(bad, 5)
        assert (box.k, box.owed) == (0, 0)
        await box.take(owed(many(2)), 5)
        assert (box.k, box.owed) == (5, 2)


async def test_a_new_outbox_begins_after_what_the_journal_has(tmp_path: Path) -> None:
    async with Outbox.open(tmp_path, 41) as box:
        assert box.k == 41


async def test_a_journal_begun_anew_is_read_from_its_start(tmp_path: Path) -> None:
    async with Outbox.open(tmp_path, 500):
        pass
    async with Outbox.open(tmp_path, 0) as box:
        assert box.k == 0


async def test_the_most_severe_go_first_then_the_oldest(tmp_path: Path) -> None:
    events = [
        Life("A").violate(1),
        Life("B").violate(2, severity=Severity.EMERGENCY),
        Life("C").violate(0),
        Life("D").violate(3, severity=Severity.WARNING),
    ]
    async with Outbox.open(tmp_path, 0) as box:
        await box.take(owed(events), 4)
        rows = await fresh(box, limit=3)
        assert [row.delivery.event.alarm.subject for row in rows] == ["B", "D", "C"]


async def test_an_answer_makes_due_what_waits_for_the_same_receiver(tmp_path: Path) -> None:
    async with Outbox.open(tmp_path, 0) as box:
        await box.take(owed(many(2)), 2)
        await box.take(owed(many(1), target=1), 2)
        for target in (0, 1):
            rows = await fresh(box, 1, target)
            await box.failed(rows, {rows[0].id: s(300)})
        await box.accepted(await fresh(box))
        assert (await box.backlog("ops", 0)).next_ns == 0
        assert (await box.backlog("ops", 1)).next_ns == s(300)


async def test_what_failed_long_does_not_come_along_with_what_failed_once(tmp_path: Path) -> None:
    async with Outbox.open(tmp_path, 0) as box:
        await box.take(owed(many(4)), 4)
        rows = await fresh(box)
        await box.failed(rows, {row.id: s(1 if n < 3 else 300) for n, row in enumerate(rows)})
        assert ids(await box.lot("ops", 0, Lot.AGAIN, 9)) == ids(rows[:3])


async def test_a_repetition_is_not_owed_twice(tmp_path: Path) -> None:
    events = many(1)
    async with Outbox.open(tmp_path, 0) as box:
        await box.take(owed(events), 1)
        await box.take(owed(events, why=Why.REPEATED, turn=1), None)
        assert box.owed == 1  # its first notice is still under way
        await box.accepted(await fresh(box))
        for turn in (2, 3, 4):
            await box.take(owed(events, why=Why.REPEATED, turn=turn), None)
        assert (box.owed, box.k) == (1, 1)


async def test_a_target_is_owed_so_much_and_the_least_severe_is_given_up(tmp_path: Path) -> None:
    red = [Life(f"R{n}").violate(severity=Severity.WARNING) for n in range(3)]
    async with Outbox.open(tmp_path, 0, max_owed=5) as box:
        await box.take(owed(red), 3)
        await box.take(owed(many(4)), 7)
        assert (box.owed, box.given_up) == (5, 2)
        assert ids(await fresh(box)) == [e.id for e in [*red, *many(4)[2:]]]
        await box.take(owed(many(1), target=1), 8)
        assert (box.owed, box.given_up) == (6, 2)


async def test_what_is_given_up_is_counted_and_forgotten(tmp_path: Path) -> None:
    async with Outbox.open(tmp_path, 0) as box:
        await box.take(owed(many(2)), 2)
        rows = await fresh(box)
        await box.failed(rows, {rows[0].id: None, rows[1].id: s(9)})
        assert (box.owed, box.given_up) == (1, 1)


async def test_what_is_owed_to_a_target_that_is_gone_is_given_up(tmp_path: Path) -> None:
    async with Outbox.open(tmp_path, 0) as box:
        await box.take(owed(many(2)), 2)
        await box.take(owed(many(3), target=1), 5)
        assert await box.adopt({("ops", 0), ("other", 0)}) == 3
        assert (box.owed, box.given_up) == (2, 3)


async def test_what_is_done_is_remembered_for_a_while_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "KEEP_DONE", 10)
    async with Outbox.open(tmp_path, 0) as box:
        for n in range(30):
            await box.take(owed([Life(f"P{n}").violate()]), n)
            await box.accepted(await fresh(box))
    with sqlite3.connect(tmp_path / FILE) as db:
        assert db.execute("SELECT count(*) FROM delivery").fetchone()[0] <= 11
    db.close()


async def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database, but long enough to look like one" * 100)
    with pytest.raises(OutboxError, match=r"^the notification outbox notify\.sqlite in .*opened"):
        Outbox.open(tmp_path, 0)


async def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    async with Outbox.open(tmp_path, 0):
        pass
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("PRAGMA user_version=77")
    db.close()
    with pytest.raises(OutboxError, match="version 77"):
        Outbox.open(tmp_path, 0)


async def test_two_cannot_have_one_outbox(tmp_path: Path) -> None:
    async with Outbox.open(tmp_path, 0):
        with pytest.raises(OutboxError, match="locked"):
            Outbox.open(tmp_path, 0)
