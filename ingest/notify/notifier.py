"""The notifier, composed: the journal's lines into the outbox, and out of it to the receivers.

One task reads the journal, one minds what nobody acknowledges, and each target has one of its own,
so that a receiver that hangs holds up nobody else. Of those, few speak at once, and what was tried
before has a lane of its own: dead receivers do not take the room of those that answer.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from ingest.notify import schedule
from ingest.notify.deliver import Outcome, Sender
from ingest.notify.delivery import Circumstances, Delivery, Watch, Why
from ingest.notify.outbox import Outbox, OutboxFull
from ingest.notify.routes import Route, Target
from ingest.notify.schedule import MAX_GROUP, Lot, Owed, Ruling, WatchKey
from ingest.notify.tables import Row
from ingest.notify.text import Composer, Message, plain
from ingest.notify.told import Attempt
from ingest.spool import Line
from telemetry.alarm import Alarm, Condition, Event
from telemetry.clock import SECOND_NS, Clock
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value

BATCH: Final = 100
#: Messages under way at once: first attempts, and attempts that are no longer the first.
FIRST_LANE: Final = 4
AGAIN_LANE: Final = 2
#: The wall clock may be set; nobody waits longer than this for a time of it.
LONGEST_REST_S: Final = 30.0
FULL_RETRY_S: Final = 2.0

logger = logging.getLogger(__name__)


class Notifier:
    """Counts since it was made: messages `sent`, attempts `failed`; `rulings` by route."""

    def __init__(
        self,
        routes: Sequence[Route],
        outbox: Outbox,
        sender: Sender,
        clock: Clock,
        database: MissionDatabase,
        console_url: str,
        lines: Callable[[int, int], Awaitable[list[Line]]],
        passed: Callable[[int], Awaitable[None]],
        circumstances: Callable[[Event], Circumstances] = lambda _: Circumstances(),
    ) -> None:
        """lines: (after, limit) -> the next lines of the journal, waits for one. passed: told up
        to where they are safe in the outbox. circumstances: what is known when an event comes.
        """
        self._routes = {route.name: route for route in routes}
        self._outbox = outbox
        self._sender = sender
        self._clock = clock
        self._composer = Composer(database, console_url, self._newest)
        self._lines = lines
        self._passed = passed
        self._circumstances = circumstances
        self._subsystems = {
            (craft.id, parameter): subsystem.id
            for craft in database.spacecraft.values()
            for subsystem in craft.subsystems.values()
            for parameter in subsystem.parameters
        }
        self._watches: dict[WatchKey, Watch] = {}
        # What a step is made from must not change until it is saved.
        self._stepping = asyncio.Lock()
        self._watching = asyncio.Event()
        self._stirred = {
            (target.route, target.index): asyncio.Event() for r in routes for target in r.to
        }
        self._first, self._again = asyncio.Semaphore(FIRST_LANE), asyncio.Semaphore(AGAIN_LANE)
        self._latency_s = 0.0
        self.sent = 0
        self.failed = 0
        self.rulings: Counter[tuple[str, Ruling]] = Counter()

    async def run(self) -> None:
        """Until cancelled.

        :raises OutboxError: if the outbox cannot be used; everything else is retried.
        """
        gone = await self._outbox.adopt(self._stirred.keys())
        if gone:
            logger.warning("%d notifications were owed to targets that are gone: given up", gone)
        watches = await self._outbox.watches()
        self._watches = {key: one for key, one in watches.items() if one.route in self._routes}
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read_journal(), name="journal")
            tasks.create_task(self._mind(), name="mind")
            for route in self._routes.values():
                for target in route.to:
                    tasks.create_task(self._serve(route, target), name=f"serve {target.shown}")

    def values(self, now_ns: int) -> dict[str, Value]:
        """What `ground` tells of notification, by parameter id."""
        oldest_ns = self._outbox.oldest_taken_ns
        return {
            "GND_NOTIFY_PENDING": self._outbox.owed,
            "GND_NOTIFY_SENT_TOTAL": self.sent,
            "GND_NOTIFY_FAILED_TOTAL": self.failed,
            "GND_NOTIFY_GIVEN_UP_TOTAL": self._outbox.given_up,
            "GND_NOTIFY_LATENCY": self._latency_s,
            "GND_NOTIFY_OLDEST": max(0, now_ns - oldest_ns) / SECOND_NS if oldest_ns else 0.0,
        }

    async def _read_journal(self) -> None:
        k = self._outbox.k
        while True:
            lines = await self._lines(k, BATCH)
            k = lines[-1].k
            events = [line.content for line in lines if isinstance(line.content, Event)]
            # What is no event owes nothing: reading it again after a restart does no harm.
            if events:
                async with self._stepping:
                    now_ns = self._clock.now_ns()
                    owed = Owed()
                    for event in events:
                        self._take(event, owed, now_ns)
                    await self._save(owed, k)
            await self._passed(k)

    def _take(self, event: Event, owed: Owed, now_ns: int) -> None:
        """Add what one event makes owed to what its batch does."""
        subsystem = self._subsystem(event.alarm)
        for route in self._routes.values():
            ruling = schedule.rule(event, route, subsystem)
            self.rulings[route.name, ruling] += 1
            logger.debug("%s %s: %s", event.id, route.name, ruling)
        step = schedule.take(
            event,
            self._known(event),
            subsystem,
            self._routes.values(),
            self._watches,
            now_ns,
        )
        self._apply(step)
        owed.deliveries.extend(step.deliveries)
        owed.watches.update(step.watches)

    def _known(self, event: Event) -> Circumstances:
        """As for the wording: what cannot be told must not keep an alarm back."""
        try:
            return self._circumstances(event)
        except Exception:
            logger.exception("the circumstances of %s could not be told", event.id)
            return Circumstances()

    async def _mind(self) -> None:
        """Repeat and escalate what nobody acknowledges."""
        while True:
            self._watching.clear()
            async with self._stepping:
                now_ns = self._clock.now_ns()
                owed = schedule.overdue(self._watches, self._routes, now_ns)
                if owed.watches:
                    self._apply(owed)
                    await self._save(owed, None)
                next_ns = schedule.next_overdue_ns(self._watches.values(), self._routes)
            await self._rest(self._watching, next_ns)

    def _apply(self, step: Owed) -> None:
        for key, watch in step.watches.items():
            if watch is None:
                self._watches.pop(key, None)
            else:
                self._watches[key] = watch

    async def _save(self, owed: Owed, k: int | None) -> None:
        while True:
            try:
                await self._outbox.take(owed, k)
                break
            except OutboxFull as full:
                logger.warning("%s; trying again in %.0f s", full, FULL_RETRY_S)
                await asyncio.sleep(FULL_RETRY_S)
        for delivery in owed.deliveries:
            self._stirred[delivery.route, delivery.target].set()
        if owed.watches:
            self._watching.set()

    async def _serve(self, route: Route, target: Target) -> None:
        """Send one target what it is owed, one message at a time."""
        stirred = self._stirred[target.route, target.index]
        while True:
            stirred.clear()
            backlog = await self._outbox.backlog(target.route, target.index)
            now_ns = self._clock.now_ns()
            lot, again_ns = schedule.lot(backlog, route.group_s, now_ns)
            if lot.due:
                async with self._first if lot is Lot.FRESH else self._again:
                    await self._attempt(target, lot)
            else:
                await self._rest(stirred, again_ns)

    async def _attempt(self, target: Target, lot: Lot) -> None:
        rows = await self._outbox.lot(target.route, target.index, lot, MAX_GROUP)
        if not rows:  # given up for want of room, while this waited for its turn
            return
        message = self._compose([row.delivery for row in rows])
        outcome = await self._sender.send(target, message)
        now_ns = self._clock.now_ns()
        if outcome.accepted:
            self.sent += 1
            self._latency_s = _latency_s(rows, now_ns) or self._latency_s
            logger.info("%s %s has %d alarms", target.route, target.shown, len(rows))
        else:
            self.failed += 1
            self._warn(target, rows, outcome)
        await self._settle(rows, outcome, now_ns)
        await self._note(target, message, rows, outcome, now_ns)

    def _compose(self, deliveries: Sequence[Delivery]) -> Message:
        """A mistake of ours in the wording must neither keep a message back nor stop ingest."""
        try:
            return self._composer.compose(deliveries, self._clock.now_ns())
        except Exception:
            logger.exception("a notification could not be worded; sent with the ids alone")
            return plain(deliveries)

    async def _settle(self, rows: Sequence[Row], outcome: Outcome, now_ns: int) -> None:
        next_ns = {
            row.id: schedule.after_failure(
                row.attempts + 1,
                row.delivery.taken_ns,
                now_ns,
                waits=self._waits(row.delivery),
            )
            for row in rows
        }
        while True:
            try:
                if outcome.accepted:
                    await self._outbox.accepted(rows)
                else:
                    await self._outbox.failed(rows, next_ns)
                return
            except OutboxFull as full:  # until it is noted, sending again would be spam
                logger.warning("%s; trying again in %.0f s", full, FULL_RETRY_S)
                await asyncio.sleep(FULL_RETRY_S)

    async def _note(
        self, target: Target, message: Message, rows: Sequence[Row], outcome: Outcome, now_ns: int
    ) -> None:
        attempt = Attempt(
            time_ns=now_ns,
            route=target.route,
            target=target.shown,
            title=message.title,
            severity=int(message.severity),
            alarms=len(rows),
            why=tuple(sorted({Why(row.delivery.why).value for row in rows})),
            tries=max(row.attempts for row in rows) + 1,
            accepted=outcome.accepted,
            reason=outcome.reason,
        )
        try:
            await self._outbox.note(attempt)
        except OutboxFull as full:  # nobody is told less for it
            logger.warning("%s; a message is not in the list of those sent", full)

    def _warn(self, target: Target, rows: Sequence[Row], outcome: Outcome) -> None:
        """Each power of two: a receiver that is away for a day must not fill the log."""
        attempts = min(row.attempts for row in rows) + 1
        if attempts & (attempts - 1) == 0:
            logger.warning(
                "%s %s has not got %d alarms at attempt %d: %s",
                target.route,
                target.shown,
                len(rows),
                attempts,
                outcome.reason,
            )

    async def _rest(self, stirred: asyncio.Event, until_ns: int | None) -> None:
        """Until something happens or a time comes, and never long."""
        seconds = LONGEST_REST_S
        if until_ns is not None:
            seconds = min(max(0.0, (until_ns - self._clock.now_ns()) / SECOND_NS), seconds)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stirred.wait()

    def _subsystem(self, alarm: Alarm) -> str:
        if alarm.condition is Condition.STALE:
            return alarm.subject
        return self._subsystems.get((alarm.spacecraft, alarm.subject), "")

    def _newest(self, delivery: Delivery) -> Alarm | None:
        alarm = delivery.event.alarm
        watch = self._watches.get((alarm.spacecraft, alarm.id, delivery.route))
        return watch.event.alarm if watch else None

    def _waits(self, delivery: Delivery) -> bool:
        alarm = delivery.event.alarm
        watch = self._watches.get((alarm.spacecraft, alarm.id, delivery.route))
        return watch is not None and watch.waits


async def pass_over(
    lines: Callable[[int, int], Awaitable[list[Line]]],
    passed: Callable[[int], Awaitable[None]],
    k: int,
) -> None:
    """What runs without a routes file: the journal must not wait for a reader there is not."""
    while True:
        k = (await lines(k, BATCH))[-1].k
        await passed(k)


def _latency_s(rows: Sequence[Row], now_ns: int) -> float:
    """From the oldest alarm's annunciation to now; 0 if the message has none that is new."""
    began = [
        row.delivery.event.received_ns or row.delivery.taken_ns
        for row in rows
        if row.delivery.why is Why.RAISED
    ]
    return max(0, now_ns - min(began)) / SECOND_NS if began else 0.0
