"""The notifier as a whole, with receivers in memory; real ones are in tests/system."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from ingest.notify.deliver import MemorySender, Outcome
from ingest.notify.delivery import Circumstances
from ingest.notify.notifier import AGAIN_LANE, FIRST_LANE, Notifier, pass_over
from ingest.notify.outbox import Outbox, OutboxFull
from ingest.notify.routes import Target
from ingest.notify.schedule import MAX_GROUP, Lot, Ruling
from ingest.notify.text import Message
from ingest.record import Outgoing
from ingest.spool import Line
from telemetry.alarm import Event
from telemetry.clock import ManualClock
from telemetry.limit import Severity
from tests.eventually import eventually
from tests.ingest.notify.samples import Journal, Life, many, notifier, route, s

YES = Outcome(True)


class Hanging(MemorySender):
    """Receivers of `hang` do not answer before they are let go; how many are asked is counted."""

    def __init__(self) -> None:
        super().__init__()
        self.hanging = self.most_at_once = 0
        self.let_go = asyncio.Event()

    async def send(self, target: Target, message: Message) -> Outcome:
        if "hang" in target.url:
            self.hanging += 1
            self.most_at_once = max(self.most_at_once, self.hanging)
            try:
                await self.let_go.wait()
            finally:
                self.hanging -= 1
        return await super().send(target, message)


@asynccontextmanager
async def running(one: Notifier) -> AsyncIterator[Notifier]:
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(wanted: Callable[[], bool]) -> None:
    async def look() -> bool:
        return wanted()

    assert await eventually(look, within_s=20)


def ids(sender: MemorySender, target: str = "") -> list[str]:
    return [id_ for t, m in sender.sent if target in t.url for id_ in m.ids]


async def test_every_annunciation_reaches_every_target_of_its_routes(tmp_path: Path) -> None:
    life, sender = Life(), MemorySender()
    journal = Journal([life.violate(0), life.escalate(5)])
    routes = (route("ops", "json://a", "json://b"), route("red", severity=Severity.WARNING))
    async with Outbox.open(tmp_path, 0) as box:
        async with running(notifier(journal, box, *routes, sender=sender)) as one:
            await until(lambda: box.owed == 0 and one.sent > 0)
        assert sorted(ids(sender, "//a")) == sorted(ids(sender, "//b"))
        assert len(ids(sender, "//a")) == 2
        assert ids(sender, "//red") == [journal.lines_[1].content.id]  # type: ignore[union-attr]
        assert (journal.passed_k, box.k) == (2, 2)
        assert one.rulings == {
            ("ops", Ruling.FOR_IT): 2,
            ("red", Ruling.BELOW): 1,
            ("red", Ruling.FOR_IT): 1,
        }


async def test_other_lines_of_the_journal_are_passed(tmp_path: Path) -> None:
    journal, sender = Journal(), MemorySender()
    journal.lines_ = [Line(1, Outgoing("tlm/v1/iss/plan/x", b"{}", retain=True))]
    async with (
        Outbox.open(tmp_path, 0) as box,
        running(notifier(journal, box, route(), sender=sender)),
    ):
        await until(lambda: journal.passed_k == 1)
        await journal.add(Life().violate())
        await until(lambda: len(sender.sent) == 1)


@pytest.mark.parametrize("stop_at", ["journal", "outbox", "receiver"])
async def test_stopped_anywhere_nothing_is_lost(tmp_path: Path, stop_at: str) -> None:
    """Stopped for good before a stage is done, and started anew on the same files."""
    events, stopped = many(120), asyncio.Event()
    journal, sender = Journal(events), Hanging()

    async def stop(*_: object) -> None:
        stopped.set()
        await asyncio.Event().wait()

    async with Outbox.open(tmp_path, 0) as box:
        one = notifier(journal, box, route(), sender=sender)
        if stop_at == "journal":
            box.take = stop  # type: ignore[method-assign]
        elif stop_at == "outbox":
            sender.send = stop  # type: ignore[method-assign]
        else:
            box.accepted = stop  # type: ignore[method-assign]
        async with running(one):
            await stopped.wait()
    again = MemorySender()
    async with (
        Outbox.open(tmp_path, 120) as box,
        running(notifier(journal, box, route(), sender=again)),
    ):
        await until(lambda: box.owed == 0 and box.k == 120)
    assert {*ids(sender), *ids(again)} == {event.id for event in events}
    if stop_at != "receiver":  # there alone can nobody know whether it has arrived
        assert len(ids(again)) == 120


async def test_a_thousand_at_once_are_grouped_and_none_is_lost(tmp_path: Path) -> None:
    events, sender = many(1000), MemorySender()
    async with Outbox.open(tmp_path, 0) as box:
        slow = route("ops", "json://a", group_s=0.5)
        async with running(notifier(Journal(events), box, slow, sender=sender)):
            await until(lambda: len(ids(sender)) == 1000 and box.owed == 0)
    assert sorted(ids(sender)) == sorted(event.id for event in events)
    assert len(sender.sent) == 1000 / MAX_GROUP


async def test_a_dead_receiver_holds_up_nobody_and_hears_everything_when_it_is_back(
    tmp_path: Path,
) -> None:
    dead = True

    def answer(target: Target, _message: Message) -> Outcome:
        return Outcome(False, "dead") if dead and "dead" in target.url else YES

    journal, sender = Journal(many(3)), MemorySender(answer)
    both = route("ops", "json://dead", "json://alive")
    async with (
        Outbox.open(tmp_path, 0) as box,
        running(notifier(journal, box, both, sender=sender)) as one,
    ):
        await until(lambda: len(ids(sender, "alive")) == 3 and one.failed > 0)
        assert one.values(s(0))["GND_NOTIFY_PENDING"] == 3
        dead = False
        await until(lambda: len(ids(sender, "dead")) == 3 and box.owed == 0)
        assert len(ids(sender, "alive")) == 3  # it is not told twice


async def test_few_are_asked_at_once_and_those_that_hang_leave_room(tmp_path: Path) -> None:
    sender = Hanging()
    hang = route("hang", *(f"json://hang{n}" for n in range(FIRST_LANE - 1)))
    async with (
        Outbox.open(tmp_path, 0) as box,
        running(notifier(Journal(many(9)), box, hang, route("well"), sender=sender)),
    ):
        await until(lambda: len(ids(sender, "well")) == 9 and sender.hanging == FIRST_LANE - 1)


async def test_no_more_than_a_few_are_asked_at_once(tmp_path: Path) -> None:
    sender = Hanging()
    targets = route("hang", *(f"json://hang{n}" for n in range(20)))
    async with (
        Outbox.open(tmp_path, 0) as box,
        running(notifier(Journal(many(9)), box, targets, sender=sender)),
    ):
        await until(lambda: sender.hanging == FIRST_LANE)
        sender.let_go.set()
        await until(lambda: box.owed == 0 and len(sender.sent) == 20)
    assert sender.most_at_once == FIRST_LANE


async def test_receivers_that_failed_before_leave_the_first_lane_free(tmp_path: Path) -> None:
    """Twenty that refuse once and hang ever after cannot keep a new alarm from one that answers."""
    sender = Hanging()
    first = asyncio.Event()
    refused: set[str] = set()
    hang = sender.send

    async def send(target: Target, message: Message) -> Outcome:
        if "hang" in target.url and target.url not in refused:
            refused.add(target.url)
            if len(refused) == 20:
                first.set()
            return Outcome(False, "not now")
        return await hang(target, message)

    sender.send = send  # type: ignore[method-assign]
    away = route("hang", *(f"json://hang{n}" for n in range(20)), severity=Severity.WARNING)
    journal = Journal([Life("RED").violate(severity=Severity.WARNING)])
    async with (
        Outbox.open(tmp_path, 0) as box,
        running(notifier(journal, box, away, route("well"), sender=sender)),
    ):
        await first.wait()
        await until(lambda: sender.hanging == AGAIN_LANE)
        await journal.add(Life("NEW").violate())
        await until(lambda: len(ids(sender, "well")) == 2)


async def test_nobody_answers_and_it_is_repeated_and_escalated_until_somebody_does(
    tmp_path: Path,
) -> None:
    life, sender = Life(), MemorySender()
    journal = Journal([life.violate()])
    ops = route("ops", repeat_s=0.05, escalate_to="boss", escalate_after_s=0.1, resolved=True)
    boss = route("boss", only_escalations=True)
    async with Outbox.open(tmp_path, 0) as box:
        async with running(notifier(journal, box, ops, boss, sender=sender)):
            await until(lambda: len(ids(sender, "boss")) == 1 and len(ids(sender, "ops")) > 3)
            await journal.add(life.acknowledge(1))
            await until(lambda: sender.sent[-1][1].title.startswith("ACKNOWLEDGED"))
            await journal.add(life.back(2))
            await until(lambda: sender.sent[-1][1].title.startswith("BACK IN LIMITS"))
        titles = [m.title for t, m in sender.sent if "ops" in t.url]
    assert titles[-2].startswith("ACKNOWLEDGED: ")
    assert titles[1].startswith("REMINDER 1, NOT ACKNOWLEDGED: ")
    assert titles[2].startswith("REMINDER 2, NOT ACKNOWLEDGED: ")


async def test_waiting_goes_on_over_a_restart(tmp_path: Path) -> None:
    journal, clock = Journal([Life().violate()]), ManualClock(s(0))
    ops = route("ops", escalate_to="boss", escalate_after_s=600)
    boss = route("boss", only_escalations=True)
    async with Outbox.open(tmp_path, 0) as box:
        sender = MemorySender()
        async with running(notifier(journal, box, ops, boss, sender=sender, clock=clock)):
            await until(lambda: len(sender.sent) == 1 and box.owed == 0)
    clock.advance(600)
    async with Outbox.open(tmp_path, 1) as box:
        sender = MemorySender()
        async with running(notifier(journal, box, ops, boss, sender=sender, clock=clock)):
            await until(lambda: len(ids(sender, "boss")) == 1)
    assert sender.sent[0][1].title.startswith("NOBODY HAS ACKNOWLEDGED: ")


async def test_ground_is_told_how_it_goes(tmp_path: Path) -> None:
    answers = [Outcome(False, "no"), YES]
    sender = MemorySender(lambda _target, _message: answers.pop(0))
    journal, clock = Journal([Life().violate(0)]), ManualClock(s(0))
    async with (
        Outbox.open(tmp_path, 0) as box,
        running(notifier(journal, box, route(), sender=sender, clock=clock)) as one,
    ):
        await until(lambda: one.failed == 1)
        assert one.values(s(30)) == {
            "GND_NOTIFY_PENDING": 1,
            "GND_NOTIFY_SENT_TOTAL": 0,
            "GND_NOTIFY_FAILED_TOTAL": 1,
            "GND_NOTIFY_GIVEN_UP_TOTAL": 0,
            "GND_NOTIFY_LATENCY": 0.0,
            "GND_NOTIFY_OLDEST": 30.0,
        }
        clock.advance(40)
        await until(lambda: box.owed == 0)
        values = one.values(s(99))
        assert (values["GND_NOTIFY_SENT_TOTAL"], values["GND_NOTIFY_OLDEST"]) == (1, 0.0)
        assert values["GND_NOTIFY_LATENCY"] == 40.0


async def test_what_was_owed_to_a_route_that_is_gone_is_given_up(tmp_path: Path) -> None:
    refuse = MemorySender(lambda _target, _message: Outcome(False, "no"))
    journal = Journal(many(2))
    async with (
        Outbox.open(tmp_path, 0) as box,
        running(notifier(journal, box, route("old"), sender=refuse)) as one,
    ):
        await until(lambda: one.failed == 1)
    async with (
        Outbox.open(tmp_path, 2) as box,
        running(notifier(journal, box, route("new"))) as one,
    ):
        await until(lambda: one.values(0)["GND_NOTIFY_GIVEN_UP_TOTAL"] == 2)
        assert box.owed == 0


async def test_a_full_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.notify.notifier.FULL_RETRY_S", 0.01)
    full, sender = 3, MemorySender()
    async with Outbox.open(tmp_path, 0) as box:
        take = box.take

        async def refuse(*args: object) -> None:
            nonlocal full
            full -= 1
            if full >= 0:
                raise OutboxFull("the notification outbox's disk is full")
            await take(*args)  # type: ignore[arg-type]

        box.take = refuse  # type: ignore[method-assign]
        async with running(notifier(Journal(many(1)), box, route(), sender=sender)):
            await until(lambda: len(sender.sent) == 1)
    assert full < 0


async def test_what_cannot_be_worded_is_told_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    event = Life("MODE").violate()
    alarm = msgspec.structs.replace(event.alarm, value="no code of an enumeration")
    odd, sender = msgspec.structs.replace(event, alarm=alarm), MemorySender()

    def unknown(_event: Event) -> Circumstances:
        raise KeyError("iss")

    async with Outbox.open(tmp_path, 0) as box:
        one = notifier(Journal([odd]), box, route(), sender=sender)
        one._circumstances = unknown
        async with running(one):
            await until(lambda: len(sender.sent) == 1)
    assert sender.sent[0][1].title == "CAUTION: iss/MODE.limit"
    assert ids(sender) == [event.id]
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


async def test_after_a_day_what_was_acknowledged_is_given_up_and_nothing_else(
    tmp_path: Path,
) -> None:
    seen, unseen, clock = Life("SEEN"), Life("UNSEEN"), ManualClock(s(0))
    journal = Journal([seen.violate(0), unseen.violate(0), seen.acknowledge(1)])
    refuse = MemorySender(lambda _target, _message: Outcome(False, "no"))
    async with (
        Outbox.open(tmp_path, 0) as box,
        running(notifier(journal, box, route(), sender=refuse, clock=clock)) as one,
    ):
        await until(lambda: one.failed == 1)
        assert (box.owed, box.given_up) == (2, 0)
        clock.advance(25 * 3600)
        await until(lambda: box.given_up == 1)
        (row,) = await box.lot("ops", 0, Lot.AGAIN, 9)
        assert row.delivery.event.alarm.subject == "UNSEEN"


async def test_without_routes_the_journal_is_passed_over() -> None:
    journal = Journal(many(250))
    task = asyncio.create_task(pass_over(journal.lines, journal.passed, 0))
    await until(lambda: journal.passed_k == 250)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
